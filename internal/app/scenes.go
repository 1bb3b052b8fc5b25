package app

import (
	"context"
	"errors"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/incident"
	"quartet/internal/invoice"
	"quartet/internal/person"
	"quartet/internal/story"
	"quartet/internal/support"
)

// words are what is said and told: the house to everybody, buyers to support, the house to
// their programs, and what both say of each other.
func (n *narrator) words() []scene {
	var list []scene
	on := func(day int, clock time.Duration, what string, tell func(context.Context) error) {
		list = append(list, scene{n.first.AddDate(0, 0, day).Add(clock), what, tell})
	}
	main, second := n.buyers[0], n.buyers[1]
	on(1, clock(9, 30), "how the house is taxed", n.taxes)
	on(2, clock(10, 5), "a webhook", func(ctx context.Context) error { return n.listens(ctx, main) })
	on(9, clock(17, 20), "a rating", func(ctx context.Context) error {
		return n.rates(ctx, main, 0, 5, "接入半天完成，返回快，工资发放前核对一遍放心多了。", "感谢支持！批量核对建议使用幂等键，重试不会重复计费。")
	})
	on(16, clock(11, 0), "a rating", func(ctx context.Context) error {
		return n.rates(ctx, second, 0, 4, "结论准确，希望控制台能按凭证分别限流。", "")
	})
	on(23, clock(10, 0), "an announcement", n.announces)
	on(26, clock(15, 12), "a question about an invoice", func(ctx context.Context) error {
		return n.asks(ctx, second, support.Question{Subject: "多笔订单可以合并开票吗", Category: "invoice", Text: "我们每月下单两三次，财务希望月底合并开一张发票，可以吗？"},
			"可以。在「发票」页勾选多笔订单一并申请即可，票面按订单逐行列示。", true)
	})
	bad := story.OutageOf(n.first)
	list = append(list, n.outage(bad)...)
	list = append(list, scene{bad.From.Add(65 * time.Minute), "a question about a call", func(ctx context.Context) error {
		q := support.Question{Subject: "下午开始大量调用失败", Category: "call", Priority: "high", Text: "14 点以后大部分调用返回 10007，重试也不行，麻烦看一下。"}
		if no, failed := n.failed[n.account(ctx, main)]; failed {
			q.SeqNo = n.Numbers.Text(no)
		}
		return n.asks(ctx, main, q, "已确认是上游渠道故障，状态页有进展，恢复后会在此告知；失败的调用均未计费。", true)
	}})
	on(58, clock(10, 40), "an invoice", func(ctx context.Context) error { return n.invoices(ctx, main, 1, true) })
	on(59, clock(16, 50), "an open question", func(ctx context.Context) error {
		return n.asks(ctx, main, support.Question{Subject: "能否提高单凭证的每秒上限", Category: "integration", Text: "十五号集中发工资时会有瞬时高峰，想把「工资系统」凭证的上限提高到每秒 20 次。"}, "", false)
	})
	return list
}

// taxes says how the house is taxed, without which no invoice is asked for.
func (n *narrator) taxes(ctx context.Context) error {
	set, err := n.Invoices.TaxSettings(ctx)
	if err != nil || len(set) > 0 {
		return err
	}
	_, err = n.Invoices.SetTax(ctx, storyClerk, quartet.TaxSetting{
		TaxItem: quartet.TaxItem{Name: "数据核验服务", Code: "3040203000000000000", Rate: 600}, Seller: "演示数据服务有限公司", TaxID: "91350200M0001DEM13",
	})
	return err
}

