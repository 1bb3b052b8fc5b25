package reconcile_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"quartet"
	"quartet/internal/reconcile"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

var (
	from = time.Date(2026, 10, 1, 0, 0, 0, 0, quartet.Shanghai)
	to   = from.AddDate(0, 1, 0)
)

// house is a store with attempts, and the numbers of their calls.
type house struct {
	store   *store.Store
	numbers *quartet.SeqNoCipher
	calls   []quartet.Call
}

func newHouse(t *testing.T) *house {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, _, err := s.LeaseNode(t.Context(), "folder", "1", time.Now()); err != nil {
		t.Fatal(err)
	}
	return &house{store: s, numbers: quartet.NewSeqNoCipher([16]byte{7})}
}

// ask keeps a call and its questions, and gives the call's number.
func (h *house) ask(t *testing.T, at time.Time, list ...quartet.Attempt) string {
	t.Helper()
	c := quartet.Call{SeqNo: quartet.SeqNo{Second: at.Unix(), N: uint64(len(h.calls))}, At: at, Attempts: list}
	for i := range list {
		if list[i].Skipped == "" {
			list[i].At, list[i].Sent = at, true
		}
	}
	h.calls = append(h.calls, c)
	if err := h.store.Commit(t.Context(), quartet.Reading{}, func(quartet.Book) quartet.Postings { return quartet.Postings{Calls: []quartet.Call{c}} }); err != nil {
		t.Fatal(err)
	}
	return h.numbers.Text(c.SeqNo)
}

func asked(reference string, charged quartet.Charged, cost quartet.Millifen) quartet.Attempt {
	return quartet.Attempt{Source: "s", Reference: reference, Charged: charged, Cost: cost}
}

