package settlement_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quartet"
	"quartet/internal/job"
	"quartet/internal/settlement"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// books is a store whose payments and refunds are these.
type books struct {
	*store.Store
	rows []quartet.Booked
}

func (b *books) Booked(_ context.Context, _ string, from, to time.Time) (list []quartet.Booked, err error) {
	for _, r := range b.rows {
		if !r.At.Before(from) && r.At.Before(to) && (r.State == "paid" || r.State == "surplus" || r.State == "returned" || r.State == "done") {
			list = append(list, r)
		}
	}
	return list, nil
}

func (b *books) BookedAs(_ context.Context, _ string, numbers []string) (list []quartet.Booked, err error) {
	for _, r := range b.rows {
		for _, n := range numbers {
			if r.Number == n {
				list = append(list, r)
			}
		}
	}
	return list, nil
}

// bills are what a provider sends, by day.
type bills map[string][]quartet.BillLine

func (b bills) Bill(_ context.Context, day time.Time) ([]quartet.BillLine, error) {
	lines, is := b[day.Format("2006-01-02")]
	if !is {
		return nil, quartet.Errorf(quartet.ErrNotFound, "no bill")
	}
	return lines, nil
}

type house struct {
	*settlement.Desk
	books *books
	bills bills
	now   time.Time
}

// at is an hour of 2 March 2026, or of days behind it.
func at(hour int) time.Time { return time.Date(2026, 3, 2, hour, 0, 0, 0, quartet.Shanghai) }

const day, next = "2026-03-02", "2026-03-03"

func newHouse(t *testing.T) *house {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	h := &house{books: &books{Store: st}, bills: bills{}, now: at(34)}
	h.Desk = settlement.New(h.books, map[string]settlement.Biller{"alipay": h.bills}, func() time.Time { return h.now })
	return h
}

func paid(number string, amount quartet.Fen) (quartet.BillLine, quartet.Booked) {
	return quartet.BillLine{Kind: quartet.BillPaid, Number: number, Reference: "R" + number, Amount: amount, Fee: 30, At: at(9)},
		quartet.Booked{Kind: quartet.BillPaid, Number: number, Reference: "R" + number, Order: "o" + number, Amount: amount, State: "paid", At: at(9), Granted: true}
}

func refunded(number string, amount quartet.Fen) (quartet.BillLine, quartet.Booked) {
	return quartet.BillLine{Kind: quartet.BillRefund, Number: number, Reference: "R" + number, Amount: amount, Fee: -10, At: at(9)},
		quartet.Booked{Kind: quartet.BillRefund, Number: number, Order: "o" + number, Amount: amount, State: "done", At: at(9)}
}