// listens adds a webhook with what was delivered to it. Its host leads nowhere by its name
// (RFC 2606), and what came of the deliveries of the past is written beside it.
func (n *narrator) listens(ctx context.Context, b story.Buyer) error {
	account, id, err := n.who(ctx, b)
	if err != nil {
		return err
	}
	w, _, err := n.Webhooks.Add(ctx, person.By(id), account, "https://callback.yunshan.example/quartet")
	if err != nil {
		return err
	}
	d, err := n.Webhooks.Test(ctx, person.By(id), account, w.ID)
	if err != nil {
		return err
	}
	try := quartet.DeliveryTry{Delivery: d.ID, At: n.clock.now(), Latency: 212 * time.Millisecond, Status: http.StatusInternalServerError, Fault: "it answered 500", Answer: "Internal Server Error"}
	d.State, d.Ended = quartet.DeliveryFailed, n.clock.now()
	if err := n.Store.Deliver(ctx, d, try, func(*quartet.Webhook) quartet.Telling { return quartet.Telling{} }); err != nil {
		return err
	}
	n.clock.set(n.clock.now().Add(4 * time.Minute)) // somebody mends the program
	_, err = n.Webhooks.Test(ctx, person.By(id), account, w.ID)
	return err
}

// rates has a buyer rate an order, and the house answer.
func (n *narrator) rates(ctx context.Context, b story.Buyer, place, stars int, text, answer string) error {
	account, id, err := n.who(ctx, b)
	if err != nil {
		return err
	}
	o, err := n.order(ctx, account, place)
	if err != nil {
		return err
	}
	r, err := n.Ratings.Rate(ctx, person.By(id), account, o.ID, stars, text)
	if err != nil || answer == "" {
		return err
	}
	n.clock.set(n.clock.now().Add(50 * time.Minute))
	_, err = n.Ratings.Answer(ctx, storyClerk, r.ID, answer)
	return err
}

// announces says something to everybody.
func (n *narrator) announces(ctx context.Context) error {
	_, err := n.Announcements.Publish(ctx, storyClerk, quartet.Announcement{
		Kind: quartet.AnnounceOther, Title: "控制台新增用量导出与提醒", TitleEN: "Export of usage and alerts in the console",
		Text:   "用量可按凭证、按小时导出；余量、到期、异常调用可设置提醒，通过站内信、邮件或回调通知。",
		TextEN: "Usage can be exported by credential and hour; alerts tell of units, ends and unusual use in the inbox, by mail or webhook.",
	})
	return err
}

// outage is what the house told of the bad afternoon.
func (n *narrator) outage(bad story.Outage) []scene {
	title := "四要素核验大量失败"
	say := func(after time.Duration, state quartet.IncidentState, text string) scene {
		return scene{bad.From.Add(after), "an update of the outage", func(ctx context.Context) error {
			list, err := n.Incidents.List(ctx, quartet.IncidentFilter{Limit: 20})
			if err != nil {
				return err
			}
			for i := range list {
				if list[i].Title == title {
					_, err = n.Incidents.Update(ctx, storyClerk, list[i].ID, incident.Change{Words: incident.Words{Text: text}, State: state, Seen: list[i].Last})
					return err
				}
			}
			return quartet.Errorf(quartet.ErrNotFound, "nobody told of the outage")
		}}
	}
	return []scene{
		{bad.From.Add(11 * time.Minute), "an outage", func(ctx context.Context) error {
			_, err := n.Incidents.Open(ctx, storyClerk, quartet.Incident{
				Kind: quartet.IncidentOutage, Title: title, TitleEN: "Most four-element checks fail", Products: []string{quartet.FourElements().ID},
				Severity: quartet.SeverityDegraded, Starts: bad.From,
			}, incident.Words{Text: "部分调用返回 10007 或 10003，正在排查。失败的调用不计费。", TextEN: "Some calls answer 10007 or 10003. We are looking into it; failed calls cost nothing."})
			return err
		}},
		say(38*time.Minute, quartet.IncidentIdentified, "已确认为上游渠道机房网络故障，正在切换线路。"),
		say(bad.Until.Sub(bad.From)+5*time.Minute, quartet.IncidentMonitoring, "线路已切换，成功率恢复，继续观察。"),
		say(bad.Until.Sub(bad.From)+70*time.Minute, quartet.IncidentResolved, "观察一小时无异常，故障结束。失败的调用均未计费，无需申请退还。"),
	}
}

