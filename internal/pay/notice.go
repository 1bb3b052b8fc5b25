package pay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/job"
)

// repairAfter is when the job of a notice looks whether it was handled.
const repairAfter = time.Minute

// envelope is what is sealed of a notice.
type envelope struct {
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// Take verifies a notice, keeps it whole, durably, and only then does what it tells. Without
// an error it is safe and what it tells is done, or was done before. refused says that it is
// not to be believed, and why: of what is forged nothing is kept, since anybody can send it.
// With err the provider is asked to send it again, though the job of the notice goes on with
// what is kept here: what cannot be judged now may be true.
func (c *Cashier) Take(ctx context.Context, provider string, raw Raw) (refused, err error) {
	p := c.providers[provider]
	if p == nil {
		return nil, quartet.Errorf(quartet.ErrNotFound, "no provider of that name is set up")
	}
	now := c.now()
	raw.At = now
	judging, cancel := context.WithTimeout(ctx, judgeWithin)
	_, unjudged := p.Read(judging, raw)
	cancel()
	switch quartet.CodeOf(unjudged) {
	case quartet.ErrForbidden:
		return unjudged, c.noteForged(ctx, provider, unjudged, now)
	case "", quartet.ErrInvalid: // the provider's
		unjudged = nil
	default:
		if !c.unjudged.take(now) {
			return nil, unjudged
		}
	}
	n, err := c.keep(ctx, provider, raw)
	if err == nil {
		err = unjudged
	}
	if err != nil {
		return nil, err
	}
	return c.handle(ctx, n)
}

func (c *Cashier) keep(ctx context.Context, provider string, raw Raw) (quartet.Notice, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return quartet.Notice{}, err
	}
	plain, err := json.Marshal(envelope{Header: raw.Header, Body: raw.Body})
	if err != nil {
		return quartet.Notice{}, err
	}
	sum := sha256.Sum256(raw.Body)
	n := quartet.Notice{
		ID: id.String(), Provider: provider, Sealed: c.sealer.Seal(plain, id.String()), Hash: hex.EncodeToString(sum[:]),
		State: quartet.NoticeReceived, Received: raw.At,
	}
	return n, c.store.PutNotice(ctx, n, job.At(JobNotice, n.ID, raw.At.Add(repairAfter), raw.At))
}

// Handle does what is left to do of a notice that is kept: the job "notice.handle".
func (c *Cashier) Handle(ctx context.Context, notice string) error {
	n, err := c.store.Notice(ctx, notice)
	if err != nil {
		return err
	}
	_, err = c.handle(ctx, n)
	return c.later(n.Received, err)
}

// handle verifies a notice and does what it tells, if no other notice told it before.
func (c *Cashier) handle(ctx context.Context, n quartet.Notice) (refused, err error) {
	if n.State != quartet.NoticeReceived && n.State != quartet.NoticeClaimed {
		return nil, nil
	}
	p, err := c.provider(n.Provider)
	if err != nil {
		return nil, err
	}
	plain, err := c.sealer.Unseal(n.Sealed, n.ID)
	if err != nil {
		return nil, err
	}
	var e envelope
	if err := json.Unmarshal(plain, &e); err != nil {
		return nil, quartet.Errorf(quartet.ErrInvalid, "what is kept of this notice cannot be read")
	}
	told, err := p.Read(ctx, Raw{Header: e.Header, Body: e.Body, At: n.Received})
	switch quartet.CodeOf(err) {
	case "":
	case quartet.ErrForbidden: // it was kept while nothing could tell
		return c.refuseForged(ctx, n, err)
	case quartet.ErrInvalid:
		return c.refuse(ctx, n, err)
	default:
		if c.now().Sub(n.Received) >= judgeFor {
			return c.unjudgeable(ctx, n, err)
		}
		return nil, err
	}
	owner, err := c.store.ClaimNotice(ctx, quartet.Notice{ID: n.ID, Provider: n.Provider, Event: told.Event, Kind: string(told.Kind), About: about(told)}, c.now())
	if err != nil {
		return nil, err
	}
	if owner.ID != n.ID { // the provider tells it again: see that the first one is done
		return c.handle(ctx, owner)
	}
	if owner.State != quartet.NoticeClaimed {
		return nil, nil
	}
	why, err := c.act(ctx, p, told)
	switch {
	case err != nil:
		return nil, err
	case why != nil:
		return c.refuse(ctx, n, why)
	}
	return nil, c.store.EndNotice(ctx, n.ID, quartet.NoticeHandled, "", c.now(), quartet.AuditEntry{})
}

