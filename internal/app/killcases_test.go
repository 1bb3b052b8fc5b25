package app_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/billing"
	"quartet/internal/config"
	"quartet/internal/firm"
	"quartet/internal/invoice"
	"quartet/internal/job"
	"quartet/internal/market"
	"quartet/internal/pay"
	"quartet/internal/pay/alipay"
	"quartet/internal/pay/paytest"
	"quartet/internal/paysim"
	"quartet/internal/settlement"
	"quartet/internal/transfer"
)

// shop is a house in which a job of each kind waits.
type shop struct {
	t       *testing.T
	config  config.Config
	sim     *gateway
	bureau  *bureauLine
	program *programLine
	desk    *invoice.Desk // that issues at the bureau
	house   *app.House    // while it is prepared
	cashier *pay.Cashier
	deaf    *pay.Cashier // hears of no money, as a process that ends before
	bank    string
	bill    string // the key of the one bill that is there
	cases   []killed
}

// killed is a job that a process is killed in.
type killed struct {
	kind, key string
	asks      string           // the question to the provider in it, if there is one,
	about     string           // and what it is about
	line      cuttable         // to whom it is asked; nil: the provider
	due       time.Duration    // beyond the time of the case before
	stands    func(*app.House) // looks what came of it in the end
}

// cuttable is a line that can be cut when the answer is on its way.
type cuttable interface {
	onAnswer(question, about string, cut func())
}

// gateway is Alipay behind a line that can be cut when the answer is on its way.
type gateway struct {
	*paysim.Alipay
	cutLine
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		return
	}
	resp, err := http.PostForm(g.URL(), r.Form)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	g.pass(r.Form.Get("method"), r.Form.Get("biz_content"))
	w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
	_, _ = io.Copy(w, resp.Body)
}

