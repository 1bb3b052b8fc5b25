package pay_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/job"
	"quartet/internal/pay"
	"quartet/internal/pay/alipay"
	"quartet/internal/pay/paytest"
	"quartet/internal/pay/wechat"
	"quartet/internal/paysim"
	"quartet/internal/quota"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// price is what an order of the tests costs.
const price = quartet.Fen(500_00)

type testKeys struct {
	own, alipay, wechat, platform, stranger *rsa.PrivateKey
	certificate, merchant                   *x509.Certificate
}

// keys are made once: they are what takes long.
var keys = sync.OnceValue(func() *testKeys {
	k := &testKeys{}
	for _, p := range []**rsa.PrivateKey{&k.own, &k.alipay, &k.wechat, &k.platform, &k.stranger} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		*p = key
	}
	var err, errToo error
	k.certificate, err = paysim.SelfSigned(k.platform, "Tenpay", 77)
	k.merchant, errToo = paysim.SelfSigned(k.own, "merchant", 88)
	if err := errors.Join(err, errToo); err != nil {
		panic(err)
	}
	return k
})

// house is a shop with both providers beside their simulators.
type house struct {
	t       *testing.T
	clock   *paytest.Clock
	store   *store.Store
	ledger  *quota.Ledger
	ring    *seal.Keyring
	desk    *billing.Desk
	cashier *pay.Cashier
	alipay  *paysim.Alipay
	wechat  *paysim.WeChat
	sellers []pay.Provider
	server  *httptest.Server

	mu      sync.Mutex
	refused map[string]int // notices that were called forged, by provider
}

func newHouse(t *testing.T) *house {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	return houseOf(t, st)
}

func houseOf(t *testing.T, st *store.Store) *house {
	t.Helper()
	const (
		app, seller       = "2021000000000001", "2088000000000002"
		wxApp, wxMerchant = "wx0000000000000001", "1900000001"
		publicID, secret  = "PUB_KEY_ID_0119000000012026010100000000", "0123456789abcdef0123456789abcdef"
	)
	h := &house{t: t, clock: &paytest.Clock{}, store: st, refused: map[string]int{}}
	ctx, k := context.Background(), keys()
	_, _, err := st.LeaseNode(ctx, "folder", "session", h.clock.Now())
	must(t, err)
	must(t, st.PutProduct(ctx, quartet.FourElements(), quartet.AuditEntry{}))
	must(t, st.CreateAccount(ctx, quartet.Account{ID: "acme", Name: "acme", CreatedAt: h.clock.Now()}, quartet.AuditEntry{}))
	h.ledger, err = quota.New(ctx, st, quota.Options{Now: h.clock.Now})
	must(t, err)
	t.Cleanup(func() { _ = h.ledger.Close() })
	must(t, billing.NewCatalogue(st, quartet.DefaultLead, h.clock.Now).Seed(ctx))
	h.desk = billing.New(st, h.ledger, approved{}, h.clock.Now)
	h.ring, err = seal.Create(filepath.Join(t.TempDir(), "ring"))
	must(t, err)

	h.alipay = paysim.NewAlipay(h.clock.Now, app, seller, k.alipay, k.stranger, &k.own.PublicKey)
	h.wechat = paysim.NewWeChat(h.clock.Now, wxApp, wxMerchant, paysim.WeChatKeys{
		Key: k.wechat, PublicKeyID: publicID, Platform: k.platform, Certificate: k.certificate, Stranger: k.stranger, Own: k.merchant, Secret: secret,
	})
	t.Cleanup(h.alipay.Stop)
	t.Cleanup(h.wechat.Stop)
	own := paytest.File(t, "own.pem", paytest.PrivatePEM(t, k.own))
	one, err := alipay.New(alipay.Settings{
		AppID: app, Seller: seller, PrivateKey: own, PublicKey: paytest.File(t, "alipay.pem", paytest.PublicPEM(t, k.alipay)),
		Gateway: h.alipay.URL(), Notify: "https://shop.example",
	})
	must(t, err)
	two, err := wechat.New(wechat.Settings{
		AppID: wxApp, Merchant: wxMerchant, PrivateKey: own,
		Certificate: paytest.File(t, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.merchant.Raw})),
		APIv3Key:    paytest.File(t, "apiv3", []byte(secret)), PublicKeyID: publicID, PublicKey: paytest.File(t, "wechat.pem", paytest.PublicPEM(t, k.wechat)),
		Gateway: h.wechat.URL(), Notify: "https://shop.example",
	}, h.clock.Now)
	must(t, err)
	h.sellers = []pay.Provider{one, two}
	h.cashier = h.newCashier(h.desk, st)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+pay.NoticePath+"{provider}", func(w http.ResponseWriter, r *http.Request) { h.cashier.Notices().ServeHTTP(w, r) })
	h.server = httptest.NewServer(mux)
	t.Cleanup(h.server.Close)
	return h
}

