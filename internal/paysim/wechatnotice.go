package paysim

import (
	"crypto/sha1" //nolint:gosec // the sum that WeChat Pay gives
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"quartet"
)

// PaymentNotice is the notice of a trade that was paid.
func (w *WeChat) PaymentNotice(number string, twist Twist) Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	twist.asPaid = true
	return w.send("TRANSACTION.SUCCESS", "transaction", w.transaction(w.at(number), twist), twist)
}

// RefundNotice is the notice of what became of a refund.
func (w *WeChat) RefundNotice(number string, twist Twist) Delivery {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.refund(number)
	words := w.refundWords(r)
	words["mchid"], words["refund_status"] = or(twist.Merchant, w.Merchant), r.status()
	delete(words, "status")
	return w.send("REFUND."+r.status(), "refund", words, twist)
}

func (w *WeChat) send(event, about string, words map[string]any, twist Twist) Delivery {
	plain := encode(words)
	at := w.now()
	if twist.Old {
		at = at.Add(-15 * time.Minute)
	}
	body := encode(map[string]any{
		"id": or(twist.Event, w.next("EV-")), "create_time": at.Format(time.RFC3339), "resource_type": "encrypt-resource",
		"event_type": event, "summary": "支付成功", "resource": w.encipher(string(plain), about),
	})
	h := http.Header{"Content-Type": {"application/json"}}
	w.sign(h, body, at, twist)
	if twist.Probe {
		h.Set("Wechatpay-Signature", "WECHATPAY/SIGNTEST/"+h.Get("Wechatpay-Signature"))
	}
	if twist.Altered {
		body = []byte(alter(string(body)))
	}
	return Delivery{Header: h, Body: body}
}

func (w *WeChat) bill(r *http.Request, _ []byte) (int, any) {
	day := r.URL.Query().Get("bill_date")
	if day >= w.now().In(quartet.Shanghai).Format(time.DateOnly) || r.URL.Query().Get("bill_type") != "ALL" {
		return wechatError(http.StatusBadRequest, "NO_STATEMENT_EXIST")
	}
	sum := sha1.Sum([]byte(w.billOf(day))) //nolint:gosec // as above
	return http.StatusOK, map[string]any{"download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=" + day, "hash_type": "SHA1", "hash_value": hex.EncodeToString(sum[:])}
}

func (w *WeChat) download(out http.ResponseWriter, r *http.Request) {
	if !w.signed(r, nil) {
		http.Error(out, "who asks?", http.StatusUnauthorized)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = out.Write([]byte(w.billOf(r.URL.Query().Get("token"))))
}

func (w *WeChat) billOf(day string) string {
	var b strings.Builder
	b.WriteString("\ufeff交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n")
	n := 0
	row := func(at time.Time, t *trade, state, due, back, backNumber, refunded, status, fee, amount, asked string) {
		if at = at.In(quartet.Shanghai); at.Format(time.DateOnly) != day {
			return
		}
		n++
		cells := []string{at.Format(time.DateTime), w.App, w.Merchant, "0", "", t.reference, t.number, "oUpF8", "NATIVE", state, "OTHERS", "CNY", due, "0.00", back, backNumber, refunded, "0.00", "ORIGINAL", status, t.subject, "", fee, "0.60%", amount, asked, ""}
		b.WriteString("`" + strings.Join(cells, ",`") + "\r\n")
	}
	for _, t := range w.order {
		if t.state != Paid {
			continue
		}
		row(t.paid, t, "SUCCESS", t.received.String(), "0", "0", "0.00", "", fee(t.received).String()+"000", t.received.String(), "0.00")
		for _, r := range t.refunds {
			row(r.at, t, "REFUND", "0.00", r.reference, r.number, r.amount.String(), r.status(), "-"+fee(r.amount).String()+"000", "0.00", r.amount.String())
		}
	}
	b.WriteString("总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n")
	fmt.Fprintf(&b, "`%d,`0.00,`0.00,`0.00,`0.00,`0.00,`0.00\r\n", n)
	return b.String()
}
