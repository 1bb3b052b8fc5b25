package console

import (
	"net/url"
	"time"
)

// ticketFilter chooses tickets, as the address of a page tells.
type ticketFilter struct{ State, Category, Whose, Account, Search string }

func (f ticketFilter) pairs() []string {
	return []string{"state", f.State, "category", f.Category, "whose", f.Whose, "account", f.Account, "search", f.Search}
}

// Any reports whether it chooses at all.
func (f ticketFilter) Any() bool { return f != ticketFilter{} }

var ticketWhose = []choice{{Value: "nobody", Label: "未分配"}, {Value: "me", Label: "我负责的"}}

// HouseTicketsPage is the queue of tickets, as they press.
type HouseTicketsPage struct {
	Tickets []houseTicket
	Buyers  map[string]buyer
	Filter  ticketFilter
	Next    string
}

func (HouseTicketsPage) template() string { return "housetickets" }
func (HouseTicketsPage) title() string    { return "工单" }

// States, Categories and Whose are the filters.
func (p HouseTicketsPage) States() []choice { return chosenOf(houseTicketStates, p.Filter.State) }

func (p HouseTicketsPage) Categories() []choice {
	return chosenOf(ticketCategories, p.Filter.Category)
}

func (p HouseTicketsPage) Whose() []choice { return chosenOf(ticketWhose, p.Filter.Whose) }

// Tabs are the pages about tickets, with the one that is open.
func (HouseTicketsPage) Tabs() []choice { return ticketTabs(houseTicketsPath) }

func ticketTabs(here string) []choice {
	return chosen([]choice{{Value: houseTicketsPath, Label: "工单"}, {Value: houseAnswersPath, Label: "常用回复"}, {Value: houseStatisticsPath, Label: "工单统计"}}, here)
}

func (c *Console) houseTicketsPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	f := ticketFilter{q.Get("state"), q.Get("category"), q.Get("whose"), q.Get("account"), asSeqNo(q.Get("search"))}
	for _, known := range []struct {
		list  []choice
		value *string
	}{{houseTicketStates, &f.State}, {ticketCategories, &f.Category}, {ticketWhose, &f.Whose}} {
		if labelOf(known.list, *known.value) == "" {
			*known.value = ""
		}
	}
	p := HouseTicketsPage{Filter: f}
	number, seqNo := f.Search, ""
	if seqNoShaped(f.Search) {
		number, seqNo = "", f.Search
	}
	var part list[houseTicket]
	err := v.get(query("/tickets", "state", f.State, "category", f.Category, "assignee", f.Whose, "account_id", f.Account,
		"number", number, "seq_no", seqNo, "after", q.Get("after"), "limit", "30"), &part)
	if err != nil {
		return nil, err
	}
	if p.Tickets = part.Items; part.Next != "" {
		p.Next = query(houseTicketsPath, append(f.pairs(), "after", part.Next)...)
	}
	ids := []string{f.Account}
	for _, t := range p.Tickets {
		ids = append(ids, t.Account)
	}
	p.Buyers, err = v.buyers(ids...)
	return p, err
}

func previewHouseTickets() []houseTicket {
	var list []houseTicket
	for i, t := range previewTickets() {
		h := houseTicket{ownTicket: t, Account: []string{"acme", "a7qk2m0zd4x"}[i%2]}
		h.Unread = i == 0
		list = append(list, h)
	}
	list[0].Waiting, list[2].Waiting, list[2].Priority = previewNow.Add(-6*time.Minute), previewNow.Add(-26*time.Hour), "urgent"
	list[0].Assignee, list[1].Assignee = "o1", "o2"
	return []houseTicket{list[2], list[0], list[1], list[3], list[4]}
}

func previewBuyers() map[string]buyer {
	named := map[string]buyer{}
	for _, a := range previewAccounts() {
		named[a.ID] = buyer{a.ID, a.Name}
	}
	return named
}

func houseTicketListPreviews() []preview {
	p := HouseTicketsPage{Tickets: previewHouseTickets(), Buyers: previewBuyers(), Next: houseTicketsPath + "?after=k1"}
	none := HouseTicketsPage{Filter: ticketFilter{Whose: "me", State: "open"}, Buyers: map[string]buyer{}}
	of := HouseTicketsPage{Tickets: p.Tickets[:1], Buyers: p.Buyers, Filter: ticketFilter{Account: "acme"}}
	return []preview{
		{name: "house-tickets", path: houseTicketsPath, page: p},
		{name: "house-tickets-empty", path: houseTicketsPath, page: HouseTicketsPage{}},
		{name: "house-tickets-none", path: houseTicketsPath, page: none},
		{name: "house-tickets-account", path: houseTicketsPath, page: of},
	}
}

func houseTicketPreviews() []preview {
	tickets, named := previewHouseTickets(), previewBuyers()
	at := func(minutes int) time.Time { return previewNow.Add(-time.Duration(minutes) * time.Minute) }
	lines := []houseLine{
		{saidLine: saidLine{Place: 1, Side: "buyer", Name: "林晓", Text: "刚才这次调用超时了，会不会扣次？", At: at(12)}},
		{saidLine: saidLine{Place: 2, Side: "support", Name: "客服小周", Text: "您好，没有得到结论的调用不扣次。我们正在核实。", At: at(9)}},
		{saidLine: saidLine{Place: 3, Side: "support", Name: "客服小周", Text: "渠道 14:02 起有抖动，已报给运维。", At: at(8)}, Internal: true},
		{saidLine: saidLine{Place: 4, Side: "buyer", Name: "林晓", File: &sentFile{ID: "f1", Name: "调用日志.txt", Type: "text/plain", Bytes: 18240}, At: at(7)}},
		{saidLine: saidLine{Place: 5, Side: "buyer", Name: "林晓", Text: "其中一人的手机号是 [已隐藏]。", Scrubbed: true, At: at(6)}},
	}
	call := previewHouseCalls()[1]
	open := HouseTicketPage{Ticket: tickets[1], Buyer: named["acme"], Serves: true, Mine: true, Call: &call}
	open.Talk = talk{Ticket: tickets[1], Buyer: named["acme"], Lines: lines, Next: "n", Canned: previewCanned()}
	fresh := open
	fresh.Mine, fresh.Ticket.Assignee, fresh.Call = false, "", nil
	fresh.Ticket.SeqNo = ""
	reads := HouseTicketPage{Ticket: tickets[1], Buyer: named["acme"]}
	closed := HouseTicketPage{Ticket: tickets[4], Buyer: named["acme"], Serves: true}
	closed.Ticket.Word = "回复很快"
	closed.Talk = talk{Ticket: tickets[4], Lines: lines[:1], Ended: true}
	path := tickets[1].Path()
	return []preview{
		{name: "house-ticket", path: path, page: open},
		{name: "house-ticket-unassigned", path: path, page: fresh},
		{name: "house-ticket-reads", path: path, page: reads},
		{name: "house-ticket-closed", path: tickets[4].Path(), page: closed},
		{name: "house-ticket-refused", path: path, page: open, form: form{Values: url.Values{"id": {"n"}, "text": {""}}, Faults: map[string]string{"text": "请写点内容"}}},
	}
}
