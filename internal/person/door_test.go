package person_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/person"
)

const home = "192.0.2.7"

// At five wrong passwords from anywhere the name is closed there, and nowhere else.
func TestAuthenticate_AStrangerClosesHisOwnDoorAlone(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	thief := as(t, "2001:db8:1:1::1")
	for range 5 {
		_, err := d.Authenticate(thief, door, "zhang@example.com", "wrong")
		wantCode(t, "a guess", err, quartet.ErrUnauthenticated)
	}
	d.restart(t)
	_, err := d.Authenticate(as(t, "2001:db8:1:1:ffff::2"), door, "zhang@example.com", password)
	wantCode(t, "from another address of the same customer", err, quartet.ErrLimited)
	_, err = d.Authenticate(as(t, home), door, "zhang@example.com", password)
	must(t, err)
	must(t, d.ProvePassword(thief, p.ID, password))
}

// flood guesses at an address from so many origins, five times each.
func (d *desk) flood(t *testing.T, address string, origins int) {
	t.Helper()
	for i := range origins {
		for range 5 {
			if _, err := d.Authenticate(as(t, fmt.Sprintf("198.51.100.%d", i)), door, address, "wrong"); err == nil {
				t.Fatal("let in")
			}
		}
	}
}

func TestAuthenticate_ManyTogetherDoNotCloseWhereSomebodyIsKnown(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	_, err := d.Authenticate(as(t, home), door, "zhang@example.com", password)
	must(t, err)
	d.flood(t, "zhang@example.com", 10)
	_, err = d.Authenticate(as(t, "203.0.113.9"), door, "zhang@example.com", password)
	wantCode(t, "from where nobody is known", err, quartet.ErrLimited)
	_, err = d.Authenticate(as(t, home), door, "zhang@example.com", password)
	must(t, err)
	must(t, d.ProvePassword(as(t, "203.0.113.9"), p.ID, password))

	// A code to the address opens it again from everywhere.
	asked, err := d.AskToReset(as(t, "203.0.113.9"), door, "zhang@example.com")
	must(t, err)
	_, code := d.lastMail(t, "zhang@example.com")
	_, err = d.Reset(as(t, "203.0.113.9"), door, asked.ID, code, "other words in a row")
	must(t, err)
	_, err = d.Authenticate(as(t, "203.0.113.10"), door, "zhang@example.com", "other words in a row")
	must(t, err)
}

func TestAuthenticate_KnowsAnOriginOnlyOfWhoHasProvedEverything(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	secret, _ := d.enrol(t, p)
	_, err := d.Authenticate(as(t, home), door, "zhang@example.com", password)
	must(t, err)
	d.flood(t, "zhang@example.com", 10)
	_, err = d.Authenticate(as(t, home), door, "zhang@example.com", password)
	wantCode(t, "with the password alone", err, quartet.ErrLimited)
	must(t, d.ProveTOTP(as(t, home), p.ID, codeOf(t, secret, d.now)))
	_, err = d.Authenticate(as(t, home), door, "zhang@example.com", password)
	must(t, err)
}

// Somebody who asks for codes to another one's address keeps nobody from his own.
func TestAsk_AStrangerUsesUpHisOwnCodesAlone(t *testing.T) {
	d := newDesk(t)
	p, m := d.register(t, "zhang@example.com", "张三丰")
	_, err := d.Authenticate(as(t, home), door, "zhang@example.com", password)
	must(t, err)
	ask := func(from string) error {
		_, err := d.AskToReset(as(t, from), door, "zhang@example.com")
		return err
	}
	for range 5 {
		must(t, ask("198.51.100.1"))
	}
	wantCode(t, "the sixth from there", ask("198.51.100.1"), quartet.ErrLimited)
	for i := range 14 { // twenty in all, with the one of the registration
		must(t, ask(fmt.Sprintf("198.51.100.%d", 10+i)))
	}
	wantCode(t, "more than a mailbox should get", ask("198.51.100.99"), quartet.ErrLimited)
	must(t, ask(home))

	_, err = d.Invite(t.Context(), p.ID, m.Account, "li@example.com", quartet.RoleReader)
	must(t, err)
	for range 5 { // an invitation is none of them
		_, err := d.AskToRegister(as(t, home), door, "li@example.com")
		must(t, err)
	}
}

