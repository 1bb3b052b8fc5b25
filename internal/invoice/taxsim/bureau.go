package taxsim

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"quartet"
	"quartet/internal/invoice"
)

// asked is a serial with what became of it.
type asked struct {
	question
	red      bool
	outcome  invoice.Outcome
	number   string
	issuedOn time.Time
	why      string
}

// Bureau is the simulated tax bureau of one seller. Safe for concurrent use.
type Bureau struct {
	now    func() time.Time
	secret []byte
	post   func(Delivery)
	begun  time.Time

	mu         sync.Mutex
	asked      map[string]*asked
	used       map[string]bool // numbers that buyers have set off
	faults     map[string][]Fault
	deliveries []Delivery
	refuse     string
	slow, out  bool
	serial     int
	events     int
	issued     quartet.Fen
	reversed   quartet.Fen
}

// NewBureau makes a bureau whose channel shares a secret with it. post, unless nil, is handed
// each notice as it comes; else they lie in Deliveries.
func NewBureau(now func() time.Time, secret []byte, post func(Delivery)) *Bureau {
	return &Bureau{now: now, begun: now(), secret: secret, post: post, asked: map[string]*asked{}, used: map[string]bool{}, faults: map[string][]Fault{}}
}

// issue is idempotent on the serial.
func (b *Bureau) issue(q question, red bool) *asked {
	if a := b.asked[q.Serial]; a != nil {
		return a
	}
	a := &asked{question: q, red: red, outcome: invoice.Pending}
	switch {
	case b.out: // whoever is not signed in leaves nothing behind
		return &asked{question: q, outcome: invoice.NeedsLogin, why: "sign in first"}
	case b.refuse != "":
		a.outcome, a.why = invoice.Failed, b.refuse
	case red && b.used[q.Of]:
		a.outcome = invoice.WaitingBuyer
	case !b.slow:
		b.land(a)
	}
	b.asked[q.Serial] = a
	b.tell(a)
	return a
}

// land issues what is pending.
func (b *Bureau) land(a *asked) {
	b.serial++
	a.outcome, a.issuedOn = invoice.Issued, b.now()
	// A bureau that begins anew gives no number twice.
	a.number = fmt.Sprintf("%s%013d%05d", a.issuedOn.In(quartet.Shanghai).Format("06"), b.begun.UnixMilli(), b.serial)
	if a.red {
		b.reversed += a.Sums.Gross
	} else {
		b.issued += a.Sums.Gross
	}
}

// Tell is a notice about a serial, with an event of its own.
func (b *Bureau) Tell(serial string) Delivery {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.notice(serial, invoice.Pending)
}

func (b *Bureau) notice(serial string, o invoice.Outcome) Delivery {
	b.events++
	body, err := json.Marshal(map[string]string{"event": fmt.Sprintf("e%06d", b.events), "serial": serial, "state": string(o)})
	if err != nil { // cannot happen: texts
		panic(err)
	}
	return Delivery{Body: body, Sign: sign(b.secret, body)}
}

func (b *Bureau) tell(a *asked) {
	d := b.notice(a.Serial, a.outcome)
	if b.post != nil {
		b.post(d)
		return
	}
	b.deliveries = append(b.deliveries, d)
}

// change does something to a serial, and tells of it.
func (b *Bureau) change(serial string, do func(*asked) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a := b.asked[serial]; a != nil && do(a) {
		b.tell(a)
	}
}

// Land issues what was left pending (Slow), or what everybody agreed on.
func (b *Bureau) Land(serial string) {
	b.change(serial, func(a *asked) bool {
		if a.outcome != invoice.Pending && a.outcome != invoice.Agreed {
			return false
		}
		b.land(a)
		return true
	})
}

// AgreeRed is the buyer who agrees to a red letter, at the bureau.
func (b *Bureau) AgreeRed(serial string) { b.answer(serial, invoice.Agreed, "") }

// RefuseRed is the buyer who refuses one, or lets it lapse.
func (b *Bureau) RefuseRed(serial, why string) { b.answer(serial, invoice.Refused, why) }

func (b *Bureau) answer(serial string, o invoice.Outcome, why string) {
	b.change(serial, func(a *asked) bool {
		if a.outcome != invoice.WaitingBuyer {
			return false
		}
		a.outcome, a.why = o, why
		return true
	})
}

// cancel withdraws a red letter that is not issued.
func (b *Bureau) cancel(serial string) *asked {
	a := b.asked[serial]
	if a != nil && a.red && a.outcome != invoice.Issued {
		a.outcome, a.why = invoice.Refused, "withdrawn"
	}
	return a
}

// set changes how the bureau answers from now on.
func (b *Bureau) set(do func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	do()
}

// DropLogin throws the house out; nothing is done until SignIn.
func (b *Bureau) DropLogin() { b.set(func() { b.out = true }) }

// SignIn is staff who scan what is shown.
func (b *Bureau) SignIn() { b.set(func() { b.out = false }) }

// Slow leaves what is asked for pending until Land.
func (b *Bureau) Slow(slow bool) { b.set(func() { b.slow = slow }) }

// Reject fails what is asked for from now on, for good; "" takes it again.
func (b *Bureau) Reject(why string) { b.set(func() { b.refuse = why }) }

// Use is the buyer who sets an invoice off: red letters of it wait until the buyer agrees.
func (b *Bureau) Use(number string) { b.set(func() { b.used[number] = true }) }

// Sums are what was ever issued, and taken back.
func (b *Bureau) Sums() (issued, reversed quartet.Fen) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.issued, b.reversed
}

// Count is how many invoices and red letters were ever issued.
func (b *Bureau) Count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.serial
}

// Deliveries are the notices since the last time, oldest first.
func (b *Bureau) Deliveries() []Delivery {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.deliveries
	b.deliveries = nil
	return list
}

// file makes a file of what was issued.
func (b *Bureau) file(a *asked, kind quartet.InvoiceFileKind) []byte {
	p := quartet.InvoicePaper{
		Number: a.number, IssuedOn: a.issuedOn, Kind: quartet.InvoiceKind(a.Kind), Seller: a.Seller, SellerTaxID: a.SellerTaxID, Buyer: a.Buyer, BuyerTaxID: a.BuyerTaxID, Amounts: a.Sums,
	}
	if a.red {
		p.Amounts = quartet.Amounts{}.Minus(p.Amounts)
	}
	text := Paper(&p, a.Lines)
	switch kind {
	case quartet.InvoiceXML:
		return text
	case quartet.InvoicePDF:
		return printed(a.number, p.Amounts.Gross)
	default:
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for _, entry := range []struct{ name, content string }{{"OFD.xml", "<OFD/>"}, {"Doc_0/Attachs/original_invoice.xml", string(text)}} {
			if w, err := z.Create(entry.name); err == nil {
				_, _ = io.WriteString(w, entry.content) // a buffer takes everything
			}
		}
		_ = z.Close()
		return out.Bytes()
	}
}
