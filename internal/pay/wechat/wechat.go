// Package wechat takes money through WeChat Pay, API v3: Native payments, which are QR
// codes, and refunds.
//
// New reads keys and certificate and refuses those that cannot work together; Check asks
// WeChat Pay once and says in plain words what is wrong. Answers and notices are signed by
// WeChat Pay under its public key or under a platform certificate, and during a change-over
// under either (keys.go). Open, Query, Close, Refund and QueryRefund ask, Read verifies and
// deciphers notices, Bill fetches and reads the bill of a day. Amounts are whole fen.
package wechat

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/signers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/validators"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"quartet"
	"quartet/internal/pay"
)

// Name is what payments call this provider.
const Name = "wechat"

const (
	yuan       = "CNY"
	maxSubject = 40 // characters; WeChat Pay takes 127 bytes
)

// Settings are what a merchant is told by WeChat Pay.
type Settings struct {
	AppID       string
	Merchant    string // the number of the merchant
	Certificate string // the file of the merchant's certificate, apiclient_cert.pem
	PrivateKey  string // the file of its key, apiclient_key.pem
	APIv3Key    string // the file of the key that notices are enciphered with
	// WeChat Pay's public key: its id, PUB_KEY_ID_…, and its file. Without one it is
	// verified by platform certificates, which are fetched.
	PublicKeyID string
	PublicKey   string
	// Certificates lets platform certificates verify too: while a merchant changes over.
	Certificates bool
	Gateway      string // empty: WeChat Pay's own
	Notify       string // the address of this house as WeChat Pay reaches it
}

// Provider is one merchant at WeChat Pay.
type Provider struct {
	settings Settings
	notify   string
	secret   string // the APIv3 key
	keys     *keys
	client   *core.Client
	plain    *core.Client // for files, whose answers nobody signs
}

var _ pay.Provider = (*Provider)(nil)

// New reads the keys of a merchant. ErrInvalid names the setting that is wrong.
func New(s Settings, now func() time.Time) (*Provider, error) {
	if s.AppID == "" || s.Merchant == "" {
		return nil, quartet.Errorf(quartet.ErrInvalid, "pay.wechat.app_id and pay.wechat.merchant go together: the number of the application and that of the merchant")
	}
	private, err := pay.PrivateKey("pay.wechat.private_key_file", s.PrivateKey)
	if err != nil {
		return nil, err
	}
	certificate, err := pay.Certificate("pay.wechat.certificate_file", s.Certificate, private)
	if err != nil {
		return nil, err
	}
	secret, err := readAPIv3Key(s.APIv3Key)
	if err != nil {
		return nil, err
	}
	notify, err := pay.NoticeURL("pay.notify", s.Notify, Name)
	if err != nil {
		return nil, err
	}
	gateway, err := pay.Gateway("pay.wechat.gateway", s.Gateway)
	if err != nil {
		return nil, err
	}
	settings := &core.DialSettings{
		HTTPClient: pay.Client(gateway),
		Signer:     &signers.SHA256WithRSASigner{MchID: s.Merchant, PrivateKey: private, CertificateSerialNo: utils.GetCertificateSerialNumber(*certificate)},
		Validator:  &validators.NullValidator{},
	}
	p := &Provider{settings: s, notify: notify, secret: secret}
	p.plain, err = core.NewClientWithDialSettings(context.Background(), settings)
	if err != nil {
		return nil, quartet.Errorf(quartet.ErrInvalid, "pay.wechat.private_key_file holds a key that cannot be used")
	}
	if p.keys, err = newKeys(s, private, p.plain, secret, now); err != nil {
		return nil, err
	}
	p.client = core.NewClientWithValidator(p.plain, validators.NewWechatPayResponseValidator(p.keys))
	return p, nil
}

// Name implements pay.Seller.
func (*Provider) Name() string { return Name }

// Methods implements pay.Seller.
func (*Provider) Methods() []string { return []string{"qr"} }

// Open implements pay.Seller.
func (p *Provider) Open(ctx context.Context, a pay.Attempt) (string, error) {
	const what = "opening a payment at WeChat Pay"
	if a.Method != "qr" {
		return "", quartet.Errorf(quartet.ErrUnsupported, "WeChat Pay is paid by qr")
	}
	total, subject := int64(a.Amount), a.Subject
	if r := []rune(subject); len(r) > maxSubject {
		subject = string(r[:maxSubject])
	}
	service := native.NativeApiService{Client: p.client}
	out, _, err := service.Prepay(ctx, native.PrepayRequest{
		Appid: &p.settings.AppID, Mchid: &p.settings.Merchant, Description: &subject, OutTradeNo: &a.Payment,
		TimeExpire: new(a.PayBy.In(quartet.Shanghai)), NotifyUrl: &p.notify, Amount: &native.Amount{Total: &total, Currency: new(yuan)},
	})
	if err := outcome(what, err); err != nil {
		return "", err
	}
	if out == nil || read(out.CodeUrl) == "" {
		return "", pay.Unsure(what, "", nil)
	}
	return *out.CodeUrl, nil
}

