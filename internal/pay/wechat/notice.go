package wechat

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"quartet"
	"quartet/internal/pay"
)

const (
	freshness = 5 * time.Minute
	nonceLen  = 12 // the cipher ends the process on any other
)

// Read implements pay.Notifier. The signature is held against the time at which the notice
// arrived, not against now: one that waits in our store stays what it was. (The SDK's own
// handler knows now alone.)
func (p *Provider) Read(ctx context.Context, raw pay.Raw) (pay.Notice, error) {
	if err := p.verify(ctx, raw); err != nil {
		return pay.Notice{}, err
	}
	var n notify.Request
	if err := json.Unmarshal(raw.Body, &n); err != nil || n.Resource == nil || n.ID == "" {
		return pay.Notice{}, quartet.Errorf(quartet.ErrInvalid, "the notice is WeChat Pay's and cannot be read")
	}
	if n.Resource.Algorithm != "AEAD_AES_256_GCM" || len(n.Resource.Nonce) != nonceLen {
		return pay.Notice{}, quartet.Errorf(quartet.ErrInvalid, "the notice is WeChat Pay's and enciphered in a way that is not known")
	}
	plain, err := utils.DecryptAES256GCM(p.secret, n.Resource.AssociatedData, n.Resource.Nonce, n.Resource.Ciphertext)
	if err != nil {
		return pay.Notice{}, quartet.Errorf(quartet.ErrInvalid, "the notice is WeChat Pay's and cannot be deciphered: check pay.wechat.api_v3_key_file")
	}
	switch {
	case n.EventType == "TRANSACTION.SUCCESS":
		return p.ofPayment(n.ID, plain)
	case strings.HasPrefix(n.EventType, "REFUND."):
		return p.ofRefund(n.ID, plain)
	}
	return pay.Notice{Event: n.ID, Kind: pay.OfOther}, nil
}

func (p *Provider) ofPayment(event, plain string) (pay.Notice, error) {
	var in payments.Transaction
	if err := json.Unmarshal([]byte(plain), &in); err != nil {
		return pay.Notice{}, quartet.Errorf(quartet.ErrInvalid, "the notice is WeChat Pay's and cannot be read")
	}
	switch {
	case read(in.Mchid) != p.settings.Merchant:
		return pay.Notice{}, pay.Forged("it is for another merchant")
	case read(in.Appid) != p.settings.AppID:
		return pay.Notice{}, pay.Forged("it is for another application")
	}
	t, err := state("a notice of WeChat Pay", in)
	if err != nil || t.Payment == "" {
		return pay.Notice{}, quartet.Errorf(quartet.ErrInvalid, "the notice is WeChat Pay's and says what is not understood (%s)", pay.Printable(read(in.TradeState)))
	}
	return pay.Notice{Event: event, Kind: pay.OfPayment, Trade: t}, nil
}

func (p *Provider) ofRefund(event, plain string) (pay.Notice, error) {
	var in struct {
		Merchant string `json:"mchid"`
		Refund   string `json:"out_refund_no"`
	}
	if err := json.Unmarshal([]byte(plain), &in); err != nil || in.Refund == "" {
		return pay.Notice{}, quartet.Errorf(quartet.ErrInvalid, "the notice is WeChat Pay's and cannot be read")
	}
	if in.Merchant != p.settings.Merchant {
		return pay.Notice{}, pay.Forged("it is for another merchant")
	}
	return pay.Notice{Event: event, Kind: pay.OfRefund, Refund: in.Refund}, nil
}

func (p *Provider) verify(ctx context.Context, raw pay.Raw) error {
	header := func(name string) string { return strings.TrimSpace(raw.Header.Get("Wechatpay-" + name)) }
	if kind := header("Signature-Type"); kind != "" && kind != "WECHATPAY2-SHA256-RSA2048" {
		return pay.Forged("its kind of signature is not known")
	}
	second, err := strconv.ParseInt(header("Timestamp"), 10, 64)
	if err != nil || header("Nonce") == "" || header("Serial") == "" || header("Signature") == "" {
		return pay.Forged("it is not signed")
	}
	if raw.At.Sub(time.Unix(second, 0)).Abs() > freshness {
		return pay.Forged("it was signed too long before it came, or our clock is wrong")
	}
	message := header("Timestamp") + "\n" + header("Nonce") + "\n" + string(raw.Body) + "\n"
	err = p.keys.Verify(ctx, header("Serial"), message, header("Signature"))
	switch {
	case err == nil:
		return nil
	case quartet.CodeOf(err) == quartet.ErrUnavailable:
		return err // it may be genuine: nothing is there to tell by
	default:
		return pay.Forged("its signature is not WeChat Pay's; if all are refused so, check pay.wechat.public_key_file")
	}
}
