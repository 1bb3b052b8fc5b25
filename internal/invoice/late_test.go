package invoice_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"quartet"
	"quartet/internal/invoice"
	"quartet/internal/invoice/invoicetest"
	"quartet/internal/invoice/taxsim"
	"quartet/internal/job"
)

// held is a channel whose questions to issue lie on the way until they are let go, and whose
// answers to what became of them can be told.
type held struct {
	invoice.Channel

	holds   bool
	sent    chan struct{}
	let     chan struct{}
	becomes invoice.Outcome // what it says when it is asked; empty: what the bureau says
	away    bool            // it cannot be reached
	bare    bool            // it has no OFD
	fetched int             // how often it was asked for one
}

func (c *held) wait() {
	if c.holds {
		c.sent <- struct{}{}
		<-c.let
	}
}

func (c *held) Issue(ctx context.Context, r invoice.Request) (invoice.Result, error) {
	c.wait()
	if c.away {
		return invoice.Result{}, quartet.Errorf(quartet.ErrUnavailable, "nobody is there")
	}
	return c.Channel.Issue(ctx, r)
}

func (c *held) ApplyRed(ctx context.Context, r invoice.RedRequest) (invoice.Result, error) {
	c.wait()
	return c.Channel.ApplyRed(ctx, r)
}

func (c *held) Query(ctx context.Context, serial string) (invoice.Result, error) {
	if c.becomes != "" {
		return invoice.Result{Serial: serial, Outcome: c.becomes}, nil
	}
	return c.Channel.Query(ctx, serial)
}

func (c *held) QueryRed(ctx context.Context, serial string) (invoice.Result, error) {
	if c.becomes != "" {
		return invoice.Result{Serial: serial, Outcome: c.becomes}, nil
	}
	return c.Channel.QueryRed(ctx, serial)
}

func (c *held) Download(ctx context.Context, serial string, kind quartet.InvoiceFileKind) ([]byte, error) {
	if c.bare && kind == quartet.InvoiceOFD {
		c.fetched++
		return nil, quartet.Errorf(quartet.ErrNotFound, "there is none")
	}
	return c.Channel.Download(ctx, serial, kind)
}

type heldHouse struct {
	*invoicetest.House

	bureau  *taxsim.Bureau
	channel *held
}

func newHeldHouse(t *testing.T) *heldHouse {
	t.Helper()
	h := &heldHouse{}
	h.House = invoicetest.NewHouse(t, invoicetest.OpenSQLite(t), func(of *invoicetest.House) invoicetest.Bench {
		secret := []byte("a secret of the channel")
		h.bureau = taxsim.NewBureau(func() time.Time { return of.Now }, secret, nil)
		server := httptest.NewServer(h.bureau)
		t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
		c, err := taxsim.New(taxsim.Options{Asked: true, Gateway: server.URL, Secret: secret})
		if err != nil {
			t.Fatal(err)
		}
		h.channel = &held{Channel: c, sent: make(chan struct{}), let: make(chan struct{})}
		return invoicetest.Bench{Channel: h.channel, Issue: func(*invoicetest.House, string) {}}
	})
	return h
}

// A channel that has not heard of a serial yet, since the question is still on its way, has not
// said that nothing is issued: a buyer who took the application back would get two invoices.
func TestInvoice_ThatIsOnItsWayToTheChannelCannotBeTakenBack(t *testing.T) {
	h, ctx := newHeldHouse(t), t.Context()
	o := h.Buy("1887-1200")
	v := h.Asked(quartet.InvoiceOrdinary, invoice.Part{Order: o.ID})
	h.channel.holds = true
	issued := make(chan error, 1)
	go func() { issued <- h.Issue(ctx, v.ID) }()
	<-h.channel.sent
	if err := invoicetest.IgnoreLater(h.Query(ctx, v.ID)); err != nil { // somebody presses retry
		t.Fatal(err)
	}
	if _, err := h.Cancel(ctx, "person zhang", invoicetest.Account, v.ID); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("it is taken back while it is on its way: %v", err)
	}
	h.channel.let <- struct{}{}
	if err := invoicetest.IgnoreLater(<-issued); err != nil {
		t.Fatal(err)
	}
	h.channel.holds = false
	h.WantState("it arrived", v.ID, quartet.InvoiceIssued)
	_, err := h.Apply(ctx, "person zhang", invoice.Application{Account: invoicetest.Account, Kind: quartet.InvoiceOrdinary, Title: h.Title.ID, Email: "fp@buyer.example", Parts: []invoice.Part{{Order: o.ID}}})
	if quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("it is invoiced a second time: %v", err)
	}
}

