package wechat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/validators"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/native"

	"quartet"
	"quartet/internal/pay"
)

// Check asks WeChat Pay for a payment that nobody has, and says in plain words what is
// wrong with the settings. An error with another code than ErrInvalid says nothing about
// them: WeChat Pay could not be reached.
func (p *Provider) Check(ctx context.Context) error {
	wrong := func(message string) error { return &quartet.Error{Code: quartet.ErrInvalid, Message: message} }
	if p.keys.client != nil {
		if _, err := p.keys.certificates(ctx, ""); err != nil && p.keys.public == nil {
			return err
		}
	}
	nobody := strings.Repeat("0", 32)
	service := native.NativeApiService{Client: p.client}
	_, _, err := service.QueryOrderByOutTradeNo(ctx, native.QueryOrderByOutTradeNoRequest{OutTradeNo: &nobody, Mchid: &p.settings.Merchant})
	answer, ok := errors.AsType[*core.APIError](err)
	switch {
	case err == nil:
		return nil
	case !ok:
		return pay.Unsure("asking WeChat Pay for nothing", "", err)
	case answer.Code == "SIGN_ERROR" || answer.StatusCode == http.StatusUnauthorized:
		return wrong("WeChat Pay does not take our signature: pay.wechat.certificate_file and pay.wechat.private_key_file are not in force for pay.wechat.merchant")
	case answer.Code == "APPID_MCHID_NOT_MATCH" || answer.Code == "MCH_NOT_EXISTS" || answer.Code == "NO_AUTH":
		return wrong("WeChat Pay says " + answer.Code + ": pay.wechat.app_id and pay.wechat.merchant do not belong together, or the merchant may not take Native payments")
	case answer.Code != "ORDER_NOT_EXIST" && answer.Code != "ORDERNOTEXIST":
		return pay.Unsure("asking WeChat Pay for nothing", answer.Code, nil)
	case answer.Header.Get("Wechatpay-Signature") == "":
		return nil // a refusal need not be signed
	}
	// The SDK verifies no refusal; this one is the way to learn early whether we can.
	signed := &http.Response{Header: answer.Header, Body: io.NopCloser(bytes.NewBufferString(answer.Body))}
	if err := validators.NewWechatPayResponseValidator(p.keys).Validate(ctx, signed); err != nil {
		return wrong("what WeChat Pay signs cannot be verified: pay.wechat.public_key_file and pay.wechat.public_key_id are not those that WeChat Pay shows for this merchant; the merchant's own key or certificate is not it")
	}
	return nil
}
