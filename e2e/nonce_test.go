package e2e_test

import (
	"bufio"
	"bytes"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet/internal/store/pgtest"
)

// A signed request that was overheard is worth nothing, also to who can kill the node: the
// very same bytes are refused after a restart, and never charged again.

func TestNonce_IsUsedUpAcrossAKillOnSQLite(t *testing.T) {
	t.Parallel()
	replayAfterKill(t, environ(guardOff))
}

func TestNonce_IsUsedUpAcrossAKillOnPostgreSQL(t *testing.T) {
	t.Parallel()
	replayAfterKill(t, environ(guardOff, "QUARTET_STORE="+pgtest.Shared(t).NewDatabase(t)))
}

func replayAfterKill(t *testing.T, env []string) {
	dir := folder(t)
	n := startDemo(t, dir, env)
	raw := n.signer().raw(t, n.demo.People[0].form())
	a, err := dial(n).send(raw)
	n.kill()
	if err != nil || a.result() != "1" {
		t.Fatalf("the first time: %s %v", a.body, err)
	}
	for range 2 {
		n = startDemo(t, dir, env)
		dial(n).wantUsed(t, raw)
		n.kill()
	}
	n = startDemo(t, dir, env)
	if a, err := dial(n).send(n.signer().raw(t, n.demo.People[0].form())); err != nil || a.result() != "1" {
		t.Errorf("under a new nonce: %s %s %v", a.gateway(), a.body, err)
	}
	wantCharged(t, dir, env, 2)
}

func TestNonce_OfACallThatIsWithASupplierIsUsedUpOnSQLite(t *testing.T) {
	t.Parallel()
	replayInFlight(t, environ(guardOff))
}

func TestNonce_OfACallThatIsWithASupplierIsUsedUpOnPostgreSQL(t *testing.T) {
	t.Parallel()
	replayInFlight(t, environ(guardOff, "QUARTET_STORE="+pgtest.Shared(t).NewDatabase(t)))
}

// asking is how long a supplier may be asked: longer than it takes to see that it is.
const asking = 8 * time.Second