func TestRed_ThatIsOnItsWayToTheChannelCannotBeWithdrawn(t *testing.T) {
	h, ctx := newHeldHouse(t), t.Context()
	v := h.Issued(quartet.InvoiceOrdinary, invoice.Part{Order: h.Buy("1887-1200").ID})
	r, err := h.ApplyRed(ctx, "qian", v.ID, quartet.RedReturned, nil)
	if err != nil {
		t.Fatal(err)
	}
	h.channel.holds = true
	issued := make(chan error, 1)
	go func() { issued <- h.IssueRed(ctx, r.ID) }()
	<-h.channel.sent
	if err := invoicetest.IgnoreLater(h.QueryRed(ctx, r.ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Withdraw(ctx, "qian", r.ID); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("it is withdrawn while it is on its way: %v", err)
	}
	h.channel.let <- struct{}{}
	if err := invoicetest.IgnoreLater(<-issued); err != nil {
		t.Fatal(err)
	}
	h.channel.holds = false
	h.WantState("it arrived", v.ID, quartet.InvoiceReversed)
}

// A channel to which the house is not signed in any more cannot say what became of a serial.
func TestQuery_OfAChannelThatWantsASignInSaysNothing(t *testing.T) {
	h, ctx := newHeldHouse(t), t.Context()
	h.bureau.Break(taxsim.OnIssue, taxsim.Lost)
	v := h.Asked(quartet.InvoiceOrdinary, invoice.Part{Order: h.Buy("1887-1200").ID})
	h.Work()
	h.WantState("its answer was lost", v.ID, quartet.InvoiceUnknown)
	h.channel.becomes = invoice.NeedsLogin
	h.Pass(time.Hour)
	if _, err := h.Cancel(ctx, "person zhang", invoicetest.Account, v.ID); quartet.CodeOf(err) != quartet.ErrConflict {
		t.Errorf("it is taken back though it is issued: %v", err)
	}
	h.channel.becomes = ""
	h.Pass(time.Minute)
	h.WantState("signed in", v.ID, quartet.InvoiceIssued)
}

// Whatever a channel says of a red letter that everybody agreed on, the job that asks goes on.
func TestRed_ThatIsAgreedOnStaysSoWhateverTheChannelSaysNext(t *testing.T) {
	for _, says := range []invoice.Outcome{invoice.Pending, invoice.NeedsLogin, invoice.TryAgain, invoice.Absent, "odd"} {
		t.Run(string(says), func(t *testing.T) {
			h, ctx := newHeldHouse(t), t.Context()
			v := h.Issued(quartet.InvoiceSpecial, invoice.Part{Order: h.Buy("1887-1200").ID})
			h.bureau.Use(v.Number)
			r, err := h.ApplyRed(ctx, "qian", v.ID, quartet.RedReturned, nil)
			if err != nil {
				t.Fatal(err)
			}
			h.Work()
			for _, state := range []quartet.RedState{quartet.RedWaitingBuyer, quartet.RedIssuing} {
				if got := h.Red(r.ID); got.State != state {
					t.Fatalf("it is %s, want %s", got.State, state)
				}
				h.channel.becomes = says
				var later job.Later
				if err := h.QueryRed(ctx, r.ID); err != nil && !errors.As(err, &later) {
					t.Errorf("asked while %s it fails: %v", state, err)
				}
				h.Pass(5 * time.Minute)
				h.channel.becomes = ""
				h.bureau.AgreeRed(r.Serial())
				h.Pass(5 * time.Minute)
			}
			h.bureau.Land(r.Serial())
			h.Pass(5 * time.Minute)
			h.WantState("in the end", v.ID, quartet.InvoiceReversed)
		})
	}
}

// Each try is in the audit for good, so a channel that is away is asked ever more seldom.
func TestIssue_AtAChannelThatIsAwayFillsNoAudit(t *testing.T) {
	h := newHeldHouse(t)
	h.channel.away = true
	v := h.Asked(quartet.InvoiceOrdinary, invoice.Part{Order: h.Buy("1887-1200").ID})
	for range 24 * 60 {
		h.Pass(time.Minute)
	}
	entries, err := h.Store.AuditEntries(t.Context(), 10_000)
	if err != nil || len(entries) > 150 {
		t.Errorf("a day fills %d entries, %v", len(entries), err)
	}
	h.channel.away = false
	h.Pass(time.Hour)
	h.WantState("when it is back", v.ID, quartet.InvoiceIssued)
}

func TestFetch_OfAFormThatNeverComesIsTriedEverMoreSeldom(t *testing.T) {
	h := newHeldHouse(t)
	h.channel.bare = true
	v := h.Issued(quartet.InvoiceOrdinary, invoice.Part{Order: h.Buy("1887-1200").ID})
	for range 24 * 60 {
		h.Pass(time.Minute)
	}
	if h.channel.fetched > 60 {
		t.Errorf("asked %d times in a day", h.channel.fetched)
	}
	h.channel.bare = false
	h.Pass(time.Hour)
	if files, err := h.Files(t.Context(), v.ID); err != nil || len(files) != 3 {
		t.Errorf("in the end there are %d files, %v", len(files), err)
	}
}
