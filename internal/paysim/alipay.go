package paysim

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"time"

	"quartet"
)

const alipayTime = "2006-01-02 15:04:05"

// Alipay is a simulator of Alipay's gateway (RSA2, keys without certificates).
type Alipay struct {
	*Book

	App, Seller string
	Key         *rsa.PrivateKey // Alipay's own
	merchant    *rsa.PublicKey
	stranger    *rsa.PrivateKey
	coupon      quartet.Fen // what a coupon of Alipay pays of each payment
	server      *httptest.Server
}

// Coupon lets a coupon of Alipay pay so much of each payment: no invoice is made out for it.
func (a *Alipay) Coupon(part quartet.Fen) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.coupon = part
}

// NewAlipay starts one for an application whose key is known. Close ends it.
func NewAlipay(now func() time.Time, app, seller string, key, stranger *rsa.PrivateKey, merchant *rsa.PublicKey) *Alipay {
	a := &Alipay{Book: newBook(now), App: app, Seller: seller, Key: key, stranger: stranger, merchant: merchant}
	mux := http.NewServeMux()
	mux.HandleFunc("/gateway.do", a.gateway)
	mux.HandleFunc("GET /bill", a.download)
	a.server = httptest.NewServer(mux)
	return a
}

// URL is the address of the gateway.
func (a *Alipay) URL() string { return a.server.URL + "/gateway.do" }

// Stop ends it.
func (a *Alipay) Stop() { a.server.CloseClientConnections(); a.server.Close() }

// Visit is the buyer opening the page that a payment was shown as.
func (a *Alipay) Visit(page string) error {
	u, err := url.Parse(page)
	if err != nil {
		return err
	}
	_, err = a.act(u.Query())
	return err
}

var alipayQuestions = map[string]string{
	"alipay.trade.page.pay":                          OnOpen,
	"alipay.trade.precreate":                         OnOpen,
	"alipay.trade.query":                             OnQuery,
	"alipay.trade.close":                             OnClose,
	"alipay.trade.refund":                            OnRefund,
	"alipay.trade.fastpay.refund.query":              OnRefundQuery,
	"alipay.data.dataservice.bill.downloadurl.query": OnBill,
}

func (a *Alipay) gateway(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "no form", http.StatusBadRequest)
		return
	}
	method := r.Form.Get("method")
	fault := a.fault(alipayQuestions[method])
	if fault == Down {
		http.Error(w, "upstream is away", http.StatusServiceUnavailable)
		return
	}
	answer, err := a.act(r.Form)
	if err != nil { // what the gateway says before it knows who asks is not signed
		answer = map[string]any{"code": "40002", "msg": "Invalid Arguments", "sub_code": "isv.invalid-signature", "sub_msg": err.Error()}
		writeJSON(w, map[string]any{"error_response": answer})
		return
	}
	if spoil(w, r, fault) {
		return
	}
	if fault == Odd {
		answer = map[string]any{"code": "40004", "msg": "Business Failed", "sub_code": "ACQ.NEVER_HEARD_OF_SYSTEM_ERROR", "sub_msg": "?"}
	}
	body := encode(answer)
	key := a.Key
	if fault == Stranger {
		key = a.stranger
	}
	envelope := map[string]json.RawMessage{strings.ReplaceAll(method, ".", "_") + "_response": body}
	if fault != Unsigned {
		envelope["sign"] = encode(sign(key, string(body)))
	}
	writeJSON(w, envelope)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	_, _ = w.Write(encode(v))
}

func encode(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil { // cannot happen: texts and numbers
		panic(err)
	}
	return out
}

func sign(key *rsa.PrivateKey, text string) string {
	sum := sha256.Sum256([]byte(text))
	out, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil { // cannot happen: the key was made for this
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(out)
}

func verify(key *rsa.PublicKey, text, signature string) error {
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig)
}

