package guard_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/guard"
)

// asked is one admitted call as a plain list keeps it.
type asked struct {
	account, params, card string
	day                   int
	pass                  guard.Pass
	ended, unsent, locked bool
	verdict               quartet.Verdict
	at                    time.Time
}

// notebook is what the guard must do, written without counters: it looks through the list
// of all calls each time.
type notebook struct {
	limits guard.Config
	shared bool // cards are counted for all accounts together
	calls  []*asked
	ends   []*asked // in the order in which they ended
}

func (n *notebook) sameCard(c *asked, account, card string) bool {
	return c.card == card && (n.shared || c.account == account)
}

// admits is the law, limit by limit.
func (n *notebook) admits(account, params, card string, day int) bool {
	identical, ofCard, inFlight, streak := 0, 0, 0, 0
	for _, c := range n.calls {
		if c.day != day || c.unsent {
			continue
		}
		if c.account == account && c.params == params && c.card == card {
			identical++
		}
		if n.sameCard(c, account, card) {
			ofCard++
			if !c.ended {
				inFlight++
			}
		}
	}
	for _, c := range n.ends {
		if c.day != day || !n.sameCard(c, account, card) {
			continue
		}
		if c.locked {
			return false
		}
		switch c.verdict {
		case quartet.Mismatch:
			streak++
		case quartet.Match:
			streak = 0
		case quartet.NoVerdict, quartet.Undetermined: // neither ends a streak nor lengthens it
		}
	}
	return identical < n.limits.Identical && ofCard < n.limits.Calls && streak+inFlight < n.limits.Mismatches
}

func (n *notebook) cardScope(account string) string {
	if n.shared {
		return ""
	}
	return account
}

// machine holds the guard against the notebook.
type machine struct {
	notebook
	g   *guard.Guard
	now time.Time
	day int
}

func newMachine(t *rapid.T) *machine {
	limits := guard.Config{
		Enabled: true, Identical: rapid.IntRange(1, 10).Draw(t, "identical"),
		Mismatches: rapid.IntRange(1, 3).Draw(t, "mismatches"), Calls: rapid.IntRange(1, 10).Draw(t, "calls"),
	}
	return &machine{
		notebook: notebook{limits: limits, shared: rapid.Bool().Draw(t, "shared")},
		g:        guard.New(limits), now: noon,
	}
}

func (m *machine) admit(t *rapid.T) {
	account := rapid.SampledFrom([]string{"alice", "bob"}).Draw(t, "account")
	params := rapid.SampledFrom([]string{"p", "q", "r"}).Draw(t, "params")
	card := rapid.SampledFrom([]string{"one", "two"}).Draw(t, "card")
	want := m.admits(account, params, card, m.day)
	pass, got := m.g.Admit(fingerprint(account, params, card), fingerprint(m.cardScope(account), card), m.now)
	if got != want {
		t.Fatalf("%s asks %s about %s: admitted %v, want %v", account, params, card, got, want)
	}
	if got {
		m.calls = append(m.calls, &asked{account: account, params: params, card: card, day: m.day, pass: pass, at: m.now})
	}
}

// end ends any call in flight, be it of an earlier day.
func (m *machine) end(t *rapid.T) {
	var open []*asked
	for _, c := range m.calls {
		if !c.ended {
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		return // nothing is in flight
	}
	c := rapid.SampledFrom(open).Draw(t, "call")
	c.ended = true
	c.verdict = rapid.SampledFrom([]quartet.Verdict{
		quartet.NoVerdict, quartet.Match, quartet.Mismatch, quartet.Mismatch, quartet.Undetermined,
	}).Draw(t, "verdict")
	if c.verdict == quartet.NoVerdict {
		c.unsent = rapid.Bool().Draw(t, "unsent")
		if c.locked = !c.unsent && rapid.IntRange(0, 9).Draw(t, "locked") == 0; c.locked {
			m.g.CloseCard(c.pass)
		}
	}
	m.ends = append(m.ends, c)
	m.g.Done(c.pass, !c.unsent, c.verdict)
}

func (m *machine) midnight(*rapid.T) {
	m.day++
	m.now = m.now.Add(24 * time.Hour)
}

func (m *machine) hour(t *rapid.T) {
	// From noon it stays on its day.
	m.now = m.now.Truncate(24 * time.Hour).Add(time.Duration(rapid.IntRange(4, 15).Draw(t, "hour")) * time.Hour)
}

// restart begins anew from the rows. Rows are written when calls end, and none is in
// flight when a node has stopped.
func (m *machine) restart(_ *rapid.T) {
	for _, c := range m.calls {
		if !c.ended {
			return // a call is in flight
		}
	}
	m.g = guard.New(m.limits)
	for _, c := range m.ends {
		m.g.Replay(quartet.Call{
			At: c.at, Params: fingerprint(c.account, c.params, c.card), Card: fingerprint(m.cardScope(c.account), c.card),
			Sent: !c.unsent, Verdict: c.verdict, Code: codeOf(c.verdict, c.locked),
		})
	}
}

// codeOf is the code of a row.
func codeOf(v quartet.Verdict, locked bool) quartet.Code {
	switch {
	case locked:
		return quartet.CodeLimited
	case v == quartet.NoVerdict:
		return quartet.CodeNoRecord
	default:
		return quartet.CodeOK
	}
}

func TestGuard_AgreesWithANotebookWhateverHappens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		t.Repeat(map[string]func(*rapid.T){
			"admit": m.admit, "admit again": m.admit, "end": m.end, "midnight": m.midnight, "hour": m.hour, "restart": m.restart,
		})
	})
}

// A guard that was stopped and rebuilt from the rows refuses what the one that went on
// refuses.
func TestReplay_EqualsTheGuardThatWasNeverStopped(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		limits := guard.Config{
			Enabled: true, Identical: rapid.IntRange(0, 5).Draw(t, "identical"),
			Mismatches: rapid.IntRange(0, 3).Draw(t, "mismatches"), Calls: rapid.IntRange(0, 6).Draw(t, "calls"),
		}
		lasting, stopped := guard.New(limits), guard.New(limits)
		var rows []quartet.Call
		now := noon
		for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.IntRange(0, 9).Draw(t, "restart") == 0 {
				stopped = guard.New(limits)
				for _, r := range rows {
					stopped.Replay(r)
				}
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "hours")) * time.Hour)
			card := rapid.SampledFrom([]string{"one", "two", "three"}).Draw(t, "card")
			row := quartet.Call{
				At: now, Params: fingerprint(card, fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "params"))), Card: fingerprint(card),
				Verdict: rapid.SampledFrom([]quartet.Verdict{0, 1, 2, 2, 3}).Draw(t, "verdict"),
			}
			row.Sent = row.Verdict != quartet.NoVerdict || rapid.Bool().Draw(t, "sent")
			locked := row.Sent && row.Verdict == quartet.NoVerdict && rapid.Bool().Draw(t, "locked")
			row.Code = codeOf(row.Verdict, locked)
			one, ok := lasting.Admit(row.Params, row.Card, now)
			two, again := stopped.Admit(row.Params, row.Card, now)
			if ok != again {
				t.Fatalf("step %d: the guard that went on admits %v, the one begun anew %v", i, ok, again)
			}
			if ok && locked {
				lasting.CloseCard(one)
				stopped.CloseCard(two)
			}
			if ok {
				lasting.Done(one, row.Sent, row.Verdict)
				stopped.Done(two, row.Sent, row.Verdict)
				rows = append(rows, row)
			}
		}
	})
}
