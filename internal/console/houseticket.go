package console

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"quartet"
)

const houseTicketsPath = "/house/tickets"

func (c *Console) houseTicketRoutes() {
	const one = houseTicketsPath + "/{ticket}"
	c.housed("GET "+houseTicketsPath, c.houseTicketsPage)
	c.housed("GET "+one, c.houseTicketPage)
	c.form("POST "+one+"/answers", c.sayAs("/answers", "answered"), c.houseTicketPage)
	c.form("POST "+one+"/notes", c.sayAs("/notes", "noted"), c.houseTicketPage)
	c.mux.HandleFunc("POST "+one+"/files", c.attachAsSupport)
	c.form("POST "+one+"/assignment", c.assignTicket, c.houseTicketPage)
	c.form("POST "+one+"/priority", c.sortTicket, c.houseTicketPage)
	c.form("POST "+one+"/solution", c.endTicket("/solution", "solved"), c.houseTicketPage)
	c.form("POST "+one+"/closure", c.endTicket("/closure", "closed"), c.houseTicketPage)
}

// houseTicket is a ticket as the house sees it.
type houseTicket struct {
	ownTicket

	Account  string    `json:"account_id"`
	Assignee string    `json:"assignee"` // id of an operator; "": nobody
	Waiting  time.Time `json:"waiting_since"`
}

var houseTicketStates = []choice{
	{Value: "open", Label: "待受理"},
	{Value: "waiting_for_support", Label: "等待客服回复"},
	{Value: "waiting_for_buyer", Label: "等待买家回复"},
	{Value: "solved", Label: "已解决"},
	{Value: "closed", Label: "已关闭"},
}

// Words are its state.
func (t houseTicket) Words() string { return labelIn(houseTicketStates, t.State) }

// Colour is that of its badge.
func (t houseTicket) Colour() string {
	switch quartet.TicketState(t.State) {
	case quartet.TicketOpen, quartet.TicketWaitingForSupport:
		return "orange"
	case quartet.TicketWaitingForBuyer:
		return "blue"
	case quartet.TicketSolved:
		return "green"
	default:
		return "secondary"
	}
}

// PriorityColour is that of how much it presses.
func (t houseTicket) PriorityColour() string {
	return map[string]string{"urgent": "red", "high": "orange", "normal": "secondary", "low": "secondary"}[t.Priority]
}

// Path is where it is shown, and CallPath where the call that it is about is.
func (t houseTicket) Path() string { return houseTicketsPath + "/" + url.PathEscape(t.ID) }

func (t houseTicket) CallPath() string { return houseCallsPath + "/" + url.PathEscape(t.SeqNo) }

// ChatPath is where it is talked about beside others.
func (t houseTicket) ChatPath() string { return query(houseChatPath, "open", t.ID) }

// Over reports whether nobody waits for anybody.
func (t houseTicket) Over() bool { return t.State == "solved" || t.State == "closed" }

// API is its address, for the script that follows it.
func (t houseTicket) API() string { return apiPrefix + "/tickets/" + url.PathEscape(t.ID) }

// talk is what was said to a ticket, with the form for what is said next.
type talk struct {
	Ticket houseTicket
	Buyer  buyer
	Lines  []houseLine
	Next   string // id of the next message, so that a repeat is known to be one
	Ended  bool   // nothing can be said any more
	Back   string // where a form leads that is sent without a script; "": the ticket
	Canned []cannedAnswer
}

// houseLine is something that was said, or noted among the house.
type houseLine struct {
	saidLine

	Internal bool `json:"internal"`
}

// Last is the place of the newest message that is on the page.
func (t talk) Last() int64 {
	if len(t.Lines) == 0 {
		return 0
	}
	return t.Lines[len(t.Lines)-1].Place
}

// HouseLines are what the house can say by itself.
func (talk) HouseLines() []quartet.TicketLine { return quartet.TicketLines() }

// talkOf asks for all that was said to a ticket.
func (c *Console) talkOf(v *visit, ticket houseTicket) (talk, error) {
	t := talk{Ticket: ticket, Next: newReference()}
	t.Ended = !ticket.ClosedAt.IsZero() || ticket.State == "solved" && !c.o.Now().Before(ticket.ReopenTill)
	path := "/tickets/" + url.PathEscape(ticket.ID) + "/messages"
	for after := int64(0); ; {
		var part struct {
			Items []houseLine `json:"items"`
			Next  int64       `json:"next"`
		}
		if err := v.get(query(path, "limit", "200", "after", strconv.FormatInt(after, 10)), &part); err != nil {
			return t, err
		}
		t.Lines = append(t.Lines, part.Items...)
		if after = part.Next; after == 0 {
			return t, nil
		}
	}
}

