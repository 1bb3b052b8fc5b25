// Package firm finds out which firm a buyer is, before it may do what only a firm may.
//
// The trip of an application: the buyer saves a draft, attaches a scan of the licence and
// submits it; a reviewer of the house looks at both, and approves or rejects with reasons;
// who was rejected saves again, which begins another draft from the old one. What was
// decided is never changed, so the history stays. An approval says which firm the account is
// and what it may ask for, until another approval of the account takes its place or it is
// revoked.
//
// Contact and scan are sealed; that a reviewer opened them is written before they are shown.
package firm

import (
	"context"
	"encoding/json"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/seal"
)

// Applications keeps applications.
type Applications interface {
	CreateApplication(ctx context.Context, a quartet.FirmApplication, scan []byte, e quartet.AuditEntry) error
	UpdateApplication(ctx context.Context, a quartet.FirmApplication, from quartet.FirmState, scan []byte, e quartet.AuditEntry) error
	ApproveApplication(ctx context.Context, a quartet.FirmApplication, purpose string, e quartet.AuditEntry) error
	RevokeApplication(ctx context.Context, a quartet.FirmApplication, e quartet.AuditEntry) error
	Application(ctx context.Context, id string) (quartet.FirmApplication, error)
	Applications(ctx context.Context, account string, state quartet.FirmState, before string, limit int) ([]quartet.FirmApplication, error)
}

// Store keeps applications and scans.
type Store interface {
	Applications
	Licence(ctx context.Context, application string) ([]byte, error)
	Audit(ctx context.Context, e quartet.AuditEntry) error
}

// label names the subkey of identities.
const label = "firm"

// Desk is where applications are made and decided. Safe for concurrent use.
type Desk struct {
	store  Store
	ring   *seal.Keyring
	hasher *seal.Hasher
	now    func() time.Time
}

// New makes the desk.
func New(store Store, ring *seal.Keyring, now func() time.Time) *Desk {
	return &Desk{store: store, ring: ring, hasher: seal.NewHasher(ring.Key(label)), now: now}
}

// Contact is whom a reviewer asks.
type Contact struct {
	Name   string `json:"name"`
	Mobile string `json:"mobile"`
	Email  string `json:"email"`
}

// String hides it from logs.
func (Contact) String() string { return "[contact]" }

// Draft is what a buyer says of the firm.
type Draft struct {
	Name     string
	Code     string
	Scene    string
	Purposes []string
	Contact  Contact
	// SameContact keeps whom to ask as it was said before.
	SameContact bool
}

// Save writes the draft of an account, or begins one: from what was said before, if
// something was. ErrInvalid: something cannot be right; what is not there yet may be left
// out until the draft is submitted. ErrConflict: one is submitted and not decided yet.
func (d *Desk) Save(ctx context.Context, by, account string, said Draft) (quartet.FirmApplication, error) {
	last, err := d.Last(ctx, account)
	if err != nil && quartet.CodeOf(err) != quartet.ErrNotFound {
		return quartet.FirmApplication{}, err
	}
	if last.State == quartet.FirmSubmitted {
		return last, errSubmitted
	}
	if said.SameContact && len(last.Contact) > 0 {
		if said.Contact, err = d.contact(&last); err != nil {
			return last, err
		}
	}
	if last.State == quartet.FirmDraft {
		a, err := d.apply(last, &said)
		if err != nil {
			return last, err
		}
		return a, d.store.UpdateApplication(ctx, a, quartet.FirmDraft, nil, d.entry(by, "firm.save", &last, &a, ""))
	}
	id, err := uuid.NewV7()
	if err != nil {
		return last, err
	}
	a, err := d.apply(quartet.FirmApplication{ID: id.String(), Account: account, State: quartet.FirmDraft, Created: d.now(), Licence: last.Licence, Size: last.Size}, &said)
	if err != nil {
		return last, err
	}
	scan, err := d.sealedAnew(ctx, &last, a.ID)
	if err != nil {
		return last, err
	}
	return a, d.store.CreateApplication(ctx, a, scan, d.entry(by, "firm.begin", nil, &a, ""))
}