// replayInFlight kills the node while a supplier is asked: at first the hold alone knows of
// the nonce, and when the sweeper has resolved it, the row.
func replayInFlight(t *testing.T, env []string) {
	dir := folder(t)
	script := filepath.Join(t.TempDir(), "script.yaml")
	if err := os.WriteFile(script, []byte("default: {verdict: match, delay: 1h}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env = append(env, "QUARTET_DEADLINE="+asking.String())
	simulate(t, dir, env, "slow", script)
	n := startServe(t, dir, env)
	openAccount(t, dir, env, "buyer", 10)
	c := issue(t, dir, env, "buyer", "--kind", "appkey")
	raw := signer{c.AppKey, c.Secret}.raw(t, invent(t, 1, demoSeed)[0].form())
	hung := make(chan error, 1)
	go func() {
		_, err := dial(n).send(raw)
		hung <- err
	}()
	held := func() (units int64) {
		for _, g := range lines[grant](t, must(t, env, "quota", "show", "--json", "--data", dir)) {
			units += g.Held
		}
		return units
	}
	for held() == 0 && len(hung) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	n.kill()
	killed := time.Now()
	if err := <-hung; err == nil {
		t.Fatal("the call in flight was answered: the test does not test that")
	}
	n = startServe(t, dir, env)
	if held() != 1 {
		t.Fatal("the unit is not held: the test does not test that")
	}
	dial(n).wantUsed(t, raw)
	for held() > 0 {
		if time.Since(killed) > asking+grace+sweeping {
			t.Fatalf("the unit is still held\n%s", n.log)
		}
		time.Sleep(200 * time.Millisecond)
	}
	dial(n).wantUsed(t, raw)
	n.kill()
	n = startServe(t, dir, env)
	dial(n).wantUsed(t, raw)
	rows := lines[row](t, must(t, env, "call", "list", "--json", "--data", dir))
	if len(rows) != 1 || rows[0].Code != "10003" {
		t.Errorf("the rows %+v", rows)
	}
	wantCharged(t, dir, env, 0)
}

func TestNonce_LetsNoCallBeChargedTwiceOnSQLite(t *testing.T) {
	t.Parallel()
	replayAll(t, environ(guardOff), 15)
}

func TestNonce_LetsNoCallBeChargedTwiceOnPostgreSQL(t *testing.T) {
	t.Parallel()
	replayAll(t, environ(guardOff, "QUARTET_STORE="+pgtest.Shared(t).NewDatabase(t)), 2)
}

const (
	signingConns = 6
	fewestKills  = 2
	enoughTime   = 15 * time.Second // after which there are no more kills
)

// replayAll kills the node so often at random moments under signed calls. Each call is sent
// again: if it was answered it is refused; if not it is refused or, when nothing had come
// of it, answered now. In the end each was charged once.
func replayAll(t *testing.T, env []string, kills int) {
	dir, people := folder(t), invent(t, 1000, demoSeed)
	n := startDemo(t, dir, env, "--units", "100000000")
	begun, done, all, late := time.Now(), 0, int64(0), 0
	for ; done < kills && (done < fewestKills || time.Since(begun) < enoughTime) && !t.Failed(); done++ {
		run := signedLoad(t, n, people)
		time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
		n.kill()
		run.wg.Wait()
		n = startDemo(t, dir, env, "--units", "100000000")
		must(t, env, "quota", "audit", "--data", dir)
		w := dial(n)
		for _, raw := range run.answered {
			w.wantUsed(t, raw)
		}
		for _, raw := range run.open {
			a, err := w.send(raw)
			if err != nil || a.result() != "1" && a.gateway() != nonceUsed {
				t.Errorf("what was not answered, again: %s %s %v", a.gateway(), a.body, err)
			}
			if a.result() == "1" {
				late++
			}
			w.wantUsed(t, raw)
		}
		all += int64(len(run.answered) + len(run.open))
		wantCharged(t, dir, env, all)
	}
	t.Logf("%d kills, %d calls; %d of those without an answer were charged when they came again", done, all, late)
}

// signedRound is the signed calls on one life of the node.
type signedRound struct {
	wg             sync.WaitGroup
	mu             sync.Mutex
	answered, open [][]byte
}

// signedLoad signs and asks over several connections until the node is gone.
func signedLoad(t *testing.T, n *node, people []person) *signedRound {
	r := &signedRound{}
	for i := range signingConns {
		r.wg.Go(func() {
			w := dial(n)
			for j := i; ; j += signingConns {
				raw := n.signer().raw(t, people[j%len(people)].form())
				a, err := w.send(raw)
				r.mu.Lock()
				if err == nil {
					r.answered = append(r.answered, raw)
				} else {
					r.open = append(r.open, raw)
				}
				r.mu.Unlock()
				if err == nil && a.result() != "1" {
					t.Errorf("a refusal nobody asked for: %s %s", a.gateway(), a.body)
					return
				}
				if err != nil {
					return
				}
			}
		})
	}
	return r
}

// raw is a signed request under a nonce of its own, as it goes over the wire.
func (s signer) raw(t *testing.T, form url.Values) []byte {
	r, _ := s.request(t, "http://quartet", form, "X-Ca-Nonce", fresh(), "X-Ca-Stage", "RELEASE")
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Error(err)
	}
	return b.Bytes()
}

// wire is a connection to a node, opened when it is first used.
type wire struct {
	at   string
	conn net.Conn
	r    *bufio.Reader
}

func dial(n *node) *wire { return &wire{at: strings.TrimPrefix(n.url, "http://")} }

// send sends bytes as they are and reads one answer.
func (w *wire) send(request []byte) (answer, error) {
	if w.conn == nil {
		conn, err := net.Dial("tcp", w.at)
		if err != nil {
			return answer{}, err
		}
		w.conn, w.r = conn, bufio.NewReader(conn)
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
	}
	if _, err := w.conn.Write(request); err != nil {
		return answer{}, err
	}
	resp, err := http.ReadResponse(w.r, nil)
	if err != nil {
		return answer{}, err
	}
	return read(resp)
}

const nonceUsed = "400 S400NU"

// wantUsed sends bytes that were sent before.
func (w *wire) wantUsed(t *testing.T, request []byte) {
	t.Helper()
	a, err := w.send(request)
	if err != nil || a.gateway() != nonceUsed || a.header.Get("X-Ca-Error-Message") != "Nonce Used" || a.body != "" {
		t.Errorf("the same bytes again: %s %s %v", a.gateway(), a.body, err)
	}
}

// wantCharged is that so many calls were charged a unit each, and that the book adds up.
func wantCharged(t *testing.T, dir string, env []string, calls int64) {
	t.Helper()
	var rows int64
	for _, r := range lines[row](t, must(t, env, "call", "list", "--json", "--data", dir)) {
		rows += r.Charged
	}
	if used := unitsUsed(t, dir, env); used != calls || rows != calls {
		t.Errorf("%d calls have used %d units, and %d by their rows", calls, used, rows)
	}
	must(t, env, "quota", "audit", "--data", dir)
}
