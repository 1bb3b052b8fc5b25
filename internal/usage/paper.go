package usage

import (
	"cmp"
	"io"
	"time"

	"quartet"
	"quartet/internal/sheet"
)

// WriteStatement writes a statement as CSV, part below part. names tells the names of its
// credentials by id.
func WriteStatement(out io.Writer, s *quartet.Statement, names map[string]string) error {
	t := sheet.NewCSV(out)
	day := func(at time.Time) string { return at.In(quartet.Shanghai).Format(time.DateOnly) }
	moment := func(at time.Time) string { return at.In(quartet.Shanghai).Format(time.DateTime) }
	standing := "本月尚未结束，数字仍会变化"
	if s.Final {
		standing = "已结账"
	}
	rows := [][]any{
		{"账户", s.Account},
		{"期间", day(s.From), day(s.To.Add(-1))},
		{"状态", standing},
		{},
		{"额度", "产品", "到期日", "期初", "新增", "恢复", "使用", "扣回", "过期", "期末"},
	}
	for _, g := range s.Grants {
		rows = append(rows, []any{g.Grant, g.Product, day(g.ExpiresAt.Add(-1)), g.Opening, g.Given, g.Restored, g.Used, g.Withdrawn, g.Expired, g.Closing})
	}
	rows = append(rows, []any{}, []any{"产品", "凭据", "返回码", "结果", "调用", "计费次数"})
	for _, u := range s.Usage {
		rows = append(rows, []any{u.Product, cmp.Or(names[u.Credential], u.Credential), u.Code.String(), verdictText(u.Verdict), u.Calls, u.Units})
	}
	rows = append(rows, []any{}, []any{"订单号", "付款时间", "套餐", "次数", "金额（元）"})
	for i := range s.Orders {
		o := &s.Orders[i]
		rows = append(rows, []any{o.ID, moment(o.Paid), o.PlanName, o.Units, o.Amount.String()})
	}
	rows = append(rows, []any{}, []any{"退款的订单号", "退款时间", "金额（元）"})
	for i := range s.Refunds {
		r := &s.Refunds[i]
		rows = append(rows, []any{r.Order, moment(r.Ended), r.Amount.String()})
	}
	rows = append(rows, []any{}, []any{"本对账单不是发票"})
	for _, r := range rows {
		if err := t.Row(r...); err != nil {
			return err
		}
	}
	return t.Close()
}