var errSubmitted = quartet.Errorf(quartet.ErrConflict, "the application is with a reviewer; wait for the decision")

// sealedAnew is the scan of an earlier application, sealed for another one; nil: none.
func (d *Desk) sealedAnew(ctx context.Context, earlier *quartet.FirmApplication, id string) ([]byte, error) {
	if earlier.Licence == "" {
		return nil, nil
	}
	scan, err := d.scan(ctx, earlier.ID)
	if err != nil {
		return nil, err
	}
	return d.ring.Seal(scan, scanOf(id)), nil
}

// apply writes what was said into an application.
func (d *Desk) apply(a quartet.FirmApplication, said *Draft) (quartet.FirmApplication, error) {
	var err error
	if a.Name, err = text("name", said.Name, 100); err != nil {
		return a, err
	}
	if a.Scene, err = text("scene", said.Scene, 500); err != nil {
		return a, err
	}
	a.Code = ""
	if strings.TrimSpace(said.Code) != "" {
		if a.Code, err = quartet.ParseCreditCode(said.Code); err != nil {
			return a, err
		}
	}
	a.Purposes = said.Purposes
	if len(said.Purposes) > 0 {
		if err := quartet.CheckFirmPurposes(said.Purposes); err != nil {
			return a, err
		}
	}
	if err := said.Contact.check(); err != nil {
		return a, err
	}
	a.Contact = nil
	if said.Contact != (Contact{}) {
		plain, err := json.Marshal(said.Contact)
		if err != nil {
			return a, err
		}
		a.Contact = d.ring.Seal(plain, contactOf(a.ID))
	}
	return a, nil
}

func contactOf(id string) string { return "firm.contact/" + id }
func scanOf(id string) string    { return "firm.licence/" + id }

// text is what was typed, without blanks around it.
func text(field, s string, longest int) (string, error) {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) || utf8.RuneCountInString(s) > longest {
		return "", &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: "this is too long, or has control characters"}
	}
	return s, nil
}

func (c *Contact) check() error {
	var err error
	if c.Name, err = text("contact.name", c.Name, 50); err != nil {
		return err
	}
	if c.Mobile != "" {
		m, rejected := quartet.NormalizeMobile(c.Mobile)
		if rejected != nil {
			return &quartet.Error{Code: quartet.ErrInvalid, Field: "contact.mobile", Message: "this is no mobile number of the mainland"}
		}
		c.Mobile = m.Reveal()
	}
	if c.Email != "" {
		if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email || len(c.Email) > 254 {
			return &quartet.Error{Code: quartet.ErrInvalid, Field: "contact.email", Message: "this is no e-mail address"}
		}
	}
	return nil
}

// Submit hands the draft of an account to a reviewer. ErrInvalid: something is missing.
// ErrConflict: there is no draft.
func (d *Desk) Submit(ctx context.Context, by, account string) (quartet.FirmApplication, error) {
	a, err := d.draft(ctx, account)
	if err != nil {
		return a, err
	}
	for _, part := range []struct {
		field   string
		missing bool
	}{
		{"name", a.Name == ""},
		{"credit_code", a.Code == ""},
		{"scene", a.Scene == ""},
		{"purposes", len(a.Purposes) == 0},
		{"contact", len(a.Contact) == 0},
		{"licence", a.Licence == ""},
	} {
		if part.missing {
			return a, &quartet.Error{Code: quartet.ErrInvalid, Field: part.field, Message: "this is still missing; save it and submit again"}
		}
	}
	contact, err := d.contact(&a)
	if err != nil {
		return a, err
	}
	if contact.Name == "" || contact.Mobile == "" && contact.Email == "" {
		return a, &quartet.Error{Code: quartet.ErrInvalid, Field: "contact", Message: "a contact has a name, and a mobile or an e-mail address"}
	}
	before := a
	a.State, a.Submitted, a.Identity = quartet.FirmSubmitted, d.now(), d.hasher.Sum("credit code", string(a.Code))
	return a, d.store.UpdateApplication(ctx, a, quartet.FirmDraft, nil, d.entry(by, "firm.submit", &before, &a, ""))
}

