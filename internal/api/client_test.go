package api_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/client"
)

// program is the Go client of somebody who is signed in.
func (b *browser) program(t *testing.T, options ...client.Option) *client.API {
	t.Helper()
	c, err := client.New(b.h.url, append([]client.Option{client.HTTPClient(b.http)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// lossy does what it is asked for and loses the first answers.
type lossy struct {
	http.RoundTripper

	lose int
}

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	if err == nil && l.lose > 0 {
		l.lose--
		_ = resp.Body.Close()
		return nil, io.ErrUnexpectedEOF
	}
	return resp, err
}

func TestClient_TakesAFileThroughTheHouse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.as(quartet.RoleDeveloper).program(t)
	ctx := t.Context()
	b, err := c.UploadBatch(ctx, "buyer", client.UploadBatchQuery{ProductID: "1887", Name: "三月"}, strings.NewReader(batchFile))
	if err != nil {
		t.Fatal(err)
	}
	h.check(t)
	secret, err := c.IssueCredential(ctx, "buyer", client.IssueCredentialRequest{Kind: "appcode"})
	if err != nil || secret.Secret == "" {
		t.Fatalf("%+v %v", secret, err)
	}
	var seen []string
	for v, err := range c.WatchBatch(ctx, "buyer", b.ID, client.Every(time.Millisecond)) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, v.State)
		b = v
	}
	if strings.Join(seen, " ") != "checked" || b.Name != "三月" || b.Rows.Ready != 1 || b.MostUnits != 1 {
		t.Errorf("seen %q, at last %+v", seen, b)
	}
	for fault, err := range c.ListBatchFaults(ctx, "buyer", b.ID) {
		if err != nil || fault.Code != "10001" || fault.Rows != 1 {
			t.Errorf("%+v %v", fault, err)
		}
	}
	if b, err = c.StartBatch(ctx, "buyer", b.ID, client.StartBatchRequest{CredentialID: secret.ID, MaxUnits: 5}); err != nil || b.State != "running" {
		t.Fatalf("%+v %v", b, err)
	}
	if b, err = c.PauseBatch(ctx, "buyer", b.ID); err != nil || b.State != "paused" || b.Reason != "asked" {
		t.Fatalf("%+v %v", b, err)
	}
	if b, err = c.ResumeBatch(ctx, "buyer", b.ID, &client.BatchCeiling{MaxUnits: new(int64)}); err != nil || b.MaxUnits != 0 {
		t.Fatalf("a ceiling of nothing: %+v %v", b, err)
	}
	if _, err = c.CancelBatch(ctx, "buyer", b.ID); err != nil {
		t.Fatal(err)
	}
	f, err := c.ExportBatchResultsAsCSV(ctx, "buyer", b.ID, client.ExportBatchResultsAsCSVQuery{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if text, err := io.ReadAll(f); err != nil || !strings.Contains(string(text), "not_asked") || !strings.HasSuffix(f.Name, ".csv") {
		t.Errorf("%s: %s %v", f.Name, text, err)
	}
	var all []string
	for b, err := range c.ListBatches(ctx, "buyer") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b.State)
	}
	if strings.Join(all, " ") != "cancelled" {
		t.Errorf("the list says %q", all)
	}
	if err := c.EraseBatch(ctx, "buyer", b.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.ShowBatch(ctx, "buyer", "nothing"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// An answer that got lost is asked for again, and nothing is done twice.
func TestClient_DoesNothingTwiceWhoseAnswerGotLost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	b := h.as(quartet.RoleAdministrator)
	b.http.Transport = &lossy{RoundTripper: http.DefaultTransport, lose: 2}
	c := b.program(t)
	opened, err := c.OpenAccount(t.Context(), client.OpenAccountRequest{Name: "Once"})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for a, err := range c.ListAccounts(t.Context(), client.ListAccountsQuery{Q: "Once"}, client.PageSize(1)) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; a.ID != opened.ID {
			t.Errorf("there is %+v", a)
		}
	}
	if n != 1 {
		t.Errorf("%d accounts were opened", n)
	}
	b.http.Transport = &lossy{RoundTripper: http.DefaultTransport, lose: 1}
	u, err := h.as(quartet.RoleDeveloper).program(t).UploadBatch(t.Context(), "buyer", client.UploadBatchQuery{ProductID: "1887"}, strings.NewReader(batchFile))
	if err != nil || u.State != "checking" {
		t.Errorf("%+v %v", u, err)
	}
}

func TestClient_ReadsWhatAnAccountHasAndUses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	owner, ctx := h.as(quartet.RoleOwner).program(t), t.Context()
	order, err := owner.PlaceOrder(ctx, "buyer", client.PlaceOrderRequest{PlanID: "1887-1200"})
	if err != nil {
		t.Fatal(err)
	}
	for o, err := range owner.ListOrders(ctx, "buyer", client.ListOrdersQuery{}) {
		if err != nil || o.ID != order.ID || o.AmountFen != order.AmountFen || o.CreatedAt.IsZero() {
			t.Errorf("%+v %v", o, err)
		}
	}
	if _, err := owner.TakeTrial(ctx, "buyer", client.TakeTrialRequest{PlanID: "1887-trial"}); err != nil {
		t.Fatal(err)
	}
	balance, err := owner.ShowBalance(ctx, "buyer")
	if err != nil || len(balance.Items) != 1 || balance.Items[0].Remaining == 0 {
		t.Errorf("%+v %v", balance, err)
	}
	usage, err := owner.ShowUsage(ctx, "buyer", client.ShowUsageQuery{From: "2026-03-01", To: "2026-03-02", By: "day", Kinds: new(false)})
	if err != nil || len(usage.Slots) != 2 || len(usage.Kinds) != 0 {
		t.Errorf("%+v %v", usage, err)
	}
	f, err := owner.PrintConfirmation(ctx, "buyer", order.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if head, err := io.ReadAll(io.LimitReader(f, 4)); err != nil || string(head) != "%PDF" || f.Type != "application/pdf" {
		t.Errorf("%+v %q %v", f, head, err)
	}
	if _, err := owner.OpenAccount(ctx, client.OpenAccountRequest{Name: "x"}); !errors.Is(err, client.ErrForbidden) {
		t.Errorf("got %v", err)
	}
}
