package person

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"quartet"
)

// A ceremony is forgotten when it was taken, or after this.
const ceremonyFor = 5 * time.Minute

// What a ceremony is for. The answer to one opens no other.
const (
	ceremonyAdd    = "passkey.add"
	ceremonySignIn = "passkey.signin"
	ceremonyFactor = "passkey.factor"
)

const maxPasskeys = 20

// relyingParty is who passkeys are made for: the host that browsers show.
func relyingParty(house, site string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(site)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.User != nil {
		return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "site", Message: "the address of the site must be like https://shop.example.com, as browsers show it"}
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: house, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: new(true), UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "site", Message: "passkeys cannot be made for this site", Cause: err}
	}
	return w, nil
}

// holder is a person as the library sees one.
type holder struct {
	person quartet.Person
	keys   []quartet.Passkey
	creds  []webauthn.Credential // of the keys, in their order
}

func (h *holder) WebAuthnID() []byte                         { return []byte(h.person.ID) }
func (h *holder) WebAuthnName() string                       { return h.person.Name }
func (h *holder) WebAuthnDisplayName() string                { return h.person.Name }
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.creds }

func (d *Desk) holder(ctx context.Context, person string) (*holder, error) {
	if d.webauthn == nil {
		return nil, quartet.Errorf(quartet.ErrUnsupported, "passkeys need the address of this site, which is not set")
	}
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return nil, err
	}
	h := &holder{person: p}
	if h.keys, err = d.store.Passkeys(ctx, person); err != nil {
		return nil, err
	}
	for _, k := range h.keys {
		plain, err := d.o.Ring.Unseal(k.Sealed, recordOf("passkey", k.ID))
		if err != nil {
			return nil, err
		}
		var c webauthn.Credential
		if err := json.Unmarshal(plain, &c); err != nil {
			return nil, &quartet.Error{Code: quartet.ErrInternal, Message: "a passkey cannot be read; remove it and register it anew", Cause: err}
		}
		h.creds = append(h.creds, c)
	}
	return h, nil
}

// Ceremony is what a browser hands to an authenticator (navigator.credentials), and the
// ticket that its answer is given back with.
type Ceremony struct {
	Ticket  string
	Options json.RawMessage
}

func (d *Desk) begin(ctx context.Context, kind, person string, session *webauthn.SessionData, options any) (Ceremony, error) {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails: it ends the process instead
	ticket := hex.EncodeToString(raw[:])
	id := d.hasher.Sum("ticket", ticket)
	plain, err := json.Marshal(session)
	if err != nil {
		return Ceremony{}, err
	}
	text, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, err
	}
	return Ceremony{Ticket: ticket, Options: text}, d.store.PutCeremony(ctx, quartet.Ceremony{
		ID: id, Kind: kind, Person: person, Sealed: d.o.Ring.Seal(plain, recordOf("ceremony", id.String())), Expires: d.o.Now().Add(ceremonyFor),
	})
}

// take ends a ceremony: its challenge is answered once.
func (d *Desk) take(ctx context.Context, kind, person, ticket string) (s webauthn.SessionData, err error) {
	id := d.hasher.Sum("ticket", ticket)
	c, err := d.store.TakeCeremony(ctx, id, d.o.Now())
	if quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && (c.Kind != kind || c.Person != person) {
		return s, &quartet.Error{Code: quartet.ErrReplayed, Field: "ticket", Message: "this was answered already, or its five minutes are over; begin again"}
	}
	if err != nil {
		return s, err
	}
	plain, err := d.o.Ring.Unseal(c.Sealed, recordOf("ceremony", id.String()))
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(plain, &s)
}

func wrongPasskey(cause error) error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: "answer", Message: "the authenticator's answer does not fit; begin again", Cause: cause}
}

