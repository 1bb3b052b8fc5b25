package person_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/pquerna/otp/totp"

	"quartet"
	"quartet/internal/person"
)

func codeOf(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	must(t, err)
	return code
}

// enrol gives a person an authenticator app, whose first code is of a minute ago.
func (d *desk) enrol(t *testing.T, p quartet.Person) (secret string, recovery []string) {
	t.Helper()
	secret, _, err := d.BeginTOTP(t.Context(), p.ID)
	must(t, err)
	recovery, err = d.ConfirmTOTP(t.Context(), p.ID, codeOf(t, secret, d.now))
	must(t, err)
	d.now = d.now.Add(time.Minute)
	return secret, recovery
}

func TestTOTP_IsAskedForOnceConfirmed(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	_, err := d.ConfirmTOTP(t.Context(), p.ID, "123456")
	wantCode(t, "nothing was begun", err, quartet.ErrConflict)
	secret, url, err := d.BeginTOTP(t.Context(), p.ID)
	must(t, err)
	if !strings.HasPrefix(url, "otpauth://totp/") || !strings.Contains(url, secret) {
		t.Error(url)
	}
	standing := func() bool {
		s, err := d.Standing(t.Context(), quartet.Session{Who: p.ID})
		must(t, err)
		return s.Factors
	}
	if standing() {
		t.Error("it is asked for before it was confirmed")
	}
	_, err = d.ConfirmTOTP(t.Context(), p.ID, codeOf(t, secret, d.now.Add(time.Hour)))
	wantCode(t, "a wrong first code", err, quartet.ErrInvalid)
	d.wantAudit(t, "factor.refused|"+p.ID+"|wrong first code")
	recovery, err := d.ConfirmTOTP(t.Context(), p.ID, codeOf(t, secret, d.now))
	must(t, err)
	if !standing() || len(recovery) != 10 {
		t.Errorf("%v, %q", standing(), recovery)
	}
	wantCode(t, "the code that confirmed", d.ProveTOTP(t.Context(), p.ID, codeOf(t, secret, d.now)), quartet.ErrReplayed)
	_, _, err = d.BeginTOTP(t.Context(), p.ID)
	wantCode(t, "another one beside it", err, quartet.ErrConflict)
	if text, _ := d.lastMail(t, "zhang@example.com"); !strings.Contains(text, "启用了动态验证码") {
		t.Errorf("told %q", text)
	}

	must(t, d.RemoveTOTP(t.Context(), p.ID))
	if left, err := d.store.RecoveryLeft(t.Context(), p.ID); standing() || left != 0 || err != nil {
		t.Errorf("%d recovery codes are left, %v", left, err)
	}
	wantCode(t, "removed twice", d.RemoveTOTP(t.Context(), p.ID), quartet.ErrNotFound)
}

func TestTOTP_TakesEachStepOnce(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	secret, _ := d.enrol(t, p)
	code := codeOf(t, secret, d.now)
	var saying sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		saying.Go(func() { errs[i] = d.ProveTOTP(t.Context(), p.ID, code) })
	}
	saying.Wait()
	in := 0
	for _, err := range errs {
		if err == nil {
			in++
		}
	}
	if in != 1 {
		t.Errorf("%d of 4 came in with one code: %v", in, errs)
	}
	d.restart(t)
	wantCode(t, "a step that was used", d.ProveTOTP(t.Context(), p.ID, code), quartet.ErrReplayed)
	d.wantAudit(t, "person "+p.ID+"|factor.refused|"+p.ID+"|wrong or used code of an app")
	d.now = d.now.Add(30 * time.Second)
	must(t, d.ProveTOTP(t.Context(), p.ID, codeOf(t, secret, d.now)))
}