func newShop(t *testing.T, c config.Config) *shop {
	t.Helper()
	const number, seller = "2021000000000001", "2088000000000002"
	own, theirs := paytest.Key(t), paytest.Key(t)
	h := &shop{t: t, sim: &gateway{Alipay: paysim.NewAlipay(time.Now, number, seller, theirs, paytest.Key(t), &own.PublicKey)}}
	t.Cleanup(h.sim.Stop)
	line := httptest.NewServer(h.sim)
	t.Cleanup(line.Close)
	c.Pay.Notify = "https://shop.example"
	c.Pay.Alipay = config.Alipay{
		AppID: number, Seller: seller, Gateway: line.URL + "/gateway.do",
		PrivateKeyFile: paytest.File(t, "own.pem", paytest.PrivatePEM(t, own)), PublicKeyFile: paytest.File(t, "alipay.pem", paytest.PublicPEM(t, theirs)),
	}
	c.LeadDays = 0 // a week would close the orders of other cases
	h.config = h.withPrograms(h.withBureau(c))
	c = h.config
	var err error
	h.house, err = app.Open(t.Context(), app.Options{Config: config.Loaded{Config: c}, KeyringInside: true})
	must(t, err)
	p, err := alipay.New(alipay.Settings{AppID: number, Seller: seller, PrivateKey: c.Pay.Alipay.PrivateKeyFile, PublicKey: c.Pay.Alipay.PublicKeyFile, Gateway: c.Pay.Alipay.Gateway, Notify: c.Pay.Notify})
	must(t, err)
	h.cashier = pay.New(pay.Options{Desk: h.house.Billing, Store: h.house.Store, Sealer: h.house.Ring, Providers: []pay.Provider{p}, Now: time.Now})
	h.deaf = pay.New(pay.Options{Desk: deaf{h.house.Billing}, Store: h.house.Store, Sealer: h.house.Ring, Providers: []pay.Provider{p}, Now: time.Now})
	h.openAccount()
	h.openBureau()
	for _, prepare := range []func() killed{h.mail, h.settle, h.notice, h.watch, h.close, h.drain, h.send, h.giveBack, h.report, h.reconcile, h.sell, h.query, h.fetch, h.queryRed, h.reverse, h.issueRed, h.issue, h.repurchase, h.tellAlert, h.deliver, h.tellTicket, h.fall, h.circulate, h.announce, h.checkBatch, h.runBatch, h.importPeople} {
		h.cases = append(h.cases, prepare())
	}
	must(t, h.house.Close())
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const (
	killedFirm = "测试贸易有限公司"
	killedCode = "91350100M000100Y43"
)

// openAccount opens the account of a verified firm, and a bank account of the house.
func (h *shop) openAccount() {
	ctx := h.t.Context()
	_, err := h.house.Desk.Open(ctx, "zhang", "buyer", "Buyer")
	must(h.t, err)
	_, err = h.house.Firms.Save(ctx, "li", "buyer", firm.Draft{
		Name: killedFirm, Code: killedCode, Scene: "发放工资前核对收款人", Purposes: []string{"payroll"},
		Contact: firm.Contact{Name: "张三丰", Mobile: "13900000001"},
	})
	must(h.t, err)
	licence, err := os.ReadFile("../../testdata/licence.png")
	must(h.t, err)
	_, err = h.house.Firms.Attach(ctx, "li", "buyer", licence)
	must(h.t, err)
	a, err := h.house.Firms.Submit(ctx, "li", "buyer")
	must(h.t, err)
	_, err = h.house.Firms.Approve(ctx, "wang", a.ID, false)
	must(h.t, err)
	bank, err := h.house.Transfers.OpenAccount(ctx, "zhang", quartet.HouseAccount{Bank: "测试银行", Holder: "四要素核验有限公司", Number: "755900000000001"})
	must(h.t, err)
	h.bank = bank.ID
}

func (h *shop) order() quartet.Order {
	h.t.Helper()
	o, err := h.house.Billing.Order(h.t.Context(), "person li", billing.Purchase{Account: "buyer", Person: "li", Plan: "1887-1200"})
	must(h.t, err)
	return o
}

// deaf is billing that hears of no money.
type deaf struct{ *billing.Desk }

func (deaf) Receive(context.Context, string, billing.Money) (quartet.Payment, error) {
	return quartet.Payment{}, quartet.Errorf(quartet.ErrInternal, "the power is cut")
}

// tried is an order with an attempt to pay it, of which Alipay knows.
func (h *shop) tried() (quartet.Order, quartet.Payment) {
	h.t.Helper()
	o := h.order()
	m, err := h.cashier.Open(h.t.Context(), "person li", o.ID, "alipay", "qr", "")
	must(h.t, err)
	return o, m
}

// sold is an order that Alipay was paid for.
func (h *shop) sold() quartet.Order {
	h.t.Helper()
	o, m := h.tried()
	h.pay(m)
	return o
}

// pay is the buyer paying, of which the house hears.
func (h *shop) pay(m quartet.Payment) {
	h.t.Helper()
	must(h.t, h.sim.Pay(m.ID, 0))
	must(h.t, h.told(h.cashier, m))
}

// told is Alipay telling of a payment.
func (h *shop) told(c *pay.Cashier, m quartet.Payment) error {
	d := h.sim.PaymentNotice(m.ID, paysim.Twist{})
	refused, err := c.Take(h.t.Context(), "alipay", pay.Raw{Header: d.Header, Body: d.Body, At: time.Now()})
	return errors.Join(refused, err)
}

// approved is a refund of an order that begins.
func (h *shop) approved(o quartet.Order) quartet.Refund {
	h.t.Helper()
	r, err := h.house.Billing.AskRefund(h.t.Context(), "person li", "buyer", o.ID, "不用了")
	must(h.t, err)
	_, err = h.house.Billing.ApproveRefund(h.t.Context(), "qian", r.ID)
	must(h.t, err)
	return r
}

// wantOrder looks that an order has come to its end, with its money.
func (h *shop) wantOrder(n *app.House, id string, want quartet.OrderState, refunded quartet.Fen) {
	h.t.Helper()
	o, err := n.Billing.Find(h.t.Context(), id)
	if err != nil || o.State != want || o.Refunded != refunded {
		h.t.Errorf("the order is %+v, %v, want it %s and %s back", o, err, want, refunded)
	}
}

func (h *shop) notice() killed {
	o, m := h.tried()
	must(h.t, h.sim.Pay(m.ID, 0))
	if err := h.told(h.deaf, m); err == nil {
		h.t.Fatal("the power was not cut")
	}
	list, err := h.house.Store.Notices(h.t.Context(), "", time.Now().Add(time.Hour), 9)
	if err != nil || len(list) != 1 {
		h.t.Fatalf("%+v, %v", list, err)
	}
	return killed{kind: pay.JobNotice, key: list[0].ID, stands: func(n *app.House) {
		h.wantOrder(n, o.ID, quartet.OrderPaid, 0)
		if now, err := n.Store.Notice(h.t.Context(), list[0].ID); err != nil || now.State != quartet.NoticeHandled {
			h.t.Errorf("the notice is %+v, %v", now, err)
		}
	}}
}

func (h *shop) watch() killed {
	o, m := h.tried()
	must(h.t, h.sim.Pay(m.ID, 0))
	return killed{kind: billing.JobWatchPayment, key: m.ID, asks: "alipay.trade.query", about: m.ID, stands: func(n *app.House) { h.wantOrder(n, o.ID, quartet.OrderPaid, 0) }}
}

func (h *shop) close() killed {
	o, m := h.tried()
	return killed{kind: billing.JobCloseOrder, key: o.ID, asks: "alipay.trade.close", about: m.ID, due: 24 * time.Hour, stands: func(n *app.House) {
		h.wantOrder(n, o.ID, quartet.OrderClosed, 0)
		if now, err := n.Billing.Payment(h.t.Context(), m.ID); err != nil || now.State != quartet.PaymentClosed || h.sim.StateOf(m.ID) != paysim.Closed {
			h.t.Errorf("the attempt is %+v, %v, at Alipay %s", now, err, h.sim.StateOf(m.ID))
		}
	}}
}

func (h *shop) drain() killed {
	o := h.sold()
	r := h.approved(o)
	return killed{kind: billing.JobDrainRefund, key: r.ID, stands: func(n *app.House) { h.wantOrder(n, o.ID, quartet.OrderRefunded, o.Amount) }}
}

// send is where the money of three refunds is looked at: those of drain and reverse went the same
// way.
func (h *shop) send() killed {
	o := h.sold()
	r := h.approved(o)
	must(h.t, h.house.Billing.Drain(h.t.Context(), r.ID))
	return killed{kind: billing.JobSendRefund, key: r.ID, asks: "alipay.trade.refund", about: r.ID, stands: func(n *app.House) {
		h.wantOrder(n, o.ID, quartet.OrderRefunded, o.Amount)
		if moved := h.sim.Moved(); moved != 3*o.Amount {
			h.t.Errorf("%s yuan went back", moved)
		}
	}}
}

// line imports a line of the bank over the amount of an order.
func (h *shop) line(serial string, o quartet.Order, remark string) quartet.Transfer {
	h.t.Helper()
	ctx := h.t.Context()
	file := fmt.Appendf(nil, "交易日期,贷方金额,对方户名,对方账号,摘要,流水号\n%s,%s,%s,6225000000001,%s,%s\n", time.Now().Format(time.DateOnly), o.Amount, killedFirm, remark, serial)
	shown, err := h.house.Transfers.Preview(ctx, h.bank, file)
	must(h.t, err)
	_, err = h.house.Transfers.Import(ctx, "qian", h.bank, file, shown.Digest, false)
	must(h.t, err)
	list, err := h.house.Store.TransfersBySerial(ctx, h.bank, []string{serial})
	if err != nil || len(list) != 1 {
		h.t.Fatalf("%+v, %v", list, err)
	}
	return list[0]
}

func (h *shop) wantTransfer(n *app.House, id string, want quartet.TransferState) {
	h.t.Helper()
	if now, err := n.Store.Transfer(h.t.Context(), id); err != nil || now.State != want {
		h.t.Errorf("the transfer is %s, %v, want %s", now.State, err, want)
	}
}

func (h *shop) settle() killed {
	o := h.order()
	_, err := h.house.Billing.BeginPayment(h.t.Context(), "person li", o.ID, billing.Transfer, billing.Transfer)
	must(h.t, err)
	line := h.line("S1", o, o.Code)
	return killed{kind: transfer.JobSettle, key: line.ID, stands: func(n *app.House) {
		h.wantTransfer(n, line.ID, quartet.TransferSettled)
		h.wantOrder(n, o.ID, quartet.OrderPaid, 0)
	}}
}

// giveBack is of a transfer that came when its order was paid: it is surplus, and people
// have said that it goes back.
func (h *shop) giveBack() killed {
	ctx := h.t.Context()
	o := h.order()
	m, err := h.house.Billing.BeginPayment(ctx, "person li", o.ID, billing.Transfer, billing.Transfer)
	must(h.t, err)
	line := h.line("S2", o, o.Code)
	must(h.t, h.house.Store.SetTransferPayment(ctx, line.ID, m.ID))
	online, err := h.cashier.Open(ctx, "person li", o.ID, "alipay", "qr", "")
	must(h.t, err)
	h.pay(online)
	must(h.t, h.house.Transfers.Settle(ctx, line.ID))
	claim, err := h.house.Transfers.Propose(ctx, "qian", line.ID, quartet.ClaimReturn, "", "重复付款")
	must(h.t, err)
	_, err = h.house.Transfers.Confirm(ctx, "sun", claim.ID)
	must(h.t, err)
	return killed{kind: transfer.JobReturn, key: line.ID, stands: func(n *app.House) {
		h.wantTransfer(n, line.ID, quartet.TransferReturning) // until people have paid it back
		owed, err := n.Transfers.Owed(h.t.Context())
		if err != nil || len(owed) != 1 || owed[0].Transfer != line.ID || owed[0].Amount != o.Amount {
			h.t.Errorf("owed is %+v, %v", owed, err)
		}
	}}
}

func (h *shop) report() killed {
	ctx := h.t.Context()
	o := h.order()
	line := h.line("S3", o, o.Code)
	must(h.t, h.house.Transfers.Settle(ctx, line.ID))
	r := h.approved(o)
	must(h.t, h.house.Billing.Drain(ctx, r.ID))
	for _, by := range []string{"qian", "sun"} {
		_, err := h.house.Transfers.Pay(ctx, by, r.ID, "B1")
		must(h.t, err)
	}
	return killed{kind: transfer.JobReport, key: r.ID, stands: func(n *app.House) {
		h.wantOrder(n, o.ID, quartet.OrderRefunded, o.Amount)
		if now, err := n.Billing.Refund(h.t.Context(), r.ID); err != nil || now.State != quartet.RefundDone || now.Reference != "B1" {
			h.t.Errorf("the refund is %+v, %v", now, err)
		}
	}}
}

func (h *shop) reconcile() killed {
	day := time.Now().In(quartet.Shanghai).AddDate(0, 0, -1).Format(time.DateOnly)
	h.bill = "alipay/" + day
	must(h.t, h.house.Store.PutJobs(h.t.Context(), job.At(settlement.JobKind, h.bill, time.Now(), time.Now())))
	return killed{kind: settlement.JobKind, key: h.bill, asks: "alipay.data.dataservice.bill.downloadurl.query", about: day, stands: func(n *app.House) {
		if s, err := n.Bills.Find(h.t.Context(), "alipay", day); err != nil || len(s.Differences) > 0 {
			h.t.Errorf("the comparison is %+v, %v", s, err)
		}
	}}
}

// mail may come once more for each kill, and nobody can prevent it; it is never none.
func (h *shop) mail() killed {
	ctx := h.t.Context()
	_, err := h.house.People.AskToRegister(ctx, "door", "zhang@example.com")
	must(h.t, err)
	jobs, err := h.house.Store.Jobs(ctx, "", "", 1)
	if err != nil || len(jobs) != 1 || jobs[0].Kind != quartet.JobMailSend {
		h.t.Fatalf("%+v, %v", jobs, err)
	}
	id := jobs[0].Key
	return killed{kind: quartet.JobMailSend, key: id, stands: func(n *app.House) {
		files, err := filepath.Glob(filepath.Join(h.config.Data, "mailbox", "*"+id+".txt"))
		if err != nil || len(files) < 1 || len(files) > 1+len(h.cases) {
			h.t.Errorf("%d mails came, %v", len(files), err)
		}
		if m, err := n.Store.Message(h.t.Context(), id); err != nil || m.Sealed != nil {
			h.t.Errorf("the message is not erased: %v", err)
		}
	}}
}

// sell is of a message of a market that came before its plan was there.
func (h *shop) sell() killed {
	ctx := h.t.Context()
	_, secret, err := h.house.Market.Add(ctx, "zhang", "yun")
	must(h.t, err)
	body := []byte(`{"event_id":"e1","action":"create","order_id":"o1","buyer_id":"b1","buyer_name":"武当科技","plan_id":"1887-900","trial":false}`)
	at := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "\n" + string(body)))
	a, err := h.house.Market.Take(ctx, "yun", market.Signed{Timestamp: at, Signature: hex.EncodeToString(mac.Sum(nil)), Body: body})
	if err != nil || a.Instance != "0" {
		h.t.Fatalf("%+v, %v", a, err)
	}
	_, err = h.house.Plans.Add(ctx, "zhang", quartet.Plan{ID: "1887-900", Product: "1887", Name: "九百次", Units: 900, Price: 450_00, Months: 12})
	must(h.t, err)
	jobs, err := h.house.Store.Jobs(ctx, "", "", 1)
	if err != nil || len(jobs) != 1 || jobs[0].Kind != market.JobHandle {
		h.t.Fatalf("%+v, %v", jobs, err)
	}
	return killed{kind: market.JobHandle, key: jobs[0].Key, stands: func(n *app.House) {
		list, err := n.Market.Instances(h.t.Context(), "yun", 9)
		if err != nil || len(list) != 1 || list[0].State != quartet.InstanceActive {
			h.t.Fatalf("the instances are %+v, %v", list, err)
		}
		grants, grantsErr := n.Store.Grants(h.t.Context(), list[0].Account)
		credentials, err := n.Desk.Credentials(h.t.Context(), list[0].Account)
		if err = errors.Join(err, grantsErr); err != nil || len(grants) != 1 || len(credentials) != 1 {
			h.t.Errorf("the buyer has %d grants and %d credentials, %v", len(grants), len(credentials), err)
		}
	}}
}
