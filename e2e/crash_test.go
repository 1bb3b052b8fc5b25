package e2e_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"quartet/internal/store/pgtest"
)

// Killed at random moments under load, on the same folder again and again: whatever was
// answered stands in the book exactly once, and the book adds up.

func TestCrash_LosesAndDoublesNothingOnSQLite(t *testing.T) {
	t.Parallel()
	survive(t, environ(guardOff), 50, 2000)
}

func TestCrash_LosesAndDoublesNothingOnPostgreSQL(t *testing.T) {
	t.Parallel()
	url := pgtest.Shared(t).NewDatabase(t)
	survive(t, environ(guardOff, "QUARTET_STORE="+url), 10, 200)
}

// survive kills the node so often. The small account, which has so many units, runs out
// meanwhile.
func survive(t *testing.T, env []string, kills, smallUnits int) {
	dir := folder(t)
	people := invent(t, 10_000, demoSeed)
	n := startDemo(t, dir, env, "--units", "100000000")
	small := openAccount(t, dir, env, "small", smallUnits)
	keyed := openAccount(t, dir, env, "keyed", 100_000_000)
	load := newLoad(n.demo.AppCode, small, keyed, people)
	book := newBook()

	// On a slow machine it goes on until the small account has run out.
	done := 0
	for kill := 0; kill < kills || load.exhausted.Load() == 0 && kill < 10*kills; kill++ {
		done++
		run := load.start(n.url)
		time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
		n.kill()
		book.add(t, run.wait())
		if kill%7 == 3 { // a process killed before it serves must do no harm either
			early, _ := launch(t, []string{binary(t)}, env, "demo", "--json", "--empty", "--data", dir)
			time.Sleep(time.Duration(rand.IntN(1200)) * time.Millisecond)
			early.kill()
		}
		n = startDemo(t, dir, env)
		book.check(t, dir, env)
		if t.Failed() {
			t.Fatalf("after kill %d; log of the restarted node:\n%s", kill+1, n.log)
		}
	}
	// What was never answered is asked again under its key, and is charged once.
	book.add(t, load.finish(n.url))
	book.check(t, dir, env)
	book.checkKeyed(t, load.keys())
	if load.exhausted.Load() == 0 {
		t.Error("the small account never ran out: the test did not test that")
	}
	if code := n.stop(); code != 0 {
		t.Errorf("the last stop: exit %d\n%s", code, n.log)
	}
	book.check(t, dir, env)
	t.Logf("%d kills, %d answers seen, %d verdicts among them, %d units used by %d rows; %d refusals for want of units",
		done, len(book.seen), len(book.acknowledged), book.used, book.rows, load.exhausted.Load())
}

// openAccount makes a buyer beside the running node and returns the AppCode.
func openAccount(t *testing.T, dir string, env []string, id string, units int) string {
	t.Helper()
	must(t, env, "account", "add", "--id", id, "Buyer "+id, "--data", dir)
	must(t, env, "grant", "add", "--account", id, "--units", strconv.Itoa(units), "--data", dir)
	secret := must(t, env, "credential", "add", "--account", id, "--data", dir)
	return secret[:len(secret)-1]
}

// book is what the callers know, held against what the node says.
type book struct {
	holds        bool              // suppliers are asked: a kill leaves holds, and keys in flight
	seen         map[string]bool   // every seqNo of every answer
	acknowledged map[string]answer // verdicts, by seqNo
	rows         int               // charged, as last listed
	used, held   int64
	keyedRows    int
}

func newBook() *book {
	return &book{seen: map[string]bool{}, acknowledged: map[string]answer{}}
}

// add takes what was answered since the last kill. A replayed answer repeats a number, and
// must repeat the verdict.
func (b *book) add(t *testing.T, answers []answer) {
	t.Helper()
	for _, a := range answers {
		if a.SeqNo == "" {
			continue // a gateway answer
		}
		replayed := a.header.Get("Idempotent-Replayed") == "true"
		if b.seen[a.SeqNo] && !replayed {
			t.Errorf("the number %s was given twice", a.SeqNo)
		}
		b.seen[a.SeqNo] = true
		if b.holds && a.Code == inFlight {
			continue
		}
		if a.Code != "10000" {
			t.Errorf("a refusal nobody asked for: %s", a.body)
			continue
		}
		if prior, known := b.acknowledged[a.SeqNo]; known && prior.body != a.body {
			t.Errorf("%s was answered as %s and then as %s", a.SeqNo, prior.body, a.body)
		}
		b.acknowledged[a.SeqNo] = a
	}
}

func (b *book) check(t *testing.T, dir string, env []string) {
	t.Helper()
	listed := map[string]row{}
	charged := map[string]int64{}
	b.rows, b.keyedRows = 0, 0
	for _, r := range lines[row](t, must(t, env, "call", "list", "--json", "--data", dir)) {
		if _, twice := listed[r.SeqNo]; twice {
			t.Errorf("%s is listed twice", r.SeqNo)
		}
		listed[r.SeqNo] = r
		charged[r.Grant] += r.Charged
		if r.Charged > 0 {
			b.rows++
			if r.Account == "keyed" {
				b.keyedRows++
			}
		}
	}
	for no, a := range b.acknowledged {
		r, ok := listed[no]
		switch {
		case !ok:
			t.Errorf("the acknowledged call %s is lost", no)
		case r.Code != a.Code || r.State != a.Data.State:
			t.Errorf("%s was answered %s %s and is listed as %s %s", no, a.Code, a.Data.State, r.Code, r.State)
		case a.Data.State != "3" && r.Charged != 1:
			t.Errorf("%s has the verdict %s and was charged %d", no, a.Data.State, r.Charged)
		}
	}
	b.used, b.held = 0, 0
	for _, g := range lines[grant](t, must(t, env, "quota", "show", "--json", "--data", dir)) {
		if g.Used != charged[g.ID] || g.Held != 0 && !b.holds || g.Used+g.Held > g.Units {
			t.Errorf("grant of %s: %+v, but its rows say %d", g.Account, g, charged[g.ID])
		}
		b.used += g.Used
		b.held += g.Held
	}
	if out, errs, exit := command(t, env, "quota", "audit", "--data", dir); exit != 0 {
		t.Errorf("the audit fails: %s%s", out, errs)
	}
}

// checkKeyed: each key was charged once, however often it was asked.
func (b *book) checkKeyed(t *testing.T, keys int) {
	t.Helper()
	if b.keyedRows != keys {
		t.Errorf("%d keys were charged %d times", keys, b.keyedRows)
	}
}
