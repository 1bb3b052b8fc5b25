package console

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"quartet"
	"quartet/internal/web"
)

// saidLine is something that was said to a ticket.
type saidLine struct {
	Place    int64     `json:"place"`
	Side     string    `json:"side"`
	Name     string    `json:"name"`
	Text     string    `json:"text"`
	Line     string    `json:"line"` // what the house itself says, of a closed set
	File     *sentFile `json:"file"`
	Scrubbed bool      `json:"scrubbed"`
	Notice   string    `json:"notice"`
	At       time.Time `json:"at"`
}

// Words are what the house itself says.
func (l saidLine) Words() string { return quartet.TicketLine(l.Line).Words() }

// sentFile came with a message.
type sentFile struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	Bytes int64  `json:"bytes"`
}

// Size is how large it is, in words that need no translation.
func (f sentFile) Size() string { return sizeOf(f.Bytes) }

// Size is likewise.
func (p paper) Size() string { return sizeOf(p.Bytes) }

func sizeOf(n int64) string {
	const kib, mib = 1 << 10, 1 << 20
	if n >= mib {
		return strconv.FormatFloat(float64(n)/mib, 'f', 1, 64) + " MB"
	}
	return strconv.FormatInt((n+kib-1)/kib, 10) + " KB"
}

// TicketPage is one ticket with all that was said.
type TicketPage struct {
	Ticket  ownTicket
	Lines   []saidLine
	Next    string // id of the next message, so that a repeat is known to be one
	Account string
	Contact contact
	Now     time.Time
	Asks    bool
	Done    string
}

func (TicketPage) template() string  { return "ticket" }
func (TicketPage) title() string     { return "工单详情" }
func (TicketPage) scripts() []string { return []string{"chat.js"} }

// Ended reports whether nothing can be said any more.
func (p TicketPage) Ended() bool {
	return !p.Ticket.ClosedAt.IsZero() || p.Ticket.State == "solved" && !p.Now.Before(p.Ticket.ReopenTill)
}

// Over reports whether nobody waits for anybody.
func (p TicketPage) Over() bool { return p.Ticket.State == "solved" || p.Ticket.State == "closed" }

// Talks and Rates report what whoever looks may do.
func (p TicketPage) Talks() bool { return p.Asks && !p.Ended() }

func (p TicketPage) Rates() bool { return p.Asks && p.Over() && p.Ticket.Stars == 0 }

// Last is the place of the newest message that is on the page.
func (p TicketPage) Last() int64 {
	if len(p.Lines) == 0 {
		return 0
	}
	return p.Lines[len(p.Lines)-1].Place
}

// API is the address of the ticket, for the script that follows it.
func (p TicketPage) API() string {
	return apiPrefix + "/accounts/" + url.PathEscape(p.Account) + "/tickets/" + url.PathEscape(p.Ticket.ID)
}

// HouseLines are what the house can say, for the script that shows what comes while the page
// stands.
func (TicketPage) HouseLines() []quartet.TicketLine { return quartet.TicketLines() }

// StarWords name the stars, and Stars are those that were given.
func (TicketPage) StarWords() []choice { return OrderPage{}.StarWords() }

func (p TicketPage) Stars() []bool { return filled(p.Ticket.Stars) }

func forbidden() *web.Problem {
	return &web.Problem{Status: http.StatusForbidden, Code: "forbidden"}
}

func (c *Console) ticketPage(v *visit) (page, error) {
	p := TicketPage{Account: v.who().Account, Asks: v.who().May("ticket.write"), Next: newReference(), Now: c.o.Now(), Done: v.done(map[string]string{
		"opened": "已提交，客服会尽快回复", "solved": "已标记为解决", "rated": "感谢评价",
		"scrubbed": "疑似身份证号、银行卡号或手机号的数字已被隐藏，未予保存。排查调用只需 seqNo。",
	})}
	if id := v.value("id"); id != "" { // what was refused under it is sent again under it
		p.Next = id
	}
	path := v.account("/tickets/" + url.PathEscape(v.r.PathValue("ticket")))
	if err := v.get(path, &p.Ticket); err != nil {
		return nil, err
	}
	for after := int64(0); ; {
		var part struct {
			Items []saidLine `json:"items"`
			Next  int64      `json:"next"`
		}
		if err := v.get(query(path+"/messages", "limit", "200", "after", strconv.FormatInt(after, 10)), &part); err != nil {
			return nil, err
		}
		p.Lines = append(p.Lines, part.Items...)
		if after = part.Next; after == 0 {
			break
		}
	}
	return p, v.get("/contact", &p.Contact)
}

