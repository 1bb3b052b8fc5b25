package e2e_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"quartet/internal/store/pgtest"
)

// The guard's memory outlives the process. A call that was with a supplier when the node
// was killed may have reached the bank, so it counts, though no row tells of it yet.

func TestGuard_RemembersItsCallsAcrossAKillOnSQLite(t *testing.T) {
	t.Parallel()
	remember(t)
}

func TestGuard_RemembersItsCallsAcrossAKillOnPostgreSQL(t *testing.T) {
	t.Parallel()
	remember(t, "QUARTET_STORE="+pgtest.Shared(t).NewDatabase(t))
}

func remember(t *testing.T, vars ...string) {
	dir := folder(t)
	people := invent(t, 10, demoSeed)
	done, flying, other := people[0], people[1], people[2]
	script := filepath.Join(t.TempDir(), "script.yaml")
	text := "default: {verdict: match}\ncards:\n  \"" + flying.AccNo + "\": {verdict: match, delay: 1h}\n"
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := environ(append(vars, "QUARTET_GUARD_CALLS=1", "QUARTET_DEADLINE=10s")...)
	simulate(t, dir, env, "slow", script)
	n := startServe(t, dir, env)
	code := openAccount(t, dir, env, "buyer", 100)
	if a := newClient(n.url, code).mustAsk(t, done.form()); a.result() != "1" {
		t.Fatalf("the first call: %s", a.body)
	}
	hung := make(chan error)
	go func() {
		_, err := newClient(n.url, code).ask(flying.form(), "")
		hung <- err
	}()
	for held := int64(0); held == 0; time.Sleep(10 * time.Millisecond) {
		for _, g := range lines[grant](t, must(t, env, "quota", "show", "--json", "--data", dir)) {
			held += g.Held
		}
	}
	n.kill()
	if err := <-hung; err == nil {
		t.Fatal("the call in flight was answered")
	}
	n = startServe(t, dir, env)
	c := newClient(n.url, code)
	for name, ask := range map[string]struct {
		person
		want string
	}{"a card that had its call": {done, "10020"}, "the card in flight when it was killed": {flying, "10020"}, "another card": {other, "1"}} {
		if a := c.mustAsk(t, ask.form()); a.result() != ask.want {
			t.Errorf("%s: %s, want %s", name, a.body, ask.want)
		}
	}
}
