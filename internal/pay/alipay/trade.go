package alipay

import (
	"context"
	"errors"

	"github.com/smartwalle/alipay/v3"

	"quartet"
	"quartet/internal/pay"
)

// Query implements pay.Seller.
func (p *Provider) Query(ctx context.Context, payment string) (pay.Trade, error) {
	const what = "asking Alipay for a payment"
	out, err := p.client.TradeQuery(ctx, alipay.TradeQuery{OutTradeNo: payment})
	err = outcome(what, out != nil, err, func() alipay.Error { return out.Error })
	switch {
	case refusedAs(err, notExist):
		return pay.Trade{Payment: payment, State: pay.Absent}, nil
	case err != nil:
		return pay.Trade{}, err
	case out.OutTradeNo != payment:
		return pay.Trade{}, pay.Unsure(what, "another number", nil)
	}
	return state(what, told{
		payment: payment, reference: out.TradeNo, status: out.TradeStatus, total: out.TotalAmount, invoice: out.InvoiceAmount, paidAt: out.SendPayDate,
		money:      []string{out.BuyerPayAmount, out.ReceiptAmount, out.PointAmount},
		currencies: []string{out.TransCurrency, out.PayCurrency, out.SettleCurrency},
	})
}

// told is what an answer or a notice says of a trade.
type told struct {
	payment, reference string
	status             alipay.TradeStatus
	total, paidAt      string
	invoice            string   // the part that an invoice may be made out for; empty: nothing is said
	money              []string // amounts that are above zero only of what was paid
	currencies         []string // empty ones are yuan
}

// state reads it. TRADE_CLOSED is said of a trade that nobody paid and also of one that was
// paid and went back whole, so it is unpaid only while nothing at all speaks of money.
func state(what string, t told) (pay.Trade, error) {
	out := pay.Trade{Payment: t.payment, Reference: t.reference}
	for _, c := range t.currencies {
		if c != "" && c != yuan {
			return pay.Trade{}, pay.Unsure(what, "currency "+c, nil)
		}
	}
	switch t.status {
	case alipay.TradeStatusWaitBuyerPay:
		out.State = pay.Waiting
		return out, nil
	case alipay.TradeStatusClosed:
		came, err := t.came()
		switch {
		case err != nil:
			return pay.Trade{}, pay.Unsure(what, "amount", nil)
		case !came:
			out.State = pay.Closed
			return out, nil
		}
		out.State = pay.Returned
	case alipay.TradeStatusSuccess, alipay.TradeStatusFinished:
		out.State = pay.Paid
	default:
		return pay.Trade{}, pay.Unsure(what, "state "+string(t.status), nil)
	}
	received, err := quartet.ParseFen(t.total)
	if err != nil || received <= 0 || t.reference == "" {
		return pay.Trade{}, pay.Unsure(what, "amount", nil)
	}
	out.Received, out.At = received, parseTime(t.paidAt)
	if t.invoice != "" {
		part, err := quartet.ParseFen(t.invoice)
		if err != nil || part < 0 {
			return pay.Trade{}, pay.Unsure(what, "amount for invoices", nil)
		}
		out.Excluded = max(received-part, 0)
	}
	return out, nil
}

