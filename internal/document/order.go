package document

import (
	"io"
	"strconv"
	"time"

	"quartet"
)

const (
	noInvoice      = "本单据不是发票，不能代替发票用于报销、记账或抵扣税款；发票请在费用中心申请。"
	ofConfirmation = "订单确认单"
	ofReceipt      = "收款收据"
)

// Confirmation writes what was ordered and where the order stands.
func Confirmation(w io.Writer, house House, buyer Buyer, o quartet.Order, made time.Time) error {
	p := newPage(house, ofConfirmation, noInvoice, made)
	p.field("订单号", o.ID)
	p.field("下单时间", moment(o.Created))
	p.field("订单状态", orderState(o.State))
	buyer.fields(p)
	p.heading("购买内容")
	p.field("套餐", o.PlanName)
	p.field("产品", o.Product)
	p.field("次数", strconv.FormatInt(o.Units, 10)+" 次")
	p.field("有效期", strconv.Itoa(o.Months)+" 个月")
	p.field("订单金额", money(o.Amount))
	if o.Refunded > 0 {
		p.field("已退款", money(o.Refunded))
	}
	switch {
	case !o.Paid.IsZero():
		p.field("付款时间", moment(o.Paid))
	case o.State == quartet.OrderOpen:
		p.field("付款截止", moment(o.PayBy))
	}
	p.field("打印时间", moment(made))
	return p.write(w)
}

// Receipt writes that the money of an order came. ErrConflict: it did not.
func Receipt(w io.Writer, house House, buyer Buyer, o quartet.Order, paid quartet.Payment, made time.Time) error {
	if paid.State != quartet.PaymentPaid || o.Paid.IsZero() || paid.Order != o.ID {
		return quartet.Errorf(quartet.ErrConflict, "this order was not paid here, so there is no receipt of it")
	}
	p := newPage(house, ofReceipt, noInvoice, made)
	p.field("订单号", o.ID)
	p.field("收款编号", paid.ID)
	buyer.fields(p)
	p.heading("收款内容")
	p.field("收款事由", o.PlanName+"，"+strconv.FormatInt(o.Units, 10)+" 次")
	p.field("收款金额", money(paid.Received))
	p.field("大写金额", paid.Received.Capital())
	p.field("收款方式", way(paid.Provider))
	if paid.Reference != "" {
		p.field("流水号", paid.Reference)
	}
	p.field("收款时间", moment(paid.Settled))
	if o.Refunded > 0 {
		p.field("其后已退款", money(o.Refunded))
	}
	p.field("打印时间", moment(made))
	return p.write(w)
}

func money(f quartet.Fen) string { return "¥ " + f.String() }

func orderState(s quartet.OrderState) string {
	switch s {
	case quartet.OrderOpen:
		return "待付款"
	case quartet.OrderPaid:
		return "已付款"
	case quartet.OrderRefunding:
		return "退款中"
	case quartet.OrderRefunded:
		return "已退款"
	case quartet.OrderClosed:
		return "已关闭"
	default:
		return string(s)
	}
}

func way(provider string) string {
	switch provider {
	case "alipay":
		return "支付宝"
	case "wechat":
		return "微信支付"
	case "transfer":
		return "银行转账"
	case "practice":
		return "演练付款（没有真实资金）"
	default:
		return provider
	}
}
