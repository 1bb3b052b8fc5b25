package wechat_test

import (
	"testing"

	"quartet"
	"quartet/internal/pay/wechat"
)

func FuzzReadBill(f *testing.F) {
	const head = "\ufeff交易时间,公众账号ID,微信订单号,商户订单号,交易状态,微信退款单号,商户退款单号,退款状态,手续费,订单金额,申请退款金额\r\n"
	const sums = "总交易单数,应结订单总金额\r\n`1,`0.00\r\n"
	f.Add(head + "`2026-03-02 12:00:00,`wx,`420,`p1,`SUCCESS,`0,`0,`,`0.06000,`500.00,`0.00\r\n" + sums)
	f.Add(head + "`2026-03-02 12:00:00,`wx,`420,`p1,`REFUND,`503,`r1,`PROCESSING,`-0.06000,`0.00,`10.00\r\n" + sums)
	f.Add(head + sums)
	f.Add(head)
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := wechat.ReadBill([]byte(text))
		if err != nil && (len(lines) > 0 || quartet.CodeOf(err) != quartet.ErrInvalid) {
			t.Errorf("%d lines and %v", len(lines), err)
		}
		for _, l := range lines {
			if l.Amount < 0 || l.At.IsZero() {
				t.Errorf("%+v", l)
			}
		}
	})
}

// A bill that was cut off is no bill.
func TestReadBill_IsWholeOrNone(t *testing.T) {
	const head = "交易时间,微信订单号,商户订单号,交易状态,微信退款单号,商户退款单号,退款状态,手续费,订单金额,申请退款金额\r\n"
	const row = "`2026-03-02 12:00:00,`420,`p1,`SUCCESS,`0,`0,`,`0.06000,`500.00,`0.00\r\n"
	for _, text := range []string{head + row, head + row + "`2026-03-02 12:0", "", row, head + "`when,`420,`p1,`SUCCESS,`0,`0,`,`0,`1,`0\r\n总交易单数\r\n"} {
		if lines, err := wechat.ReadBill([]byte(text)); quartet.CodeOf(err) != quartet.ErrInvalid || lines != nil {
			t.Errorf("%q: %v, %v", text, lines, err)
		}
	}
	if lines, err := wechat.ReadBill([]byte(head + row + "总交易单数\r\n`1\r\n")); err != nil || len(lines) != 1 || lines[0].Fee != 6 {
		t.Errorf("%v, %v", lines, err)
	}
}
