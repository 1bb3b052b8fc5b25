package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/einvoice"
	"quartet/internal/invoice/taxsim"
)

// Invoices on the real server, issued by a simulated tax bureau that loses answers and tells
// things twice, while the server is killed now and then.

// bureau is a walk whose invoices a simulated bureau issues.
type bureau struct {
	*walk
	*taxsim.Bureau

	title    string
	invoices map[string]string
}

type invoiceState struct {
	ID, State, Number, Serial string

	AmountFen   int64 `json:"amount_fen"`
	NetFen      int64 `json:"net_fen"`
	ReversedFen int64 `json:"reversed_fen"`
	Files       []struct{ Kind, SHA256 string }
}

func TestInvoices_AreMergedSplitAndTakenBackThroughATaxChannelThatLosesAnswers(t *testing.T) {
	t.Parallel()
	for engine, env := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			b := openBureau(t, env)
			for _, step := range []struct {
				name string
				do   func(*steps)
			}{
				{"the house takes on its people", b.staff},
				{"a firm registers", func(s *steps) { b.register(s, b.buyer); b.proveFirm(s, b.buyer); b.approve(s, b.buyer) }},
				{"it buys", func(s *steps) {
					b.buy(s, "one", b.alipay, "1887-1200", "")
					b.buy(s, "two", b.wechat, "1887-1200", "")
					b.buy(s, "big", b.alipay, "1887-6000", "")
				}},
				{"the house says how it is taxed", b.tax},
				{"two orders are one invoice, whose answer is lost", b.merge},
				{"the server is killed and goes on", b.restart},
				{"it is issued once", b.merged},
				{"one order is two invoices, told of twice", b.split},
				{"no fen more is asked for", b.over},
				{"an order of the first is given back", b.giveBack},
				{"the server is killed again", b.restart},
				{"the money went back after the red letter", b.back},
				{"the sums are right", b.right},
			} {
				s := &steps{w: b.walk}
				step.do(s)
				if s.err != nil {
					t.Fatalf("%s: %v\n%s", step.name, s.err, b.node.log)
				}
			}
		})
	}
}

// openBureau is a walk that begins, with a bureau of its own.
func openBureau(t *testing.T, env []string) *bureau {
	t.Helper()
	secret := []byte("a secret of the channel")
	b := &bureau{Bureau: taxsim.NewBureau(time.Now, secret, nil), invoices: map[string]string{}}
	server := httptest.NewServer(b.Bureau)
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, secret, 0o600); err != nil {
		t.Fatal(err)
	}
	b.walk = newWalk(t, append(env, "QUARTET_INVOICE_TAXSIM="+server.URL, "QUARTET_INVOICE_TAXSIM_SECRET_FILE="+file))
	return b
}

func (b *bureau) restart(*steps) {
	b.node.kill()
	b.start()
}

func (b *bureau) tax(s *steps) {
	s.refused(b.zhang.visitor, http.StatusForbidden, http.MethodPost, "/tax-settings", nil)
	s.ask(b.li.visitor, http.StatusCreated, http.MethodPost, "/tax-settings", map[string]any{
		"item": "*信息技术服务*数据核验服务", "tax_code": "3040201010000000000", "rate": 600, "seller": "四要素科技有限公司", "seller_tax_id": "91350100M000100Y43",
	}, nil)
	var title struct{ ID string }
	s.ask(b.buyer.visitor, http.StatusCreated, http.MethodPost, b.of("invoice-titles"), map[string]any{"kind": "firm", "title": firmName, "tax_id": firmCode, "insist": true}, &title)
	b.title = title.ID
}

// part is so much of an order that goes by a name.
type part struct {
	name string
	fen  int64
}

