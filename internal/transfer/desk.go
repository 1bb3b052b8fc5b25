package transfer

import (
	"context"
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/billing"
	"quartet/internal/seal"
)

// Lines keeps the lines of statements.
type Lines interface {
	ImportTransfers(ctx context.Context, lines []quartet.Transfer, jobs []quartet.Job, e quartet.AuditEntry) (added int, err error)
	TransfersBySerial(ctx context.Context, house string, serials []string) ([]quartet.Transfer, error)
	Transfer(ctx context.Context, id string) (quartet.Transfer, error)
	TransferOfOrder(ctx context.Context, order string) (quartet.Transfer, error)
	Transfers(ctx context.Context, state quartet.TransferState, after string, limit int) ([]quartet.Transfer, error)
	TransferSums(ctx context.Context) ([]quartet.TransferSum, error)
}

// Claims keeps what people say transfers are for, and what came of it.
type Claims interface {
	ProposeClaim(ctx context.Context, c quartet.TransferClaim, e quartet.AuditEntry) error
	DecideClaim(ctx context.Context, c quartet.TransferClaim, jobs []quartet.Job, e quartet.AuditEntry) error
	TransferClaims(ctx context.Context, transfer string) ([]quartet.TransferClaim, error)
	TransferClaim(ctx context.Context, id string) (quartet.TransferClaim, error)
	SetTransferPayment(ctx context.Context, id, payment string) error
	EndSettling(ctx context.Context, id string, next quartet.TransferState, why string, at time.Time, e quartet.AuditEntry) error
}

// Payouts keeps what is paid back at the bank.
type Payouts interface {
	Payouts(ctx context.Context) ([]quartet.Payout, error)
	Payout(ctx context.Context, id string) (quartet.Payout, error)
	EnterPayout(ctx context.Context, p quartet.Payout, e quartet.AuditEntry) error
	DropPayout(ctx context.Context, id string, e quartet.AuditEntry) error
	SeePayout(ctx context.Context, p quartet.Payout, jobs []quartet.Job, e quartet.AuditEntry) error
	SeenPayout(ctx context.Context, id string) (serial, by string, err error)
}

// Accounts keeps the bank accounts of the house.
type Accounts interface {
	HouseAccounts(ctx context.Context) ([]quartet.HouseAccount, error)
	CreateHouseAccount(ctx context.Context, a quartet.HouseAccount, e quartet.AuditEntry) error
	OpenHouseAccount(ctx context.Context, id, by string, at time.Time, e quartet.AuditEntry) error
	DropHouseAccount(ctx context.Context, id string, e quartet.AuditEntry) error
	CloseHouseAccount(ctx context.Context, id string, at time.Time, e quartet.AuditEntry) error
}

// Store is all that is kept.
type Store interface {
	Lines
	Claims
	Payouts
	Accounts
	OrderOfCode(ctx context.Context, code string) (quartet.Order, error)
	Audit(ctx context.Context, e quartet.AuditEntry) error
}

// Orders is what billing tells of orders, payments and what goes back of them.
type Orders interface {
	Find(ctx context.Context, order string) (quartet.Order, error)
	Payment(ctx context.Context, id string) (quartet.Payment, error)
	Payments(ctx context.Context, order string) ([]quartet.Payment, error)
	Refunds(ctx context.Context, order string, s quartet.RefundState, before string, limit int) ([]quartet.Refund, error)
}

// Money is what billing does about it. Each may be said again and happens once.
type Money interface {
	Attempt(ctx context.Context, by, order, provider, method string) (quartet.Payment, error)
	Receive(ctx context.Context, by string, m billing.Money) (quartet.Payment, error)
	ReturnSurplus(ctx context.Context, by, payment, reason string) (quartet.Refund, error)
	Refunded(ctx context.Context, by, refund, reference string) error
}

// Billing is the door through which money enters and leaves.
type Billing interface {
	Orders
	Money
}

// Firms tells the legal name that an account was verified under; "" or ErrNotFound: none.
type Firms interface {
	LegalName(ctx context.Context, account string) (string, error)
}

// Desk is where transfers are looked after. Safe for concurrent use, by many nodes.
type Desk struct {
	store   Store
	ring    *seal.Keyring
	billing Billing
	firms   Firms
	now     func() time.Time
}

// New makes a desk. Without firms nothing settles by its statement alone.
func New(store Store, ring *seal.Keyring, billing Billing, firms Firms, now func() time.Time) *Desk {
	return &Desk{store: store, ring: ring, billing: billing, firms: firms, now: now}
}

// Provider is what payments that came by bank transfer name as their provider.
const Provider = billing.Transfer

// The kinds of job that the desk does, each keyed by the id of what it is about.
const (
	JobSettle = "transfer.settle" // Desk.Settle
	JobReturn = "transfer.return" // Desk.Return
	JobReport = "payout.report"   // Desk.Report
)

// View is a transfer with what is sealed of it, the payer's account masked.
type View struct {
	quartet.Transfer
	Payer quartet.Payer
}

// List lists transfers in a state, or all for "", in the order in which they were imported:
// at most limit, behind the id after.
func (d *Desk) List(ctx context.Context, state quartet.TransferState, after string, limit int) ([]View, error) {
	list, err := d.store.Transfers(ctx, state, after, limit)
	if err != nil {
		return nil, err
	}
	views := make([]View, len(list))
	for i, t := range list {
		if views[i], err = d.view(t); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// Find finds a transfer, and what people said about it. ErrNotFound.
func (d *Desk) Find(ctx context.Context, id string) (View, []quartet.TransferClaim, error) {
	t, err := d.store.Transfer(ctx, id)
	if err != nil {
		return View{}, nil, err
	}
	v, err := d.view(t)
	if err != nil {
		return v, nil, err
	}
	claims, err := d.store.TransferClaims(ctx, id)
	return v, claims, err
}

func (d *Desk) view(t quartet.Transfer) (View, error) {
	payer, err := d.payer(t)
	payer.Account = Mask(payer.Account)
	t.Sealed = nil
	return View{Transfer: t, Payer: payer}, err
}

// payer opens what is sealed of a transfer.
func (d *Desk) payer(t quartet.Transfer) (p quartet.Payer, err error) {
	plain, err := d.ring.Unseal(t.Sealed, t.ID)
	if err == nil {
		err = json.Unmarshal(plain, &p)
	}
	return p, err
}

// Sums adds up what is in each state.
func (d *Desk) Sums(ctx context.Context) ([]quartet.TransferSum, error) {
	return d.store.TransferSums(ctx)
}

// Mask shows the last four digits of an account.
func Mask(account string) string {
	const shown = 4
	letters := []rune(account)
	if len(letters) <= 2*shown {
		return strings.Repeat("*", len(letters))
	}
	return "****" + string(letters[len(letters)-shown:])
}

// words checks what a person wrote.
func words(field, text string, least, most int) error {
	n := utf8.RuneCountInString(text)
	if n < least || n > most || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: quartet.Errorf(quartet.ErrInvalid, "the %s has %d to %d characters and no control characters", field, least, most).Message}
	}
	return nil
}

// step is the entry of a step of a transfer or payout from one state to another one.
func step(now time.Time, by, action, subject, detail, from, to string) quartet.AuditEntry {
	e := audit.Entry(now, by, action, subject, detail)
	e.Before, e.After = `{"state":"`+from+`"}`, `{"state":"`+to+`"}`
	return e
}

func newID() string {
	id, err := uuid.NewV7()
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return id.String()
}
