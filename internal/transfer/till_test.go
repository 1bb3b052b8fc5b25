package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/transfer"
)

// till is billing as far as transfers need it: orders and payments in memory, by the rules
// of the house, and a power cut before or after any act.
type till struct {
	orders   map[string]*quartet.Order
	payments []*quartet.Payment
	refunded map[string]string // refund → the bank's serial
	sent     map[string]bool   // surplus payments that go back
	cut      int               // so many acts from now the power fails; 0: never
}

var errCut = errors.New("the power failed")

// act runs one act, unless the power fails before it, and tells when it fails behind it.
func (l *till) act(do func() error) error {
	if l.cut == 1 {
		l.cut = 0
		return errCut
	}
	if err := do(); err != nil {
		return err
	}
	if l.cut == 2 {
		l.cut = 0
		return errCut
	}
	l.cut = max(0, l.cut-2)
	return nil
}

func (l *till) Find(_ context.Context, id string) (quartet.Order, error) {
	if o := l.orders[id]; o != nil {
		return *o, nil
	}
	return quartet.Order{}, quartet.Errorf(quartet.ErrNotFound, "no such order")
}

func (l *till) OrderOfCode(_ context.Context, code string) (quartet.Order, error) {
	for _, o := range l.orders {
		if o.Code == code {
			return *o, nil
		}
	}
	return quartet.Order{}, quartet.Errorf(quartet.ErrNotFound, "no such order")
}

func (l *till) Payments(_ context.Context, order string) (list []quartet.Payment, err error) {
	for _, p := range l.payments {
		if p.Order == order {
			list = append(list, *p)
		}
	}
	return list, nil
}

func (l *till) Payment(_ context.Context, id string) (quartet.Payment, error) {
	for _, p := range l.payments {
		if p.ID == id {
			return *p, nil
		}
	}
	return quartet.Payment{}, quartet.Errorf(quartet.ErrNotFound, "no such payment")
}

func (l *till) Refunds(_ context.Context, order string, _ quartet.RefundState, _ string, _ int) (list []quartet.Refund, err error) {
	for _, p := range l.payments {
		if p.Order == order && l.sent[p.ID] {
			list = append(list, quartet.Refund{ID: "refund of " + p.ID, Order: order, Payment: p.ID, Surplus: true, State: quartet.RefundSending})
		}
	}
	return list, nil
}

func (l *till) Attempt(_ context.Context, _, order, provider, method string) (p quartet.Payment, err error) {
	err = l.act(func() error {
		o := l.orders[order]
		if o.State != quartet.OrderOpen {
			return quartet.Errorf(quartet.ErrConflict, "the order is %s", o.State)
		}
		p = quartet.Payment{ID: fmt.Sprintf("payment%d", len(l.payments)), Order: order, Provider: provider, Method: method, Amount: o.Amount, State: quartet.PaymentOpen}
		l.payments = append(l.payments, &p)
		return nil
	})
	return p, err
}

func (l *till) Receive(_ context.Context, _ string, m billing.Money) (got quartet.Payment, err error) {
	payment, reference, received := m.Payment, m.Reference, m.Received
	err = l.act(func() error {
		for _, p := range l.payments {
			if p.ID != payment {
				continue
			}
			if p.State == quartet.PaymentOpen || p.State == quartet.PaymentClosed {
				p.Received, p.Reference, p.State = received, reference, quartet.PaymentSurplus
				switch o := l.orders[p.Order]; {
				case received != p.Amount:
					p.SurplusWhy = "amount"
				case o.State == quartet.OrderClosed:
					p.SurplusWhy = "late"
				case o.State != quartet.OrderOpen:
					p.SurplusWhy = "second"
				default:
					p.State, o.State = quartet.PaymentPaid, quartet.OrderPaid
				}
			}
			got = *p
		}
		return nil
	})
	return got, err
}

func (l *till) ReturnSurplus(_ context.Context, _, payment, _ string) (quartet.Refund, error) {
	return quartet.Refund{}, l.act(func() error {
		if l.sent[payment] {
			return quartet.Errorf(quartet.ErrConflict, "it is on its way already")
		}
		l.sent[payment] = true
		return nil
	})
}