// HouseTicketPage is one ticket with all that was said and noted.
type HouseTicketPage struct {
	Ticket houseTicket
	Buyer  buyer
	Talk   talk // nothing to whoever does not serve buyers
	Call   *houseCall
	Serves bool
	Mine   bool
	Done   string
}

func (HouseTicketPage) template() string  { return "houseticket" }
func (HouseTicketPage) title() string     { return "工单详情" }
func (HouseTicketPage) scripts() []string { return []string{"housechat.js"} }

// Categories and Priorities are what it can be given.
func (p HouseTicketPage) Categories() []choice { return chosen(ticketCategories, p.Ticket.Category) }

func (p HouseTicketPage) Priorities() []choice { return chosen(ticketPriorities, p.Ticket.Priority) }

// Stars are those that the buyer gave.
func (p HouseTicketPage) Stars() []bool { return filled(p.Ticket.Stars) }

func (c *Console) houseTicketPage(v *visit) (page, error) {
	p := HouseTicketPage{Serves: v.who().May("buyer.serve"), Done: v.done(map[string]string{
		"answered": "已回复", "noted": "备注已添加，买家看不到", "assigned": "已更改负责人", "sorted": "已更改类别和紧急程度", "solved": "已标记为解决", "closed": "工单已关闭",
		"scrubbed": "疑似身份证号、银行卡号或手机号的数字已被隐藏，未予保存。排查调用只需 seqNo。",
	})}
	if err := v.get(v.pathIn("/tickets", "ticket"), &p.Ticket); err != nil {
		return nil, err
	}
	named, err := v.buyers(p.Ticket.Account)
	if err != nil {
		return nil, err
	}
	p.Buyer = named[p.Ticket.Account]
	if !p.Serves {
		return p, nil
	}
	if p.Talk, err = c.talkOf(v, p.Ticket); err != nil {
		return nil, err
	}
	p.Talk.Buyer = p.Buyer
	if id := v.value("id"); id != "" { // what was refused under it is sent again under it
		p.Talk.Next = id
	}
	if p.Mine, err = v.mine(p.Ticket); err != nil {
		return nil, err
	}
	if p.Ticket.SeqNo != "" {
		var call houseCall
		err := v.get("/calls/"+url.PathEscape(p.Ticket.SeqNo), &call)
		switch problem := problemOf(err); {
		case err == nil:
			p.Call = &call
		case problem == nil || problem.Status != http.StatusNotFound: // else it is not kept any more
			return nil, err
		}
	}
	p.Talk.Canned, err = all[cannedAnswer](v, "/canned-answers")
	return p, err
}

// mine reports whether whoever looks takes care of a ticket. The API names operators by ids
// that a session does not tell, and knows who asks.
func (v *visit) mine(t houseTicket) (bool, error) {
	if t.Assignee == "" {
		return false, nil
	}
	var found list[houseTicket]
	err := v.get(query("/tickets", "assignee", "me", "number", t.Number, "limit", "1"), &found)
	return len(found.Items) > 0, err
}

// atHouseTicket is where a form of a ticket leads: to its page, or back to the chats.
func (v *visit) atHouseTicket(done string) string {
	if back := v.value("back"); back != "" {
		return local(back, houseChatPath)
	}
	return query(v.pathIn(houseTicketsPath, "ticket"), "done", done) + "#newest"
}

// sayAs sends what was written, to the buyer or among the house.
func (c *Console) sayAs(what, done string) act {
	return func(v *visit) (string, error) {
		var said saidLine
		if err := v.post(v.pathIn("/tickets", "ticket")+what, map[string]string{"id": v.value("id"), "text": v.value("text")}, &said); err != nil {
			return "", err
		}
		if said.Notice != "" {
			return v.atHouseTicket("scrubbed"), nil
		}
		return v.atHouseTicket(done), nil
	}
}

func (c *Console) assignTicket(v *visit) (string, error) {
	return v.atHouseTicket("assigned"), v.put(v.pathIn("/tickets", "ticket")+"/assignment", map[string]string{"assignee": v.value("assignee")}, nil)
}

func (c *Console) sortTicket(v *visit) (string, error) {
	in := map[string]string{"category": v.value("category"), "priority": v.value("priority")}
	return v.atHouseTicket("sorted"), v.put(v.pathIn("/tickets", "ticket")+"/priority", in, nil)
}

func (c *Console) endTicket(how, done string) act {
	return func(v *visit) (string, error) {
		return v.atHouseTicket(done), v.post(v.pathIn("/tickets", "ticket")+how, nil, nil)
	}
}
