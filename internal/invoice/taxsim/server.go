package taxsim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"

	"quartet"
	"quartet/internal/invoice"
)

// signHeader carries the signature of questions and notices: HMAC-SHA256 of the body.
const signHeader = "X-Taxsim-Sign"

// The questions that can be broken.
const (
	OnIssue  = "issue"
	OnQuery  = "query"
	OnRed    = "red"
	OnCancel = "cancel"
	OnFile   = "file"
)

// Fault is how an answer goes wrong.
type Fault string

// The faults.
const (
	Down    Fault = "down"    // 503, nothing was done
	Lost    Fault = "lost"    // done, and the connection ends before the answer
	Garbage Fault = "garbage" // done, and the answer cannot be read
	Hang    Fault = "hang"    // done, and the answer does not come before the asker gives up
	Odd     Fault = "odd"     // done, and the answer is a state that nobody has heard of
	Foreign Fault = "foreign" // done, and the answer is about another serial
)

// Faults lists all.
func Faults() []Fault { return []Fault{Down, Lost, Garbage, Hang, Odd, Foreign} }

// Break makes the next answers to a question go wrong, one for each fault.
func (b *Bureau) Break(on string, faults ...Fault) {
	b.set(func() { b.faults[on] = append(b.faults[on], faults...) })
}

func (b *Bureau) fault(on string) Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.faults[on]
	if len(list) == 0 {
		return ""
	}
	b.faults[on] = list[1:]
	return list[0]
}

// Delivery is a notice as it is sent.
type Delivery struct {
	Body []byte
	Sign string
}

// Header are the headers of a notice.
func (d Delivery) Header() http.Header { return http.Header{signHeader: {d.Sign}} }

func sign(secret, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// question is what is asked over the wire.
type question struct {
	Serial      string                `json:"serial"`
	Kind        string                `json:"kind,omitempty"`
	Seller      string                `json:"seller,omitempty"`
	SellerTaxID string                `json:"seller_tax_id,omitempty"`
	Buyer       string                `json:"buyer,omitempty"`
	BuyerTaxID  string                `json:"buyer_tax_id,omitempty"`
	Lines       []quartet.InvoiceLine `json:"lines,omitempty"`
	Sums        quartet.Amounts       `json:"sums"`
	Of          string                `json:"of,omitempty"`
	Reason      string                `json:"reason,omitempty"`
	File        string                `json:"file,omitempty"`
}

// reply is what is answered.
type reply struct {
	Serial   string `json:"serial"`
	State    string `json:"state"`
	Number   string `json:"number,omitempty"`
	IssuedOn string `json:"issued_on,omitempty"`
	Why      string `json:"why,omitempty"`
	File     []byte `json:"file,omitempty"`
	Shows    string `json:"shows,omitempty"`
}

const maxQuestion = 1 << 20

// ServeHTTP implements http.Handler: the bureau over HTTP.
func (b *Bureau) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuestion))
	if err != nil || !hmac.Equal([]byte(sign(b.secret, body)), []byte(r.Header.Get(signHeader))) {
		http.Error(w, "who are you", http.StatusForbidden)
		return
	}
	var q question
	if json.Unmarshal(body, &q) != nil {
		http.Error(w, "what", http.StatusBadRequest)
		return
	}
	on := map[string]string{"/issue": OnIssue, "/query": OnQuery, "/red": OnRed, "/red/query": OnQuery, "/red/cancel": OnCancel, "/file": OnFile}[r.URL.Path]
	fault := b.fault(on)
	if fault == Down {
		http.Error(w, "upstream is away", http.StatusServiceUnavailable)
		return
	}
	out := b.act(r.URL.Path, q)
	switch fault {
	case Lost:
		panic(http.ErrAbortHandler)
	case Garbage:
		_, _ = w.Write([]byte(`{"half": "an ans`))
		return
	case Hang:
		<-r.Context().Done()
		return
	case Odd:
		out.State = "never heard of"
	case Foreign:
		out.Serial = "20260302000000000001"
	default:
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) //nolint:errchkjson // the asker has gone
}

func (b *Bureau) act(path string, q question) reply {
	b.mu.Lock()
	defer b.mu.Unlock()
	var a *asked
	switch path {
	case "/issue":
		a = b.issue(q, false)
	case "/red":
		a = b.issue(q, true)
	case "/red/cancel":
		a = b.cancel(q.Serial)
	case "/login":
		return reply{State: string(b.login()), Shows: "taxsim://sign-in"}
	default:
		a = b.asked[q.Serial]
	}
	if a == nil {
		return reply{Serial: q.Serial, State: string(invoice.Absent)}
	}
	out := reply{Serial: a.Serial, State: string(a.outcome), Number: a.number, Why: a.why}
	if a.outcome == invoice.Issued {
		out.IssuedOn = a.issuedOn.In(quartet.Shanghai).Format("2006-01-02")
		if path == "/file" {
			out.File = b.file(a, quartet.InvoiceFileKind(q.File))
		}
	}
	return out
}

func (b *Bureau) login() invoice.Outcome {
	if b.out {
		return invoice.NeedsLogin
	}
	return invoice.Issued
}