func (h *house) compare(t *testing.T, day string) quartet.Settlement {
	t.Helper()
	s, err := h.Reconcile(t.Context(), "甲", "alipay", day)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReconcile_AgreesWithBooksThatAgree(t *testing.T) {
	h := newHouse(t)
	came, here := paid("p1", 500_00)
	went, back := refunded("r1", 3_00)
	h.bills[day] = []quartet.BillLine{came, went}
	h.books.rows = []quartet.Booked{here, back}
	want := quartet.Settlement{Provider: "alipay", Day: day, Compared: h.now, Paid: 500_00, Refunded: 3_00, Fee: 20, PaidHere: 500_00, RefundedHere: 3_00, Lines: 2}
	for range 2 {
		if diff := cmp.Diff(want, h.compare(t, day)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestReconcile_FindsEachKindOfDifference(t *testing.T) {
	h := newHouse(t)
	add := func(l quartet.BillLine, b quartet.Booked) {
		if l.Number != "" {
			h.bills[day] = append(h.bills[day], l)
		}
		if b.Number != "" {
			h.books.rows = append(h.books.rows, b)
		}
	}
	l, b := paid("a-amount", 500_00)
	b.Amount = 499_99
	add(l, b)
	l, b = paid("b-grant", 1_00)
	b.Granted = false
	add(l, b)
	l, b = paid("c-here", 1_00)
	add(l, quartet.Booked{})
	_, b = paid("d-there", 1_00)
	add(quartet.BillLine{}, b)
	l, b = paid("e-state", 1_00)
	b.State, b.Amount = "open", 0
	add(l, b)
	l, b = paid("f-twice", 1_00)
	add(l, b)
	add(l, quartet.Booked{})
	l, b = paid("g-reference", 1_00)
	b.Reference = "another"
	add(l, b)
	l, b = refunded("h-state", 1_00)
	b.State = "failed"
	add(l, b)
	l, b = paid("i-surplus", 1_00) // without units, and rightly so
	b.State, b.Granted = "surplus", false
	add(l, b)
	var got []string
	for _, d := range h.compare(t, day).Differences {
		got = append(got, d.Number+": "+string(d.Kind)+" "+d.Ours.String()+"/"+d.Theirs.String())
	}
	want := []string{
		"a-amount: amount 499.99/500.00", "b-grant: grant 1.00/1.00", "c-here: missing_here 0.00/1.00", "d-there: missing_there 1.00/0.00",
		"e-state: state 0.00/1.00", "f-twice: twice 1.00/1.00", "g-reference: reference 1.00/1.00", "h-state: state 1.00/1.00",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A provider makes a refund a minute before midnight, and we hear of it behind it.
func TestReconcile_LooksAtTheBillsOfOtherDaysToo(t *testing.T) {
	h := newHouse(t)
	l, b := refunded("r1", 1_00)
	b.At = at(24) // of the next day
	h.bills[day], h.bills[next] = []quartet.BillLine{l}, nil
	h.books.rows = []quartet.Booked{b}
	h.now = at(58)
	for _, d := range []string{day, next} {
		if s := h.compare(t, d); len(s.Differences) != 0 {
			t.Errorf("%s: %+v", d, s.Differences)
		}
	}
	h.bills[next] = []quartet.BillLine{l}
	if s := h.compare(t, next); len(s.Differences) != 1 || s.Differences[0].Kind != quartet.BilledTwice {
		t.Errorf("on two bills: %+v", s.Differences)
	}
}

func TestReconcile_RefusesWhatCannotBe(t *testing.T) {
	h := newHouse(t)
	for _, c := range []struct {
		provider, day string
		want          quartet.ErrorCode
	}{
		{"alipay", "2026-3-2", quartet.ErrInvalid}, {"alipay", next, quartet.ErrInvalid}, {"nobody", day, quartet.ErrNotFound}, {"alipay", day, quartet.ErrNotFound},
	} {
		if _, err := h.Reconcile(t.Context(), "甲", c.provider, c.day); quartet.CodeOf(err) != c.want {
			t.Errorf("%s of %s: %v, want %s", c.day, c.provider, err, c.want)
		}
	}
}

func TestRun_WaitsForABillAndAsksForTheNextDay(t *testing.T) {
	h := newHouse(t)
	_, b := paid("p1", 1_00)
	h.books.rows = []quartet.Booked{b}
	err := h.Run(t.Context(), "alipay/"+day)
	if later, is := errors.AsType[job.Later](err); !is || later.In != time.Hour {
		t.Errorf("without a bill: %v", err)
	}
	h.now = at(58) // a day behind 10:00 of the next one
	if err := h.Run(t.Context(), "alipay/"+day); err != nil {
		t.Error(err)
	}
	if s, err := h.Find(t.Context(), "alipay", day); err != nil || len(s.Differences) != 1 || s.Differences[0].Kind != quartet.MissingThere {
		t.Errorf("no bill at all: %+v, %v", s, err)
	}
	jobs, err := h.books.Jobs(t.Context(), "", "", 9)
	if err != nil || len(jobs) != 1 || jobs[0].Key != "alipay/"+next || !jobs[0].NextAt.Equal(at(58)) {
		t.Errorf("the jobs are %+v, %v", jobs, err)
	}
	if err := h.Plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	jobs, err = h.books.Jobs(t.Context(), "", "", 99)
	if err != nil || len(jobs) != 7 { // one of the seven days stood
		t.Errorf("%d jobs, %v", len(jobs), err)
	}
	for key, want := range map[string]quartet.ErrorCode{"alipay/yesterday": quartet.ErrInvalid, "nobody/" + day: quartet.ErrNotFound} {
		if err := h.Run(t.Context(), key); quartet.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", key, err, want)
		}
	}
}

func TestAcknowledge_IsForWhatWasSeen(t *testing.T) {
	h := newHouse(t)
	l, _ := paid("p1", 1_00)
	l.Reference = "=HYPERLINK(1)"
	h.bills[day] = []quartet.BillLine{l}
	first := h.compare(t, day)
	h.now = at(35)
	l, b := paid("p2", 2_00)
	h.bills[day] = append(h.bills[day], l)
	h.books.rows = append(h.books.rows, b)
	second := h.compare(t, day)
	say := func(compared time.Time, note string) error {
		_, err := h.Acknowledge(t.Context(), "乙", "alipay", day, compared, note)
		return err
	}
	if err := say(first.Compared, "看过"); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("what is not in force any more: %v", err)
	}
	if err := say(second.Compared, " "); quartet.CodeOf(err) != quartet.ErrInvalid {
		t.Errorf("without a note: %v", err)
	}
	if err := say(second.Compared, "@已查"); err != nil {
		t.Fatal(err)
	}
	list, err := h.List(t.Context(), "", "", 9)
	if err != nil || len(list) != 1 || list[0].By != "乙" {
		t.Fatalf("%+v, %v", list, err)
	}
	var out strings.Builder
	if err := settlement.WriteCSV(&out, list); err != nil {
		t.Fatal(err)
	}
	want := "provider,day,kind,bill,number,reference,order,ours_yuan,theirs_yuan,state,acknowledged_by,note\n" +
		"alipay,2026-03-02,missing_here,paid,p1,'=HYPERLINK(1),,0.00,1.00,,乙,'@已查\n"
	if out.String() != want {
		t.Errorf("exported as\n%s", out.String())
	}
}
