// Package alipay takes money through Alipay: pay pages and QR codes of the open platform,
// signed with RSA2 under keys (not certificates).
//
// New reads the keys and refuses those that cannot work together. Open, Query, Close,
// Refund and QueryRefund ask the gateway, Read verifies its notices, Bill fetches and reads
// the bill of a day. Each answer of the gateway is verified by the SDK; what is not signed
// is never an answer. Amounts are yuan in text and read as text.
package alipay

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/smartwalle/alipay/v3"

	"quartet"
	"quartet/internal/pay"
)

// Name is what payments call this provider.
const Name = "alipay"

const (
	productionGateway = "https://openapi.alipay.com/gateway.do"
	timeFormat        = "2006-01-02 15:04:05"
	yuan              = "CNY"
	maxSubject        = 256
)

// Settings are what a merchant is told by Alipay.
type Settings struct {
	AppID      string
	Seller     string // the merchant's user number, 2088…
	PrivateKey string // the file of the application's key
	PublicKey  string // the file of Alipay's key, not of the application's
	Gateway    string // empty: Alipay's own
	Notify     string // the address of this house as Alipay reaches it
}

// Provider is one merchant at Alipay.
type Provider struct {
	settings Settings
	notify   string
	client   *alipay.Client
	http     *http.Client
}

var _ pay.Provider = (*Provider)(nil)

// New reads the keys of a merchant. ErrInvalid names the setting that is wrong.
func New(s Settings) (*Provider, error) {
	if s.AppID == "" || s.Seller == "" {
		return nil, quartet.Errorf(quartet.ErrInvalid, "pay.alipay.app_id and pay.alipay.seller go together: the number of the application and that of the merchant (2088…)")
	}
	private, err := pay.PrivateKey("pay.alipay.private_key_file", s.PrivateKey)
	if err != nil {
		return nil, err
	}
	public, err := pay.PublicKey("pay.alipay.public_key_file", s.PublicKey, private)
	if err != nil {
		return nil, err
	}
	notify, err := pay.NoticeURL("pay.notify", s.Notify, Name)
	if err != nil {
		return nil, err
	}
	gateway := s.Gateway
	if gateway == "" {
		gateway = productionGateway
	}
	if _, err := pay.Gateway("pay.alipay.gateway", gateway); err != nil {
		return nil, err
	}
	p := &Provider{settings: s, notify: notify, http: pay.Client(nil)}
	// The SDK's production mode fetches whatever certificate a notice names and believes it
	// from then on. Its other mode knows the one key that is loaded here, and the gateway is
	// the one that is given.
	p.client, err = alipay.New(s.AppID, string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)})), false,
		alipay.WithSandboxGateway(gateway), alipay.WithHTTPClient(p.http), alipay.WithTimeLocation(quartet.Shanghai))
	if err != nil {
		return nil, quartet.Errorf(quartet.ErrInvalid, "pay.alipay.private_key_file holds a key that cannot be used")
	}
	bytes, err := x509.MarshalPKIXPublicKey(public)
	if err == nil {
		err = p.client.LoadAliPayPublicKey(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: bytes})))
	}
	if err != nil {
		return nil, quartet.Errorf(quartet.ErrInvalid, "pay.alipay.public_key_file holds a key that cannot be used")
	}
	return p, nil
}

// Name implements pay.Seller.
func (*Provider) Name() string { return Name }

// Methods implements pay.Seller.
func (*Provider) Methods() []string { return []string{"page", "qr"} }