// BeginPasskey begins the registration of a passkey; who may do so has proved the password.
func (d *Desk) BeginPasskey(ctx context.Context, person string) (Ceremony, error) {
	h, err := d.holder(ctx, person)
	if err != nil {
		return Ceremony{}, err
	}
	if len(h.keys) >= maxPasskeys {
		return Ceremony{}, quartet.Errorf(quartet.ErrConflict, "a person has at most %d passkeys; remove one first", maxPasskeys)
	}
	options, session, err := d.webauthn.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.creds).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, err
	}
	return d.begin(ctx, ceremonyAdd, person, session, options)
}

// FinishPasskey registers the passkey that an authenticator made. With the first second
// factor come recovery codes, which are shown once. ErrInvalid; ErrConflict: it is
// registered; ErrReplayed: the ceremony is over.
func (d *Desk) FinishPasskey(ctx context.Context, person, ticket, name string, answer []byte) (k quartet.Passkey, recovery []string, err error) {
	if name, err = personName(name); err != nil {
		return k, nil, err
	}
	h, err := d.holder(ctx, person)
	if err != nil {
		return k, nil, err
	}
	session, err := d.take(ctx, ceremonyAdd, person, ticket)
	if err != nil {
		return k, nil, d.lostPasskey(ctx, By(person), person, err)
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return k, nil, d.lostPasskey(ctx, By(person), person, wrongPasskey(err))
	}
	made, err := d.webauthn.CreateCredential(h, session, parsed)
	if err != nil {
		return k, nil, d.lostPasskey(ctx, By(person), person, wrongPasskey(err))
	}
	k = quartet.Passkey{ID: newID(), Person: person, Name: name, Hash: d.hasher.Sum("passkey", string(made.ID)), Count: int64(made.Authenticator.SignCount), Created: d.o.Now()}
	if k.Sealed, err = d.sealPasskey(k.ID, made); err != nil {
		return k, nil, err
	}
	change := quartet.PersonChange{Person: h.person}
	if !h.person.TOTP.On() && len(h.keys) == 0 {
		recovery, change.Recovery = d.newRecovery(person)
	}
	if change.Messages, err = d.tell(h.person, noticeLetter("notice.factor", "新增了通行密钥", d.o.Now())); err != nil {
		return k, nil, err
	}
	return k, recovery, d.store.AddPasskey(ctx, k, change, d.entry(By(person), "passkey.add", k.ID, name))
}

func (d *Desk) sealPasskey(id string, c *webauthn.Credential) ([]byte, error) {
	c.Attestation = webauthn.CredentialAttestation{} // it was looked at; nothing asks for it again
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return d.o.Ring.Seal(plain, recordOf("passkey", id)), nil
}

func (d *Desk) lostPasskey(ctx context.Context, by, subject string, err error) error {
	switch quartet.CodeOf(err) {
	case quartet.ErrInvalid, quartet.ErrReplayed, quartet.ErrForbidden:
		return d.refuse(ctx, by, "passkey.refused", subject, err.Error(), err)
	default:
		return err
	}
}

// BeginSignIn begins a sign-in by passkey alone, without an address: the authenticator knows
// whose it is, and has verified who holds it.
func (d *Desk) BeginSignIn(ctx context.Context) (Ceremony, error) {
	if d.webauthn == nil {
		return Ceremony{}, quartet.Errorf(quartet.ErrUnsupported, "passkeys need the address of this site, which is not set")
	}
	options, session, err := d.webauthn.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, err
	}
	return d.begin(ctx, ceremonySignIn, "", session, options)
}

// FinishSignIn tells the person whose passkey answered. It counts as both factors. by is the
// door. ErrInvalid, ErrReplayed, ErrForbidden.
func (d *Desk) FinishSignIn(ctx context.Context, by, ticket string, answer []byte) (quartet.Person, error) {
	if d.webauthn == nil {
		return quartet.Person{}, quartet.Errorf(quartet.ErrUnsupported, "passkeys need the address of this site, which is not set")
	}
	session, err := d.take(ctx, ceremonySignIn, "", ticket)
	if err != nil {
		return quartet.Person{}, d.lostPasskey(ctx, by, "", err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return quartet.Person{}, d.lostPasskey(ctx, by, "", wrongPasskey(err))
	}
	var h *holder
	_, used, err := d.webauthn.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		var err error
		h, err = d.holder(ctx, string(handle))
		return h, err
	}, session, parsed)
	if err != nil {
		if h == nil {
			return quartet.Person{}, d.lostPasskey(ctx, by, "", wrongPasskey(err))
		}
		return quartet.Person{}, d.lostPasskey(ctx, by, h.person.ID, wrongPasskey(err))
	}
	if !h.person.Disabled.IsZero() {
		return quartet.Person{}, d.lostPasskey(ctx, by, h.person.ID, errDisabled)
	}
	if err := d.use(ctx, by, h, used); err != nil {
		return quartet.Person{}, err
	}
	return h.person, d.proved(ctx, h.person)
}

