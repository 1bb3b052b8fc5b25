package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Buyer and support write to a chat while whatever is between them and the node breaks at
// random moments, and the node itself once: each reads every message once, in order, and
// whatever was acknowledged is there.

const eachSays = 100 // by each side

func TestChat_LosesAndDoublesNothingHoweverOftenItIsCut(t *testing.T) {
	for engine, env := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dir := folder(t)
			n := startDemo(t, dir, env)
			c := newChat(t, n, dir, env)
			own, at := c.open()

			follow := &sync.WaitGroup{}
			buyerReads, supportReads := &reading{c: c, by: c.buyer, path: own + "/events"}, &reading{c: c, by: c.support, path: at + "/events"}
			follow.Go(buyerReads.run)
			follow.Go(supportReads.run)
			talk := &sync.WaitGroup{}
			buyerSays, supportSays := &saying{c: c, by: c.buyer, path: own + "/messages", what: "buyer"}, &saying{c: c, by: c.support, path: at + "/answers", what: "support"}
			talk.Go(buyerSays.run)
			talk.Go(supportSays.run)

			c.until("half of it", func() bool { return buyerSays.done.Load()+supportSays.done.Load() > eachSays })
			n.kill()
			before := n.log
			n = startDemo(t, dir, env)
			c.moved(n)
			talk.Wait()
			c.until("everybody has read it", func() bool { return buyerReads.last.Load() >= 2*eachSays+1 && supportReads.last.Load() >= 2*eachSays+1 })

			// Who follows does not keep a node from stopping.
			begun := time.Now()
			code := n.stop()
			if took := time.Since(begun); code != 0 || took > 8*time.Second {
				t.Errorf("it stopped with %d after %s\n%s", code, took, n.log)
			}
			c.over.Store(true)
			follow.Wait()
			if t.Failed() {
				t.Fatalf("log of the killed node:\n%s\nof the next one:\n%s", before, n.log)
			}
			for who, r := range map[string]*reading{"the buyer": buyerReads, "support": supportReads} {
				r.check(who, buyerSays, supportSays)
			}
			t.Logf("the buyer came %d times, support %d; %d messages were sent again", buyerReads.times, supportReads.times, buyerSays.again+supportSays.again)
		})
	}
}

// chat is a buyer and somebody of support, at a node that may be another one by and by.
type chat struct {
	t              *testing.T
	dir            string
	buyer, support *visitor
	account        string

	mu   sync.Mutex
	base string
	over atomicBool
}

func newChat(t *testing.T, n *node, dir string, env []string) *chat {
	t.Helper()
	c := &chat{t: t, dir: dir, buyer: n.visitor(), support: n.visitor()}
	c.moved(n)
	zhang := n.operator(dir, env)
	type operator struct{ ID string }
	got[operator](zhang, http.StatusCreated, http.MethodPost, "/operators", map[string]string{"name": "wang", "role": "support", "password": given})
	c.support.ask(http.StatusNoContent, http.MethodPost, "/session/operator", map[string]string{"name": "wang", "password": given})
	c.support.ask(http.StatusNoContent, http.MethodPut, "/session/operator/password", map[string]string{"password": given, "new_password": words})

	asked := got[struct{ ID string }](c.buyer, http.StatusCreated, http.MethodPost, "/codes", map[string]string{"purpose": "signup", "address": "buyer@example.com"})
	digits := ""
	c.until("the code", func() bool {
		for _, mail := range c.mails() {
			if m := regexp.MustCompile(`验证码为 (\d{6})`).FindStringSubmatch(mail); m != nil {
				digits = m[1]
			}
		}
		return digits != ""
	})
	c.buyer.ask(http.StatusNoContent, http.MethodPost, "/people", map[string]string{"code": asked.ID, "digits": digits, "name": "买家", "password": words, "account_name": "Buyer"})
	c.account = got[struct {
		Account string `json:"account_id"`
	}](c.buyer, http.StatusOK, http.MethodGet, "/session", nil).Account
	return c
}

// mails is what the demo put into its mailbox.
func (c *chat) mails() map[string]string { return readTree(c.t, c.dir+"/mailbox") }

// open begins a chat, as somebody of support is there.
func (c *chat) open() (own, at string) {
	c.t.Helper()
	c.support.ask(http.StatusNoContent, http.MethodPut, "/presence", map[string]bool{"available": true})
	if there := got[struct{ Chat bool }](c.buyer, http.StatusOK, http.MethodGet, "/contact", nil); !there.Chat {
		c.t.Error("nobody is said to be there")
	}
	opened := got[struct {
		Ticket struct {
			ID   string
			Live bool
		}
	}](c.buyer, http.StatusCreated, http.MethodPost, "/accounts/"+c.account+"/tickets", map[string]any{"subject": "在线咨询", "text": "您好", "category": "other", "live": true})
	if !opened.Ticket.Live {
		c.t.Error("the chat is none")
	}
	return "/accounts/" + c.account + "/tickets/" + opened.Ticket.ID, "/tickets/" + opened.Ticket.ID
}

func (c *chat) moved(n *node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base = n.url + "/api/v1"
}

func (c *chat) url(path string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base + path
}

func (c *chat) until(what string, ready func() bool) {
	c.t.Helper()
	for end := time.Now().Add(3 * time.Minute); !ready(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			c.over.Store(true)
			c.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// moment is a random one, soon.
func moment() time.Duration { return time.Duration(5+rand.IntN(150)) * time.Millisecond }

// check holds what somebody read to what both sides were told that they had written.
func (r *reading) check(who string, sides ...*saying) {
	t := r.c.t
	read := map[string]int64{}
	for i, m := range r.messages {
		if m.Place != int64(i+1) {
			t.Errorf("%s read place %d in the place of %d", who, m.Place, i+1)
		}
		if _, twice := read[m.Text]; twice {
			t.Errorf("%s read %q twice", who, m.Text)
		}
		read[m.Text] = m.Place
	}
	if len(r.messages) != 2*eachSays+1 {
		t.Errorf("%s read %d messages", who, len(r.messages))
	}
	for _, s := range sides {
		before := int64(0)
		for i, place := range s.places {
			text := s.text(i)
			if read[text] != place || place <= before {
				t.Errorf("%s read %q in place %d; its writer was told %d, and %d of the one before", who, text, read[text], place, before)
			}
			before = place
		}
		if len(s.places) != eachSays {
			t.Errorf("%s wrote %d", s.what, len(s.places))
		}
	}
	if r.times < 3 || !strings.HasPrefix(fmt.Sprint(r.messages[0].Text), "您好") {
		t.Errorf("%s was cut off %d times only, and began with %q", who, r.times, r.messages[0].Text)
	}
}