// alipayText is what is signed of a form: its fields in order, but those of the signature.
// Whether those without a value belong to it is not agreed among Alipay's own libraries.
func alipayText(values url.Values, empty bool, without ...string) string {
	var pairs []string
	for k, v := range values {
		if !slices.Contains(without, k) && (empty || v[0] != "") {
			pairs = append(pairs, k+"="+v[0])
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

type alipayContent struct {
	Number  string `json:"out_trade_no"`
	Refund  string `json:"out_request_no"`
	Subject string `json:"subject"`
	Total   string `json:"total_amount"`
	Back    string `json:"refund_amount"`
	Expires string `json:"time_expire"`
	Date    string `json:"bill_date"`
}

// act verifies a question and answers it.
func (a *Alipay) act(form url.Values) (map[string]any, error) {
	if err := verify(a.merchant, alipayText(form, false, "sign"), form.Get("sign")); err != nil || form.Get("app_id") != a.App {
		return nil, quartet.Errorf(quartet.ErrForbidden, "the signature or the application is wrong")
	}
	var c alipayContent
	if err := json.Unmarshal([]byte(form.Get("biz_content")), &c); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch on := alipayQuestions[form.Get("method")]; on {
	case OnOpen:
		amount, err := quartet.ParseFen(c.Total)
		if err != nil {
			return nil, err
		}
		expires, err := time.ParseInLocation(alipayTime, c.Expires, quartet.Shanghai)
		if err != nil {
			return nil, err
		}
		if ok := a.open(c.Number, c.Subject, form.Get("notify_url"), amount, expires); !ok {
			return failed("ACQ.CONTEXT_INCONSISTENT"), nil
		}
		return ok(map[string]any{"out_trade_no": c.Number, "qr_code": "https://qr.example/" + c.Number}), nil
	case OnQuery:
		return a.query(c), nil
	case OnClose:
		t := a.at(c.Number)
		switch {
		case t == nil:
			return failed("ACQ.TRADE_NOT_EXIST"), nil
		case t.state != Waiting:
			return failed("ACQ.TRADE_STATUS_ERROR"), nil
		}
		t.state = Closed
		return ok(map[string]any{"out_trade_no": c.Number, "trade_no": t.reference}), nil
	case OnRefund:
		return a.refundTrade(c), nil
	case OnRefundQuery:
		return a.queryRefund(c), nil
	case OnBill:
		if c.Date >= a.now().In(quartet.Shanghai).Format(time.DateOnly) {
			return failed("isp.bill_not_exist"), nil
		}
		return ok(map[string]any{"bill_download_url": a.server.URL + "/bill?day=" + c.Date}), nil
	}
	return failed("isv.invalid-method"), nil
}

func ok(fields map[string]any) map[string]any {
	fields["code"], fields["msg"] = "10000", "Success"
	return fields
}

func failed(code string) map[string]any {
	return map[string]any{"code": "40004", "msg": "Business Failed", "sub_code": code, "sub_msg": "业务处理失败"}
}

// status is the word for a trade. One that went back whole is called closed like one that
// nobody paid.
func (t *trade) status() string {
	switch {
	case t.state == Waiting:
		return "WAIT_BUYER_PAY"
	case t.state == Closed, t.done() == t.received:
		return "TRADE_CLOSED"
	default:
		return "TRADE_SUCCESS"
	}
}

func (t *trade) done() (sum quartet.Fen) {
	for _, r := range t.refunds {
		if r.state == RefundDone {
			sum += r.amount
		}
	}
	return sum
}

func (a *Alipay) query(c alipayContent) map[string]any {
	t := a.at(c.Number)
	if t == nil {
		return failed("ACQ.TRADE_NOT_EXIST")
	}
	out := map[string]any{"out_trade_no": t.number, "trade_no": t.reference, "trade_status": t.status(), "total_amount": t.amount.String()}
	if t.state == Paid {
		out["total_amount"], out["receipt_amount"], out["buyer_pay_amount"] = t.received.String(), t.received.String(), t.received.String()
		out["invoice_amount"] = (t.received - a.coupon).String()
		out["send_pay_date"] = t.paid.In(quartet.Shanghai).Format(alipayTime)
	} else {
		out["receipt_amount"], out["buyer_pay_amount"] = "0.00", "0.00"
	}
	return ok(out)
}

func (a *Alipay) refundTrade(c alipayContent) map[string]any {
	amount, err := quartet.ParseFen(c.Back)
	if err != nil {
		return failed("ACQ.INVALID_PARAMETER")
	}
	r, fresh, why := a.giveBack(c.Number, c.Refund, amount)
	switch why {
	case "status":
		return failed("ACQ.TRADE_STATUS_ERROR")
	case "discordant":
		return failed("ACQ.DISCORDANT_REPEAT_REQUEST")
	case "balance":
		return failed("ACQ.SELLER_BALANCE_NOT_ENOUGH")
	case "permission":
		return map[string]any{"code": "40006", "msg": "Insufficient Permissions", "sub_code": "isv.insufficient-isv-permissions"}
	case "strange":
		return failed("ACQ.NOBODY_HAS_HEARD_OF_IT")
	case "amount":
		return failed("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
	}
	if r.state == RefundFailed || r.state == RefundClosed { // asked again after it failed, it is refused
		return failed("ACQ.REASON_TRADE_BEEN_FREEZEN")
	}
	change := "N"
	if fresh && r.state == RefundDone {
		change = "Y"
	}
	return ok(map[string]any{"out_trade_no": c.Number, "trade_no": r.trade.reference, "fund_change": change, "refund_fee": r.trade.done().String()})
}

func (a *Alipay) queryRefund(c alipayContent) map[string]any {
	if a.at(c.Number) == nil {
		return failed("ACQ.TRADE_NOT_EXIST")
	}
	r := a.refund(c.Refund)
	if r == nil || r.state != RefundDone {
		return ok(map[string]any{})
	}
	return ok(map[string]any{
		"out_trade_no": c.Number, "trade_no": r.trade.reference, "out_request_no": c.Refund,
		"refund_amount": r.amount.String(), "total_amount": r.trade.received.String(), "refund_status": "REFUND_SUCCESS",
	})
}