// BeginFactor begins the proof of a passkey as second factor.
func (d *Desk) BeginFactor(ctx context.Context, person string) (Ceremony, error) {
	h, err := d.holder(ctx, person)
	if err != nil {
		return Ceremony{}, err
	}
	if len(h.keys) == 0 {
		return Ceremony{}, quartet.Errorf(quartet.ErrConflict, "no passkey is registered; prove another factor")
	}
	options, session, err := d.webauthn.BeginLogin(h)
	if err != nil {
		return Ceremony{}, err
	}
	return d.begin(ctx, ceremonyFactor, person, session, options)
}

// FinishFactor takes a passkey as second factor. ErrInvalid, ErrReplayed, ErrLimited.
func (d *Desk) FinishFactor(ctx context.Context, person, ticket string, answer []byte) error {
	if _, err := d.factor(ctx, person); err != nil {
		return err
	}
	h, err := d.holder(ctx, person)
	if err != nil {
		return err
	}
	session, err := d.take(ctx, ceremonyFactor, person, ticket)
	if err != nil {
		return d.lostPasskey(ctx, By(person), person, err)
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return d.lostPasskey(ctx, By(person), person, wrongPasskey(err))
	}
	used, err := d.webauthn.ValidateLogin(h, session, parsed)
	if err != nil {
		return d.lostPasskey(ctx, By(person), person, wrongPasskey(err))
	}
	if err := d.use(ctx, By(person), h, used); err != nil {
		return err
	}
	return d.proved(ctx, h.person)
}

// use writes what a use of a passkey left. One that counts fewer signatures than were seen
// of it may be a copy, and is refused.
func (d *Desk) use(ctx context.Context, by string, h *holder, used *webauthn.Credential) error {
	for _, k := range h.keys {
		if k.Hash != d.hasher.Sum("passkey", string(used.ID)) {
			continue
		}
		if used.Authenticator.CloneWarning {
			return d.lostPasskey(ctx, by, k.ID, errCopy)
		}
		var err error
		if k.Sealed, err = d.sealPasskey(k.ID, used); err != nil {
			return err
		}
		k.Count, k.LastUsed = int64(used.Authenticator.SignCount), d.o.Now()
		if err := d.store.UsePasskey(ctx, k); err != nil {
			return d.lostPasskey(ctx, by, k.ID, err)
		}
		return nil
	}
	return d.lostPasskey(ctx, by, h.person.ID, wrongPasskey(nil))
}

var errCopy = quartet.Errorf(quartet.ErrReplayed, "this passkey counts fewer signatures than were seen of it; sign in otherwise, remove it and register it anew")

// Passkeys lists the passkeys of a person, oldest first.
func (d *Desk) Passkeys(ctx context.Context, person string) ([]quartet.Passkey, error) {
	return d.store.Passkeys(ctx, person)
}

// RemovePasskey removes a passkey; who may do so has proved the password. ErrNotFound.
func (d *Desk) RemovePasskey(ctx context.Context, person, id string) error {
	p, err := d.store.Person(ctx, person)
	if err != nil {
		return err
	}
	change, err := d.lessFactors(ctx, p, noticeLetter("notice.factor", "移除了通行密钥", d.o.Now()), id)
	if err != nil {
		return err
	}
	return d.store.RemovePasskey(ctx, id, change, d.entry(By(person), "passkey.remove", id, ""))
}
