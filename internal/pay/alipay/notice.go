package alipay

import (
	"context"
	"net/url"
	"strings"

	"github.com/smartwalle/alipay/v3"

	"quartet"
	"quartet/internal/pay"
)

// Read implements pay.Notifier. A notice carries no time that could be held against it: one
// that is sent again has the same number and is told apart by it.
func (p *Provider) Read(ctx context.Context, raw pay.Raw) (pay.Notice, error) {
	values, err := url.ParseQuery(string(raw.Body))
	if err != nil {
		return pay.Notice{}, pay.Forged("it is no form")
	}
	for _, v := range values {
		if len(v) > 1 { // two readings of one text
			return pay.Notice{}, pay.Forged("a field is given twice")
		}
	}
	n, err := p.verified(ctx, values)
	switch {
	case err != nil:
		return pay.Notice{}, pay.Forged("its signature is not Alipay's; if all are refused so, check pay.alipay.public_key_file")
	case n.AppId != p.settings.AppID:
		return pay.Notice{}, pay.Forged("it is for another application")
	case n.SellerId != p.settings.Seller:
		return pay.Notice{}, pay.Forged("it is for another merchant")
	case n.NotifyId == "":
		// Alipay signs what a buyer's browser comes back with likewise, and has no number for it.
		return pay.Notice{}, pay.Forged("it has no number, so Alipay sent it to somebody else")
	case n.NotifyType != alipay.NotifyTypeTradeStatusSync || n.OutTradeNo == "":
		return pay.Notice{Event: n.NotifyId, Kind: pay.OfOther}, nil
	case n.GmtRefund != "" || n.OutBizNo != "" && n.OutBizNo != n.OutTradeNo:
		return pay.Notice{Event: n.NotifyId, Kind: pay.OfRefund, Refund: refundNumber(n)}, nil
	}
	t, err := state("a notice of Alipay", told{
		payment: n.OutTradeNo, reference: n.TradeNo, status: n.TradeStatus, total: n.TotalAmount, invoice: n.InvoiceAmount, paidAt: n.GmtPayment,
		money: []string{n.BuyerPayAmount, n.ReceiptAmount, n.RefundFee}, currencies: []string{values.Get("trans_currency"), values.Get("pay_currency")},
	})
	if err != nil {
		return pay.Notice{}, quartet.Errorf(quartet.ErrInvalid, "the notice is Alipay's and says what is not understood (%s)", pay.Printable(string(n.TradeStatus)))
	}
	return pay.Notice{Event: n.NotifyId, Kind: pay.OfPayment, Trade: t}, nil
}

func refundNumber(n *alipay.Notification) string {
	if n.OutBizNo != "" {
		return n.OutBizNo
	}
	return n.OutRequestNo
}

// verified checks the signature and reads what it covers. Alipay's own libraries disagree
// whether fields without a value are signed, and notices of refunds carry such fields: both
// readings are tried, and they differ in nothing that is read. The blank in a signature is
// a plus sign that a hop on the way took for one.
func (p *Provider) verified(ctx context.Context, values url.Values) (*alipay.Notification, error) {
	values.Del("alipay_cert_sn") // one key is known; no notice chooses another
	values.Set("sign", strings.ReplaceAll(values.Get("sign"), " ", "+"))
	n, err := p.client.DecodeNotification(ctx, values)
	if err == nil {
		return n, nil
	}
	full := url.Values{}
	for k, v := range values {
		if v[0] != "" {
			full[k] = v
		}
	}
	return p.client.DecodeNotification(ctx, full)
}
