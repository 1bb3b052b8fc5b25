package person_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/notify"
	work "quartet/internal/password"
	"quartet/internal/person"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// desk is where people are looked after, with a clock and a mailbox of its own.
type desk struct {
	*person.Desk
	store  *store.Store
	office *notify.Office
	ring   *seal.Keyring
	dir    string
	now    time.Time
	mails  []notify.Mail
	texts  []notify.Text
}

const (
	door     = "front door"
	password = "four words in a row"
	site     = "https://shop.example.com"
)

func newDesk(t *testing.T) *desk {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "ring"))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{ring: ring, dir: storetest.Folder(t), now: time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)}
	d.open(t)
	t.Cleanup(func() { _ = d.store.Close() })
	return d
}

// open begins as after a restart.
func (d *desk) open(t *testing.T) {
	t.Helper()
	var err error
	if d.store, err = store.Open(t.Context(), store.Options{Dir: d.dir}); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return d.now }
	d.office = notify.New(d.store, d.ring, notify.Options{House: "四要素", Mailer: d, Texter: d}, clock)
	if d.Desk, err = person.New(d.store, person.Options{Ring: d.ring, Post: d.office, Now: clock, House: "四要素", Site: site, Passwords: work.Work{MemoryKiB: 64, Iterations: 1}}); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) restart(t *testing.T) {
	t.Helper()
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	d.open(t)
}

func (d *desk) Mail(_ context.Context, m notify.Mail) error {
	d.mails = append(d.mails, m)
	return nil
}

func (d *desk) Text(_ context.Context, t notify.Text) error {
	d.texts = append(d.texts, t)
	return nil
}

