package quota_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
)

func attempts(t *testing.T, s *store.Store, no quartet.SeqNo) []quartet.Attempt {
	t.Helper()
	list, err := s.Attempts(context.Background(), no)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// lateHold stands, and its deadline is over.
func lateHold(t *testing.T, l *quota.Ledger, asked ...quartet.Asked) quartet.Hold {
	t.Helper()
	h := newHold("a")
	h.Deadline, h.Asked = time.Now().Add(-time.Second), asked
	h, err := l.Reserve(context.Background(), h)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func mustSweep(t *testing.T, l *quota.Ledger, want int) {
	t.Helper()
	if n, err := l.Sweep(context.Background()); n != want || err != nil {
		t.Fatalf("swept %d, %v; want %d", n, err, want)
	}
}

// TestMove_IsKeptAcrossACrash: the next process finds who may charge.
func TestMove_IsKeptAcrossACrash(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		ctx := context.Background()
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 3)
		h := lateHold(t, l, quartet.Asked{Source: "first", Cost: 12_000})
		h.Asked = append(h.Asked, quartet.Asked{Source: "second", Cost: 13_000})
		if err := l.Move(ctx, h); err != nil {
			t.Fatal(err)
		}
		if r := mustAudit(t, s); r.Held != 1 {
			t.Errorf("a move left %d units held, want 1", r.Held)
		}
		l = openLedger(t, s, quota.Options{}) // a new process knows nothing in memory
		mustSweep(t, l, 1)
		var got []quartet.Asked
		for _, a := range attempts(t, s, h.SeqNo) {
			if a.Charged != quartet.ChargedUnknown || !a.Sent {
				t.Errorf("nobody can tell, but an attempt says %+v", a)
			}
			got = append(got, quartet.Asked{Source: a.Source, Cost: a.Cost})
		}
		if diff := cmp.Diff(h.Asked, got); diff != "" {
			t.Errorf("who may charge (-want +got):\n%s", diff)
		}
		if err := l.Move(ctx, h); quartet.CodeOf(err) != quartet.ErrHoldGone {
			t.Errorf("a move after the sweep: %v, want hold gone", err)
		}
	})
}

// seenEarly is a store whose holds were read before they were moved.
type seenEarly struct {
	*store.Store

	holds []quartet.Hold
}

func (s seenEarly) Holds(context.Context, int64, int) ([]quartet.Hold, error) { return s.holds, nil }

func TestSweep_NamesWhomAHoldWasMovedToAfterItWasSeen(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		ctx := context.Background()
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 3)
		h := lateHold(t, l, quartet.Asked{Source: "first", Cost: 1})
		sweeper := openLedger(t, seenEarly{s, []quartet.Hold{h}}, quota.Options{})
		moved := h
		moved.Asked = []quartet.Asked{{Source: "first", Cost: 1}, {Source: "second", Cost: 2}}
		if err := l.Move(ctx, moved); err != nil {
			t.Fatal(err)
		}
		mustSweep(t, sweeper, 1)
		if list := attempts(t, s, h.SeqNo); len(list) != 2 || list[1].Source != "second" {
			t.Errorf("the row names %+v", list)
		}
	})
}

// TestHoldGone_TellsTheRowWhatIsKnown lets settle and release find that the sweeper came
// first: what the sources said is written over what it left open, and nothing else.
func TestHoldGone_TellsTheRowWhatIsKnown(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		ctx := context.Background()
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 3)
		for _, settle := range []bool{true, false} {
			h := lateHold(t, l, quartet.Asked{Source: "first", Cost: 1}, quartet.Asked{Source: "second", Cost: 2}, quartet.Asked{Source: "third", Cost: 3})
			mustSweep(t, l, 1)
			c := newCall("a")
			c.SeqNo, c.Attempts = h.SeqNo, []quartet.Attempt{
				{Source: "none", Skipped: "off"},
				{Source: "first", Sent: true, Failure: "busy", Charged: quartet.ChargedNo, Cost: 1, Code: "9001"},
				{Source: "second", Sent: true, Failure: "timeout", Cost: 2, Reference: "R2", Code: "504"},
				{Source: "third", Sent: true, Verdict: quartet.Match, Charged: quartet.ChargedYes, Cost: 3, Reference: "R3"},
			}
			var err error
			if settle {
				err = l.Settle(ctx, h, &c, 1, quartet.Claim{})
			} else {
				err = l.Release(ctx, h, &c)
			}
			if quartet.CodeOf(err) != quartet.ErrHoldGone {
				t.Fatalf("settle %v: %v, want hold gone", settle, err)
			}
			var got []string
			for _, a := range attempts(t, s, h.SeqNo) {
				got = append(got, a.Source+" "+a.Charged.String()+" "+a.Cost.String()+" "+a.Failure+" "+a.Verdict.String()+" "+a.Code+a.Reference+" "+a.Note)
			}
			want := []string{
				"first no " + quartet.Millifen(1).String() + " busy none 9001 told afterwards",
				"second unknown " + quartet.Millifen(2).String() + " timeout none 504R2 ",
				"third yes " + quartet.Millifen(3).String() + "  match R3 told afterwards",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("settle %v: the attempts (-want +got):\n%s", settle, diff)
			}
			if row := calls(t, s)[h.SeqNo]; row.Code != quartet.CodeDeadline || row.Charged != 0 {
				t.Errorf("settle %v: the row became %+v", settle, row)
			}
		}
		if r := mustAudit(t, s); r.Left != 3 {
			t.Errorf("left %d, want 3", r.Left)
		}
	})
}

