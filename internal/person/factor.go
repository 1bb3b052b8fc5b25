package person

import (
	"context"

	"quartet"
	"quartet/internal/notify"
	"quartet/internal/throttle"
	"quartet/internal/totp"
)

// BeginTOTP makes a secret for an authenticator app. It proves nothing until a first code of
// it is confirmed. ErrConflict: one is in force.
func (d *Desk) BeginTOTP(ctx context.Context, person string) (secret, url string, err error) {
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return "", "", err
	}
	if p.TOTP.On() {
		return "", "", quartet.Errorf(quartet.ErrConflict, "an authenticator app is enrolled already; remove it first")
	}
	to, err := d.main(p)
	if err != nil {
		return "", "", err
	}
	secret = totp.New()
	p.TOTP = quartet.TOTP{Sealed: d.o.Ring.Seal([]byte(secret), recordOf("totp", p.ID))}
	return secret, totp.URL(d.o.House, to.String(), secret), d.store.ChangePerson(ctx, quartet.PersonChange{Person: p}, d.entry(By(p.ID), "totp.begin", p.ID, ""))
}

// ConfirmTOTP puts the app in force by its first code, and gives recovery codes, which are
// shown once. ErrInvalid: the code is wrong. ErrConflict: nothing was begun.
func (d *Desk) ConfirmTOTP(ctx context.Context, person, said string) (recovery []string, err error) {
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return nil, err
	}
	if p.TOTP.On() || p.TOTP.Sealed == nil {
		return nil, quartet.Errorf(quartet.ErrConflict, "no authenticator app waits for its first code; begin with that")
	}
	if p.TOTP.Step, err = d.step(p, said); err != nil {
		if quartet.CodeOf(err) == quartet.ErrUnauthenticated { // nothing is proved by it yet
			err = wrongCode("this is not the code that the app shows now; is the clock of the device right?")
		}
		return nil, d.lostFactor(ctx, p, "wrong first code of an app", err)
	}
	p.TOTP.Since = d.o.Now()
	return d.enrolled(ctx, p, "totp.enrol", "启用了动态验证码")
}

// enrolled writes a person with fresh recovery codes.
func (d *Desk) enrolled(ctx context.Context, p quartet.Person, action, what string) ([]string, error) {
	codes, hashes := d.newRecovery(p.ID)
	messages, err := d.tell(p, noticeLetter("notice.factor", what, d.o.Now()))
	if err != nil {
		return nil, err
	}
	err = d.store.ChangePerson(ctx, quartet.PersonChange{Person: p, Recovery: hashes, Messages: messages}, d.entry(By(p.ID), action, p.ID, ""))
	if err != nil {
		return nil, err
	}
	return codes, nil
}

func (d *Desk) newRecovery(person string) (codes []string, hashes []quartet.Fingerprint) {
	codes = totp.Recovery()
	for _, c := range codes {
		hashes = append(hashes, d.hashRecovery(person, c))
	}
	return codes, hashes
}

func (d *Desk) hashRecovery(person, code string) quartet.Fingerprint {
	return d.hasher.Sum("recovery", person, totp.Spell(code))
}

// RenewRecovery gives a person new recovery codes in the place of the old ones.
func (d *Desk) RenewRecovery(ctx context.Context, person string) ([]string, error) {
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return nil, err
	}
	needs, err := d.NeedsFactor(ctx, p)
	if err != nil {
		return nil, err
	}
	if !needs {
		return nil, quartet.Errorf(quartet.ErrConflict, "recovery codes stand in for a second factor; enrol one first")
	}
	return d.enrolled(ctx, p, "recovery.renew", "更换了恢复码")
}

// RemoveTOTP takes the app out of force; who may do so has proved the password. ErrNotFound:
// none is enrolled.
func (d *Desk) RemoveTOTP(ctx context.Context, person string) error {
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return err
	}
	if p.TOTP.Sealed == nil {
		return quartet.Errorf(quartet.ErrNotFound, "no authenticator app is enrolled")
	}
	p.TOTP = quartet.TOTP{}
	change, err := d.lessFactors(ctx, p, noticeLetter("notice.factor", "停用了动态验证码", d.o.Now()), "")
	if err != nil {
		return err
	}
	return d.store.ChangePerson(ctx, change, d.entry(By(p.ID), "totp.remove", p.ID, ""))
}

