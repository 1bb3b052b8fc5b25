package taxsim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"quartet"
	"quartet/internal/invoice"
)

// Name is what invoices call this channel.
const Name = "taxsim"

// Options of a Channel.
type Options struct {
	Asked   bool   // somebody named the simulated channel, or it is the demo; else none is made
	Gateway string // the address of the bureau
	Secret  []byte
	Timeout time.Duration // 0: 10 seconds
}

// Channel speaks to a simulated bureau. Safe for concurrent use.
type Channel struct {
	gateway string
	secret  []byte
	client  *http.Client
}

var _ invoice.Channel = (*Channel)(nil)

const patience = 10 * time.Second

// New makes the channel. ErrForbidden: nobody asked for it. Buyers would be given invoices that
// nobody issued.
func New(o Options) (*Channel, error) {
	if !o.Asked {
		return nil, quartet.Errorf(quartet.ErrForbidden, "the simulated tax channel issues nothing, and is refused where it was not asked for")
	}
	if o.Timeout == 0 {
		o.Timeout = patience
	}
	return &Channel{gateway: strings.TrimSuffix(o.Gateway, "/"), secret: o.Secret, client: &http.Client{Timeout: o.Timeout}}, nil
}

// Name implements invoice.Issuer.
func (*Channel) Name() string { return Name }

// Capabilities implements invoice.Issuer.
func (*Channel) Capabilities() invoice.Capabilities { return invoice.Capabilities{} }

// ask asks the bureau. An error says nothing of what became of the question, unless it is
// ErrUnavailable: no connection was made, so nothing was sent.
func (c *Channel) ask(ctx context.Context, path string, q question) (reply, error) {
	var out reply
	body, err := json.Marshal(q)
	if err != nil {
		return out, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.gateway+path, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	req.Header.Set(signHeader, sign(c.secret, body))
	resp, err := c.client.Do(req)
	if err != nil {
		var dial *net.OpError
		if errors.As(err, &dial) && dial.Op == "dial" {
			return out, quartet.Errorf(quartet.ErrUnavailable, "the tax channel cannot be reached")
		}
		return out, fmt.Errorf("the tax channel gave no answer: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return out, fmt.Errorf("the tax channel answered %d", resp.StatusCode)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 16<<20)).Decode(&out); err != nil {
		return out, fmt.Errorf("the tax channel's answer cannot be read: %w", err)
	}
	return out, nil
}

// heard is what the channel may say. Whatever else it says, nothing is known.
var heard = map[invoice.Outcome]bool{
	invoice.Pending: true, invoice.Issued: true, invoice.NeedsLogin: true, invoice.Failed: true, invoice.Absent: true,
	invoice.WaitingBuyer: true, invoice.Agreed: true, invoice.Refused: true,
}

func (c *Channel) result(ctx context.Context, path string, q question) (invoice.Result, error) {
	r, err := c.ask(ctx, path, q)
	if err != nil {
		return invoice.Result{}, err
	}
	out := invoice.Result{Serial: r.Serial, Outcome: invoice.Outcome(r.State), Number: r.Number, Why: r.Why}
	if !heard[out.Outcome] {
		return invoice.Result{}, errors.New("the tax channel answered a state that nobody has heard of")
	}
	if out.Outcome == invoice.Issued {
		if out.IssuedOn, err = time.ParseInLocation(time.DateOnly, r.IssuedOn, quartet.Shanghai); err != nil {
			return invoice.Result{}, fmt.Errorf("the tax channel named no day: %w", err)
		}
	}
	return out, nil
}

func questionOf(r *invoice.Request) question {
	return question{Serial: r.Serial, Kind: string(r.Kind), Seller: r.Seller, SellerTaxID: r.TaxID, Buyer: r.Buyer.Name, BuyerTaxID: r.Buyer.TaxID, Lines: r.Lines, Sums: r.Sums}
}

// Issue implements invoice.Issuer.
func (c *Channel) Issue(ctx context.Context, r invoice.Request) (invoice.Result, error) {
	return c.result(ctx, "/issue", questionOf(&r))
}

// Query implements invoice.Issuer.
func (c *Channel) Query(ctx context.Context, serial string) (invoice.Result, error) {
	return c.result(ctx, "/query", question{Serial: serial})
}

// Download implements invoice.Issuer.
func (c *Channel) Download(ctx context.Context, serial string, kind quartet.InvoiceFileKind) ([]byte, error) {
	r, err := c.ask(ctx, "/file", question{Serial: serial, File: string(kind)})
	if err == nil && len(r.File) == 0 {
		err = quartet.Errorf(quartet.ErrNotFound, "there is no such file yet")
	}
	return r.File, err
}

// ApplyRed implements invoice.Redder.
func (c *Channel) ApplyRed(ctx context.Context, r invoice.RedRequest) (invoice.Result, error) {
	q := questionOf(&r.Request)
	q.Of, q.Reason = r.Of, string(r.Reason)
	return c.result(ctx, "/red", q)
}

// QueryRed implements invoice.Redder.
func (c *Channel) QueryRed(ctx context.Context, serial string) (invoice.Result, error) {
	return c.result(ctx, "/red/query", question{Serial: serial})
}

// CancelRed implements invoice.Redder.
func (c *Channel) CancelRed(ctx context.Context, serial string) (invoice.Result, error) {
	return c.result(ctx, "/red/cancel", question{Serial: serial})
}

// LoginState implements invoice.Doorman.
func (c *Channel) LoginState(ctx context.Context) (invoice.Login, error) {
	r, err := c.ask(ctx, "/login", question{})
	return invoice.Login{In: r.State == string(invoice.Issued)}, err
}

// StartLogin implements invoice.Doorman.
func (c *Channel) StartLogin(ctx context.Context) (invoice.Login, error) {
	r, err := c.ask(ctx, "/login", question{})
	return invoice.Login{In: r.State == string(invoice.Issued), Shows: r.Shows}, err
}

// ParseCallback implements invoice.Herald.
func (c *Channel) ParseCallback(_ context.Context, raw invoice.Raw) (invoice.Callback, error) {
	if !hmac.Equal([]byte(sign(c.secret, raw.Body)), []byte(raw.Header.Get(signHeader))) {
		return invoice.Callback{}, quartet.Errorf(quartet.ErrForbidden, "this is not signed by the tax channel")
	}
	var told struct{ Event, Serial string }
	if err := json.Unmarshal(raw.Body, &told); err != nil || told.Event == "" {
		return invoice.Callback{}, quartet.Errorf(quartet.ErrForbidden, "this is no notice of the tax channel")
	}
	return invoice.Callback{Event: told.Event, Serial: told.Serial}, nil
}
