package quota_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quartet"
	"quartet/internal/quota"
	"quartet/internal/store"
)

// Whatever ends a call leaves the attempts that were made for it, once.
func TestLedger_KeepsTheAttemptsOfEveryEnd(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 10)
		at := time.Unix(1_790_000_000, 0)
		yes := quartet.Attempt{Source: "shumai", At: at, Latency: time.Second, Sent: true, Verdict: quartet.Match, Charged: quartet.ChargedYes, Cost: 16_500, Reference: "R1"}
		lost := quartet.Attempt{Source: "tencent", At: at, Latency: time.Second, Sent: true, Failure: "timeout", Cost: 22_000}
		held := func(asked ...quartet.Asked) (quartet.Hold, quartet.Call) {
			h, err := l.Reserve(t.Context(), newHold("a"))
			if err != nil {
				t.Fatal(err)
			}
			h.Asked = asked
			if err := l.Move(t.Context(), h); err != nil {
				t.Fatal(err)
			}
			c := newCall("a")
			c.SeqNo = h.SeqNo
			return h, c
		}
		refused := func(c quartet.Call, list ...quartet.Attempt) quartet.Call {
			c.Code, c.Verdict, c.Attempts = quartet.CodeDeadline, quartet.NoVerdict, list
			return c
		}
		want := map[quartet.SeqNo][]quartet.Attempt{}
		keep := func(err error, c quartet.Call, list ...quartet.Attempt) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			want[c.SeqNo] = list
		}
		asked := quartet.Asked{Source: "tencent", Cost: 22_000}

		h, c := held(asked)
		c.Attempts = []quartet.Attempt{lost, yes}
		keep(l.Settle(t.Context(), h, &c, 1, quartet.Claim{}), c, lost, yes)
		if err := l.Settle(t.Context(), h, &c, 1, quartet.Claim{}); quartet.CodeOf(err) != quartet.ErrHoldGone {
			t.Errorf("settled again: %v", err)
		}
		h, c = held(asked)
		c = refused(c, lost)
		keep(l.Release(t.Context(), h, &c), c, lost)
		c = refused(newCall("a"), lost)
		l.Record(c)
		keep(nil, c, lost)

		_, given := held(asked) // nobody ends it
		_, told := held(asked)  // nobody ends it either, but its caller was refused
		told = refused(told, quartet.Attempt{Source: "aliyun", Skipped: "off"}, yes)
		l.Record(told)
		keep(nil, told, told.Attempts...)

		late := openLedger(t, s, quota.Options{Now: func() time.Time { return time.Now().Add(time.Hour) }})
		if err := l.Check(t.Context()); err != nil { // what was recorded is written
			t.Fatal(err)
		}
		if n, err := late.Sweep(t.Context()); n != 2 || err != nil {
			t.Fatalf("swept %d: %v", n, err)
		}
		for no, list := range want {
			got, err := s.Attempts(t.Context(), no)
			if diff := cmp.Diff(list, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		}
		got, err := s.Attempts(t.Context(), given.SeqNo)
		if err != nil || len(got) != 1 || got[0].Source != "tencent" || got[0].Cost != 22_000 || !got[0].Sent || got[0].Charged != quartet.ChargedUnknown {
			t.Errorf("of the call that was given up: %+v, %v", got, err)
		}
		openOnes, err := s.OpenAttempts(t.Context(), quartet.SeqNo{}, 10)
		if err != nil || len(openOnes) != 4 { // lost three times, given up once
			t.Errorf("%d are open: %v", len(openOnes), err)
		}
		if r := mustAudit(t, s); r.Used != 1 || r.Held != 0 {
			t.Errorf("%+v", r)
		}
	})
}

func TestAudit_TellsOfEvidenceThatIsMissing(t *testing.T) {
	t.Parallel()
	onBothEngines(t, func(t *testing.T, open func() *store.Store) {
		s := open()
		l := openLedger(t, s, quota.Options{})
		addAccount(t, s, l, "a", 10)
		src := quartet.Source{Name: "shumai", Kind: quartet.SourceHTTPJSON, CreatedAt: time.Now().Add(-time.Minute)}
		if err := s.CreateSource(t.Context(), src, quartet.AuditEntry{}); err != nil {
			t.Fatal(err)
		}
		c := newCall("a")
		c.Source = "shumai"
		if err := l.Charge(t.Context(), &c, 1, quartet.Claim{}); err != nil {
			t.Fatal(err)
		}
		for _, full := range []bool{true, false} {
			r, err := quota.Audit(t.Context(), s, full)
			if err != nil || len(r.Differences) != 1 || r.Differences[0].String() != "verdicts of suppliers that not exactly one attempt explains: 1" {
				t.Errorf("%v, %v", r.Differences, err)
			}
		}
	})
}
