package wechat

import (
	"context"
	"errors"

	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"

	"quartet"
	"quartet/internal/pay"
)

// noRefund are the codes after which no money goes back without a person.
var noRefund = []string{
	"NOT_ENOUGH", "INVALID_REQUEST", "PARAM_ERROR", "USER_ACCOUNT_ABNORMAL", "MCH_NOT_EXISTS", "RESOURCE_NOT_EXISTS",
	"ORDER_NOT_EXIST", "TRADE_OVERDUE", "NO_AUTH",
}

// Refund implements pay.Refunder. That it was accepted is not that it is done.
func (p *Provider) Refund(ctx context.Context, r pay.Return) (pay.Refunded, error) {
	const what = "giving money back at WeChat Pay"
	amount, total := int64(r.Amount), int64(r.Total)
	service := refunddomestic.RefundsApiService{Client: p.client}
	out, _, err := service.Create(ctx, refunddomestic.CreateRequest{
		OutTradeNo: &r.Payment, OutRefundNo: &r.Refund, Reason: &r.Reason, NotifyUrl: &p.notify,
		Amount: &refunddomestic.AmountReq{Refund: &amount, Total: &total, Currency: new(yuan)},
	})
	err = outcome(what, err)
	if refused, ok := errors.AsType[*refusal](err); ok {
		if refusedAs(err, noRefund...) {
			return pay.Refunded{Refund: r.Refund, State: pay.ReturnRefused, Why: refused.code}, nil
		}
		back, err := p.QueryRefund(ctx, r)
		if err == nil && back.State == pay.ReturnAbsent {
			back.State, back.Why = pay.ReturnDoubtful, refused.code
		}
		return back, err
	}
	if err != nil {
		return pay.Refunded{}, err
	}
	return refunded(what, r, out)
}

// QueryRefund implements pay.Refunder.
func (p *Provider) QueryRefund(ctx context.Context, r pay.Return) (pay.Refunded, error) {
	const what = "asking WeChat Pay for a refund"
	service := refunddomestic.RefundsApiService{Client: p.client}
	out, _, err := service.QueryByOutRefundNo(ctx, refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: &r.Refund})
	err = outcome(what, err)
	if refusedAs(err, "RESOURCE_NOT_EXISTS") {
		return pay.Refunded{Refund: r.Refund, State: pay.ReturnAbsent}, nil
	}
	if err != nil {
		return pay.Refunded{}, err
	}
	return refunded(what, r, out)
}

func refunded(what string, r pay.Return, in *refunddomestic.Refund) (pay.Refunded, error) {
	if in == nil || read(in.OutRefundNo) != r.Refund || read(in.OutTradeNo) != r.Payment || in.Amount == nil || read(in.Amount.Refund) != int64(r.Amount) {
		return pay.Refunded{}, pay.Unsure(what, "another amount or number", nil)
	}
	out := pay.Refunded{Refund: r.Refund, Amount: quartet.Fen(*in.Amount.Refund), Reference: read(in.RefundId)}
	switch status := read(in.Status); status {
	case refunddomestic.STATUS_SUCCESS:
		out.State = pay.ReturnDone
	case refunddomestic.STATUS_PROCESSING:
		out.State = pay.ReturnAccepted
	case refunddomestic.STATUS_CLOSED:
		out.State, out.Why = pay.ReturnRefused, string(status)
	case refunddomestic.STATUS_ABNORMAL: // the merchant can have it sent to another card at any time
		out.State, out.Why = pay.ReturnStuck, string(status)
	default:
		return pay.Refunded{}, pay.Unsure(what, "state "+string(status), nil)
	}
	return out, nil
}
