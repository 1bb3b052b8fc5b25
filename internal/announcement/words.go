package announcement

import (
	"fmt"
	"strings"
	"time"

	"quartet"
)

// Announcements are read by buyers, so they are in their language first.

func clock(t time.Time) string { return t.In(quartet.Shanghai).Format("2006-01-02 15:04") }

// line says what a change comes to.
func line(c *quartet.AnnouncedChange) string {
	switch c.Kind {
	case quartet.ChangeChargeTable:
		return fmt.Sprintf("产品 %s 的计费：一致 %d 次，不一致 %d 次，异常 %d 次", c.Product, c.Charge.Match, c.Charge.Mismatch, c.Charge.Undetermined)
	case quartet.ChangePlanFollow:
		return fmt.Sprintf("套餐 %s 由 %s 接替：%d 次，%s 元，有效期 %d 个月", c.Plan, c.Next.Name, c.Next.Units, c.Next.Price, c.Next.Months)
	default:
		return fmt.Sprintf("套餐 %s 停止销售", c.Plan)
	}
}

// told is what programs are told of a change.
type told struct {
	Kind    string    `json:"kind"`
	Product string    `json:"product_id"`
	Units   *units    `json:"units,omitempty"`
	Plan    string    `json:"plan_id,omitempty"`
	Next    *nextPlan `json:"next_plan,omitempty"`
}

type units struct {
	Match        int64 `json:"match"`
	Mismatch     int64 `json:"mismatch"`
	Undetermined int64 `json:"undetermined"`
}

type nextPlan struct {
	ID       string `json:"id"`
	Units    int64  `json:"units"`
	PriceFen int64  `json:"price_fen"`
	Months   int    `json:"months"`
}

func changesOf(a *quartet.Announcement) []told {
	list := make([]told, len(a.Changes))
	for i := range a.Changes {
		c := &a.Changes[i]
		list[i] = told{Kind: string(c.Kind), Product: c.Product, Plan: c.Plan}
		switch c.Kind {
		case quartet.ChangeChargeTable:
			list[i].Units = &units{c.Charge.Match, c.Charge.Mismatch, c.Charge.Undetermined}
		case quartet.ChangePlanFollow:
			list[i].Next = &nextPlan{c.Next.ID, c.Next.Units, int64(c.Next.Price), c.Next.Months}
		case quartet.ChangePlanEnd:
		}
	}
	return list
}

// event is what programs are told of an announcement: nothing that its page does not show.
type event struct {
	ID        string    `json:"announcement_id"`
	Kind      string    `json:"kind"`
	Title     string    `json:"title"`
	Products  []string  `json:"product_ids"`
	Effective time.Time `json:"effective_at"`
	Changes   []told    `json:"changes"`
}

// circular tells those who hold units of the products, and mails those who buy for them.
func circular(a *quartet.Announcement, kind, head string) quartet.Circular {
	at := a.Published
	if !a.Withdrawn.IsZero() {
		at = a.Withdrawn
	}
	var b strings.Builder
	if !a.Withdrawn.IsZero() {
		b.WriteString("以下公告已撤回，所述变更不再执行。\n\n")
	}
	b.WriteString(a.Text)
	if len(a.Changes) > 0 {
		fmt.Fprintf(&b, "\n\n自 %s 起：", clock(a.Effective))
		for i := range a.Changes {
			b.WriteString("\n- " + line(&a.Changes[i]))
		}
		b.WriteString("\n\n此前已开始的调用按原计费执行，此前已提交的订单按原价支付。")
	}
	if a.TextEN != "" {
		b.WriteString("\n\n" + a.TextEN)
	}
	products := a.Products
	if products == nil {
		products = []string{}
	}
	return quartet.Circular{
		ID: newID(), Kind: kind, About: a.ID, Products: a.Products, Subject: head + a.Title, Text: b.String(), Inbox: true, Mail: quartet.MayBuy,
		Data: asJSON(event{a.ID, string(a.Kind), a.Title, products, a.Effective.UTC(), changesOf(a)}), Created: at,
	}
}