// lessFactors is the change of a person who loses a factor: the passkey of the id, if one is
// named. With the last one the recovery codes go as well.
func (d *Desk) lessFactors(ctx context.Context, p quartet.Person, l notify.Letter, passkey string) (quartet.PersonChange, error) {
	change := quartet.PersonChange{Person: p}
	keys, err := d.store.Passkeys(ctx, p.ID)
	if err != nil {
		return change, err
	}
	left := p.TOTP.On()
	for _, k := range keys {
		left = left || k.ID != passkey
	}
	if !left {
		change.Recovery = []quartet.Fingerprint{}
	}
	change.Messages, err = d.tell(p, l)
	return change, err
}

// step tells the step whose code was said. Errors as of totp.Prove.
func (d *Desk) step(p quartet.Person, said string) (int64, error) {
	secret, err := d.o.Ring.Unseal(p.TOTP.Sealed, recordOf("totp", p.ID))
	if err != nil {
		return 0, err
	}
	return totp.Prove(string(secret), said, d.o.Now(), p.TOTP.Step)
}

func (d *Desk) lostFactor(ctx context.Context, p quartet.Person, detail string, err error) error {
	switch quartet.CodeOf(err) {
	case quartet.ErrInvalid, quartet.ErrUnauthenticated, quartet.ErrReplayed:
		return d.refuse(ctx, By(p.ID), "factor.refused", p.ID, detail, err)
	default:
		return err
	}
}

// factor counts a try of a second factor. Without a bound, whoever knows the password could
// try all codes.
func (d *Desk) factor(ctx context.Context, person string) (quartet.Person, error) {
	if _, err := d.try(ctx, By(person), "person.limited", person, "wrong second factors", secondFactor, throttle.Target{Name: person}, ""); err != nil {
		return quartet.Person{}, err
	}
	return d.store.Person(ctx, person)
}

// proved forgets the failures of somebody who has proved everything.
func (d *Desk) proved(ctx context.Context, p quartet.Person) error {
	if err := d.door.Welcome(ctx, secondFactor, throttle.Target{Name: p.ID}, ""); err != nil {
		return err
	}
	return d.welcome(ctx, p)
}

// ProveTOTP takes a code of the app as second factor. Each is good once. ErrUnauthenticated:
// it is wrong. ErrReplayed: it was used. ErrLimited. ErrConflict: no app is enrolled.
func (d *Desk) ProveTOTP(ctx context.Context, person, said string) error {
	p, err := d.factor(ctx, person)
	if err != nil {
		return err
	}
	if !p.TOTP.On() {
		return quartet.Errorf(quartet.ErrConflict, "no authenticator app is enrolled; prove another factor")
	}
	if p.TOTP.Step, err = d.step(p, said); err != nil {
		return d.lostFactor(ctx, p, "wrong or used code of an app", err)
	}
	// Of two who say one code at once, one finds the person changed.
	if err := d.store.ChangePerson(ctx, quartet.PersonChange{Person: p}, quartet.AuditEntry{At: d.o.Now()}); err != nil {
		return d.lost(ctx, By(p.ID), "factor.refused", p.ID, err)
	}
	return d.proved(ctx, p)
}

// ProveRecovery takes a recovery code as second factor, once, and says how many are left.
// ErrUnauthenticated, ErrLimited.
func (d *Desk) ProveRecovery(ctx context.Context, person, said string) (left int64, err error) {
	p, err := d.factor(ctx, person)
	if err != nil {
		return 0, err
	}
	left, err = d.store.UseRecovery(ctx, person, d.hashRecovery(person, said), d.entry(By(person), "recovery.use", person, ""))
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		return 0, d.lostFactor(ctx, p, "wrong or used recovery code", quartet.Errorf(quartet.ErrUnauthenticated, "this recovery code is wrong or was used; say another one"))
	}
	if err != nil {
		return 0, err
	}
	return left, d.proved(ctx, p)
}

// Factors says which second factors a person has: "totp", "passkey", "recovery".
func (d *Desk) Factors(ctx context.Context, person string) (kinds []string, recoveryLeft int64, err error) {
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return nil, 0, err
	}
	keys, err := d.store.Passkeys(ctx, person)
	if err != nil {
		return nil, 0, err
	}
	if p.TOTP.On() {
		kinds = append(kinds, "totp")
	}
	if len(keys) > 0 {
		kinds = append(kinds, "passkey")
	}
	if recoveryLeft, err = d.store.RecoveryLeft(ctx, person); recoveryLeft > 0 && len(kinds) > 0 {
		kinds = append(kinds, "recovery")
	}
	return kinds, recoveryLeft, err
}