// apply asks for an invoice; the treasurer lets it be issued.
func (b *bureau) apply(s *steps, name, kind string, parts ...part) {
	var orders []map[string]any
	for _, p := range parts {
		orders = append(orders, map[string]any{"order_id": b.orders[p.name], "amount_fen": p.fen})
	}
	var v invoiceState
	s.ask(b.buyer.visitor, http.StatusCreated, http.MethodPost, b.of("invoices"), map[string]any{"kind": kind, "title_id": b.title, "email": "fp@example.com", "orders": orders}, &v)
	b.invoices[name] = v.ID
	s.says(s.refused(b.zhang.visitor, http.StatusForbidden, http.MethodPost, "/invoices/"+v.ID+"/approval", nil), "role")
	s.ask(b.li.visitor, http.StatusOK, http.MethodPost, "/invoices/"+v.ID+"/approval", nil, nil)
}

func (b *bureau) seen(s *steps, name string) (v invoiceState) {
	s.ask(b.li.visitor, http.StatusOK, http.MethodGet, "/invoices/"+b.invoices[name], nil, &v)
	return v
}

// becomes waits until an invoice is in a state.
func (b *bureau) becomes(s *steps, name, state string) (v invoiceState) {
	s.wait("the invoice "+name+" to be "+state, func() bool {
		v = b.seen(s, name)
		return v.State == state
	})
	return v
}

func (b *bureau) merge(s *steps) {
	b.Break(taxsim.OnIssue, taxsim.Lost)
	b.apply(s, "merged", "special", part{"one", 0}, part{"two", 0})
	b.becomes(s, "merged", "unknown")
	s.refused(b.buyer.visitor, http.StatusConflict, http.MethodPost, b.of("invoices/"+b.invoices["merged"]+"/cancellation"), nil)
}

func (b *bureau) merged(s *steps) {
	v := b.becomes(s, "merged", "issued")
	want(s, "its amount", v.AmountFen, 1000_00)
	want(s, "its net price", v.NetFen, 943_40)
	want(s, "issued in all", b.Count(), 1)
	s.wait("its files", func() bool { v = b.seen(s, "merged"); return len(v.Files) == 3 })
	at := b.of("invoices/" + v.ID + "/files/xml")
	_, text := s.look(b.buyer.visitor, http.MethodGet, at, nil, nil)
	if s.err != nil {
		return
	}
	sum := sha256.Sum256([]byte(text))
	for _, f := range v.Files {
		if f.Kind == "xml" {
			want(s, "what was downloaded", hex.EncodeToString(sum[:]), f.SHA256)
		}
	}
	paper, err := einvoice.Read([]byte(text))
	if err != nil {
		s.err = err
		return
	}
	want(s, "its number", paper.Number, v.Number)
	want(s, "its buyer", paper.Buyer, firmName)
	want(s, "its sums", paper.Amounts, quartet.Amounts{Gross: 1000_00, Net: 943_40, Tax: 56_60})
	s.wait("its letter", func() bool { return b.mail.told("fp@example.com", v.Number) })
}

func (b *bureau) split(s *steps) {
	b.apply(s, "first half", "ordinary", part{"big", 700_00})
	b.becomes(s, "first half", "issued")
	b.Deliveries()
	b.Slow(true)
	b.apply(s, "second half", "ordinary", part{"big", 0})
	var asked []taxsim.Delivery
	s.wait("the bureau to be asked", func() bool { asked = append(asked, b.Deliveries()...); return len(asked) > 0 })
	b.Slow(false)
	b.Land(b.seen(s, "second half").Serial)
	told := slices.Concat(asked, b.Deliveries())
	stranger := taxsim.NewBureau(time.Now, []byte("another secret"), nil)
	want(s, "a forged notice", b.tell(s, stranger.Tell(b.seen(s, "second half").Serial)), http.StatusForbidden)
	for range 2 { // the later before the earlier, and all of them twice
		for i := range told {
			want(s, "a notice", b.tell(s, told[len(told)-1-i]), http.StatusNoContent)
		}
	}
	v := b.becomes(s, "second half", "issued")
	want(s, "its amount", v.AmountFen, 1300_00)
	want(s, "issued in all", b.Count(), 3)
}