func TestFactors_AreLimitedToo(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	secret, recovery := d.enrol(t, p)
	for range 5 {
		wantCode(t, "a guess", d.ProveTOTP(t.Context(), p.ID, "x"), quartet.ErrUnauthenticated)
	}
	wantCode(t, "the right code at the sixth try", d.ProveTOTP(t.Context(), p.ID, codeOf(t, secret, d.now)), quartet.ErrLimited)
	_, err := d.ProveRecovery(t.Context(), p.ID, recovery[0])
	wantCode(t, "another way", err, quartet.ErrLimited)
	d.now = d.now.Add(15 * time.Minute)
	left, err := d.ProveRecovery(t.Context(), p.ID, strings.ToLower(strings.ReplaceAll(recovery[0], "-", " ")))
	if err != nil || left != 9 {
		t.Errorf("%d are left, %v", left, err)
	}
	_, err = d.ProveRecovery(t.Context(), p.ID, recovery[0])
	wantCode(t, "a recovery code twice", err, quartet.ErrUnauthenticated)
	d.wantAudit(t, "factor.refused|"+p.ID+"|wrong or used recovery code")
	fresh, err := d.RenewRecovery(t.Context(), p.ID)
	must(t, err)
	_, err = d.ProveRecovery(t.Context(), p.ID, recovery[1])
	wantCode(t, "an old one after they were renewed", err, quartet.ErrUnauthenticated)
	_, err = d.ProveRecovery(t.Context(), p.ID, fresh[0])
	must(t, err)
	if kinds, left, err := d.Factors(t.Context(), p.ID); !slices.Equal(kinds, []string{"totp", "recovery"}) || left != 9 || err != nil {
		t.Errorf("%q, %d, %v", kinds, left, err)
	}
}

// device is an authenticator with one passkey.
type device struct {
	auth virtualwebauthn.Authenticator
	cred virtualwebauthn.Credential
}

var browser = virtualwebauthn.RelyingParty{Name: "四要素", ID: "shop.example.com", Origin: site}

// coseLen is an EC2 key of P-256 as COSE writes it, both coordinates in full.
const coseLen = 77

// newKey is a key as authenticators make them: the virtual one leaves leading zeros of a
// coordinate away, which is no key to anybody else.
func newKey() virtualwebauthn.Credential {
	for {
		if c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(c.Key.AttestationData()) == coseLen {
			return c
		}
	}
}

func newDevice(p quartet.Person) *device {
	return &device{
		auth: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(p.ID)}),
		cred: newKey(),
	}
}

func (v *device) made(t *testing.T, c person.Ceremony) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(string(c.Options))
	must(t, err)
	return []byte(virtualwebauthn.CreateAttestationResponse(browser, v.auth, v.cred, *o))
}

func (v *device) answer(t *testing.T, c person.Ceremony) []byte {
	t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(string(c.Options))
	must(t, err)
	return []byte(virtualwebauthn.CreateAssertionResponse(browser, v.auth, v.cred, *o))
}

func (d *desk) addPasskey(t *testing.T, p quartet.Person, name string) (*device, quartet.Passkey, []string) {
	t.Helper()
	v := newDevice(p)
	c, err := d.BeginPasskey(t.Context(), p.ID)
	must(t, err)
	k, recovery, err := d.FinishPasskey(t.Context(), p.ID, c.Ticket, name, v.made(t, c))
	must(t, err)
	return v, k, recovery
}

func TestPasskey_SignsInAlone(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	v, k, recovery := d.addPasskey(t, p, "手机")
	d.wantAudit(t, "person "+p.ID+"|passkey.add|"+k.ID+"|手机")
	if len(recovery) != 10 {
		t.Errorf("%d recovery codes", len(recovery))
	}
	c, err := d.BeginSignIn(t.Context())
	must(t, err)
	v.cred.Counter = 1
	answer := v.answer(t, c)
	d.now = d.now.Add(time.Minute)
	got, err := d.FinishSignIn(t.Context(), door, c.Ticket, answer)
	if err != nil || got.ID != p.ID {
		t.Fatalf("%+v, %v", got, err)
	}
	keys, err := d.Passkeys(t.Context(), p.ID)
	if err != nil || len(keys) != 1 || !keys[0].LastUsed.Equal(d.now) || keys[0].Count != 1 {
		t.Errorf("%+v, %v", keys, err)
	}
	_, err = d.FinishSignIn(t.Context(), door, c.Ticket, answer)
	wantCode(t, "the same answer again", err, quartet.ErrReplayed)
	d.wantAudit(t, door+"|passkey.refused||this was answered already")

	c, err = d.BeginSignIn(t.Context())
	must(t, err)
	_, err = d.FinishSignIn(t.Context(), door, c.Ticket, answer)
	wantCode(t, "an answer to another challenge", err, quartet.ErrInvalid)
	c, err = d.BeginSignIn(t.Context())
	must(t, err)
	late := v.answer(t, c)
	d.now = d.now.Add(5 * time.Minute)
	_, err = d.FinishSignIn(t.Context(), door, c.Ticket, late)
	wantCode(t, "an answer after five minutes", err, quartet.ErrReplayed)
}