// Open implements pay.Seller. A page is opened at Alipay by its buyer alone, so its trade
// is absent until then.
func (p *Provider) Open(ctx context.Context, a pay.Attempt) (string, error) {
	trade := alipay.Trade{
		NotifyURL: p.notify, ReturnURL: a.Back, Subject: subject(a.Subject), OutTradeNo: a.Payment,
		TotalAmount: a.Amount.String(), SellerId: p.settings.Seller, TimeExpire: a.PayBy.In(quartet.Shanghai).Format(timeFormat),
	}
	switch a.Method {
	case "page":
		trade.ProductCode = "FAST_INSTANT_TRADE_PAY"
		u, err := p.client.TradePagePay(alipay.TradePagePay{Trade: trade})
		if err != nil {
			return "", quartet.Errorf(quartet.ErrInternal, "the address of the pay page cannot be made")
		}
		return u.String(), nil
	case "qr":
		trade.ProductCode, trade.ReturnURL = "FACE_TO_FACE_PAYMENT", ""
		out, err := p.client.TradePreCreate(ctx, alipay.TradePreCreate{Trade: trade})
		if err := outcome("opening a payment at Alipay", out != nil, err, func() alipay.Error { return out.Error }); err != nil {
			return "", err
		}
		if out.OutTradeNo != a.Payment || out.QRCode == "" {
			return "", pay.Unsure("opening a payment at Alipay", "another number", nil)
		}
		return out.QRCode, nil
	default:
		return "", quartet.Errorf(quartet.ErrUnsupported, "Alipay is paid by page or qr")
	}
}

// subject drops what the gateway refuses in the title of a trade.
func subject(s string) string {
	s = strings.NewReplacer("/", "", "=", "", "&", "").Replace(s)
	if r := []rune(s); len(r) > maxSubject {
		s = string(r[:maxSubject])
	}
	return s
}

// Codes of refusals that say surely what became of a question.
const (
	notExist    = "ACQ.TRADE_NOT_EXIST"
	wrongStatus = "ACQ.TRADE_STATUS_ERROR"
	statusAgain = "ACQ.REASON_TRADE_STATUS_INVALID"
)

// outcome sorts what the SDK gives: nil for success, *refusal for what Alipay signed as
// refused, else an error that says that nothing is known. An answer that is not signed
// comes as an error of the SDK and is never believed.
func outcome(what string, answered bool, err error, of func() alipay.Error) error {
	if err != nil {
		if e, ok := errors.AsType[*alipay.Error](err); ok {
			return pay.Unsure(what, string(e.Code)+" "+e.SubCode, nil)
		}
		return pay.Unsure(what, "", err)
	}
	if !answered {
		return pay.Unsure(what, "", nil)
	}
	e := of()
	switch {
	case e.Code == alipay.CodeSuccess:
		return nil
	case e.Code == alipay.CodeBusinessFailed && e.SubCode != "" && !unsure(e.SubCode):
		return &refusal{what: what, code: e.SubCode}
	case e.Code == alipay.CodeInvalidParam, e.Code == alipay.CodeMissingParam, e.Code == alipay.CodePermissionDenied:
		return &refusal{what: what, code: string(e.Code) + " " + e.SubCode, early: true}
	default:
		return pay.Unsure(what, string(e.Code)+" "+e.SubCode, nil)
	}
}

// unsure are the business codes after which the act may have happened.
func unsure(code string) bool {
	code = strings.ToUpper(code)
	return strings.Contains(code, "SYSTEM_ERROR") || strings.Contains(code, "SYSTEM-ERROR") || strings.Contains(code, "UNKNOW")
}

type refusal struct {
	what, code string
	early      bool
}

func (r *refusal) Error() string { return r.Unwrap().Error() }

// Unwrap is what other rooms see.
func (r *refusal) Unwrap() error { return pay.Refused(r.what, r.code) }

func refusedAs(err error, codes ...string) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && slices.Contains(codes, r.code)
}

// turnedAway reports whether the gateway refused a question before any business looked at
// it: a parameter was wrong or missing, or the application may not ask this.
func turnedAway(err error) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && r.early
}

// Answer implements pay.Notifier: exactly "success", or it is sent again.
func (*Provider) Answer(taken bool) pay.Answer {
	const plain = "text/plain; charset=utf-8"
	if taken {
		return pay.Answer{Status: http.StatusOK, Type: plain, Body: "success"}
	}
	return pay.Answer{Status: http.StatusServiceUnavailable, Type: plain, Body: "fail"}
}

func parseTime(s string) time.Time {
	t, err := time.ParseInLocation(timeFormat, s, quartet.Shanghai)
	if err != nil {
		return time.Time{}
	}
	return t
}
