package invoice

import (
	"fmt"

	"quartet"
	"quartet/internal/notify"
)

// Letters are read by people, so they are in their language. They name no buyer, and their
// links open after a sign-in alone.

func issuedLetter(v *quartet.Invoice, site string) notify.Letter {
	return notify.Letter{
		Kind: "invoice.issued", Subject: "电子发票已开具",
		Text: fmt.Sprintf("您申请的发票 %s 已开具：发票号码 %s，价税合计 %s 元。%s", v.ID, v.Number, v.Amounts.Gross, where(v, site)),
	}
}

func reversedLetter(v *quartet.Invoice, r *quartet.RedLetter, site string) notify.Letter {
	return notify.Letter{
		Kind: "invoice.reversed", Subject: "红字发票已开具",
		Text: fmt.Sprintf("发票 %s 已被红冲 %s 元：红字发票号码 %s。%s", v.Number, r.Amounts.Gross, r.Number, where(v, site)),
	}
}

func agreeLetter(v *quartet.Invoice, r *quartet.RedLetter, here bool, site string) notify.Letter {
	how := "请在 72 小时内登录电子税务局确认红字信息。"
	if here {
		how = "请在 72 小时内确认；若发票已抵扣或入账，请先与我们联系。" + where(v, site)
	}
	return notify.Letter{
		Kind: "invoice.agree", Subject: "红字发票待确认",
		Text: fmt.Sprintf("发票 %s 拟红冲 %s 元，需要您确认。%s", v.Number, r.Amounts.Gross, how),
	}
}

func where(v *quartet.Invoice, site string) string {
	if site == "" {
		return "请登录后查看和下载。"
	}
	return fmt.Sprintf("请登录后下载：%s/api/v1/accounts/%s/invoices/%s/files/pdf", site, v.Account, v.ID)
}
