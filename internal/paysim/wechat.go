package paysim

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"time"

	"quartet"
)

// WeChat is a simulator of WeChat Pay's API v3: Native payments, refunds, bills,
// certificates. It signs under its public key or its platform certificate, whichever it is
// asked for, and takes the signatures of one merchant.
type WeChat struct {
	*Book
	WeChatKeys

	App, Merchant string
	server        *httptest.Server
}

// WeChatKeys are the keys of the simulator and of its merchant.
type WeChatKeys struct {
	Key         *rsa.PrivateKey // WeChat Pay's, known by PublicKeyID
	PublicKeyID string
	Platform    *rsa.PrivateKey   // WeChat Pay's, known by a certificate
	Certificate *x509.Certificate // that one
	Stranger    *rsa.PrivateKey   // nobody's
	Own         *x509.Certificate // the merchant's
	Secret      string            // APIv3
}

// SelfSigned makes a certificate of a key.
func SelfSigned(key *rsa.PrivateKey, name string, serial int64) (*x509.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// SerialOf is the number of a certificate as the protocol writes it.
func SerialOf(c *x509.Certificate) string {
	return strings.ToUpper(hex.EncodeToString(c.SerialNumber.Bytes()))
}

// NewWeChat starts one. Stop ends it.
func NewWeChat(now func() time.Time, app, merchant string, keys WeChatKeys) *WeChat {
	w := &WeChat{Book: newBook(now), WeChatKeys: keys, App: app, Merchant: merchant}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v3/pay/transactions/native", w.serve(OnOpen, w.prepay))
	mux.HandleFunc("GET /v3/pay/transactions/out-trade-no/{number}", w.serve(OnQuery, w.query))
	mux.HandleFunc("POST /v3/pay/transactions/out-trade-no/{number}/close", w.serve(OnClose, w.close))
	mux.HandleFunc("POST /v3/refund/domestic/refunds", w.serve(OnRefund, w.refundTrade))
	mux.HandleFunc("GET /v3/refund/domestic/refunds/{number}", w.serve(OnRefundQuery, w.queryRefund))
	mux.HandleFunc("GET /v3/certificates", w.serve(OnCertificates, w.certificates))
	mux.HandleFunc("GET /v3/bill/tradebill", w.serve(OnBill, w.bill))
	mux.HandleFunc("GET /v3/billdownload/file", w.download)
	w.server = httptest.NewServer(mux)
	return w
}

// URL is its address.
func (w *WeChat) URL() string { return w.server.URL }

// Stop ends it.
func (w *WeChat) Stop() { w.server.CloseClientConnections(); w.server.Close() }

type wechatAct func(r *http.Request, body []byte) (status int, answer any)

func wechatError(status int, code string) (int, any) {
	return status, map[string]any{"code": code, "message": "出错了"}
}

func (w *WeChat) serve(on string, act wechatAct) http.HandlerFunc {
	return func(out http.ResponseWriter, r *http.Request) {
		fault := w.fault(on)
		if fault == Down {
			http.Error(out, "upstream is away", http.StatusServiceUnavailable)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return
		}
		status, answer := wechatError(http.StatusUnauthorized, "SIGN_ERROR")
		if w.signed(r, body) {
			w.mu.Lock()
			status, answer = act(r, body)
			w.mu.Unlock()
		}
		if spoil(out, r, fault) {
			return
		}
		if fault == Odd {
			status, answer = wechatError(http.StatusBadRequest, "NEVER_HEARD_OF")
		}
		text := []byte{}
		if answer != nil {
			text = encode(answer)
		}
		out.Header().Set("Content-Type", "application/json")
		out.Header().Set("Request-Id", "08F1")
		if fault != Unsigned {
			w.sign(out.Header(), text, time.Now(), Twist{Stranger: fault == Stranger, Legacy: !strings.HasPrefix(r.Header.Get("Wechatpay-Serial"), "PUB_KEY_ID_")})
		}
		out.WriteHeader(status)
		_, _ = out.Write(text)
	}
}

// sign signs a text as of a time.
func (w *WeChat) sign(h http.Header, text []byte, at time.Time, twist Twist) {
	key, serial := w.Key, w.PublicKeyID
	if twist.Legacy {
		key, serial = w.Platform, SerialOf(w.Certificate)
	}
	if twist.Stranger {
		key = w.Stranger
	}
	second, nonce := strconv.FormatInt(at.Unix(), 10), random(16)
	h.Set("Wechatpay-Timestamp", second)
	h.Set("Wechatpay-Nonce", nonce)
	h.Set("Wechatpay-Serial", serial)
	h.Set("Wechatpay-Signature", sign(key, second+"\n"+nonce+"\n"+string(text)+"\n"))
	h.Set("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

var authorization = regexp.MustCompile(`^WECHATPAY2-SHA256-RSA2048 mchid="(\w+)",nonce_str="(\w+)",timestamp="(\d+)",serial_no="(\w+)",signature="([^"]+)"$`)

func (w *WeChat) signed(r *http.Request, body []byte) bool {
	m := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil || m[1] != w.Merchant || !strings.EqualFold(m[4], SerialOf(w.Own)) {
		return false
	}
	key, ok := w.Own.PublicKey.(*rsa.PublicKey)
	text := fmt.Sprintf("%s\n%s\n%s\n%s\n%s\n", r.Method, r.URL.RequestURI(), m[3], m[2], body)
	return ok && verify(key, text, m[5]) == nil
}

type wechatAmount struct {
	Total    int64  `json:"total"`
	Refund   int64  `json:"refund,omitempty"`
	Currency string `json:"currency"`
}

func (w *WeChat) prepay(_ *http.Request, body []byte) (int, any) {
	var in struct {
		App      string       `json:"appid"`
		Merchant string       `json:"mchid"`
		Subject  string       `json:"description"`
		Number   string       `json:"out_trade_no"`
		Expires  time.Time    `json:"time_expire"`
		Notify   string       `json:"notify_url"`
		Amount   wechatAmount `json:"amount"`
	}
	switch err := json.Unmarshal(body, &in); {
	case err != nil || in.Subject == "" || in.Number == "" || in.Amount.Total <= 0 || in.Amount.Currency != "CNY" || in.Notify == "":
		return wechatError(http.StatusBadRequest, "PARAM_ERROR")
	case in.App != w.App || in.Merchant != w.Merchant:
		return wechatError(http.StatusBadRequest, "APPID_MCHID_NOT_MATCH")
	}
	if ok := w.open(in.Number, in.Subject, in.Notify, quartet.Fen(in.Amount.Total), in.Expires); !ok {
		return wechatError(http.StatusForbidden, "OUT_TRADE_NO_USED")
	}
	return http.StatusOK, map[string]any{"code_url": "weixin://wxpay/bizpayurl?pr=" + in.Number[:10]}
}

func (w *WeChat) query(r *http.Request, _ []byte) (int, any) {
	t := w.at(r.PathValue("number"))
	if t == nil || r.URL.Query().Get("mchid") != w.Merchant {
		return wechatError(http.StatusNotFound, "ORDER_NOT_EXIST")
	}
	return http.StatusOK, w.transaction(t, Twist{})
}

// transaction is a trade in words. Money that went back, even in part, makes it REFUND.
func (w *WeChat) transaction(t *trade, twist Twist) map[string]any {
	out := map[string]any{
		"appid": or(twist.App, w.App), "mchid": or(twist.Merchant, w.Merchant), "out_trade_no": t.number, "trade_type": "NATIVE",
		"amount": wechatAmount{Total: int64(t.amount), Currency: "CNY"},
	}
	switch t.state {
	case Closed:
		out["trade_state"] = "CLOSED"
	case Waiting:
		out["trade_state"] = "NOTPAY"
	default:
		out["trade_state"] = "SUCCESS"
		if len(t.refunds) > 0 && !twist.asPaid {
			out["trade_state"] = "REFUND"
		}
		out["transaction_id"] = t.reference
		out["success_time"] = t.paid.In(quartet.Shanghai).Format(time.RFC3339)
		out["amount"] = map[string]any{"total": int64(t.received) + twist.Cents, "payer_total": int64(t.received), "currency": or(twist.Currency, "CNY"), "payer_currency": "CNY"}
		out["payer"] = map[string]any{"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}
	}
	return out
}

func (w *WeChat) close(r *http.Request, _ []byte) (int, any) {
	t := w.at(r.PathValue("number"))
	switch {
	case t == nil:
		return wechatError(http.StatusNotFound, "ORDER_NOT_EXIST")
	case t.state == Paid:
		return wechatError(http.StatusBadRequest, "ORDERPAID")
	}
	t.state = Closed
	return http.StatusNoContent, nil
}

func (w *WeChat) refundTrade(_ *http.Request, body []byte) (int, any) {
	var in struct {
		Number string       `json:"out_trade_no"`
		Refund string       `json:"out_refund_no"`
		Amount wechatAmount `json:"amount"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return wechatError(http.StatusBadRequest, "PARAM_ERROR")
	}
	t := w.at(in.Number)
	if t != nil && in.Amount.Total != int64(t.received) {
		return wechatError(http.StatusBadRequest, "INVALID_REQUEST")
	}
	r, _, why := w.giveBack(in.Number, in.Refund, quartet.Fen(in.Amount.Refund))
	switch why {
	case "":
		return http.StatusOK, w.refundWords(r)
	case "balance":
		return wechatError(http.StatusForbidden, "NOT_ENOUGH")
	case "strange":
		return wechatError(http.StatusBadRequest, "RULE_LIMIT")
	default:
		return wechatError(http.StatusBadRequest, "INVALID_REQUEST")
	}
}

func (r *refund) status() string {
	switch r.state {
	case RefundDone:
		return "SUCCESS"
	case RefundFailed:
		return "ABNORMAL"
	case RefundClosed:
		return "CLOSED"
	default:
		return "PROCESSING"
	}
}

func (w *WeChat) refundWords(r *refund) map[string]any {
	return map[string]any{
		"refund_id": r.reference, "out_refund_no": r.number, "transaction_id": r.trade.reference, "out_trade_no": r.trade.number,
		"channel": "ORIGINAL", "status": r.status(), "create_time": r.at.In(quartet.Shanghai).Format(time.RFC3339), "user_received_account": "支付用户零钱",
		"amount": map[string]any{"total": int64(r.trade.received), "refund": int64(r.amount), "payer_total": int64(r.trade.received), "payer_refund": int64(r.amount), "settlement_refund": int64(r.amount), "settlement_total": int64(r.trade.received), "discount_refund": 0, "currency": "CNY"},
	}
}

func (w *WeChat) queryRefund(r *http.Request, _ []byte) (int, any) {
	if found := w.refund(r.PathValue("number")); found != nil {
		return http.StatusOK, w.refundWords(found)
	}
	return wechatError(http.StatusNotFound, "RESOURCE_NOT_EXISTS")
}

func (w *WeChat) certificates(*http.Request, []byte) (int, any) {
	if w.Certificate == nil {
		return wechatError(http.StatusNotFound, "RESOURCE_NOT_EXISTS")
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.Certificate.Raw})
	return http.StatusOK, map[string]any{"data": []any{map[string]any{
		"serial_no": SerialOf(w.Certificate), "effective_time": w.Certificate.NotBefore.Format(time.RFC3339), "expire_time": w.Certificate.NotAfter.Format(time.RFC3339),
		"encrypt_certificate": w.encipher(string(text), "certificate"),
	}}}
}

// encipher is AES-256-GCM under the key of the merchant.
func (w *WeChat) encipher(plain, about string) map[string]string {
	block, err := aes.NewCipher([]byte(w.Secret))
	if err != nil { // cannot happen: the key has its length
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	nonce := random(6)
	return map[string]string{
		"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": about,
		"ciphertext": base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), []byte(plain), []byte(about))),
	}
}
