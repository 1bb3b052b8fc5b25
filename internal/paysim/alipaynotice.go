package paysim

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"quartet"
)

// PaymentNotice is the notice of a trade that was paid or closed.
func (a *Alipay) PaymentNotice(number string, twist Twist) Delivery {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.at(number)
	v := a.fields(t, twist)
	if t.state == Paid {
		v.Set("trade_status", "TRADE_SUCCESS")
		v.Set("total_amount", (t.received + quartet.Fen(twist.Cents)).String())
		v.Set("receipt_amount", t.received.String())
		v.Set("buyer_pay_amount", t.received.String())
		v.Set("invoice_amount", (t.received - a.coupon).String())
		v.Set("gmt_payment", t.paid.In(quartet.Shanghai).Format(alipayTime))
	}
	return a.send(v, twist)
}

// RefundNotice is the notice of a refund that is done.
func (a *Alipay) RefundNotice(number string, twist Twist) Delivery {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.refund(number)
	v := a.fields(r.trade, twist)
	v.Set("out_biz_no", r.number)
	v.Set("refund_fee", r.trade.done().String())
	v.Set("gmt_refund", r.at.In(quartet.Shanghai).Format(alipayTime)+".320")
	v.Set("gmt_payment", r.trade.paid.In(quartet.Shanghai).Format(alipayTime))
	return a.send(v, twist)
}

func (a *Alipay) fields(t *trade, twist Twist) url.Values {
	v := url.Values{}
	for k, s := range map[string]string{
		"notify_type": "trade_status_sync", "notify_id": or(twist.Event, a.next("notify")), "notify_time": a.now().In(quartet.Shanghai).Format(alipayTime),
		"app_id": or(twist.App, a.App), "auth_app_id": a.App, "charset": "utf-8", "version": "1.0", "sign_type": "RSA2",
		"seller_id": or(twist.Merchant, a.Seller), "buyer_id": "2088000000000001", "buyer_logon_id": "zha***@mail.example",
		"trade_no": t.reference, "out_trade_no": t.number, "trade_status": t.status(), "total_amount": t.amount.String(),
		"subject": t.subject, "gmt_create": t.created.In(quartet.Shanghai).Format(alipayTime), "point_amount": "0.00",
	} {
		v.Set(k, s)
	}
	if twist.Currency != "" {
		v.Set("trans_currency", twist.Currency)
	}
	if t.state == Closed {
		v.Set("gmt_close", a.now().In(quartet.Shanghai).Format(alipayTime))
	}
	return v
}

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}

func (a *Alipay) send(v url.Values, twist Twist) Delivery {
	key := a.Key
	if twist.Stranger {
		key = a.stranger
	}
	v.Set("body", "") // there without a value, and signed or not
	text := alipayText(v, twist.Empty, "sign", "sign_type")
	v.Set("sign", sign(key, text))
	if twist.Plus {
		v.Set("sign", strings.ReplaceAll(v.Get("sign"), "+", " "))
	}
	if twist.Altered {
		v.Set("total_amount", alter(v.Get("total_amount")))
	}
	return Delivery{Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}, Body: []byte(v.Encode())}
}

// download is the archive of a day: what was paid and what went back, in GBK.
func (a *Alipay) download(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	day := r.URL.Query().Get("day")
	var text strings.Builder
	text.WriteString("#支付宝业务明细查询\r\n#账号：[" + a.Seller + "0156]\r\n#-----业务明细列表----\r\n")
	out := csv.NewWriter(&text)
	out.UseCRLF = true
	_ = out.Write([]string{"支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号", "门店名称", "操作员", "终端号", "对方账户", "订单金额（元）", "商家实收（元）", "支付宝红包（元）", "集分宝（元）", "支付宝优惠（元）", "商家优惠（元）", "券核销金额（元）", "券名称", "商家红包消费金额（元）", "卡消费金额（元）", "退款批次号/请求号", "服务费（元）", "分润（元）", "备注"})
	row := func(t *trade, kind, refund, amount, fee string, at time.Time) {
		done := at.In(quartet.Shanghai)
		if done.Format(time.DateOnly) == day {
			_ = out.Write([]string{t.reference + "\t", t.number + "\t", kind, t.subject, t.created.In(quartet.Shanghai).Format(alipayTime), done.Format(alipayTime), "", "", "", "", "zha***@mail.example", amount, amount, "0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00", "0.00", refund, fee, "0.00", ""})
		}
	}
	for _, t := range a.order {
		if t.state != Paid {
			continue
		}
		row(t, "交易", "", t.received.String(), "-"+fee(t.received).String(), t.paid)
		for _, r := range t.refunds {
			if r.state == RefundDone {
				row(t, "退款", r.number, "-"+r.amount.String(), fee(r.amount).String(), r.at)
			}
		}
	}
	out.Flush()
	text.WriteString("#-----业务明细列表结束----\r\n")
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for name, s := range map[string]string{"a_业务明细(汇总).csv": "#汇总\r\n门店编号,交易订单总笔数\r\n合计,1\r\n", "b_业务明细.csv": text.String()} {
		f, _ := z.Create(name)
		gbk, _ := simplifiedchinese.GBK.NewEncoder().String(s)
		_, _ = f.Write([]byte(gbk))
	}
	_ = z.Close()
	w.Header().Set("Content-Type", "application/zip")
	_, _ = w.Write(archive.Bytes())
}

// fee is what the provider keeps: six in a thousand, rounded half up.
func fee(amount quartet.Fen) quartet.Fen { return (amount*6 + 500) / 1000 }
