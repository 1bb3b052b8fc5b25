package app_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/billing"
	"quartet/internal/config"
	"quartet/internal/firm"
	"quartet/internal/pay/paytest"
	"quartet/internal/pay/practice"
	"quartet/internal/paysim"
)

func (n *node) order(t *testing.T) quartet.Order {
	t.Helper()
	n.approve(t)
	o, err := n.Billing.Order(t.Context(), "person li", billing.Purchase{Account: "buyer", Person: "li", Plan: "1887-1200"})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// approve lets the buyer be a firm, unless it is one.
func (n *node) approve(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	if name, err := n.Firms.LegalName(ctx, "buyer"); name != "" || err != nil {
		return
	}
	licence, err := os.ReadFile("../../testdata/licence.png")
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.Firms.Save(ctx, "person li", "buyer", firm.Draft{
		Name: "测试贸易有限公司", Code: "91350100M000100Y43", Scene: "核对收款人", Purposes: []string{"payroll"}, Contact: firm.Contact{Name: "张三丰", Mobile: "13900000001"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Firms.Attach(ctx, "person li", "buyer", licence); err != nil {
		t.Fatal(err)
	}
	a, err := n.Firms.Submit(ctx, "person li", "buyer")
	if err == nil {
		_, err = n.Firms.Approve(ctx, "support", a.ID, false)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (n *node) wantOrder(t *testing.T, order string, want quartet.OrderState) {
	t.Helper()
	o, err := n.Billing.Find(t.Context(), order)
	if err != nil || o.State != want {
		t.Errorf("the order is %s, %v, want %s", o.State, err, want)
	}
}

func (n *node) post(t *testing.T, path string, d paysim.Delivery) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, n.URL()+path, bytes.NewReader(d.Body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = d.Header.Clone()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func TestTill_TakesMoneyThroughTheProviderOfTheSettings(t *testing.T) {
	const number, seller = "2021000000000001", "2088000000000002"
	own, theirs := paytest.Key(t), paytest.Key(t)
	sim := paysim.NewAlipay(time.Now, number, seller, theirs, paytest.Key(t), &own.PublicKey)
	t.Cleanup(sim.Stop)
	c := settings(t)
	c.Pay.Notify = "https://shop.example"
	c.Pay.Alipay = config.Alipay{
		AppID: number, Seller: seller, Gateway: sim.URL(),
		PrivateKeyFile: paytest.File(t, "own.pem", paytest.PrivatePEM(t, own)), PublicKeyFile: paytest.File(t, "alipay.pem", paytest.PublicPEM(t, theirs)),
	}
	n := start(t, c)
	if ways := n.Cashier.Ways(); len(ways) != 1 || ways[0].Provider != "alipay" {
		t.Errorf("the ways are %+v", ways)
	}
	o := n.order(t)
	m, err := n.Cashier.Open(t.Context(), "person li", o.ID, "alipay", "qr", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Pay(m.ID, 0); err != nil {
		t.Fatal(err)
	}
	if status, body := n.post(t, "/api/v1/notices/alipay", sim.PaymentNotice(m.ID, paysim.Twist{Stranger: true})); status != http.StatusForbidden || body == "success" {
		t.Errorf("forged: %d %q", status, body)
	}
	if _, figures := get(t, n.AdminURL()+"/metrics"); !strings.Contains(figures, `quartet_notices_forged_total{provider="alipay"} 1`) {
		t.Error("what was forged is not counted")
	}
	if status, body := n.post(t, "/api/v1/notices/alipay", sim.PaymentNotice(m.ID, paysim.Twist{})); status != http.StatusOK || body != "success" {
		t.Errorf("%d %q", status, body)
	}
	n.wantOrder(t, o.ID, quartet.OrderPaid)
	if strings.Contains(n.log.String(), own.D.String()) || strings.Contains(n.log.String(), "PRIVATE KEY") {
		t.Error("the log holds a key")
	}
	for _, path := range []string{"/api/v1/notices/wechat", "/api/v1/notices/practice", practice.PagePath + m.ID} {
		if status, _ := n.post(t, path, paysim.Delivery{}); status == http.StatusOK {
			t.Errorf("%s is there", path)
		}
	}
}

func TestTill_NamesTheSettingThatIsWrong(t *testing.T) {
	c := settings(t)
	c.Pay.Notify = "https://shop.example"
	c.Pay.Alipay = config.Alipay{AppID: "1", Seller: "2", PrivateKeyFile: "/nowhere/at/all", PublicKeyFile: "/nowhere/at/all"}
	_, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}})
	if quartet.CodeOf(err) != quartet.ErrInvalid || !strings.Contains(err.Error(), "pay.alipay.private_key_file") {
		t.Errorf("%v", err)
	}
}

func TestTill_OfTheDemoPractisesAndRemembersIt(t *testing.T) {
	c := settings(t)
	n, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}, KeyringInside: true})
	if err != nil {
		t.Fatal(err)
	}
	o, later := n.order(t), n.order(t)
	show := func(order string) string {
		t.Helper()
		m, err := n.Cashier.Open(t.Context(), "person li", order, "practice", "page", "")
		if err != nil {
			t.Fatal(err)
		}
		path, ok := strings.CutPrefix(m.Show, n.URL())
		if !ok {
			t.Fatalf("the page is at %s, the house at %s", m.Show, n.URL())
		}
		return path
	}
	pay := func(path string) {
		t.Helper()
		if status, body := n.post(t, path, paysim.Delivery{}); status != http.StatusOK || !strings.Contains(body, "不会发生任何资金往来") {
			t.Errorf("%d %s", status, body)
		}
	}
	pay(show(o.ID))
	n.wantOrder(t, o.ID, quartet.OrderPaid)
	open := show(later.ID)

	if err := n.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err = launchWith(t, app.Options{Config: config.Loaded{Config: c}, KeyringInside: true}); err != nil {
		t.Fatal(err)
	}
	pay(open)
	n.wantOrder(t, later.ID, quartet.OrderPaid)
	r, err := n.Billing.AskRefund(t.Context(), "person li", "buyer", o.ID, "not needed")
	if err == nil {
		_, err = n.Billing.ApproveRefund(t.Context(), "wang", r.ID)
	}
	if err == nil {
		err = n.Billing.Drain(t.Context(), r.ID)
	}
	if err == nil {
		err = n.Cashier.SendRefund(t.Context(), r.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	n.wantOrder(t, o.ID, quartet.OrderRefunded)
}