func TestInvite_IsBoundedByItself(t *testing.T) {
	d := newDesk(t)
	p, m := d.register(t, "zhang@example.com", "张三丰")
	q, n := d.register(t, "wang@example.com", "王芳")
	invite := func(p quartet.Person, m quartet.Member, address string) error {
		_, err := d.Invite(t.Context(), p.ID, m.Account, address, quartet.RoleReader)
		return err
	}
	for range 5 {
		must(t, invite(p, m, "li@example.com"))
	}
	wantCode(t, "the sixth to one address", invite(p, m, "li@example.com"), quartet.ErrLimited)
	must(t, invite(q, n, "li@example.com")) // another account is not kept from it
	for i := range 45 {
		must(t, invite(p, m, fmt.Sprintf("a%d@example.com", i)))
	}
	wantCode(t, "more than fifty a day", invite(p, m, "b@example.com"), quartet.ErrLimited)
}

// verified is the firm that every account is.
type verified string

func (v verified) LegalName(context.Context, string) (string, error) { return string(v), nil }

// What an account calls itself is free text, and so a way to make the house write it.
func TestInvite_NamesNobodyWhoIsNotVerified(t *testing.T) {
	d := newDesk(t)
	asked, err := d.AskToRegister(t.Context(), door, "zhang@example.com")
	must(t, err)
	_, code := d.lastMail(t, "zhang@example.com")
	const bait = "您的余额异常，请访问 phish.example"
	p, m, err := d.Register(t.Context(), door, person.Registration{Code: asked.ID, Digits: code, Name: bait, Password: password, Account: bait})
	must(t, err)
	told := func(address string) string {
		t.Helper()
		_, err := d.Invite(t.Context(), p.ID, m.Account, address, quartet.RoleReader)
		must(t, err)
		if d.deliver(t); strings.Contains(address, "@") {
			text, _ := d.lastMail(t, address)
			return text
		}
		return d.texts[len(d.texts)-1].Text
	}
	for _, address := range []string{"li@example.com", "13900000003"} {
		if text := told(address); strings.Contains(text, "phish") || !strings.Contains(text, "四要素的一位客户邀请您") {
			t.Errorf("told %q", text)
		}
	}
	firms, err := person.New(d.store, person.Options{Ring: d.ring, Post: d.office, Firms: verified("四方核验有限公司"), Now: func() time.Time { return d.now }, House: "四要素"})
	must(t, err)
	d.Desk = firms
	if text := told("wu@example.com"); strings.Contains(text, "phish") || !strings.Contains(text, "“四方核验有限公司”（已通过企业认证）邀请您") {
		t.Errorf("told %q", text)
	}
}

// A stranger cannot write more than an entry a second of each kind, and hides nothing by it.
func TestRefusals_OfStrangersAreCounted(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	before := len(d.audit(t))
	for i := range 20 {
		ctx := as(t, fmt.Sprintf("198.51.100.%d", i))
		_, _ = d.Authenticate(ctx, door, fmt.Sprintf("a%d@example.com", i), "wrong")
		_, _, _ = d.Register(ctx, door, person.Registration{Code: fmt.Sprint(i), Digits: "1", Name: "x", Password: password, Account: "x"})
		_, _ = d.FinishSignIn(ctx, door, fmt.Sprint(i), []byte("{}"))
	}
	if n := len(d.audit(t)) - before; n != 3 {
		t.Errorf("%d entries of 60 refusals", n)
	}
	_, err := d.Authenticate(as(t, home), door, "zhang@example.com", "wrong")
	wantCode(t, "a wrong password", err, quartet.ErrUnauthenticated)
	d.wantAudit(t, door+"|person.refused|"+p.ID+"|wrong password")
	d.now = d.now.Add(time.Second)
	_, err = d.Authenticate(as(t, home), door, "nobody@example.com", "wrong")
	wantCode(t, "nobody", err, quartet.ErrUnauthenticated)
	d.wantAudit(t, "an address that nobody has (and 19 others just before)")
}

// A try of which nothing was learnt, since the work could not be done, is none.
func TestProvePassword_CountsNoTryOfWhichNothingWasLearnt(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	p, err := d.Find(t.Context(), p.ID)
	must(t, err)
	p.Password = "no hash"
	must(t, d.store.ChangePerson(t.Context(), quartet.PersonChange{Person: p}, quartet.AuditEntry{At: d.now}))
	for range 6 {
		wantCode(t, "what cannot be compared", d.ProvePassword(t.Context(), p.ID, password), quartet.ErrInternal)
	}
}