// Query implements pay.Seller.
func (p *Provider) Query(ctx context.Context, payment string) (pay.Trade, error) {
	const what = "asking WeChat Pay for a payment"
	service := native.NativeApiService{Client: p.client}
	out, _, err := service.QueryOrderByOutTradeNo(ctx, native.QueryOrderByOutTradeNoRequest{OutTradeNo: &payment, Mchid: &p.settings.Merchant})
	err = outcome(what, err)
	switch {
	case refusedAs(err, "ORDER_NOT_EXIST", "ORDERNOTEXIST"):
		return pay.Trade{Payment: payment, State: pay.Absent}, nil
	case err != nil:
		return pay.Trade{}, err
	case out == nil || read(out.OutTradeNo) != payment || read(out.Mchid) != p.settings.Merchant || read(out.Appid) != p.settings.AppID:
		return pay.Trade{}, pay.Unsure(what, "another number", nil)
	}
	return state(what, *out)
}

// state reads a trade. What is refunded in part is called like what went back whole.
func state(what string, in payments.Transaction) (pay.Trade, error) {
	out := pay.Trade{Payment: read(in.OutTradeNo), Reference: read(in.TransactionId)}
	switch word := read(in.TradeState); word {
	case "NOTPAY", "USERPAYING":
		out.State = pay.Waiting
		return out, nil
	case "CLOSED":
		out.State = pay.Closed
		return out, nil
	case "SUCCESS":
		out.State = pay.Paid
	case "REFUND":
		out.State = pay.Returned
	default:
		return pay.Trade{}, pay.Unsure(what, "state "+word, nil)
	}
	if in.Amount == nil || read(in.Amount.Total) <= 0 || read(in.Amount.Currency) != yuan || out.Reference == "" {
		return pay.Trade{}, pay.Unsure(what, "amount", nil)
	}
	out.Received = quartet.Fen(*in.Amount.Total)
	if at, err := time.Parse(time.RFC3339, read(in.SuccessTime)); err == nil {
		out.At = at.In(quartet.Shanghai)
	}
	return out, nil
}

// Close implements pay.Seller. A trade that is absent, paid or closed already is nothing to
// close.
func (p *Provider) Close(ctx context.Context, payment string) error {
	service := native.NativeApiService{Client: p.client}
	_, err := service.CloseOrder(ctx, native.CloseOrderRequest{OutTradeNo: &payment, Mchid: &p.settings.Merchant})
	err = outcome("closing a payment at WeChat Pay", err)
	if refusedAs(err, "ORDER_NOT_EXIST", "ORDERNOTEXIST", "ORDERPAID", "ORDER_PAID", "ORDER_CLOSED", "ORDERCLOSED") {
		return nil
	}
	return err
}

// refusals are the codes that say surely that nothing was done. A code that is not among
// them says nothing surely.
var refusals = []string{
	"ORDER_NOT_EXIST", "ORDERNOTEXIST", "ORDERPAID", "ORDER_PAID", "ORDER_CLOSED", "ORDERCLOSED", "OUT_TRADE_NO_USED",
	"PARAM_ERROR", "INVALID_REQUEST", "APPID_MCHID_NOT_MATCH", "MCH_NOT_EXISTS", "NO_AUTH", "SIGN_ERROR", "RULE_LIMIT",
	"RESOURCE_NOT_EXISTS", "NOT_ENOUGH", "USER_ACCOUNT_ABNORMAL", "TRADE_OVERDUE", "NO_STATEMENT_EXIST", "STATEMENT_CREATING",
}

// outcome sorts what the SDK gives: nil for success, *refusal for what was surely refused,
// else an error that says that nothing is known. The SDK's own errors quote headers and are
// dropped.
func outcome(what string, err error) error {
	if err == nil {
		return nil
	}
	answer, ok := errors.AsType[*core.APIError](err)
	switch {
	case !ok:
		return pay.Unsure(what, "", err)
	case answer.StatusCode >= http.StatusBadRequest && answer.StatusCode < http.StatusInternalServerError && slices.Contains(refusals, answer.Code):
		return &refusal{what: what, code: answer.Code}
	default:
		return pay.Unsure(what, answer.Code, nil)
	}
}

type refusal struct{ what, code string }

func (r *refusal) Error() string { return r.Unwrap().Error() }

// Unwrap is what other rooms see.
func (r *refusal) Unwrap() error { return pay.Refused(r.what, r.code) }

func refusedAs(err error, codes ...string) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && slices.Contains(codes, r.code)
}

func read[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// Answer implements pay.Notifier. What is not taken must not be answered with 200: whatever
// such an answer says, the notice would not come again.
func (*Provider) Answer(taken bool) pay.Answer {
	if taken {
		return pay.Answer{Status: http.StatusNoContent}
	}
	return pay.Answer{Status: http.StatusServiceUnavailable, Type: "application/json", Body: `{"code":"FAIL","message":"失败"}`}
}
