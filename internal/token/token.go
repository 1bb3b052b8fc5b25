// Package token looks after the tokens by which programs use the management API.
//
// The trip of a token: somebody who is signed in, or the command line for somebody, makes it with
// Issue and is shown its value once → a program sends the value → Recognise finds the token by the
// id in the value and compares the hash of the secret → whoever asked looks what its maker may do
// now, and what of that the token's scopes name (api/scope.go). What is kept of the secret is a
// SHA-256 alone.
//
// A token ends at its time, when it is revoked, when its maker loses the place in the account or
// in the house, and when its account is suspended; the store ends it in the same transaction.
//
// Only what is no token in force costs a stranger anything: guesses are counted as those at a
// sign-in are, by the token and by the origin, and those that are right never. So nobody can shut
// a program out by guessing. A value is never written anywhere.
package token

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/throttle"
)

// Tokens keeps tokens.
type Tokens interface {
	CreateToken(ctx context.Context, t quartet.Token, e quartet.AuditEntry) error
	RevokeToken(ctx context.Context, id string, at time.Time, e quartet.AuditEntry) error
	UseToken(ctx context.Context, id string, at time.Time) error
	Token(ctx context.Context, id string) (quartet.Token, error)
	Tokens(ctx context.Context, account string) ([]quartet.Token, error)
}

// Store keeps tokens, and what else is needed to judge and to tell of them.
type Store interface {
	Tokens
	Account(ctx context.Context, id string) (quartet.Account, error)
	Audit(ctx context.Context, e quartet.AuditEntry) error
	throttle.Store
}

// Label names the subkey under which names and origins of guesses are hashed.
const Label = "token"

const (
	// Lasts is how long a token lasts of which nobody says how long.
	Lasts = 90 * 24 * time.Hour
	// most is how many tokens in force an account has, or one operator.
	most        = 50
	maxName     = 100
	maxNetworks = 64
	useEvery    = time.Minute
)

// guessing bounds values that are none: of one token from one origin, and from one origin.
var guessing = throttle.Rule{What: "token", Each: 5, Place: 30, Span: 15 * time.Minute}

// Desk is where tokens are made and known again. Safe for concurrent use.
type Desk struct {
	store    Store
	door     *throttle.Door
	refusals audit.Sparing
	now      func() time.Time

	making sync.Mutex // from counting to writing, so that no bound is passed
}

// New makes a desk. key makes keyed hashes.
func New(store Store, key func(words ...string) quartet.Fingerprint, now func() time.Time) *Desk {
	return &Desk{store: store, door: throttle.New(store, key, now), now: now}
}

// Issue makes a token and returns its value, which is kept nowhere. wanted says whose it is, who
// makes it, and its name, scopes, networks and end; no end is 90 days from now. Whether the
// maker may have it is asked before. ErrInvalid; ErrNotFound: there is no such account;
// ErrForbidden: the account is suspended, or the maker has no place there; ErrConflict: there are
// too many in force.
func (d *Desk) Issue(ctx context.Context, by string, wanted quartet.Token) (quartet.Token, string, error) {
	value, now := quartet.NewTokenValue(), d.now()
	t := quartet.Token{
		ID: value.ID(), Account: wanted.Account, Who: wanted.Who, Name: strings.TrimSpace(norm.NFC.String(wanted.Name)), Hash: value.Hash(),
		Networks: wanted.Networks, CreatedAt: now, ExpiresAt: wanted.ExpiresAt,
	}
	for _, s := range wanted.Scopes {
		if !t.May(s) {
			t.Scopes = append(t.Scopes, s)
		}
	}
	slices.Sort(t.Scopes)
	if t.ExpiresAt.IsZero() {
		t.ExpiresAt = now.Add(Lasts)
	}
	if err := check(&t, now); err != nil {
		return quartet.Token{}, "", err
	}
	d.making.Lock()
	defer d.making.Unlock()
	there, err := d.store.Tokens(ctx, t.Account)
	if err != nil {
		return quartet.Token{}, "", err
	}
	n := 0
	for i := range there {
		if o := &there[i]; !o.Revoked() && !o.Expired(now) && (t.Account != "" || o.Who == t.Who) {
			n++
		}
	}
	if n >= most {
		return quartet.Token{}, "", quartet.Errorf(quartet.ErrConflict, "there are %d tokens in force already; revoke one that is not needed", most)
	}
	e := audit.Entry(now, by, "token.create", t.ID, t.Name)
	e.After = audit.JSON(terms(&t))
	if err := d.store.CreateToken(ctx, t, e); err != nil {
		return quartet.Token{}, "", err
	}
	return t, value.Reveal(), nil
}

// check finds what no token may have.
func check(t *quartet.Token, now time.Time) error {
	odd := !utf8.ValidString(t.Name) || strings.ContainsFunc(t.Name, unicode.IsControl)
	switch {
	case t.Name == "" || utf8.RuneCountInString(t.Name) > maxName || odd:
		return invalid("name", "the name of a token has 1 to 100 characters and no control characters")
	case len(t.Scopes) == 0:
		return invalid("scopes", "choose at least one scope")
	case t.Expired(now):
		return invalid("expires_at", "the end lies in the past; to end a token now, revoke it")
	case t.ExpiresAt.After(now.AddDate(1, 0, 0)):
		return invalid("expires_at", "a token lasts a year at most")
	case len(t.Networks) > maxNetworks:
		return invalid("networks", "a token has at most 64 networks")
	}
	for _, s := range t.Scopes {
		if _, err := quartet.ParseScope(string(s)); err != nil {
			return err
		}
	}
	for _, p := range t.Networks {
		if !p.IsValid() || p.Addr().Is4In6() || p != p.Masked() {
			return invalid("networks", "write networks as 192.0.2.0/24 or 2001:db8::/32, and single addresses as 192.0.2.7")
		}
	}
	return nil
}

