package operator_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"quartet"
)

// app is the authenticator app of an operator.
type app struct {
	secret   string
	recovery []string
}

func (a *app) code(t *testing.T, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(a.secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (d *desk) enrol(t *testing.T, o quartet.Operator) *app {
	t.Helper()
	n, err := d.Enrolment(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{secret: n.Secret}
	if a.recovery, err = d.Enrol(t.Context(), o.ID, n.Ticket, a.code(t, d.now)); err != nil {
		t.Fatal(err)
	}
	return a
}

// proves is the code of what a code is answered.
func (d *desk) proves(t *testing.T, o quartet.Operator, code string) quartet.ErrorCode {
	t.Helper()
	return quartet.CodeOf(d.Prove(t.Context(), door, o.ID, code))
}

func TestEnrol_WantsACodeOfTheApp(t *testing.T) {
	d := newDesk(t)
	zhang, li := d.add(t, "zhang"), d.add(t, "li")
	if got := d.proves(t, zhang, "000000"); got != quartet.ErrForbidden {
		t.Errorf("a code without an app: %q", got)
	}
	n, err := d.Enrolment(t.Context(), zhang.ID)
	if err != nil || !strings.Contains(n.URL, "Quartet:zhang?") || !strings.Contains(n.URL, n.Secret) {
		t.Fatalf("%+v, %v", n, err)
	}
	a := &app{secret: n.Secret}
	enrol := func(o quartet.Operator, ticket, code string) quartet.ErrorCode {
		_, err := d.Enrol(t.Context(), o.ID, ticket, code)
		return quartet.CodeOf(err)
	}
	if got := enrol(zhang, n.Ticket, "000000"); got != quartet.ErrInvalid {
		t.Errorf("another code: %q", got)
	}
	if got := enrol(li, n.Ticket, a.code(t, d.now)); got != quartet.ErrNotFound {
		t.Errorf("by another operator: %q", got)
	}
	if got := enrol(zhang, "invented", a.code(t, d.now)); got != quartet.ErrNotFound {
		t.Errorf("what was never begun: %q", got)
	}
	d.now = d.now.Add(10 * time.Minute)
	if got := enrol(zhang, n.Ticket, a.code(t, d.now)); got != quartet.ErrNotFound {
		t.Errorf("too late: %q", got)
	}
	a = d.enrol(t, zhang)
	if len(a.recovery) != 10 {
		t.Errorf("%d recovery codes", len(a.recovery))
	}
	if _, err := d.Enrolment(t.Context(), zhang.ID); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("a second app: %v", err)
	}
	if o, _ := d.FindID(t.Context(), zhang.ID); !o.FactorSince.Equal(d.now) {
		t.Errorf("since %v", o.FactorSince)
	}
}

func TestProve_TakesEachCodeOnce(t *testing.T) {
	d := newDesk(t)
	zhang := d.add(t, "zhang")
	a := d.enrol(t, zhang)
	if got := d.proves(t, zhang, a.code(t, d.now)); got != quartet.ErrReplayed {
		t.Errorf("the code of the enrolment: %q", got)
	}
	if said := d.audit(t)[0]; !strings.HasSuffix(said, "a code of zhang that was used before") {
		t.Errorf("the audit says %q", said)
	}
	d.now = d.now.Add(30 * time.Second)
	code := a.code(t, d.now)
	var wg sync.WaitGroup
	answers := make(chan quartet.ErrorCode, 4)
	for range cap(answers) {
		wg.Go(func() { answers <- quartet.CodeOf(d.Prove(t.Context(), door, zhang.ID, code)) })
	}
	wg.Wait()
	close(answers)
	count := map[quartet.ErrorCode]int{}
	for got := range answers {
		count[got]++
	}
	if count[""] != 1 || count[quartet.ErrReplayed] != 3 {
		t.Errorf("of four at once: %v", count)
	}
}

func TestProve_TakesEachRecoveryCodeOnce(t *testing.T) {
	d := newDesk(t)
	zhang, li := d.add(t, "zhang"), d.add(t, "li")
	a := d.enrol(t, zhang)
	d.enrol(t, li)
	first := strings.ToLower(strings.ReplaceAll(a.recovery[0], "-", " "))
	if got := d.proves(t, li, first); got != quartet.ErrUnauthenticated {
		t.Errorf("somebody else's: %q", got)
	}
	if got := d.proves(t, zhang, first); got != "" {
		t.Fatalf("the first time: %q", got)
	}
	if said := d.audit(t)[0]; said != "zhang|operator.recovery|"+zhang.ID+"|a recovery code was used up" {
		t.Errorf("the audit says %q", said)
	}
	if got := d.proves(t, zhang, first); got != quartet.ErrUnauthenticated {
		t.Errorf("a second time: %q", got)
	}
	if got := d.proves(t, zhang, a.recovery[1]); got != "" {
		t.Errorf("another one: %q", got)
	}
}

func TestProve_RefusesAfterFiveFailuresAlsoAfterARestart(t *testing.T) {
	d := newDesk(t)
	zhang := d.add(t, "zhang")
	a := d.enrol(t, zhang)
	d.now = d.now.Add(time.Minute)
	for range 5 {
		if got := d.proves(t, zhang, "not a code"); got != quartet.ErrUnauthenticated {
			t.Fatalf("answered %q", got)
		}
		d.restart()
	}
	if said := d.audit(t)[0]; !strings.Contains(said, "wrong second factor of zhang; the name is refused until 2026-03-01 09:16:00") {
		t.Errorf("the audit says %q", said)
	}
	if got := d.proves(t, zhang, a.code(t, d.now)); got != quartet.ErrLimited {
		t.Errorf("the right code meanwhile: %q", got)
	}
	d.now = d.now.Add(15 * time.Minute)
	if got := d.proves(t, zhang, a.code(t, d.now)); got != "" {
		t.Errorf("the right code afterwards: %q", got)
	}
}

func TestForgetFactor_EndsSessionsAndItsCodes(t *testing.T) {
	d := newDesk(t)
	zhang := d.add(t, "zhang")
	a := d.enrol(t, zhang)
	if err := d.ForgetFactor(t.Context(), "li", "zhang"); err != nil {
		t.Fatal(err)
	}
	if o, _ := d.FindID(t.Context(), zhang.ID); o.Epoch != 1 || !o.FactorSince.IsZero() {
		t.Errorf("%+v", o)
	}
	if err := d.ForgetFactor(t.Context(), "li", "zhang"); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("what is gone: %v", err)
	}
	next := d.enrol(t, zhang)
	if got := d.proves(t, zhang, a.recovery[0]); got != quartet.ErrUnauthenticated {
		t.Errorf("a code of the lost one: %q", got)
	}
	if got := d.proves(t, zhang, next.recovery[0]); got != "" {
		t.Errorf("a code of the new one: %q", got)
	}
}

// What must not be read from a stolen database or from the audit.
func TestFactor_IsKeptNowhereInClear(t *testing.T) {
	d := newDesk(t)
	zhang := d.add(t, "zhang")
	a := d.enrol(t, zhang)
	d.proves(t, zhang, a.recovery[0])
	f, err := d.store.OperatorFactor(t.Context(), zhang.ID)
	if err != nil {
		t.Fatal(err)
	}
	kept := fmt.Sprint(d.audit(t)) + string(f.Sealed) + hex.EncodeToString(f.Sealed)
	for _, secret := range append([]string{a.secret, a.code(t, d.now)}, a.recovery...) {
		if strings.Contains(kept, secret) {
			t.Errorf("%q is kept", secret)
		}
	}
}