// deliver runs the jobs that send messages.
func (d *desk) deliver(t *testing.T) {
	t.Helper()
	jobs, err := d.store.ClaimJobs(t.Context(), []string{"mail.send"}, d.now, d.now.Add(time.Minute), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if err := d.office.Send(t.Context(), j.Key); err != nil {
			t.Fatal(err)
		}
		j.State, j.Ended = quartet.JobDone, d.now
		if err := d.store.EndJob(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
}

var digits = regexp.MustCompile(`\d{6}`)

// lastMail is the last e-mail to an address; code the digits in it.
func (d *desk) lastMail(t *testing.T, to string) (text, code string) {
	t.Helper()
	d.deliver(t)
	for _, m := range d.mails {
		if m.To.Reveal() == to {
			text = m.Text
		}
	}
	if text == "" {
		t.Fatalf("nothing came to %s", to)
	}
	return text, digits.FindString(text)
}

// as is somebody who asks from an address of the net.
func as(t *testing.T, from string) context.Context {
	t.Helper()
	return quartet.WithOrigin(t.Context(), from)
}

// register brings somebody in, with an account of the same name.
func (d *desk) register(t *testing.T, address, name string) (quartet.Person, quartet.Member) {
	t.Helper()
	asked, err := d.AskToRegister(t.Context(), door, address)
	if err != nil {
		t.Fatal(err)
	}
	code := ""
	if asked.Address.Channel() == quartet.ChannelEmail {
		_, code = d.lastMail(t, asked.Address.Reveal())
	} else {
		d.deliver(t)
		code = d.texts[len(d.texts)-1].Code
	}
	p, m, err := d.Register(t.Context(), door, person.Registration{Code: asked.ID, Digits: code, Name: name, Password: password, Account: name + "的公司"})
	if err != nil {
		t.Fatal(err)
	}
	return p, m
}

// audit is the audit, oldest first, as "actor action subject detail".
func (d *desk) audit(t *testing.T) []string {
	t.Helper()
	list, err := d.store.AuditEntries(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	lines := make([]string, len(list))
	for i, e := range list {
		lines[len(list)-1-i] = strings.Join([]string{e.Actor, e.Action, e.Subject, e.Detail, e.Before, e.After}, "|")
	}
	return lines
}

// wantAudit checks the last entry.
func (d *desk) wantAudit(t *testing.T, want string) {
	t.Helper()
	lines := d.audit(t)
	if len(lines) == 0 || !strings.Contains(lines[len(lines)-1], want) {
		t.Errorf("the audit ends with %q, want %q", lines[max(0, len(lines)-1):], want)
	}
}

func wantCode(t *testing.T, what string, err error, want quartet.ErrorCode) {
	t.Helper()
	if quartet.CodeOf(err) != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestNew_TakesTheRealWorkForPasswordsWhereNobodySaysOtherwise(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	desk, err := person.New(d.store, person.Options{Ring: d.ring, Post: d.office, Now: time.Now, House: "四要素"})
	must(t, err)
	changed, err := desk.ChangePassword(t.Context(), p.ID, "other words in a row")
	if err != nil || !strings.HasPrefix(changed.Password, "$argon2id$v=19$m=65536,t=3,p=1$") {
		t.Errorf("%q, %v", changed.Password, err)
	}
}

func TestRegister_MakesAPersonWhoOwnsANewAccount(t *testing.T) {
	d := newDesk(t)
	p, m := d.register(t, "Zhang@Example.com", "张三丰")
	d.wantAudit(t, "person "+p.ID+"|person.register|"+p.ID+`|z***@example.com||{"account":"`+m.Account+`","address":"z***@example.com","role":"owner"}`)
	accounts, err := d.store.Accounts(t.Context())
	if err != nil || len(accounts) != 1 || accounts[0].ID != m.Account || accounts[0].Name != "张三丰的公司" {
		t.Errorf("%+v, %v", accounts, err)
	}
	if places, err := d.Memberships(t.Context(), p.ID); err != nil || len(places) != 1 || places[0].Role != quartet.RoleOwner {
		t.Errorf("%+v, %v", places, err)
	}
	card, err := d.CardOf(p)
	if err != nil || fmt.Sprintf("%v|%v|%s", card.Email, card.Mobile, card.Name) != "z***@example.com||张三丰" {
		t.Errorf("%+v, %v", card, err)
	}
	if found, err := d.At(t.Context(), "wang", " ZHANG@example.com "); err != nil || found.ID != p.ID {
		t.Errorf("%+v, %v", found, err)
	}
	standing, err := d.Standing(t.Context(), quartet.Session{Who: p.ID, Account: m.Account})
	if want := (quartet.Standing{By: "person " + p.ID, Name: "张三丰", Role: quartet.RoleOwner, Epoch: 1}); err != nil || standing != want {
		t.Errorf("%+v, %v", standing, err)
	}
	q, _ := d.register(t, "+86 139 0000 0001", "李四光")
	if q.Email.Sealed != nil || d.texts[0].To.Reveal() != "13900000001" || !strings.HasPrefix(d.texts[0].Text, "【四要素】您正在注册") {
		t.Errorf("%+v", d.texts)
	}
}

func TestAskToRegister_AnswersTheSameForAnAddressThatIsTaken(t *testing.T) {
	d := newDesk(t)
	d.register(t, "zhang@example.com", "张三丰")
	free, err := d.AskToRegister(t.Context(), door, "wang@example.com")
	must(t, err)
	taken, err := d.AskToRegister(t.Context(), door, "zhang@example.com")
	must(t, err)
	if len(free.ID) != len(taken.ID) || !free.Expires.Equal(taken.Expires) {
		t.Errorf("%+v\n%+v", free, taken)
	}
	text, code := d.lastMail(t, "zhang@example.com")
	if code != "" || !strings.Contains(text, "已有账号") {
		t.Errorf("the letter says %q", text)
	}
	for _, guess := range []string{"000000", ""} {
		d.now = d.now.Add(time.Second) // entries of one kind are that far apart
		_, _, err = d.Register(t.Context(), door, person.Registration{Code: taken.ID, Digits: guess, Name: "张三丰", Password: password, Account: "又一家"})
		wantCode(t, "a code that never was", err, quartet.ErrInvalid)
	}
	d.wantAudit(t, "code.refused|"+taken.ID+"|wrong code for signup of z***@example.com, try 2")
}

func TestRegister_Refuses(t *testing.T) {
	d := newDesk(t)
	first, err := d.AskToRegister(t.Context(), door, "zhang@example.com")
	must(t, err)
	_, code := d.lastMail(t, "zhang@example.com")
	second, err := d.AskToRegister(t.Context(), door, "zhang@example.com")
	must(t, err)
	_, other := d.lastMail(t, "zhang@example.com")
	good := person.Registration{Code: first.ID, Digits: code, Name: "张三丰", Password: password, Account: "三丰"}

	// What can be put right costs no try.
	for what, change := range map[string]func(*person.Registration){
		"no name":          func(r *person.Registration) { r.Name = " " },
		"a short password": func(r *person.Registration) { r.Password = "short" },
		"no account":       func(r *person.Registration) { r.Account = "" },
	} {
		r := good
		change(&r)
		_, _, err := d.Register(t.Context(), door, r)
		wantCode(t, what, err, quartet.ErrInvalid)
	}
	r := good
	r.Code = "no id of ours"
	_, _, err = d.Register(t.Context(), door, r)
	wantCode(t, "a code that nobody asked for", err, quartet.ErrNotFound)
	d.wantAudit(t, "code.refused||there is no such code")

	reset, err := d.AskToReset(t.Context(), door, "zhang@example.com")
	must(t, err)
	r = good
	r.Code = reset.ID
	_, _, err = d.Register(t.Context(), door, r)
	wantCode(t, "a code of another purpose", err, quartet.ErrInvalid)
	d.wantAudit(t, "a code for reset was said for signup")

	r = good
	r.Digits = code[:3] + " " + code[3:]
	p, _, err := d.Register(t.Context(), door, r)
	must(t, err)
	d.now = d.now.Add(time.Second)
	_, _, err = d.Register(t.Context(), door, good)
	wantCode(t, "a code that was used", err, quartet.ErrReplayed)
	d.wantAudit(t, "code.refused|"+first.ID+"|this code was used already")

	good.Code, good.Digits = second.ID, other
	_, _, err = d.Register(t.Context(), door, good)
	wantCode(t, "a name that an account has", err, quartet.ErrConflict)
	good.Account = "三丰二"
	_, _, err = d.Register(t.Context(), door, good)
	wantCode(t, "an address that was registered meanwhile", err, quartet.ErrConflict)
	d.wantAudit(t, "person.refused|"+second.ID+"|somebody signs in with this address already")
	if found, err := d.At(t.Context(), "wang", "zhang@example.com"); err != nil || found.ID != p.ID {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestRegister_AllowsFiveTriesOfACodeWithinTenMinutes(t *testing.T) {
	d := newDesk(t)
	asked, err := d.AskToRegister(t.Context(), door, "zhang@example.com")
	must(t, err)
	_, code := d.lastMail(t, "zhang@example.com")
	r := person.Registration{Code: asked.ID, Digits: "not " + code, Name: "张三丰", Password: password, Account: "三丰"}
	for range 5 {
		_, _, err = d.Register(t.Context(), door, r)
		wantCode(t, "a guess", err, quartet.ErrInvalid)
	}
	r.Digits = code
	d.now = d.now.Add(time.Second)
	_, _, err = d.Register(t.Context(), door, r)
	wantCode(t, "the right code at the sixth try", err, quartet.ErrLimited)
	d.wantAudit(t, "code.refused|"+asked.ID+"|this code was tried too often")

	asked, err = d.AskToRegister(t.Context(), door, "zhang@example.com")
	must(t, err)
	_, r.Digits = d.lastMail(t, "zhang@example.com")
	r.Code = asked.ID
	d.now = d.now.Add(10 * time.Minute)
	_, _, err = d.Register(t.Context(), door, r)
	wantCode(t, "too late", err, quartet.ErrExpired)
}

func TestAsk_LimitsCodesPerAddressAndPerOrigin(t *testing.T) {
	d := newDesk(t)
	for range 5 {
		_, err := d.AskToRegister(t.Context(), door, "zhang@example.com")
		must(t, err)
	}
	d.restart(t)
	_, err := d.AskToReset(t.Context(), door, "ZHANG@example.com")
	wantCode(t, "the sixth code within an hour", err, quartet.ErrLimited)
	d.wantAudit(t, "code.limited||too many codes were asked for")
	before := len(d.audit(t))
	_, err = d.AskToReset(t.Context(), door, "zhang@example.com")
	wantCode(t, "the seventh", err, quartet.ErrLimited)
	if len(d.audit(t)) != before {
		t.Error("a flood fills the audit")
	}
	d.now = d.now.Add(time.Hour)
	_, err = d.AskToReset(t.Context(), door, "zhang@example.com")
	must(t, err)

	for i := range 30 { // from all addresses of one customer
		_, err := d.AskToRegister(as(t, fmt.Sprintf("2001:db8:1:1::%x", i+1)), door, fmt.Sprintf("a%d@example.com", i))
		must(t, err)
	}
	_, err = d.AskToRegister(as(t, "2001:db8:1:1:ffff::1"), door, "b@example.com")
	wantCode(t, "the 31st from one origin", err, quartet.ErrLimited)
	_, err = d.AskToRegister(as(t, "2001:db8:1:2::1"), door, "b@example.com")
	must(t, err)
}

func TestNew_RefusesASiteThatBrowsersCannotShow(t *testing.T) {
	d := newDesk(t)
	for _, site := range []string{"shop.example.com", "ftp://shop.example.com", "https://", "https://u@shop.example.com", "https://shop.example.com/path"} {
		_, err := person.New(d.store, person.Options{Ring: d.ring, Post: d.office, Now: time.Now, House: "四要素", Site: site})
		wantCode(t, site, err, quartet.ErrInvalid)
	}
	none, err := person.New(d.store, person.Options{Ring: d.ring, Post: d.office, Now: time.Now, House: "四要素"})
	must(t, err)
	_, err = none.BeginSignIn(t.Context())
	wantCode(t, "without a site", err, quartet.ErrUnsupported)
}

// TestPeople_LeaveNothingInClear goes through everything that is asked of a person, and
// looks for what was said in the audit, in what was answered, and in the bytes of the store.
func TestPeople_LeaveNothingInClear(t *testing.T) {
	d := newDesk(t)
	const mail, mobile, secret = "zhangsanfeng.planted@example.com", "13900004321", "planted words in a row"
	var planted []string
	said := func(words ...string) { planted = append(planted, words...) }
	said("zhangsanfeng.planted", mobile, secret, "new "+secret)
	var answers []string
	answer := func(v any, err error) {
		t.Helper()
		answers = append(answers, fmt.Sprintf("%+v %v", v, err))
	}

	asked, err := d.AskToRegister(t.Context(), door, mail)
	answer(asked, err)
	_, code := d.lastMail(t, mail)
	said(code)
	p, _, err := d.Register(t.Context(), door, person.Registration{Code: asked.ID, Digits: code, Name: "张三丰", Password: secret, Account: "三丰"})
	must(t, err)
	answer(d.CardOf(p))
	_, err = d.Authenticate(t.Context(), door, mail, "wrong "+secret)
	answer("", err)
	_, err = d.Authenticate(t.Context(), door, "nobody"+mail, secret)
	answer("", err)
	asked, err = d.AskToMove(t.Context(), p.ID, mobile)
	answer(asked, err)
	d.deliver(t)
	code = d.texts[len(d.texts)-1].Code
	said(code)
	_, err = d.Move(t.Context(), p.ID, asked.ID, "x"+code)
	answer("", err)
	_, err = d.Move(t.Context(), p.ID, asked.ID, code)
	must(t, err)
	key, url, err := d.BeginTOTP(t.Context(), p.ID)
	must(t, err)
	said(key)
	if strings.Contains(url, "zhangsanfeng") {
		t.Errorf("%s names the address", url)
	}
	recovery, err := d.ConfirmTOTP(t.Context(), p.ID, codeOf(t, key, d.now))
	must(t, err)
	said(recovery...)
	_, err = d.ProveRecovery(t.Context(), p.ID, recovery[0])
	must(t, err)
	_, err = d.ChangePassword(t.Context(), p.ID, "new "+secret)
	must(t, err)
	answer(d.Invite(t.Context(), p.ID, "x", "13900009876", quartet.RoleReader))
	said("13900009876")
	d.AskToReset(t.Context(), door, "13900009876") //nolint:errcheck // it stays unsent

	text := strings.Join(d.audit(t), "\n") + strings.Join(answers, "\n")
	must(t, d.store.Close())
	files, err := filepath.Glob(filepath.Join(d.dir, "*"))
	must(t, err)
	for _, f := range files {
		bytes, err := os.ReadFile(f)
		must(t, err)
		text += string(bytes)
	}
	for _, word := range planted {
		if strings.Contains(text, word) {
			t.Errorf("%q is found in clear", word)
		}
	}
	if !strings.Contains(text, "z***@example.com") {
		t.Error("not even the masked address was found: nothing was looked at")
	}
}