func (l *till) Refunded(_ context.Context, _, refund, reference string) error {
	return l.act(func() error { l.refunded[refund] = reference; return nil })
}

// sum adds up what transfers brought in a state.
func (l *till) sum(state quartet.PaymentState) (sum quartet.Fen) {
	for _, p := range l.payments {
		if p.Provider == transfer.Provider && p.State == state {
			sum += p.Received
		}
	}
	return sum
}

// memory is the store, with the orders of the till.
type memory struct {
	*store.Store
	till *till
}

func (m memory) OrderOfCode(ctx context.Context, code string) (quartet.Order, error) {
	return m.till.OrderOfCode(ctx, code)
}

// ImportTransfers may lose its power as well.
func (m memory) ImportTransfers(ctx context.Context, lines []quartet.Transfer, jobs []quartet.Job, e quartet.AuditEntry) (n int, err error) {
	err = m.till.act(func() error { n, err = m.Store.ImportTransfers(ctx, lines, jobs, e); return err })
	return n, err
}

// SetTransferPayment may lose its power as well.
func (m memory) SetTransferPayment(ctx context.Context, id, payment string) error {
	return m.till.act(func() error { return m.Store.SetTransferPayment(ctx, id, payment) })
}

func (m memory) EndSettling(ctx context.Context, id string, next quartet.TransferState, why string, at time.Time, e quartet.AuditEntry) error {
	return m.till.act(func() error { return m.Store.EndSettling(ctx, id, next, why, at, e) })
}

type firms map[string]string

func (f firms) LegalName(_ context.Context, account string) (string, error) { return f[account], nil }

// counter is a desk with a clock, a till and an account of the house.
type counter struct {
	*transfer.Desk
	store *store.Store
	till  *till
	dir   string
	house string
}

const (
	firm  = "甲乙贸易（上海）有限公司"
	payer = "6225000000007788"
)

func newCounter(t testing.TB, dir string) *counter {
	t.Helper()
	st, err := store.Open(context.Background(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	ring, err := seal.Create(filepath.Join(dir, "ring"))
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{store: st, dir: dir, till: &till{orders: map[string]*quartet.Order{}, refunded: map[string]string{}, sent: map[string]bool{}}}
	c.Desk = transfer.New(memory{st, c.till}, ring, c.till, firms{"buyer": firm}, noon)
	a, err := c.OpenAccount(context.Background(), "甲", quartet.HouseAccount{Bank: "招商银行", Holder: "四要素科技有限公司", Number: houseNumber})
	if err != nil {
		t.Fatal(err)
	}
	c.house = a.ID
	return c
}

// order places an order that a remark can name.
func (c *counter) order(id, code string, amount quartet.Fen) *quartet.Order {
	o := &quartet.Order{ID: id, Account: "buyer", Code: code, Amount: amount, State: quartet.OrderOpen, PayBy: noon().Add(7 * 24 * time.Hour)}
	c.till.orders[id] = o
	return o
}

const statementHead = "交易时间,贷方金额,对方户名,对方账号,附言,流水号\n"

func credit(serial, yuan, name, remark string) string {
	return strings.Join([]string{"2026-03-02 09:30:05", yuan, name, payer, remark, serial}, ",") + "\n"
}

// take imports a statement as its preview shows it.
func (c *counter) take(t testing.TB, lines ...string) transfer.Plan {
	t.Helper()
	file := []byte(statementHead + strings.Join(lines, ""))
	shown, err := c.Preview(context.Background(), c.house, file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Import(context.Background(), "甲", c.house, file, shown.Digest, false)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// all are the transfers by their serials.
func (c *counter) all(t testing.TB) map[string]transfer.View {
	t.Helper()
	list, err := c.List(context.Background(), "", "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	bySerial := map[string]transfer.View{}
	for _, v := range list {
		bySerial[v.Serial] = v
	}
	return bySerial
}

// work runs what is settling until it is settled, however often the power fails.
func (c *counter) work(t testing.TB) {
	t.Helper()
	for _, v := range c.all(t) {
		if v.State != quartet.TransferSettling {
			continue
		}
		for {
			err := c.Settle(context.Background(), v.ID)
			if err == nil {
				break
			}
			if !errors.Is(err, errCut) {
				t.Fatal(err)
			}
		}
	}
}