// compare runs a statement against the house; the differences come as "kind line what".
func (h *house) compare(t *testing.T, statement []byte, o reconcile.Options) (reconcile.Sum, []string) {
	t.Helper()
	s, err := reconcile.Open("-", bytes.NewReader(statement), reconcile.Columns{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	o.Source, o.From, o.To = "s", from.Unix(), to.Unix()
	var found []string
	sum, err := reconcile.Run(t.Context(), h.store, h.numbers, s, o, func(d reconcile.Difference) error {
		found = append(found, strings.TrimSpace(fmt.Sprintf("%s %d %s", d.Kind, d.Line, d.What)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum, found
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

const (
	yes     = quartet.ChargedYes
	no      = quartet.ChargedNo
	unknown = quartet.ChargedUnknown
)

// Both sides cut the month where they like: numbers alone decide.
func TestRun_TheEdgesOfAMonth(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ask(t, from.Add(-time.Second), asked("before", yes, 1))
	h.ask(t, from, asked("first", yes, 2))
	h.ask(t, to.Add(-time.Second), asked("last", yes, 4))
	h.ask(t, to, asked("after", yes, 8))
	longAgo := h.ask(t, from.AddDate(-1, 0, 0), asked("old", yes, 16))
	h.ask(t, from.AddDate(-1, 0, 1), asked("never named", yes, 32))

	sum, found := h.compare(t, []byte("reference,order_no\nfirst,\nlast,\n"), reconcile.Options{})
	same(t, "our month alone", found, []string(nil))
	same(t, "its sum", sum, reconcile.Sum{Rows: 2, Attempts: 2, Matched: 2, Ours: 6})

	sum, found = h.compare(t, []byte("reference,order_no\nbefore,\nfirst,\nafter,\n,"+longAgo+"\n"), reconcile.Options{})
	same(t, "another cut", found, []string{"ours only 0"})
	same(t, "what rows are for is counted", sum, reconcile.Sum{Rows: 4, Attempts: 2, Matched: 4, OursOnly: 1, Ours: 1 + 2 + 4 + 8 + 16})

	sum, found = h.compare(t, []byte("reference,order_no\n,"+longAgo+"\nold,\nfirst,\nlast,\n"), reconcile.Options{})
	same(t, "one call by both its numbers", found, []string{"duplicate 3"})
	if sum.Agrees() {
		t.Error("it agrees")
	}
}

func TestRun_ChargedAndAmounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ask(t, from, asked("y", yes, 16_500), asked("n", no, 16_500), asked("u", unknown, 16_500), quartet.Attempt{Source: "s", Skipped: "off"})
	for _, c := range []struct {
		name, head string
		rows       []string
		want       []string
		theirs     quartet.Millifen
	}{
		{"as we have it", "流水号,是否计费,金额", []string{"y,是,0.165", "n,否,0.165"}, []string{"ours only 0"}, 16_500},
		{"charged otherwise", "流水号,是否计费,金额", []string{"y,否,0", "n,是,0.165", "u,是,0.165"}, []string{"differs 2 charged", "differs 3 charged", "open 4"}, 33_000},
		{"priced otherwise", "流水号,是否计费,金额", []string{"y,是,0.16501", "u,是,1"}, []string{"differs 2 amount", "open 3 amount"}, 116_501},
		{"by the amount alone", "流水号,金额（元）", []string{"y,0.165", "n,0.00", "u,0"}, []string{"open 4"}, 16_500},
		{"by being there", "流水号", []string{"y", "n", "u"}, []string{"differs 3 charged", "open 4"}, 0},
		{"a charge without amounts", "流水号,charged", []string{"y,Y", "n,free", "u,0"}, []string{"open 4"}, 0},
		{"a charge without its amount", "流水号,charged,fee", []string{"y,yes,", "n,no,", "u,no,"}, []string{"bad row 2 amount", "open 4", "ours only 0"}, 0},
		{
			"what cannot be read", "流水号,charged,fee",
			[]string{"y,vielleicht,1", "y,yes,-0.165", "y,yes,0.1654321", ",yes,1", "y\u3000y,yes,1", "y,yes,0.165", "n,no,1", "u,no,1"},
			[]string{"bad row 2 charged", "bad row 3 amount", "bad row 4 amount", "bad row 5 number", "bad row 6 number", "open 9"},
			16_500,
		},
		{"amounts as they are written", "流水号,charged,fee", []string{`y,yes,"¥0.1650000"`, "n,no,", "u,no,"}, []string{"open 4"}, 16_500},
		{"amounts of a spreadsheet", "流水号,charged,fee", []string{"y,yes,0.16500000000000001", "n,no,", "u,no,1.65E-1"}, []string{"open 4"}, 16_500},
	} {
		t.Run(c.name, func(t *testing.T) {
			sum, found := h.compare(t, []byte(c.head+"\n"+strings.Join(c.rows, "\n")+"\n"), reconcile.Options{})
			same(t, "differences", found, c.want)
			same(t, "their sum", sum.Theirs, c.theirs)
			same(t, "our sum", []quartet.Millifen{sum.Ours, sum.Unsure}, []quartet.Millifen{16_500, 16_500})
		})
	}
}

// A call that asked one source twice has one number for both.
func TestRun_SeveralQuestionsOfOneNumber(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	number := h.ask(t, from, asked("", yes, 1), quartet.Attempt{Source: "other", Charged: yes}, asked("", yes, 2))
	_, found := h.compare(t, []byte("订单号,金额\n"+number+",0.00001\n"+number+",0.00002\n"), reconcile.Options{})
	same(t, "in their order", found, []string(nil))
	_, found = h.compare(t, []byte("订单号\n"+number+"\n"+number+"\n"+number+"\nX1\nX1\n"), reconcile.Options{})
	same(t, "one row too many", found, []string{"duplicate 4", "theirs only 5", "duplicate 6"})
}

// 订单号 is their number in one house and ours in another.
func TestRun_FindsNumbersUnderEitherHeading(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	number := h.ask(t, from, asked("R1", yes, 1))
	for _, statement := range []string{"订单号\nR1\n", "流水号\n" + number + "\n", "seqno\t流水号\n" + number + "\t\n", "流水号;订单号\nunknown;" + number + "\n"} {
		if sum, found := h.compare(t, []byte(statement), reconcile.Options{}); !sum.Agrees() || sum.Matched != 1 {
			t.Errorf("%q: %v", statement, found)
		}
	}
}

func TestRun_AWorkbookWithATitleAndTimesOfASpreadsheet(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ask(t, from, asked("20261001", yes, 16_500))
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range [][]any{{"对账单"}, {}, {"请求时间", "流水号", "金额(元)", "姓名"}, {46_296.5, 20261001, 0.165, "张三丰"}, {46_297.25, "R9", 1, "张三丰"}} {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	data, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	s, err := reconcile.Open("-", data, reconcile.Columns{})
	if err != nil {
		t.Fatal(err)
	}
	var found []reconcile.Difference
	o := reconcile.Options{Source: "s", From: from.Unix(), To: to.Unix()}
	sum, err := reconcile.Run(t.Context(), h.store, h.numbers, s, o, func(d reconcile.Difference) error { found = append(found, d); return nil })
	if err != nil {
		t.Fatal(err)
	}
	same(t, "sums", sum, reconcile.Sum{Rows: 2, Attempts: 1, Matched: 1, TheirsOnly: 1, Priced: true, Theirs: 116_500, Ours: 16_500})
	want := reconcile.Difference{
		Kind: reconcile.TheirsOnly, Line: 5, Number: "R9", Theirs: yes, Amount: 100_000, At: time.Date(2026, 10, 2, 6, 0, 0, 0, quartet.Shanghai),
	}
	same(t, "what is left", found, []reconcile.Difference{want})
}

func TestRun_SettlesOnlyWhatIsStillOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ask(t, from, asked("a", yes, 1), asked("b", unknown, 2), asked("c", unknown, 3), asked("d", unknown, 4))
	call := h.calls[0].SeqNo
	n := 0
	o := reconcile.Options{Settle: true, Note: "by hand", Entry: func(of quartet.SeqNo, charged quartet.Charged) quartet.AuditEntry {
		n++
		if n == 1 { // somebody else learns of c in between
			if err := h.store.ResolveAttempt(t.Context(), quartet.OpenAttempt{SeqNo: call, Place: 2}, quartet.Attempt{Charged: no, Note: "told"}); err != nil {
				t.Fatal(err)
			}
		}
		return quartet.AuditEntry{ID: fmt.Sprint(n), At: from, Action: "attempt.settle", Subject: fmt.Sprint(of), Detail: charged.String()}
	}}
	sum, found := h.compare(t, []byte("流水号\na\nb\nc\n"), o)
	same(t, "differences", found, []string{"open 3", "open 4", "ours only 0"})
	if sum.Open != 2 || sum.Settled != 1 || sum.Agrees() {
		t.Errorf("%+v", sum)
	}
	list, err := h.store.Attempts(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	var now []string
	for _, a := range list {
		now = append(now, a.Reference+" "+a.Charged.String()+" "+a.Note)
	}
	same(t, "as they stand", now, []string{"a yes ", "b yes by hand", " no told", "d unknown "})
	entries, err := h.store.AuditEntries(t.Context(), 9)
	if err != nil || len(entries) != 1 || entries[0].Detail != "yes" {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestRun_AnAmountThatWasNotAgreedIsLeftToSpeakOfWhenItIsSettled(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ask(t, from, asked("u", unknown, 16_500))
	o := reconcile.Options{Settle: true, Note: "by hand", Entry: func(of quartet.SeqNo, charged quartet.Charged) quartet.AuditEntry {
		return quartet.AuditEntry{ID: "1", At: from, Action: "attempt.settle", Subject: fmt.Sprint(of), Detail: charged.String()}
	}}
	sum, found := h.compare(t, []byte("流水号,金额\nu,1\n"), o)
	same(t, "differences", found, []string{"open 2 amount"})
	if sum.Settled != 1 || sum.Differing != 1 || sum.Agrees() {
		t.Errorf("%+v", sum)
	}
}

// A statement of another house is compared to its end in bounded memory.
func TestRun_RemembersOnlySoManyStrangers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var text strings.Builder
	text.WriteString("流水号\n")
	for i := range 100_000 {
		fmt.Fprintf(&text, "X%d\n", i)
	}
	text.WriteString("late\nX7\nlate\n")
	s, err := reconcile.Open("-", strings.NewReader(text.String()), reconcile.Columns{})
	if err != nil {
		t.Fatal(err)
	}
	o := reconcile.Options{Source: "s", From: from.Unix(), To: to.Unix()}
	sum, err := reconcile.Run(t.Context(), h.store, h.numbers, s, o, func(reconcile.Difference) error { return nil })
	if err != nil || sum.TheirsOnly != 100_002 || sum.Duplicates != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
}

func FuzzStatement(f *testing.F) {
	f.Add([]byte("流水号,是否计费,金额,时间\nS-1,是,0.165,2026/10/1 09:00:00\n"))
	f.Add([]byte("order_no;fee\n1;1e300\n2;-0\n3;1.65E-1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := reconcile.Open("-", bytes.NewReader(data), reconcile.Columns{})
		if err != nil {
			return
		}
		defer func() { _ = s.Close() }()
		_, _ = reconcile.Run(t.Context(), nobody{}, quartet.NewSeqNoCipher([16]byte{}), s, reconcile.Options{}, func(d reconcile.Difference) error {
			if d.Amount < 0 || d.Line < 1 {
				t.Errorf("%+v", d)
			}
			return nil
		})
	})
}

// nobody is a store that was never asked anything.
type nobody struct{ reconcile.Store }

func (nobody) SourceAttempts(context.Context, string, int64, int64, func(quartet.PlacedAttempt) error) error {
	return nil
}

func (nobody) Attempts(context.Context, quartet.SeqNo) ([]quartet.Attempt, error) { return nil, nil }
