package operator

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/throttle"
	"quartet/internal/totp"
)

const (
	issuer    = "Quartet"
	enrolTime = 10 * time.Minute
	enrolling = "operator.enrol"
)

// Enrolment is a second factor that is being set up. It is shown to its operator alone.
type Enrolment struct {
	Ticket string // names it to Enrol
	Secret string // to type into an app that reads no QR code
	URL    string // what a QR code shows
}

// Enrolment begins to set up a second factor for an operator who has none. It counts when
// Enrol has seen a code of it. ErrConflict: there is one.
func (r *Roster) Enrolment(ctx context.Context, operator string) (Enrolment, error) {
	o, err := r.FindID(ctx, operator)
	if err != nil {
		return Enrolment{}, err
	}
	if !o.FactorSince.IsZero() {
		return Enrolment{}, quartet.Errorf(quartet.ErrConflict, "there is a second factor already; an administrator can take it away first")
	}
	n := Enrolment{Ticket: ticket(), Secret: totp.New()}
	n.URL = totp.URL(issuer, o.Name, n.Secret)
	id := r.hasher.Sum("enrolment", n.Ticket)
	return n, r.store.PutCeremony(ctx, quartet.Ceremony{
		ID: id, Kind: enrolling, Person: o.ID, Sealed: r.ring.Seal([]byte(n.Secret), id.String()), Expires: r.now().Add(enrolTime),
	})
}

// ticket is a secret that names something under way to who began it.
func ticket() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails: it ends the process instead
	return hex.EncodeToString(raw[:])
}

// Enrol sets a second factor up with a code of it, and gives the codes that stand in for it,
// which are never shown again. ErrNotFound: it was not begun, or too long ago. ErrInvalid:
// the code is another one; it may be tried again.
func (r *Roster) Enrol(ctx context.Context, operator, ticket, code string) (recovery []string, err error) {
	id := r.hasher.Sum("enrolment", ticket)
	c, err := r.store.Ceremony(ctx, id, r.now())
	if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
		return nil, err
	}
	if err != nil || c.Kind != enrolling || c.Person != operator {
		return nil, quartet.Errorf(quartet.ErrNotFound, "this second factor was not begun, or more than ten minutes ago; begin again")
	}
	secret, err := r.ring.Unseal(c.Sealed, id.String())
	if err != nil {
		return nil, err
	}
	now := r.now()
	step, right := totp.Check(string(secret), code, now, 0)
	if !right {
		return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "code", Message: "this is not the code that the app shows now; is the clock of the phone right?"}
	}
	o, err := r.FindID(ctx, operator)
	if err != nil {
		return nil, err
	}
	recovery = totp.Recovery()
	hashes := make([]quartet.Fingerprint, len(recovery))
	for i, code := range recovery {
		hashes[i] = r.recoveryHash(o.ID, code)
	}
	if _, err := r.store.TakeCeremony(ctx, id, now); err != nil {
		return nil, err
	}
	f := quartet.OperatorFactor{Sealed: r.ring.Seal(secret, factorOf(o.ID)), Since: now, Step: step}
	if err := r.store.PutOperatorFactor(ctx, o.ID, f, hashes, audit.Entry(now, o.Name, "operator.enrol", o.ID, o.Name)); err != nil {
		return nil, err
	}
	return recovery, nil
}

func factorOf(operator string) string { return "operator.factor/" + operator }

func (r *Roster) recoveryHash(operator, code string) quartet.Fingerprint {
	return r.hasher.Sum("recovery", operator, totp.Spell(code))
}

// Prove takes a code of the authenticator app of an operator, or one that stands in for it;
// by is the door where it was said. ErrUnauthenticated: it is another one. ErrReplayed: it
// was used before. ErrLimited: too many were wrong. ErrForbidden: there is no second factor
// yet.
func (r *Roster) Prove(ctx context.Context, by, operator, code string) error {
	o, err := r.FindID(ctx, operator)
	if err != nil {
		return err
	}
	f, err := r.store.OperatorFactor(ctx, o.ID)
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		return quartet.Errorf(quartet.ErrForbidden, "there is no second factor yet; set one up first")
	}
	if err != nil {
		return err
	}
	secret, err := r.ring.Unseal(f.Sealed, factorOf(o.ID))
	if err != nil {
		return err
	}
	guess, err := r.door.Try(ctx, secondFactor, throttle.Target{Name: o.ID}, "")
	if err != nil {
		return err
	}
	if !guess.Refused.IsZero() {
		return quartet.Errorf(quartet.ErrLimited, "too many wrong codes; try again after %s", clock(guess.Refused))
	}
	step, err := totp.Prove(string(secret), code, r.now(), f.Step)
	switch quartet.CodeOf(err) {
	case "":
		err = r.store.UseOperatorStep(ctx, o.ID, step)
	case quartet.ErrUnauthenticated:
		err = r.recover(ctx, &o, code, err)
	default: // it is refused below
	}
	switch quartet.CodeOf(err) {
	case "":
		return r.door.Pass(ctx, guess)
	case quartet.ErrReplayed:
		return r.refuse(ctx, by, o.ID, "a code of "+o.Name+" that was used before", guess.Last, err)
	case quartet.ErrUnauthenticated:
		return r.refuse(ctx, by, o.ID, "wrong second factor of "+o.Name, guess.Last, err)
	default: // nothing was learnt from it
		_ = r.door.Back(context.WithoutCancel(ctx), guess)
		return err
	}
}

// recover uses up a code that stands in for a lost device, or gives why what was said is none
// of the app's either.
func (r *Roster) recover(ctx context.Context, o *quartet.Operator, code string, wrong error) error {
	if totp.Spell(code) == "" {
		return wrong
	}
	_, err := r.store.UseOperatorRecovery(ctx, o.ID, r.recoveryHash(o.ID, code), audit.Entry(r.now(), o.Name, "operator.recovery", o.ID, "a recovery code was used up"))
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		err = quartet.Errorf(quartet.ErrUnauthenticated, "the code is wrong, or is a recovery code that was used; say another one")
	}
	return err
}

// ForgetFactor takes the second factor of an operator away, who must set up another one
// before anything else. The sessions are over. ErrNotFound: no such operator, or none.
func (r *Roster) ForgetFactor(ctx context.Context, by, name string) error {
	o, err := r.Find(ctx, name)
	if err != nil {
		return err
	}
	return r.store.RemoveOperatorFactor(ctx, o.ID, audit.Entry(r.now(), by, "operator.unenrol", o.ID, o.Name))
}