func (t told) came() (bool, error) {
	if t.paidAt != "" {
		return true, nil
	}
	for _, m := range t.money {
		if m == "" {
			continue
		}
		n, err := quartet.ParseFen(m)
		if err != nil {
			return false, err
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, nil
}

// Close implements pay.Seller. A trade that is absent, paid or closed already is nothing to
// close.
func (p *Provider) Close(ctx context.Context, payment string) error {
	out, err := p.client.TradeClose(ctx, alipay.TradeClose{OutTradeNo: payment})
	err = outcome("closing a payment at Alipay", out != nil, err, func() alipay.Error { return out.Error })
	if refusedAs(err, notExist, wrongStatus, statusAgain) {
		return nil
	}
	return err
}

// noRefund are the codes after which no money goes back without a person. Of a code that is
// not among them, and is signed as a refusal, it is asked what became of the refund.
var noRefund = []string{
	notExist, wrongStatus, statusAgain, "ACQ.SELLER_BALANCE_NOT_ENOUGH", "ACQ.TRADE_HAS_FINISHED", "ACQ.TRADE_HAS_CLOSE", "ACQ.TRADE_NOT_ALLOW_REFUND",
	"ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "ACQ.REFUND_FEE_ERROR", "ACQ.REASON_TRADE_REFUND_FEE_ERR", "ACQ.REASON_TRADE_BEEN_FREEZEN",
	"ACQ.DISCORDANT_REPEAT_REQUEST", "ACQ.NOT_ALLOW_PARTIAL_REFUND", "ACQ.BUYER_ERROR", "ACQ.BUYER_NOT_EXIST", "ACQ.BUYER_ENABLE_STATUS_FORBID",
	"ACQ.CUSTOMER_VALIDATE_ERROR", "ACQ.USER_NOT_MATCH_ERR", "ACQ.REFUND_ACCOUNT_NOT_EXIST", "ACQ.INVALID_PARAMETER", "ACQ.SELLER_NOT_EXIST",
	"ACQ.ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND", "ACQ.ACCESS_FORBIDDEN",
}

// Refund implements pay.Refunder. An answer that no money moved is given to a repeat, and
// is also given before it moves: what became of it is asked.
func (p *Provider) Refund(ctx context.Context, r pay.Return) (pay.Refunded, error) {
	const what = "giving money back at Alipay"
	out, err := p.client.TradeRefund(ctx, alipay.TradeRefund{
		OutTradeNo: r.Payment, RefundAmount: r.Amount.String(), RefundReason: r.Reason, OutRequestNo: r.Refund,
	})
	err = outcome(what, out != nil, err, func() alipay.Error { return out.Error })
	switch {
	case refusedAs(err, noRefund...), turnedAway(err):
		refused, _ := errors.AsType[*refusal](err)
		return pay.Refunded{Refund: r.Refund, State: pay.ReturnRefused, Why: pay.Printable(refused.code)}, nil
	case quartet.CodeOf(err) == quartet.ErrConflict:
		return p.doubtful(ctx, r, err)
	case err != nil:
		return pay.Refunded{}, err
	case out.OutTradeNo != r.Payment:
		return pay.Refunded{}, pay.Unsure(what, "another number", nil)
	case out.FundChange == "Y":
		return pay.Refunded{Refund: r.Refund, State: pay.ReturnDone, Amount: r.Amount, Reference: out.TradeNo}, nil
	}
	back, err := p.QueryRefund(ctx, r)
	if err == nil && back.State == pay.ReturnAbsent {
		back.State = pay.ReturnAccepted
	}
	return back, err
}

// doubtful is a refund that was refused with a code that nobody here has heard of.
func (p *Provider) doubtful(ctx context.Context, r pay.Return, err error) (pay.Refunded, error) {
	refused, ok := errors.AsType[*refusal](err)
	if !ok {
		return pay.Refunded{}, err
	}
	back, err := p.QueryRefund(ctx, r)
	if err == nil && back.State == pay.ReturnAbsent {
		back.State, back.Why = pay.ReturnDoubtful, pay.Printable(refused.code)
	}
	return back, err
}

// QueryRefund implements pay.Refunder. Alipay says success or nothing: a refund of which it
// says nothing has not happened, and asking for it again is safe.
func (p *Provider) QueryRefund(ctx context.Context, r pay.Return) (pay.Refunded, error) {
	const what = "asking Alipay for a refund"
	out, err := p.client.TradeFastPayRefundQuery(ctx, alipay.TradeFastPayRefundQuery{OutTradeNo: r.Payment, OutRequestNo: r.Refund})
	err = outcome(what, out != nil, err, func() alipay.Error { return out.Error })
	switch {
	case refusedAs(err, notExist):
		return pay.Refunded{Refund: r.Refund, State: pay.ReturnAbsent}, nil
	case err != nil:
		return pay.Refunded{}, err
	case out.RefundStatus == "":
		return pay.Refunded{Refund: r.Refund, State: pay.ReturnAbsent}, nil
	case out.RefundStatus != "REFUND_SUCCESS":
		return pay.Refunded{}, pay.Unsure(what, "state "+out.RefundStatus, nil)
	}
	amount, err := quartet.ParseFen(out.RefundAmount)
	if err != nil || amount != r.Amount || out.OutTradeNo != r.Payment || out.OutRequestNo != r.Refund {
		return pay.Refunded{}, pay.Unsure(what, "another amount or number", nil)
	}
	return pay.Refunded{Refund: r.Refund, State: pay.ReturnDone, Amount: amount, Reference: out.TradeNo}, nil
}
