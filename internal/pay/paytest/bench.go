// Package paytest is the law that every payment provider passes, checked against a
// simulator of it: what it opens, finds, closes and gives back, how it reads notices and
// bills, and that it never takes an answer that says nothing for one that says something.
//
// A provider's test makes a Bench, its client beside its simulator, and calls Law.
package paytest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/pay"
	"quartet/internal/paysim"
)

// Notices makes the notices of a simulator.
type Notices interface {
	PaymentNotice(number string, twist paysim.Twist) paysim.Delivery
	RefundNotice(number string, twist paysim.Twist) paysim.Delivery
}

// Bench is a provider beside the simulator that it asks.
type Bench struct {
	Provider pay.Provider
	Book     *paysim.Book
	Notices  Notices
	Clock    *Clock
	Visit    func(page string) error // the buyer opens what an attempt was shown as
	Secrets  []string                // that nothing may say
	Stale    bool                    // notices carry the time at which they were signed
	Asks     bool                    // what became of a refund is said in words, not by silence
}

// Clock is the time of a bench, which begins at the real one: signatures of answers are held
// against the clock of the machine. Safe for concurrent use.
type Clock struct {
	mu   sync.Mutex
	over time.Duration
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.over).Truncate(time.Second)
}

// Pass lets time pass.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over += d
}

// Key makes an RSA key.
func Key(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// File writes a secret to a file of the test.
func File(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// PrivatePEM is a key as PKCS #8.
func PrivatePEM(t testing.TB, key *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// PublicPEM is the public half of a key.
func PublicPEM(t testing.TB, key *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// number is a number such as payments and refunds have.
func number() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func (b *Bench) attempt(method string) pay.Attempt {
	return pay.Attempt{Payment: number(), Method: method, Subject: "500元/1200次", Amount: price, PayBy: b.Clock.Now().Add(time.Hour), Back: "https://shop.example/orders/1"}
}

// opened opens a trade and lets its buyer come.
func (b *Bench) opened(t *testing.T) pay.Attempt {
	t.Helper()
	a := b.attempt("qr")
	if _, err := b.Provider.Open(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	return a
}

func (b *Bench) paid(t *testing.T) (pay.Attempt, pay.Trade) {
	t.Helper()
	a := b.opened(t)
	if err := b.Book.Pay(a.Payment, 0); err != nil {
		t.Fatal(err)
	}
	return a, b.query(t, a.Payment)
}

func (b *Bench) query(t *testing.T, payment string) pay.Trade {
	t.Helper()
	trade, err := b.Provider.Query(t.Context(), payment)
	if err != nil {
		t.Fatal(err)
	}
	return trade
}

func (b *Bench) wantState(t *testing.T, payment string, want pay.TradeState) {
	t.Helper()
	if got := b.query(t, payment); got.State != want || got.Payment != payment {
		t.Errorf("the provider says %q of %q, want %q", got.State, got.Payment, want)
	}
}

func returning(a pay.Attempt, trade pay.Trade, amount quartet.Fen) pay.Return {
	return pay.Return{Refund: number(), Payment: a.Payment, Reference: trade.Reference, Amount: amount, Total: trade.Received, Reason: "退款"}
}

// discreet fails the test when an error says a secret.
func (b *Bench) discreet(t *testing.T, err error) {
	t.Helper()
	for e := err; e != nil; {
		for _, s := range b.Secrets {
			if strings.Contains(e.Error(), s) {
				t.Errorf("an error says a secret: %.60s…", e.Error())
			}
		}
		next, ok := e.(interface{ Unwrap() error })
		if !ok {
			return
		}
		e = next.Unwrap()
	}
}

func (b *Bench) read(ctx context.Context, d paysim.Delivery) (pay.Notice, error) {
	return b.Provider.Read(ctx, pay.Raw{Header: d.Header, Body: d.Body, At: b.Clock.Now()})
}