func TestPasskey_RefusesACopy(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	v, k, _ := d.addPasskey(t, p, "手机")
	for _, try := range []struct {
		count uint32
		want  quartet.ErrorCode
	}{{7, ""}, {7, quartet.ErrReplayed}, {3, quartet.ErrReplayed}, {8, ""}} {
		c, err := d.BeginSignIn(t.Context())
		must(t, err)
		v.cred.Counter = try.count
		_, err = d.FinishSignIn(t.Context(), door, c.Ticket, v.answer(t, c))
		wantCode(t, "a count", err, try.want)
		if try.want != "" {
			d.wantAudit(t, door+"|passkey.refused|"+k.ID+"|this passkey counts fewer signatures")
		}
	}
}

func TestPasskey_IsASecondFactor(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	q, _ := d.register(t, "wang@example.com", "王芳")
	_, err := d.BeginFactor(t.Context(), p.ID)
	wantCode(t, "none is registered", err, quartet.ErrConflict)
	phone, k, _ := d.addPasskey(t, p, "手机")
	laptop, _, again := d.addPasskey(t, p, "电脑")
	theirs, _, _ := d.addPasskey(t, q, "手机")
	if again != nil {
		t.Error("the second passkey threw the recovery codes away")
	}
	if s, err := d.Standing(t.Context(), quartet.Session{Who: p.ID}); err != nil || !s.Factors {
		t.Errorf("%+v, %v", s, err)
	}
	for _, v := range []*device{phone, laptop} {
		c, err := d.BeginFactor(t.Context(), p.ID)
		must(t, err)
		must(t, d.FinishFactor(t.Context(), p.ID, c.Ticket, v.answer(t, c)))
	}
	c, err := d.BeginFactor(t.Context(), p.ID)
	must(t, err)
	wantCode(t, "somebody else's passkey", d.FinishFactor(t.Context(), p.ID, c.Ticket, theirs.answer(t, c)), quartet.ErrInvalid)
	d.wantAudit(t, "person "+p.ID+"|passkey.refused|"+p.ID)
	c, err = d.BeginSignIn(t.Context())
	must(t, err)
	wantCode(t, "a ceremony for something else", d.FinishFactor(t.Context(), p.ID, c.Ticket, phone.answer(t, c)), quartet.ErrReplayed)
	c, err = d.BeginPasskey(t.Context(), p.ID)
	must(t, err)
	o, err := virtualwebauthn.ParseAttestationOptions(string(c.Options))
	must(t, err)
	crossed := virtualwebauthn.CreateAssertionResponse(browser, phone.auth, phone.cred, virtualwebauthn.AssertionOptions{Challenge: o.Challenge, RelyingPartyID: browser.ID})
	wantCode(t, "a ceremony of the same person for something else", d.FinishFactor(t.Context(), p.ID, c.Ticket, []byte(crossed)), quartet.ErrReplayed)
	wantCode(t, "what is no answer", d.FinishFactor(t.Context(), p.ID, c.Ticket, []byte("{")), quartet.ErrReplayed)

	unverified := *phone
	unverified.auth.Options.UserNotVerified = true
	c, err = d.BeginSignIn(t.Context())
	must(t, err)
	_, err = d.FinishSignIn(t.Context(), door, c.Ticket, unverified.answer(t, c))
	wantCode(t, "a passkey whose holder was not verified", err, quartet.ErrInvalid)

	wantCode(t, "removing somebody else's", d.RemovePasskey(t.Context(), q.ID, k.ID), quartet.ErrNotFound)
	must(t, d.RemovePasskey(t.Context(), p.ID, k.ID))
	c, err = d.BeginSignIn(t.Context())
	must(t, err)
	_, err = d.FinishSignIn(t.Context(), door, c.Ticket, phone.answer(t, c))
	wantCode(t, "a passkey that was removed", err, quartet.ErrInvalid)
	if kinds, left, err := d.Factors(t.Context(), p.ID); !slices.Equal(kinds, []string{"passkey", "recovery"}) || left != 10 || err != nil {
		t.Errorf("%q, %d, %v", kinds, left, err)
	}
}