func invalid(field, message string) *quartet.Error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: message}
}

// terms are what the audit keeps of a token, under the names of the API.
func terms(t *quartet.Token) any {
	return struct {
		Account  string          `json:"account,omitempty"`
		Name     string          `json:"name"`
		Scopes   []quartet.Scope `json:"scopes"`
		Networks []netip.Prefix  `json:"networks,omitempty"`
		Until    time.Time       `json:"expires_at"`
	}{t.Account, t.Name, t.Scopes, t.Networks, t.ExpiresAt}
}

// Token finds a token by its id, revoked or not. ErrNotFound.
func (d *Desk) Token(ctx context.Context, id string) (quartet.Token, error) {
	return d.store.Token(ctx, id)
}

// Tokens lists the tokens of an account, or of the house for "", oldest first.
func (d *Desk) Tokens(ctx context.Context, account string) ([]quartet.Token, error) {
	return d.store.Tokens(ctx, account)
}

// Revoke ends a token at once and for good. ErrNotFound; ErrConflict: it was revoked before.
func (d *Desk) Revoke(ctx context.Context, by, id string) error {
	t, err := d.store.Token(ctx, id)
	if err != nil {
		return err
	}
	again := quartet.Errorf(quartet.ErrConflict, "this token was revoked already, and stays so")
	if t.Revoked() {
		return again
	}
	now := d.now()
	e := audit.Entry(now, by, "token.revoke", t.ID, t.Name)
	e.Before = audit.JSON(terms(&t))
	if err = d.store.RevokeToken(ctx, id, now, e); quartet.CodeOf(err) == quartet.ErrNotFound {
		return again
	}
	return err
}

// ErrUnknown is what Recognise makes of a value that opens nothing: whoever sent it is told so
// once Guessed has counted it.
var ErrUnknown = quartet.Errorf(quartet.ErrUnauthenticated, "this token is not known; look whether it was copied whole")

// Recognise finds the token in force that a value opens, for who sends it from an address. What
// it may do is not asked here. ErrUnknown, with the token whose secret it is not, if there is
// one; ErrUnauthenticated: it is over; ErrForbidden: it may not be used from there.
func (d *Desk) Recognise(ctx context.Context, text string, from netip.Addr) (quartet.Token, error) {
	value, ok := quartet.ParseTokenValue(text)
	if !ok {
		return quartet.Token{}, ErrUnknown
	}
	t, err := d.store.Token(ctx, value.ID())
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		return quartet.Token{}, ErrUnknown
	}
	if err != nil {
		return quartet.Token{}, err
	}
	if !t.Is(value) {
		return t, ErrUnknown
	}
	// Whoever has the secret learns why it opens nothing.
	if err := d.over(ctx, &t); err != nil {
		return quartet.Token{}, err
	}
	if !t.From(from) {
		return quartet.Token{}, quartet.Errorf(quartet.ErrForbidden, "this token may not be used from the address %s", from)
	}
	return t, nil
}

// Still is the token of an id while it is in force. ErrUnauthenticated.
func (d *Desk) Still(ctx context.Context, id string) (quartet.Token, error) {
	t, err := d.store.Token(ctx, id)
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		return t, ErrUnknown
	}
	if err == nil {
		err = d.over(ctx, &t)
	}
	return t, err
}

func (d *Desk) over(ctx context.Context, t *quartet.Token) error {
	switch {
	case t.Revoked():
		return quartet.Errorf(quartet.ErrUnauthenticated, "this token was revoked %s; make another one", stamp(t.RevokedAt))
	case t.Expired(d.now()):
		return quartet.Errorf(quartet.ErrUnauthenticated, "this token expired %s; make another one", stamp(t.ExpiresAt))
	case t.Account == "":
		return nil
	}
	a, err := d.store.Account(ctx, t.Account)
	if err == nil && a.Suspended() { // it was made at the very moment
		err = quartet.Errorf(quartet.ErrUnauthenticated, "the account of this token is suspended")
	}
	return err
}

func stamp(t time.Time) string { return t.In(quartet.Shanghai).Format("2006-01-02 15:04:05") }

// Guessed counts a value that opens nothing, says so to the audit, and gives the answer to it: of
// a flood one entry a second that counts the others, and of what came too often the first one. of
// is the token whose secret it was not, if there is one; by is the door. ErrUnknown, ErrLimited.
func (d *Desk) Guessed(ctx context.Context, by string, of quartet.Token) error {
	a, err := d.door.Try(ctx, guessing, throttle.Target{Name: of.ID}, throttle.Origin(ctx))
	if err != nil {
		return err
	}
	answer, detail, kind := error(ErrUnknown), "a token that nobody has", "token.refused"
	if of.ID != "" {
		detail, kind = "a wrong secret of the token "+of.Name, "token.refused of what there is"
	}
	if !a.Refused.IsZero() {
		answer = quartet.Errorf(quartet.ErrLimited, "too many tokens that are none; try again after %s", stamp(a.Refused))
		if !a.First {
			return answer
		}
		detail = "too many tokens that are none"
	}
	now := d.now()
	told, due := d.refusals.Tell(kind, detail, now)
	if !due {
		return answer
	}
	if err := d.store.Audit(ctx, audit.Entry(now, by, "token.refused", of.ID, told)); err != nil {
		return err
	}
	return answer
}

// Used writes that a token was used, once a minute at most.
func (d *Desk) Used(ctx context.Context, t quartet.Token) error {
	now := d.now()
	if now.Sub(t.LastUsedAt) < useEvery {
		return nil
	}
	return d.store.UseToken(ctx, t.ID, now)
}
