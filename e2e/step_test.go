package e2e_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"
)

// faulty is the build that kills itself at a step that the environment names.
var faulty = sync.OnceValues(func() (string, error) { return build("quartet-faults", "-tags", "faults") })

// TestCrash_AtEachStepOfACall kills the node once, at a known step of its only call, and
// lets another process find what stands.
func TestCrash_AtEachStepOfACall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		step    string
		asked   int   // by the supplier's count
		used    int64 // once nothing is held any more
		doubted int   // questions of which the house does not know whether they are charged
		held    bool  // a unit is held when the next process starts
	}{
		{step: "before_hold"},
		{step: "after_hold", doubted: 1, held: true}, // nobody can tell whether it was sent
		{step: "sent", asked: 1, doubted: 1, held: true},
		{step: "before_end", asked: 1, doubted: 1, held: true},
		{step: "after_end", asked: 1, used: 1},
	} {
		t.Run(c.step, func(t *testing.T) {
			t.Parallel()
			dir, env := folder(t), environ(guardOff, "QUARTET_DEADLINE="+deadline.String())
			supplier := newContractor(t, 0)
			supplier.hire(t, dir, env)
			appcode := openAccount(t, dir, env, "buyer", 10)
			person := citizens(t, 20)[0]

			n := startFaulty(t, dir, env, c.step)
			if c.step == "sent" {
				supplier.onArrival(n.kill)
			}
			if a, err := newClient(n.url, appcode).ask(person.form(), "the only one"); err == nil {
				t.Fatalf("the process lived: %s", a.body)
			}
			<-n.ended
			killed := time.Now()
			supplier.onArrival(nil)

			n = startServe(t, dir, env)
			g := grantOf(t, dir, env)
			if held := g.Held == 1; held != c.held {
				t.Errorf("after the kill %d units are held", g.Held)
			}
			for ; g.Held > 0; g = grantOf(t, dir, env) {
				if time.Since(killed) > deadline+grace+sweeping {
					t.Fatalf("%d units are still held\n%s", g.Held, n.log)
				}
				time.Sleep(500 * time.Millisecond)
			}
			rows := lines[row](t, must(t, env, "call", "list", "--json", "--data", dir))
			var charged int64
			for _, r := range rows {
				charged += r.Charged
			}
			if g.Used != c.used || charged != c.used {
				t.Errorf("%d units are used, the rows say %d, want %d", g.Used, charged, c.used)
			}
			if asked := supplier.Asked(); asked != c.asked {
				t.Errorf("the supplier was asked %d times, want %d", asked, c.asked)
			}
			if b := supplier.agrees(t, dir, env); b.Unknown != c.doubted {
				t.Errorf("the house doubts %d questions, want %d: %+v", b.Unknown, c.doubted, b)
			}

			// The buyer asks again under its key: what was charged is repeated, the rest is asked anew.
			a, err := newClient(n.url, appcode).ask(person.form(), "the only one")
			if err != nil || a.result() != "1" || (a.header.Get("Idempotent-Replayed") == "true") != (c.used == 1) {
				t.Errorf("asked again: %s %v %v", a.body, a.header, err)
			}
			if g := grantOf(t, dir, env); g.Used != 1 || g.Held != 0 {
				t.Errorf("in the end: %+v", g)
			}
			supplier.agrees(t, dir, env)
			must(t, env, "quota", "audit", "--data", dir)
			if code := n.stop(); code != 0 {
				t.Errorf("the last stop: exit %d\n%s", code, n.log)
			}
		})
	}
}

// startFaulty serves with the build that kills itself.
func startFaulty(t *testing.T, dir string, env []string, step string) *node {
	t.Helper()
	path, err := faulty()
	if err != nil {
		t.Fatal(err)
	}
	n, _ := launch(t, []string{path}, append(env, "QUARTET_KILL_AT="+step), "serve", "--data", dir)
	if !n.findAdmin() {
		t.Fatalf("serve did not start:\n%s", n.log)
	}
	return n
}

// grantOf is the only grant.
func grantOf(t *testing.T, dir string, env []string) grant {
	t.Helper()
	list := lines[grant](t, must(t, env, "quota", "show", "--json", "--data", dir))
	if len(list) != 1 {
		t.Fatalf("%d grants", len(list))
	}
	return list[0]
}

// TestCrash_TheOrdinaryBinaryKnowsNoFaults: what a test may kill it at is not in it.
func TestCrash_TheOrdinaryBinaryKnowsNoFaults(t *testing.T) {
	t.Parallel()
	dir, env := folder(t), environ(guardOff)
	supplier := newContractor(t, 0)
	supplier.hire(t, dir, env)
	appcode := openAccount(t, dir, env, "buyer", 10)
	n := startServe(t, dir, append(env, "QUARTET_KILL_AT=before_hold"))
	if a := newClient(n.url, appcode).mustAsk(t, citizens(t, 20)[0].form()); a.result() != "1" {
		t.Errorf("answered %s", a.body)
	}
}

// TestCrash_IsToldAfterwardsWhatTheSupplierCharges kills the node while the supplier
// answers. The house does not know what it owes, until it inquires by the call's number;
// what the buyer was answered stays.
func TestCrash_IsToldAfterwardsWhatTheSupplierCharges(t *testing.T) {
	t.Parallel()
	dir, env := folder(t), environ(guardOff, "QUARTET_DEADLINE=1s")
	supplier := newContractor(t, 0)
	supplier.hire(t, dir, env)
	appcode := openAccount(t, dir, env, "buyer", 10)
	n := startServe(t, dir, env)
	supplier.onArrival(n.kill)
	if a, err := newClient(n.url, appcode).ask(citizens(t, 20)[0].form(), ""); err == nil {
		t.Fatalf("the process lived: %s", a.body)
	}
	<-n.ended
	n = startServe(t, dir, env)
	order := supplier.numbers()[0]
	var detail struct {
		row

		Attempts []struct {
			Source, Charged, Note string
			Cost                  json.Number `json:"cost_fen"`
		}
	}
	show := func() bool {
		out, _, exit := command(t, env, "call", "show", order, "--json", "--data", dir)
		detail.Attempts = nil
		return exit == 0 && json.Unmarshal([]byte(out), &detail) == nil && len(detail.Attempts) == 1
	}
	seenOpen := false
	for end := time.Now().Add(3 * time.Minute); ; time.Sleep(time.Second) {
		if show() {
			if detail.Attempts[0].Charged == "yes" {
				break
			}
			seenOpen = seenOpen || detail.Attempts[0].Charged == "unknown"
		}
		if time.Now().After(end) {
			t.Fatalf("nothing was learnt: %+v\n%s", detail, n.log)
		}
	}
	if a := detail.Attempts[0]; !seenOpen || a.Source != "acme" || a.Note != "told afterwards" || a.Cost != "12" {
		t.Errorf("open before: %v; then %+v", seenOpen, a)
	}
	if detail.Code != "10003" || detail.State != "" || detail.Charged != 0 {
		t.Errorf("the buyer's answer became %+v", detail.row)
	}
	if b := supplier.agrees(t, dir, env); b.Unknown != 0 || b.Yes != supplier.Charged() {
		t.Errorf("the house's books: %+v, the supplier's: %+v", b, supplier.Totals())
	}
}