// atTicket is the path of a ticket's page, with what was done; its newest message is in sight.
func (v *visit) atTicket(done string) string {
	return query(supportPath+"/"+url.PathEscape(v.r.PathValue("ticket")), "done", done) + "#newest"
}

func (v *visit) ticket(what string) string {
	return v.account("/tickets/" + url.PathEscape(v.r.PathValue("ticket")) + what)
}

func (c *Console) sayToTicket(v *visit) (string, error) {
	var said saidLine
	if err := v.post(v.ticket("/messages"), map[string]string{"id": v.value("id"), "text": v.value("text")}, &said); err != nil {
		return "", err
	}
	if said.Notice != "" {
		return v.atTicket("scrubbed"), nil
	}
	return v.atTicket(""), nil
}

func (c *Console) solveTicket(v *visit) (string, error) {
	return v.atTicket("solved"), v.post(v.ticket("/solution"), nil, nil)
}

func (c *Console) rateTicket(v *visit) (string, error) {
	return v.atTicket("rated"), v.put(v.ticket("/rating"), map[string]any{"stars": v.number("stars"), "word": v.value("word")}, nil)
}

func ticketPreviews() []preview {
	tickets := previewTickets()
	at := func(minutes int) time.Time { return previewNow.Add(-time.Duration(minutes) * time.Minute) }
	talk := []saidLine{
		{Place: 1, Side: "buyer", Name: "林晓", Text: "刚才这次调用超时了，我们的超时设的是 3 秒。\n是渠道的问题吗？会不会扣次？", At: at(12)},
		{Place: 2, Side: "support", Name: "客服小周", Text: "您好，这次调用在 3 秒内没有得到结论，没有扣次。我们正在向渠道核实。", At: at(9)},
		{Place: 3, Side: "buyer", Name: "林晓", File: &sentFile{ID: "f1", Name: "调用日志.txt", Type: "text/plain", Bytes: 18240}, At: at(7)},
		{Place: 5, Side: "buyer", Name: "林晓", Text: "日志已上传，其中一人的手机号是 [已隐藏]。", Scrubbed: true, At: at(6)},
	}
	pageOf := func(t ownTicket, lines ...saidLine) TicketPage {
		return TicketPage{Ticket: t, Lines: lines, Next: "n", Account: "acme", Contact: previewContact, Now: previewNow, Asks: true}
	}
	solved := pageOf(tickets[3], saidLine{Place: 1, Side: "buyer", Name: "林晓", Text: "对公转账后多久到账？", At: at(2400)},
		saidLine{Place: 2, Side: "support", Name: "客服小周", Text: "一般 1 至 3 个工作日，到账后自动开通。", At: at(2300)},
		saidLine{Place: 3, Side: "system", Line: "solved", At: at(1200)})
	closed := pageOf(tickets[4], saidLine{Place: 1, Side: "buyer", Name: "林晓", Text: "需要更换管理员手机号。", At: at(18000)}, saidLine{Place: 2, Side: "system", Line: "closed", At: at(13000)})
	closed.Ticket.Word = "回复很快"
	reader := pageOf(tickets[0], talk...)
	reader.Asks = false
	path := tickets[0].Path()
	return []preview{
		{name: "ticket", path: path, page: pageOf(tickets[0], talk...)},
		{name: "ticket-solved", path: tickets[3].Path(), page: solved},
		{name: "ticket-closed", path: tickets[4].Path(), page: closed},
		{name: "ticket-reader", path: path, page: reader},
		{name: "ticket-refused", path: path, page: pageOf(tickets[0], talk...), form: form{
			Values: url.Values{"id": {"n"}, "file": {""}}, Faults: map[string]string{"file": "文件须是 PNG、JPEG 图片、PDF 或文本（txt、csv）"},
		}},
	}
}
