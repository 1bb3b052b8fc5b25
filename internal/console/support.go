package console

import (
	"net/url"
	"time"

	"quartet"
	"quartet/internal/web"
)

const supportPath = "/console/support"

// supportRoutes are the pages of tickets and chats.
func (c *Console) supportRoutes() {
	c.signed("GET "+supportPath, c.supportPage)
	c.signed("GET /console/support/new", c.questionPage)
	c.form("POST "+supportPath, in(c.askSupport), c.questionPage)
	c.signed("GET /console/support/{ticket}", c.ticketPage)
	c.form("POST /console/support/{ticket}/messages", in(c.sayToTicket), c.ticketPage)
	c.mux.HandleFunc("POST /console/support/{ticket}/files", c.attachToTicket)
	c.form("POST /console/support/{ticket}/solution", in(c.solveTicket), c.ticketPage)
	c.form("POST /console/support/{ticket}/rating", in(c.rateTicket), c.ticketPage)
}

func supportPreviews() []preview {
	return append(append(supportListPreviews(), questionPreviews()...), ticketPreviews()...)
}

// Any reports whether there is any line.
func (c contact) Any() bool { return c.Helpline != web.Helpline{} }

// ownTicket is a ticket of the account.
type ownTicket struct {
	ID         string    `json:"id"`
	Number     string    `json:"number"`
	Subject    string    `json:"subject"`
	Category   string    `json:"category"`
	Priority   string    `json:"priority"`
	State      string    `json:"state"`
	Live       bool      `json:"live"`
	SeqNo      string    `json:"seq_no"`
	Unread     bool      `json:"unread"`
	CreatedAt  time.Time `json:"created_at"`
	AnsweredAt time.Time `json:"answered_at"`
	SolvedAt   time.Time `json:"solved_at"`
	ReopenTill time.Time `json:"reopen_until"`
	ClosedAt   time.Time `json:"closed_at"`
	Stars      int       `json:"stars"`
	Word       string    `json:"word"`
}

// Path is where it is shown.
func (t ownTicket) Path() string { return supportPath + "/" + url.PathEscape(t.ID) }

// CallPath is where the call that it is about is shown.
func (t ownTicket) CallPath() string { return callsPath + "/" + url.PathEscape(t.SeqNo) }

// ticketStates are what tickets can be in, in words.
var ticketStates = []choice{
	{Value: "open", Label: "待受理"},
	{Value: "waiting_for_support", Label: "等待客服回复"},
	{Value: "waiting_for_buyer", Label: "等待您回复"},
	{Value: "solved", Label: "已解决"},
	{Value: "closed", Label: "已关闭"},
}

// ticketCategories are what tickets can be about.
var ticketCategories = []choice{
	{Value: "call", Label: "接口调用"},
	{Value: "integration", Label: "技术对接"},
	{Value: "billing", Label: "订单与支付"},
	{Value: "invoice", Label: "发票"},
	{Value: "account", Label: "账户与认证"},
	{Value: "other", Label: "其他"},
}

// ticketPriorities are how much tickets press.
var ticketPriorities = []choice{{Value: "low", Label: "不急"}, {Value: "normal", Label: "普通"}, {Value: "high", Label: "较急"}, {Value: "urgent", Label: "紧急，业务已中断"}}

// Words, CategoryWords and PriorityWords tell what it is.
func (t ownTicket) Words() string { return labelIn(ticketStates, t.State) }

func (t ownTicket) CategoryWords() string { return labelIn(ticketCategories, t.Category) }

func (t ownTicket) PriorityWords() string { return labelIn(ticketPriorities, t.Priority) }

// Colour is that of its badge.
func (t ownTicket) Colour() string {
	switch quartet.TicketState(t.State) {
	case quartet.TicketWaitingForBuyer:
		return "orange"
	case quartet.TicketOpen, quartet.TicketWaitingForSupport:
		return "blue"
	case quartet.TicketSolved:
		return "green"
	default:
		return "secondary"
	}
}

// SupportPage lists the tickets of an account, and says how else support is reached.
type SupportPage struct {
	Tickets []ownTicket // newest first
	State   string      // those in it alone; "": all
	Next    string      // address of the following page
	Contact contact
	Asks    bool
}

func (SupportPage) template() string { return "support" }
func (SupportPage) title() string    { return "客服与工单" }

// States are the filters.
func (p SupportPage) States() []choice {
	return chosenOf(ticketStates, p.State)
}

func (c *Console) supportPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := SupportPage{Asks: v.who().May("ticket.write")}
	if s := q.Get("state"); labelOf(ticketStates, s) != "" { // another one is none
		p.State = s
	}
	var part list[ownTicket]
	if err := v.get(query(v.account("/tickets"), "state", p.State, "after", q.Get("after")), &part); err != nil {
		return nil, err
	}
	if p.Tickets = part.Items; part.Next != "" {
		p.Next = query(supportPath, "state", p.State, "after", part.Next)
	}
	return p, v.get("/contact", &p.Contact)
}

var previewContact = contact{Helpline: web.Helpline{Phone: "010-5555 0100", Line400: "400-555-0100", Mail: "help@example.com", Hours: "周一至周五 9:00–18:00"}, Chat: true}

func previewTickets() []ownTicket {
	one := func(id, subject, category, state string, hours int) ownTicket {
		return ownTicket{
			ID: "k" + id, Number: "T2603" + id, Subject: subject, Category: category, Priority: "normal", State: state, CreatedAt: previewNow.Add(-time.Duration(hours) * time.Hour),
		}
	}
	list := []ownTicket{
		one("02-K7QX2M", "调用返回 10003，请帮忙排查", "call", "waiting_for_support", 0),
		one("02-B4WN8T", "专用发票什么时候能开好？", "invoice", "waiting_for_buyer", 5),
		one("01-Z9HD3C", "Java 签名一直返回 A401IS", "integration", "open", 26),
		one("01-M2VE6R", "对公转账后多久到账", "billing", "solved", 40),
		one("01-A8JT5L", "更换管理员手机号", "account", "closed", 300),
	}
	list[0].CreatedAt, list[0].Live, list[0].SeqNo, list[0].Priority = previewNow.Add(-12*time.Minute), true, "ZT60LQ8E1772421904", "high"
	list[1].Unread = true
	list[3].SolvedAt, list[3].ReopenTill = previewNow.Add(-20*time.Hour), previewNow.Add(148*time.Hour)
	list[4].ClosedAt, list[4].Stars = previewNow.AddDate(0, 0, -9), 5
	return list
}

func supportListPreviews() []preview {
	away := previewContact
	away.Chat = false
	return []preview{
		{name: "support", path: supportPath, page: SupportPage{Tickets: previewTickets(), Contact: previewContact, Asks: true, Next: supportPath + "?after=k01-A8JT5L"}},
		{name: "support-empty", path: supportPath, page: SupportPage{Contact: away, Asks: true}},
		{name: "support-filtered", path: supportPath, page: SupportPage{Contact: contact{}, State: "closed", Asks: true}},
	}
}
