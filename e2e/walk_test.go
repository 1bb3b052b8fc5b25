package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The shop from a stranger's registration to money that went back, on the real server, with
// simulators of the payment providers. At a random moment of each step the server is killed,
// and once more after it; whoever saw an answer vanish looks what stands and goes on.

func TestWalk_ArrivesHoweverOftenTheServerIsKilled(t *testing.T) {
	t.Parallel()
	for engine, env := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := newWalk(t, env)
			// Work that was cut off is taken over half a minute later: other people act meanwhile.
			for _, step := range []struct {
				name string
				do   func(*steps)
			}{
				{"the house takes on its people", w.staff},
				{"the house opens a bank account", w.openBank},
				{"a buyer registers", func(s *steps) { w.register(s, w.buyer) }},
				{"who is no firm yet buys nothing", w.refuseOrder},
				{"the buyer says which firm it is", func(s *steps) { w.proveFirm(s, w.buyer) }},
				{"support approves", func(s *steps) { w.approve(s, w.buyer) }},
				{"the buyer takes the trial", w.takeTrial},
				{"the buyer integrates", w.issue},
				{"the buyer tries a call", func(s *steps) { w.call(s, 1) }},
				{"an order is paid by Alipay", func(s *steps) { w.buy(s, "alipay", w.alipay, "1887-1200", "") }},
				{"an order is paid by WeChat Pay", func(s *steps) { w.buy(s, "wechat", w.wechat, "1887-6000", "") }},
				{"an order is paid by bank transfer", w.transfer},
				{"an order is paid twice, and once goes back", w.payTwice},
				{"a transfer that names nothing is claimed", w.claim},
				{"another one is paid by WeChat Pay", func(s *steps) { w.buy(s, "wechat2", w.wechat, "1887-1200", "") }},
				{"the balance adds up", w.balance},
				{"the buyer calls with what was bought", func(s *steps) { w.call(s, 15) }},
				{"what was transferred has paid", w.settled},
				{"the buyer asks for money back", w.askRefunds},
				{"the buyer calls on", func(s *steps) { w.call(s, 18) }},
				{"the treasurer approves", w.approveRefunds},
				{"a second account is opened", func(s *steps) { w.register(s, w.second) }},
				{"it is the same firm", func(s *steps) { w.proveFirm(s, w.second); w.approve(s, w.second) }},
				{"it has no second trial", w.refuseTrial},
				{"the buyer buys again and renews", func(s *steps) { w.buy(s, "renewal", w.alipay, "1887-1200", w.grants["wechat"]) }},
				{"the buyer rates", w.rate},
				{"the buyer calls with the rest", func(s *steps) { w.call(s, 20) }},
				{"the money is back", w.refunded},
				{"two people pay back at the bank", w.payOut},
				{"the sums are right", w.sums},
			} {
				w.step(step.name, step.do)
			}
			w.proofs()
			t.Logf("%d steps were cut off by a kill, of %d kills", w.cut, w.kills)
			if w.cut == 0 {
				t.Error("no step was ever cut off: the test did not test that")
			}
		})
	}
}

// hurry bounds the moment of a step at which the server is killed.
const hurry = 250 * time.Millisecond

// step does a step until it is done, whatever kills the server meanwhile, and kills it then.
func (w *walk) step(name string, do func(*steps)) {
	w.t.Helper()
	begun := time.Now()
	moment := time.AfterFunc(rand.N(hurry), w.node.kill)
	for try := 1; ; try++ {
		s := &steps{w: w}
		do(s)
		moment.Stop()
		w.node.kill()
		w.kills++
		w.start()
		switch {
		case s.err == nil:
			w.t.Logf("%s: %d tries, %s", name, try, time.Since(begun).Round(time.Millisecond))
			return
		case !errors.Is(s.err, errCut) || try == 3:
			w.t.Fatalf("%s, try %d: %v\n%s", name, try, s.err, w.before)
		}
		w.cut++
	}
}

// errCut says that an answer never came, and so nothing is known of what was asked.
var errCut = errors.New("the server is gone")

// steps are requests one after the other; after the first that fails there are no more.
type steps struct {
	w   *walk
	err error
}

// file is a body that is not JSON.
type file []byte

// ask sends a request, wants a status, and reads the answer into out unless that is nil.
func (s *steps) ask(v *visitor, status int, method, path string, body, out any) {
	s.w.t.Helper()
	got, text := s.look(v, method, path, body, nil)
	switch {
	case s.err != nil:
	case got != status:
		s.err = fmt.Errorf("%s %s: %d %s, want %d", method, path, got, text, status)
	case out != nil:
		s.err = json.Unmarshal([]byte(text), out)
	}
}

// look sends a request and takes any status. Below 300 the answer is read into out.
func (s *steps) look(v *visitor, method, path string, body, out any) (status int, text string) {
	if s.err != nil {
		return 0, ""
	}
	kind, in := "application/json", io.Reader(http.NoBody)
	switch b := body.(type) {
	case nil:
	case file:
		kind, in = "application/octet-stream", bytes.NewReader(b)
	default:
		var j []byte
		if j, s.err = json.Marshal(b); s.err != nil {
			return 0, ""
		}
		in = bytes.NewReader(j)
	}
	req, err := http.NewRequest(method, s.w.node.url+"/api/v1"+path, in)
	if err != nil {
		s.err = err
		return 0, ""
	}
	req.Header.Set("Content-Type", kind)
	return s.send(v.http, req, out)
}

func (s *steps) send(c *http.Client, req *http.Request, out any) (status int, text string) {
	resp, err := c.Do(req)
	if err != nil {
		s.err = fmt.Errorf("%w: %w", errCut, err)
		return 0, ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.err = fmt.Errorf("%w: %w", errCut, err)
		return 0, ""
	}
	if out != nil && resp.StatusCode < http.StatusMultipleChoices {
		s.err = json.Unmarshal(body, out)
	}
	return resp.StatusCode, string(body)
}

// wait asks until ready says so, as a browser does.
func (s *steps) wait(what string, ready func() bool) {
	for end := time.Now().Add(time.Minute); s.err == nil; time.Sleep(50 * time.Millisecond) {
		switch {
		case ready() || s.err != nil:
			return
		case time.Now().After(end):
			s.err = fmt.Errorf("waited a minute for %s", what)
		}
	}
}

// want compares.
func want[T comparable](s *steps, what string, got, want T) {
	if s.err == nil && got != want {
		s.err = fmt.Errorf("%s: %v, want %v", what, got, want)
	}
}

// says wants the words of a refusal.
func (s *steps) says(text string, words ...string) {
	for _, word := range words {
		if s.err == nil && !strings.Contains(text, word) {
			s.err = fmt.Errorf("nothing is said of %q in %s", word, text)
		}
	}
}