// asks has a buyer open a ticket, support answer it, and the buyer find it solved.
func (n *narrator) asks(ctx context.Context, b story.Buyer, q support.Question, answer string, solved bool) error {
	account, id, err := n.who(ctx, b)
	if err != nil {
		return err
	}
	buyer := support.Who{ID: id, By: person.By(id), Name: b.Person, Side: quartet.SideBuyer, Account: account}
	t, _, err := n.Support.Open(ctx, buyer, q)
	if err != nil || answer == "" {
		return err
	}
	n.clock.set(n.clock.now().Add(9 * time.Minute))
	clerk := support.Who{ID: storyClerk, By: storyClerk, Name: "客服小周", Side: quartet.SideSupport}
	if _, err := n.Support.Say(ctx, clerk, t.ID, "answer-"+t.ID[:8], answer); err != nil || !solved {
		return err
	}
	n.clock.set(n.clock.now().Add(2 * time.Hour))
	_, err = n.Support.Say(ctx, buyer, t.ID, "thanks-"+t.ID[:8], "明白了，谢谢！")
	n.clock.set(n.clock.now().Add(time.Minute))
	if _, solve := n.Support.Solve(ctx, buyer, t.ID); solve != nil {
		return errors.Join(err, solve)
	}
	_, rate := n.Support.Rate(ctx, buyer, t.ID, 5, "回复很快")
	return errors.Join(err, rate)
}

// invoices asks for an invoice of an order, and, if it is decided, lets it be issued: by the simulated bureau of
// the demo, as soon as its job is run.
func (n *narrator) invoices(ctx context.Context, b story.Buyer, place int, decided bool) error {
	account, id, err := n.who(ctx, b)
	if err != nil {
		return err
	}
	o, err := n.order(ctx, account, place)
	if err != nil {
		return err
	}
	title, err := n.Invoices.AddTitle(ctx, person.By(id), account, quartet.InvoiceBuyer{Kind: quartet.TitleFirm, Name: b.Name, TaxID: b.Code}, false)
	if err != nil {
		return err
	}
	v, err := n.Invoices.Apply(ctx, person.By(id), invoice.Application{
		Account: account, Person: id, Kind: quartet.InvoiceOrdinary, Title: title.ID, Email: b.Email, Parts: []invoice.Part{{Order: o.ID}},
	})
	if err != nil {
		return err
	}
	if !decided {
		return nil
	}
	n.clock.set(n.clock.now().Add(25 * time.Minute))
	_, err = n.Invoices.Approve(ctx, storyClerk, v.ID)
	return err
}

// undone is what waits for the people who run the house.
func (n *narrator) undone() []scene {
	fresh, third := story.Newcomer(), n.buyers[2]
	at := func(hour, minute int, what string, tell func(context.Context) error) scene {
		return scene{n.first.AddDate(0, 0, story.Days-1).Add(clock(hour, minute)), what, tell}
	}
	return []scene{
		at(14, 20, "a newcomer", func(ctx context.Context) error { return n.comes(ctx, fresh) }),
		at(14, 52, "a firm to look at", func(ctx context.Context) error { return n.proves(ctx, fresh) }),
		at(15, 30, "an invoice to decide on", func(ctx context.Context) error { return n.invoices(ctx, n.buyers[1], 0, false) }),
		at(20, 10, "a refund to decide on", func(ctx context.Context) error {
			account, id, err := n.who(ctx, third)
			if err != nil {
				return err
			}
			o, err := n.order(ctx, account, 0)
			if err != nil {
				return err
			}
			_, err = n.Billing.AskRefund(ctx, person.By(id), account, o.ID, "门店关闭，剩余次数用不完")
			return err
		}),
	}
}