func (h *house) newCashier(desk pay.Desk, st pay.Store) *pay.Cashier {
	return pay.New(pay.Options{Desk: desk, Store: st, Sealer: h.ring, Providers: h.sellers, Now: h.clock.Now, Forged: func(provider string) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.refused[provider]++
	}})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// order places an order of the smallest plan.
func (h *house) order() quartet.Order {
	h.t.Helper()
	o, err := h.desk.Order(h.t.Context(), "person li", billing.Purchase{Account: "acme", Person: "li", Plan: "1887-1200"})
	must(h.t, err)
	return o
}

// open begins to pay it by a QR code.
func (h *house) open(order, provider string) quartet.Payment {
	h.t.Helper()
	m, err := h.cashier.Open(h.t.Context(), "person li", order, provider, "qr", "https://shop.example/orders")
	must(h.t, err)
	if m.Show == "" {
		h.t.Fatal("there is nothing to show")
	}
	return m
}

func (h *house) book(provider string) *paysim.Book {
	if provider == "alipay" {
		return h.alipay.Book
	}
	return h.wechat.Book
}

func (h *house) notices(provider string) paytest.Notices {
	if provider == "alipay" {
		return h.alipay
	}
	return h.wechat
}

// pays is the buyer paying.
func (h *house) pays(m quartet.Payment) { h.t.Helper(); must(h.t, h.book(m.Provider).Pay(m.ID, 0)) }

// deliver posts a notice and tells how it was answered.
func (h *house) deliver(provider string, d paysim.Delivery) (status int, body string) {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.server.URL+pay.NoticePath+provider, bytes.NewReader(d.Body))
	must(h.t, err)
	req.Header = d.Header.Clone()
	res, err := http.DefaultClient.Do(req)
	must(h.t, err)
	defer res.Body.Close()
	var b bytes.Buffer
	_, err = b.ReadFrom(res.Body)
	must(h.t, err)
	return res.StatusCode, b.String()
}

// taken reports whether an answer ends the sending of a notice.
func taken(provider string, status int, body string) bool {
	if provider == "alipay" {
		return body == "success"
	}
	return status == 200 || status == 204
}

// work runs the jobs that are due, and those that they ask for, until none is.
func (h *house) work() {
	h.t.Helper()
	for range 50 {
		if h.workOnce(h.cashier) == 0 {
			return
		}
	}
	h.t.Fatal("the jobs have no end")
}

func (h *house) workOnce(c *pay.Cashier) (ran int) {
	h.t.Helper()
	do := c.Jobs()
	do[billing.JobDrainRefund] = h.desk.Drain
	now := h.clock.Now()
	jobs, err := h.store.ClaimJobs(context.Background(), slices.Collect(maps.Keys(do)), now, now.Add(time.Minute), 100)
	must(h.t, err)
	for _, j := range jobs {
		err := do[j.Kind](h.t.Context(), j.Key)
		j.State, j.Ended, j.Error = quartet.JobDone, now, ""
		var later job.Later
		switch {
		case errors.As(err, &later):
			j.State, j.NextAt, j.Error = quartet.JobWaiting, now.Add(max(later.In, time.Second)), later.Why
		case err != nil:
			j.State, j.NextAt, j.Error = quartet.JobWaiting, now.Add(5*time.Second), err.Error()
		}
		must(h.t, h.store.EndJob(context.Background(), j))
	}
	return len(jobs)
}

// pass lets time pass in steps, and the jobs run meanwhile.
func (h *house) pass(d time.Duration) {
	h.t.Helper()
	const steps = 8
	for range steps {
		h.clock.Pass(d / steps)
		h.work()
	}
}

func (h *house) wantOrder(order string, want quartet.OrderState) quartet.Order {
	h.t.Helper()
	o, err := h.desk.Find(h.t.Context(), order)
	must(h.t, err)
	if o.State != want {
		h.t.Errorf("the order is %s, want %s", o.State, want)
	}
	return o
}

func (h *house) wantPayment(id string, want quartet.PaymentState, why string) {
	h.t.Helper()
	m, err := h.desk.Payment(h.t.Context(), id)
	must(h.t, err)
	if m.State != want || m.SurplusWhy != why {
		h.t.Errorf("the payment is %s %q, want %s %q", m.State, m.SurplusWhy, want, why)
	}
}

func (h *house) wantGrants(want int) {
	h.t.Helper()
	grants, err := h.store.Grants(h.t.Context(), "acme")
	must(h.t, err)
	if len(grants) != want {
		h.t.Errorf("%d grants were given, want %d", len(grants), want)
	}
}

// refusals lists the audit's entries of refused notices.
func (h *house) refusals() (list []quartet.AuditEntry) {
	h.t.Helper()
	all, err := h.store.AuditEntries(h.t.Context(), 1000)
	must(h.t, err)
	for _, e := range all {
		if e.Action == "notice.refuse" {
			list = append(list, e)
		}
	}
	return list
}

// approved takes every account for an approved firm.
type approved struct{}

func (approved) Identity(_ context.Context, account string) (string, error) {
	return "firm of " + account, nil
}
