package e2e_test

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A node that is asked to stop answers what it has begun, refuses with 10019 whoever comes
// meanwhile, and nothing is charged that has no row.
func TestDrain_AnswersTheCallsInFlightAndStops(t *testing.T) {
	dir := folder(t)
	script := filepath.Join(t.TempDir(), "script.yaml")
	if err := os.WriteFile(script, []byte("default: {verdict: match, delay: 2s}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := environ(guardOff)
	simulate(t, dir, env, "slow", script)
	n := startServe(t, dir, env)
	code := openAccount(t, dir, env, "buyer", 100)
	people := invent(t, 20, demoSeed)

	const calls = 8
	var (
		wg      sync.WaitGroup
		answers [calls]answer
		begun   sync.WaitGroup
	)
	begun.Add(calls)
	for i := range calls {
		wg.Go(func() {
			c := newClient(n.url, code)
			begun.Done()
			var err error
			if answers[i], err = c.ask(people[i].form(), ""); err != nil {
				t.Errorf("a call in flight got no answer: %v", err)
			}
		})
	}
	begun.Wait()
	time.Sleep(300 * time.Millisecond) // they are with the supplier now, for longer than this
	_ = syscall.Kill(n.cmd.Process.Pid, syscall.SIGTERM)
	time.Sleep(100 * time.Millisecond)
	// The address stays open as long as calls are in flight: whoever comes late hears why.
	if late, err := newClient(n.url, code).ask(people[9].form(), ""); err != nil || late.Code != "10019" {
		t.Errorf("a call to a stopping node got %q, %v", late.body, err)
	}
	wg.Wait()
	<-n.ended
	if exit := n.cmd.ProcessState.ExitCode(); exit != 0 {
		t.Errorf("exit %d\n%s", exit, n.log)
	}
	charged := map[string]bool{}
	for _, r := range lines[row](t, must(t, env, "call", "list", "--json", "--data", dir)) {
		charged[r.SeqNo] = r.Charged == 1
	}
	for _, a := range answers {
		if a.result() != "1" || !charged[a.SeqNo] {
			t.Errorf("answered %q, charged %v", a.body, charged[a.SeqNo])
		}
	}
	g := lines[grant](t, must(t, env, "quota", "show", "--json", "--data", dir))
	if len(g) != 1 || g[0].Used != calls || g[0].Held != 0 {
		t.Errorf("the book says %+v, want %d used and nothing held", g, calls)
	}
}