func (b *bureau) tell(s *steps, d taxsim.Delivery) int {
	req, err := http.NewRequest(http.MethodPost, b.node.url+"/api/v1/invoice-notices/taxsim", bytes.NewReader(d.Body))
	if err != nil {
		s.err = err
		return 0
	}
	req.Header = d.Header()
	status, _ := s.send(http.DefaultClient, req, nil)
	return status
}

func (b *bureau) over(s *steps) {
	for _, name := range []string{"one", "two", "big"} {
		s.refused(b.buyer.visitor, http.StatusConflict, http.MethodPost, b.of("invoices"), map[string]any{
			"kind": "ordinary", "title_id": b.title, "email": "fp@example.com", "orders": []map[string]any{{"order_id": b.orders[name], "amount_fen": 1}},
		})
	}
}

// giveBack asks for the money of an order whose invoice the buyer has set off: the refund waits.
func (b *bureau) giveBack(s *steps) {
	b.Use(b.seen(s, "merged").Number)
	var r refundState
	s.ask(b.buyer.visitor, http.StatusCreated, http.MethodPost, b.of("orders/"+b.orders["one"]+"/refunds"), map[string]string{"reason": "买多了"}, &r)
	b.refunds["one"] = r.ID
	s.ask(b.li.visitor, http.StatusOK, http.MethodPost, "/refunds/"+r.ID+"/approval", nil, nil)
	s.wait("the refund to wait", func() bool { return b.refundOf(s, "one").State == "reversing" })
	b.becomes(s, "merged", "red_waiting_buyer")
	if moved := b.alipay.Moved(); moved != 0 {
		want(s, "what went back before the red letter", moved, 0)
	}
}

func (b *bureau) back(s *steps) {
	var reds struct {
		Items []struct {
			ID, State, Serial string
			Refund            string `json:"refund_id"`
		}
	}
	s.ask(b.li.visitor, http.StatusOK, http.MethodGet, "/red-letters", nil, &reds)
	want(s, "red letters", len(reds.Items), 1)
	if s.err != nil {
		return
	}
	red := reds.Items[0]
	want(s, "for which it is", red.Refund, b.refunds["one"])
	b.AgreeRed(red.Serial) // at the bureau; the buyer says so here, by which it is asked
	b.Land(red.Serial)
	s.ask(b.buyer.visitor, http.StatusOK, http.MethodPost, b.of("red-letters/"+red.ID+"/agreement"), nil, nil)
	v := b.becomes(s, "merged", "part_reversed")
	want(s, "taken back", v.ReversedFen, 500_00)
	s.wait("the refund", func() bool { return b.refundOf(s, "one").State == "done" })
	want(s, "what went back", b.alipay.Moved(), 500_00)
}

func (b *bureau) right(s *steps) {
	var list struct {
		Items []struct {
			Order          string `json:"order_id"`
			PaidFen        int64  `json:"paid_fen"`
			RefundedFen    int64  `json:"refunded_fen"`
			ClaimedFen     int64  `json:"claimed_fen"`
			InvoicedFen    int64  `json:"invoiced_fen"`
			InvoiceableFen int64  `json:"invoiceable_fen"`
		}
	}
	s.ask(b.buyer.visitor, http.StatusOK, http.MethodGet, b.of("invoiceable-orders"), nil, &list)
	invoiced := int64(0)
	for _, o := range list.Items {
		invoiced += o.InvoicedFen
		want(s, "of order "+o.Order+" what is left", o.InvoiceableFen, 0)
		want(s, "of order "+o.Order+" what is in invoices", o.ClaimedFen+o.InvoicedFen, o.PaidFen-o.RefundedFen)
	}
	issued, reversed := b.Sums()
	want(s, "what the bureau issued and took back", int64(issued-reversed), invoiced)
	want(s, "issued and taken back in all", b.Count(), 4)
	if log := b.node.log.String(); strings.Contains(log, firmName) || strings.Contains(log, "fp@example.com") {
		s.says("", "the log names the buyer")
	}
}