// draft finds the draft of an account.
func (d *Desk) draft(ctx context.Context, account string) (quartet.FirmApplication, error) {
	a, err := d.Last(ctx, account)
	switch {
	case quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && a.State != quartet.FirmDraft && a.State != quartet.FirmSubmitted:
		return a, quartet.Errorf(quartet.ErrConflict, "there is no draft; save what is to be said of the firm first")
	case err == nil && a.State == quartet.FirmSubmitted:
		return a, errSubmitted
	}
	return a, err
}

// Last is the newest application of an account, or ErrNotFound.
func (d *Desk) Last(ctx context.Context, account string) (quartet.FirmApplication, error) {
	list, err := d.store.Applications(ctx, account, "", "", 1)
	if err != nil {
		return quartet.FirmApplication{}, err
	}
	if account == "" || len(list) == 0 {
		return quartet.FirmApplication{}, quartet.Errorf(quartet.ErrNotFound, "nothing was said of this firm yet")
	}
	return list[0], nil
}

// Find finds an application by id, or ErrNotFound.
func (d *Desk) Find(ctx context.Context, id string) (quartet.FirmApplication, error) {
	return d.store.Application(ctx, id)
}

// List lists applications of an account, or of all for "", in a state, or in all for "",
// newest first, behind the one whose id is before.
func (d *Desk) List(ctx context.Context, account string, state quartet.FirmState, before string, limit int) ([]quartet.FirmApplication, error) {
	return d.store.Applications(ctx, account, state, before, limit)
}

// Identity tells which firm an account is, as something that is the same for all accounts of
// one firm, and tells nothing else. ErrForbidden: none was approved.
func (d *Desk) Identity(ctx context.Context, account string) (string, error) {
	list, err := d.store.Applications(ctx, account, quartet.FirmApproved, "", 1)
	if err != nil {
		return "", err
	}
	if account == "" || len(list) == 0 {
		return "", quartet.Errorf(quartet.ErrForbidden, "the firm of this account is not verified yet; apply for it first")
	}
	return list[0].Identity.String(), nil
}

// LegalName is the name on the licence of the firm that an account was approved as; empty:
// none was. Who pays for the account by bank transfer bears it.
func (d *Desk) LegalName(ctx context.Context, account string) (string, error) {
	list, err := d.store.Applications(ctx, account, quartet.FirmApproved, "", 1)
	if err != nil || account == "" || len(list) == 0 {
		return "", err
	}
	return list[0].Name, nil
}

func (d *Desk) contact(a *quartet.FirmApplication) (Contact, error) {
	plain, err := d.ring.Unseal(a.Contact, contactOf(a.ID))
	if err != nil {
		return Contact{}, err
	}
	var c Contact
	return c, json.Unmarshal(plain, &c)
}

func (d *Desk) scan(ctx context.Context, id string) ([]byte, error) {
	sealed, err := d.store.Licence(ctx, id)
	if err != nil {
		return nil, err
	}
	return d.ring.Unseal(sealed, scanOf(id))
}

// entry is the entry of a change that is made now. What a firm says of itself but the
// contact is written with it.
func (d *Desk) entry(by, action string, before, after *quartet.FirmApplication, detail string) quartet.AuditEntry {
	words := []string{"account " + after.Account}
	if detail != "" {
		words = append(words, detail)
	}
	e := audit.Entry(d.now(), by, action, after.ID, strings.Join(words, ", "))
	e.Before, e.After = state(before), state(after)
	return e
}

func state(a *quartet.FirmApplication) string {
	if a == nil {
		return ""
	}
	return audit.JSON(struct {
		State    quartet.FirmState `json:"state"`
		Name     string            `json:"name,omitempty"`
		Code     string            `json:"credit_code,omitempty"`
		Purposes []string          `json:"purposes,omitempty"`
		Licence  string            `json:"licence,omitempty"`
	}{a.State, a.Name, string(a.Code), a.Purposes, a.Licence})
}