// TestSweep_AddsNothingToARowThatIsThere: who wrote it knew more, also where that is that
// nobody was asked.
func TestSweep_AddsNothingToARowThatIsThere(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 3)
		h := lateHold(t, l, quartet.Asked{Source: "first", Cost: 1})
		c := newCall("a")
		c.SeqNo, c.Code, c.Verdict, c.Sent = h.SeqNo, quartet.CodeNotCommitted, quartet.NoVerdict, false
		l.Record(c)
		mustSweep(t, l, 1)
		if list := attempts(t, s, h.SeqNo); len(list) != 0 {
			t.Errorf("the row names %+v", list)
		}
		if row := calls(t, s)[h.SeqNo]; row.Code != quartet.CodeNotCommitted {
			t.Errorf("the row became %+v", row)
		}
	})
}

// TestRecord_AfterTheSweepTellsTheRow refuses a call whose settle failed when the sweeper has
// written its row, or does so in the same batch.
func TestRecord_AfterTheSweepTellsTheRow(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		f := &failing{Store: s}
		l := openLedger(t, f, quota.Options{})
		addAccount(t, s, l, "a", 5)
		refusal := func(h quartet.Hold) quartet.Call {
			return quartet.Call{
				SeqNo: h.SeqNo, At: h.CreatedAt, Account: "a", Product: "1887", Code: quartet.CodeNotCommitted, Sent: true, Attempts: []quartet.Attempt{
					{Source: "first", Sent: true, Verdict: quartet.Match, Charged: quartet.ChargedYes, Cost: 1, Reference: "R1"},
					{Source: "second", Sent: true, Failure: "timeout", Cost: 2, Reference: "R2"},
				},
			}
		}
		asked := []quartet.Asked{{Source: "first", Cost: 1}, {Source: "second", Cost: 2}}
		swept, alone := lateHold(t, l, asked...), lateHold(t, l, asked...)
		mustSweep(t, l, 2)
		l.Record(refusal(swept))
		ordinary := newCall("a") // comes with it, and is not spoilt
		ordinary.Code, ordinary.Verdict = quartet.CodeElement, quartet.NoVerdict
		l.Record(ordinary)

		first, last := lateHold(t, l, asked...), lateHold(t, l, asked...)
		busy, free := make(chan struct{}), make(chan struct{})
		f.plan(func(next func() error) error { close(busy); <-free; return next() })
		checked := make(chan error, 1)
		go func() { checked <- l.Check(context.Background()) }()
		<-busy
		l.Record(refusal(last))
		sweeps := make(chan error, 1)
		go func() { _, err := l.Sweep(context.Background()); sweeps <- err }()
		for l.Waiting() < 2 { // the sweeper's act is on its way into the queue
			time.Sleep(time.Millisecond)
		}
		l.Record(refusal(first))
		close(free)
		if err := errors.Join(<-checked, <-sweeps, l.Check(context.Background())); err != nil {
			t.Fatal(err)
		}

		rows := calls(t, s)
		for _, c := range []struct {
			name string
			no   quartet.SeqNo
			code quartet.Code
			note string
			want string
		}{
			{"given up", swept.SeqNo, quartet.CodeDeadline, quartet.NoteAfterwards, "R1R2"},
			{"given up in the batch of its refusal", first.SeqNo, quartet.CodeDeadline, quartet.NoteAfterwards, "R1R2"},
			{"refused before it is given up", last.SeqNo, quartet.CodeNotCommitted, "", "R1R2"},
			{"of which nobody told more", alone.SeqNo, quartet.CodeDeadline, "", ""},
		} {
			list := attempts(t, s, c.no)
			if len(list) != 2 || rows[c.no].Code != c.code || list[0].Reference+list[1].Reference != c.want || list[0].Note != c.note || list[1].Note != "" {
				t.Errorf("%s: %v, %+v", c.name, rows[c.no].Code, list)
			}
			if told := c.want != ""; told && (list[0].Charged != quartet.ChargedYes || list[0].Verdict != quartet.Match || list[1].Charged != quartet.ChargedUnknown || list[1].Failure != "timeout") {
				t.Errorf("%s: %+v", c.name, list)
			}
		}
		if rows[ordinary.SeqNo].Code != quartet.CodeElement {
			t.Error("an ordinary refusal was lost")
		}
		if r := mustAudit(t, s); r.Left != 5 || r.Held != 0 {
			t.Errorf("%+v", r)
		}
	})
}
