package console

import (
	"net/url"
	"slices"
	"strings"
)

const (
	houseChatPath = "/house/chat"
	// chatsOpen is how many chats stand side by side: the API lets a person follow five at once,
	// and a browser keeps six connections to a place, of which these hold one each.
	chatsOpen = 4
)

func (c *Console) houseChatRoutes() {
	c.housed("GET "+houseChatPath, c.houseChatPage)
	c.form("POST "+houseChatPath+"/presence", c.setPresence, c.houseChatPage)
}

// presence is who of support is there for chats.
type presence struct {
	Available bool  `json:"available"`
	Others    int64 `json:"others"`
}

// HouseChatPage has several chats open at once, beside those that wait.
type HouseChatPage struct {
	Presence presence
	Chats    []houseTicket // that are not over, as they press
	Buyers   map[string]buyer
	Open     []talk
	Full     bool // no other one can be opened
}

func (HouseChatPage) template() string  { return "housechat" }
func (HouseChatPage) title() string     { return "聊天" }
func (HouseChatPage) scripts() []string { return []string{"housechat.js"} }

func (p HouseChatPage) opened() (ids []string) {
	for _, t := range p.Open {
		ids = append(ids, t.Ticket.ID)
	}
	return ids
}

// IsOpen reports whether a chat stands on the page.
func (p HouseChatPage) IsOpen(id string) bool { return slices.Contains(p.opened(), id) }

// With and Without are the page with a chat more or less.
func (p HouseChatPage) With(id string) string { return chatPath(append(p.opened(), id)) }

func (p HouseChatPage) Without(id string) string {
	return chatPath(slices.DeleteFunc(p.opened(), func(open string) bool { return open == id }))
}

// Here is the page as it stands.
func (p HouseChatPage) Here() string { return chatPath(p.opened()) }

func chatPath(open []string) string {
	if len(open) == 0 {
		return houseChatPath
	}
	return houseChatPath + "?" + url.Values{"open": open}.Encode()
}

func (c *Console) houseChatPage(v *visit) (page, error) {
	var p HouseChatPage
	if !v.who().May("buyer.serve") {
		return nil, forbidden()
	}
	if err := v.get("/presence", &p.Presence); err != nil {
		return nil, err
	}
	var queue list[houseTicket]
	if err := v.get("/tickets?limit=200", &queue); err != nil {
		return nil, err
	}
	p.Chats = slices.DeleteFunc(queue.Items, func(t houseTicket) bool { return !t.Live || t.Over() })
	canned, err := all[cannedAnswer](v, "/canned-answers")
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, id := range v.r.URL.Query()["open"] {
		if p.IsOpen(id) || len(p.Open) == chatsOpen {
			continue
		}
		var one houseTicket
		if err := v.get("/tickets/"+url.PathEscape(id), &one); err != nil {
			if problemOf(err) == nil {
				return nil, err
			}
			continue // it is none, or not any more
		}
		t, err := c.talkOf(v, one)
		if err != nil {
			return nil, err
		}
		t.Canned = canned
		p.Open = append(p.Open, t)
		ids = append(ids, one.Account)
	}
	p.Full = len(p.Open) == chatsOpen
	for _, t := range p.Chats {
		ids = append(ids, t.Account)
	}
	if p.Buyers, err = v.buyers(ids...); err != nil {
		return nil, err
	}
	for i := range p.Open {
		p.Open[i].Buyer, p.Open[i].Back = p.Buyers[p.Open[i].Ticket.Account], p.Here()
	}
	return p, nil
}

// setPresence says that whoever looks is there for chats, or not any more.
func (c *Console) setPresence(v *visit) (string, error) {
	back := local(v.value("back"), houseChatPath)
	if !strings.HasPrefix(back, houseChatPath) {
		back = houseChatPath
	}
	return back, v.put("/presence", map[string]bool{"available": v.value("available") == "yes"}, nil)
}

func houseChatPreviews() []preview {
	tickets, named := previewHouseTickets(), previewBuyers()
	live := func(t houseTicket, subject string) houseTicket {
		t.Live, t.Subject, t.Waiting = true, subject, previewNow.Add(-3*60e9)
		return t
	}
	chats := []houseTicket{live(tickets[1], "调用返回 10003，请帮忙排查"), live(tickets[0], "Java 签名一直返回 A401IS"), live(tickets[2], "专用发票什么时候能开好？")}
	chats[1].Unread = true
	lines := func(name, text string) []houseLine {
		return []houseLine{
			{saidLine: saidLine{Place: 1, Side: "buyer", Name: name, Text: text, At: previewNow.Add(-4 * 60e9)}},
			{saidLine: saidLine{Place: 2, Side: "support", Name: "客服小周", Text: "您好，正在查看。", At: previewNow.Add(-3 * 60e9)}},
		}
	}
	p := HouseChatPage{Presence: presence{Available: true, Others: 2}, Chats: chats, Buyers: named}
	for i, t := range chats[:2] {
		p.Open = append(p.Open, talk{Ticket: t, Buyer: named[t.Account], Lines: lines([]string{"林晓", "王芳"}[i], []string{"这次会不会扣次？", "签名串已经核对过了。"}[i]), Next: "n", Canned: previewCanned()})
	}
	for i := range p.Open {
		p.Open[i].Back = p.Here()
	}
	return []preview{
		{name: "house-chat", path: houseChatPath, page: p},
		{name: "house-chat-none", path: houseChatPath, page: HouseChatPage{Chats: chats, Buyers: named}},
		{name: "house-chat-empty", path: houseChatPath, page: HouseChatPage{Presence: presence{Others: 1}}},
	}
}
