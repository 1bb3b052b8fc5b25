package document

import (
	"cmp"
	"io"
	"strconv"

	"quartet"
)

const (
	noInvoiceStatement = "本对账单不是发票，不能代替发票用于报销、记账或抵扣税款。"
	notFinal           = "本月尚未结束，数字仍会变化。"
)

// Statement writes a month of an account. names tells the names of its credentials by id.
func Statement(w io.Writer, house House, buyer Buyer, s quartet.Statement, names map[string]string) error {
	p := newPage(house, s.From.In(quartet.Shanghai).Format("2006年1月")+" 对账单", noInvoiceStatement, s.Made)
	buyer.fields(p)
	p.field("期间", day(s.From)+" 至 "+day(s.To.Add(-1)))
	p.field("打印时间", moment(s.Made))
	if !s.Final {
		p.field("说明", notFinal)
	}
	p.heading("次数")
	p.table([]column{
		{"产品", 2, false},
		{"到期日", 2.4, false},
		{"期初", 1.5, true},
		{"新增", 1.5, true},
		{"恢复", 1.5, true},
		{"使用", 1.5, true},
		{"扣回", 1.5, true},
		{"过期", 1.5, true},
		{"期末", 1.5, true},
	}, grantRows(s.Grants))
	p.heading("调用")
	p.table([]column{
		{"产品", 2, false},
		{"凭据", 4, false},
		{"返回码", 1.6, false},
		{"结果", 2, false},
		{"调用", 1.5, true},
		{"计费次数", 1.8, true},
	}, usageRows(&s, names))
	if len(s.Orders) > 0 {
		p.heading("付款的订单")
		p.table([]column{{"订单号", 4, false}, {"付款时间", 3.4, false}, {"套餐", 3, false}, {"次数", 1.5, true}, {"金额", 2, true}}, orderRows(s.Orders))
	}
	if len(s.Refunds) > 0 {
		p.heading("退款")
		p.table([]column{{"订单号", 4, false}, {"退款时间", 3.4, false}, {"金额", 2, true}}, refundRows(s.Refunds))
	}
	return p.write(w)
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func grantRows(grants []quartet.StatementGrant) [][]string {
	var sum quartet.StatementGrant
	rows := make([][]string, 0, len(grants)+1)
	row := func(product, expires string, g quartet.StatementGrant) {
		rows = append(rows, []string{
			product, expires, number(g.Opening), number(g.Given), number(g.Restored), number(g.Used), number(g.Withdrawn), number(g.Expired), number(g.Closing),
		})
	}
	for _, g := range grants {
		row(g.Product, day(g.ExpiresAt.Add(-1)), g) // the last day on which it was valid
		sum.Opening += g.Opening
		sum.Given += g.Given
		sum.Restored += g.Restored
		sum.Used += g.Used
		sum.Withdrawn += g.Withdrawn
		sum.Expired += g.Expired
		sum.Closing += g.Closing
	}
	row("合计", "", sum)
	return rows
}

func usageRows(s *quartet.Statement, names map[string]string) [][]string {
	calls := int64(0)
	rows := make([][]string, 0, len(s.Usage)+1)
	for _, u := range s.Usage {
		rows = append(rows, []string{u.Product, cmp.Or(names[u.Credential], u.Credential), u.Code.String(), verdict(u.Verdict), number(u.Calls), number(u.Units)})
		calls += u.Calls
	}
	return append(rows, []string{"合计", "", "", "", number(calls), number(s.Used())})
}

func orderRows(orders []quartet.Order) [][]string {
	sum := quartet.Fen(0)
	rows := make([][]string, 0, len(orders)+1)
	for i := range orders {
		o := &orders[i]
		rows = append(rows, []string{o.ID, moment(o.Paid), o.PlanName, number(o.Units), o.Amount.String()})
		sum += o.Amount
	}
	return append(rows, []string{"合计", "", "", "", sum.String()})
}

func refundRows(refunds []quartet.Refund) [][]string {
	sum := quartet.Fen(0)
	rows := make([][]string, 0, len(refunds)+1)
	for i := range refunds {
		r := &refunds[i]
		rows = append(rows, []string{r.Order, moment(r.Ended), r.Amount.String()})
		sum += r.Amount
	}
	return append(rows, []string{"合计", "", sum.String()})
}

func verdict(v quartet.Verdict) string {
	switch v {
	case quartet.Match:
		return "一致"
	case quartet.Mismatch:
		return "不一致"
	case quartet.Undetermined:
		return "异常"
	case quartet.NoVerdict:
		return "—"
	default:
		return v.String()
	}
}
