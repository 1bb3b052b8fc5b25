package paysim

import (
	"net/http"
	"strings"
)

// The questions that can be broken.
const (
	OnOpen        = "open"
	OnQuery       = "query"
	OnClose       = "close"
	OnRefund      = "refund"
	OnRefundQuery = "refund query"
	OnBill        = "bill"

	OnCertificates = "certificates" // of WeChat Pay alone
)

// Fault is how an answer goes wrong.
type Fault string

// The faults.
const (
	Down     Fault = "down"     // 503, nothing was done
	Lost     Fault = "lost"     // done, and the connection ends before the answer
	Garbage  Fault = "garbage"  // done, and the answer cannot be read
	Stranger Fault = "stranger" // done, and the answer is signed by somebody else
	Unsigned Fault = "unsigned" // done, and the answer is not signed
	Hang     Fault = "hang"     // done, and the answer does not come before the asker gives up
	Odd      Fault = "odd"      // done, and the answer is a code that nobody has heard of
)

// Faults lists all.
func Faults() []Fault { return []Fault{Down, Lost, Garbage, Stranger, Unsigned, Hang, Odd} }

// Break makes the next answers to a question go wrong, one for each fault.
func (b *Book) Break(on string, faults ...Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults[on] = append(b.faults[on], faults...)
}

func (b *Book) fault(on string) Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.faults[on]
	if len(list) == 0 {
		return ""
	}
	b.faults[on] = list[1:]
	return list[0]
}

// spoil answers as a fault does and reports whether it did.
func spoil(w http.ResponseWriter, r *http.Request, f Fault) bool {
	switch f {
	case Lost:
		panic(http.ErrAbortHandler)
	case Garbage:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"half": "an ans`))
	case Hang:
		<-r.Context().Done()
	default:
		return false
	}
	return true
}

// Twist makes a notice other than it should be. Without any it is genuine.
type Twist struct {
	Stranger bool   // signed with a key that is not the provider's
	Altered  bool   // one character of it was changed after it was signed
	Merchant string // it says another merchant
	App      string // it says another application
	Currency string // of the amount
	Cents    int64  // this much more than what was paid
	Event    string // its number instead of a new one
	Old      bool   // it was signed a quarter of an hour ago
	Probe    bool   // WeChat's probe of whether signatures are verified at all
	Legacy   bool   // WeChat: signed under the platform certificate, not the public key
	Empty    bool   // Alipay: fields without a value are there and were signed; else they were not
	Plus     bool   // Alipay: a hop took the plus signs of the signature for blanks

	asPaid bool // WeChat: the notice of the payment says what was, whatever went back since
}

func alter(s string) string {
	// the last digit of the text becomes another one
	if i := strings.LastIndexAny(s, "0123456789"); i >= 0 {
		return s[:i] + string('0'+(s[i]-'0'+1)%10) + s[i+1:]
	}
	return s + "0"
}

// Delivery is a notice as it is sent.
type Delivery struct {
	Header http.Header
	Body   []byte
}