func about(n Notice) string {
	if n.Kind == OfRefund {
		return n.Refund
	}
	return n.Trade.Payment
}

func (c *Cashier) refuse(ctx context.Context, n quartet.Notice, why error) (refused, err error) {
	now := c.now()
	return why, c.store.EndNotice(ctx, n.ID, quartet.NoticeRefused, why.Error(), now, audit.Entry(now, n.Provider, "notice.refuse", n.ID, why.Error()))
}

// act does what a genuine notice tells. why: it tells what cannot be.
func (c *Cashier) act(ctx context.Context, p Provider, n Notice) (why, err error) {
	switch n.Kind {
	case OfPayment:
		return c.actPayment(ctx, p, n.Trade)
	case OfRefund:
		return c.actRefund(ctx, p, n.Refund)
	default:
		return nil, nil
	}
}

func (c *Cashier) actPayment(ctx context.Context, p Provider, t Trade) (why, err error) {
	m, err := c.desk.Payment(ctx, t.Payment)
	switch {
	case quartet.CodeOf(err) == quartet.ErrNotFound, err == nil && m.Provider != p.Name():
		return quartet.Errorf(quartet.ErrNotFound, "the notice names a payment that is not ours at %s", p.Name()), nil
	case err != nil:
		return nil, err
	}
	if t.State == Closed && m.State == quartet.PaymentOpen {
		o, err := c.desk.Find(ctx, m.Order)
		if err == nil {
			_, err = c.settle(ctx, p, m, o, false) // what is lost by a mistake is asked for
		}
		return nil, err
	}
	if t.State != Paid {
		return nil, nil
	}
	if t.Received != m.Amount {
		// No provider takes another amount than it was asked for. Who says so is not
		// believed before the provider, asked, says the same.
		asked, err := p.Query(ctx, t.Payment)
		if err != nil {
			return nil, err
		}
		if asked.Received != t.Received || asked.Reference != t.Reference {
			return quartet.Errorf(quartet.ErrInvalid, "the notice says that %s yuan came where %s were asked for, and %s, asked, does not say so", t.Received, m.Amount, p.Name()), nil
		}
	}
	err = c.receive(ctx, p.Name(), t)
	if quartet.CodeOf(err) == quartet.ErrConflict {
		return err, nil
	}
	return nil, err
}

// actRefund asks what became of a refund instead of believing how much a notice says.
func (c *Cashier) actRefund(ctx context.Context, p Provider, refund string) (why, err error) {
	r, err := c.desk.Refund(ctx, refund)
	if err == nil {
		var m quartet.Payment
		if m, err = c.desk.Payment(ctx, r.Payment); err == nil && m.Provider != p.Name() {
			err = quartet.Errorf(quartet.ErrNotFound, "another provider's")
		}
	}
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		return quartet.Errorf(quartet.ErrNotFound, "the notice names a refund that is not ours at %s", p.Name()), nil
	}
	if err != nil {
		return nil, err
	}
	err = c.SendRefund(ctx, refund)
	if _, again := err.(job.Later); again && r.State == quartet.RefundSending { //nolint:errorlint // our own answer; its job goes on asking
		return nil, nil
	}
	return nil, err // of any other only the notice makes us ask: it goes on until that is answered
}
