package api

import (
	"context"
	"mime"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/support"
)

// Tickets is where both sides write.
type Tickets interface {
	Open(ctx context.Context, who support.Who, q support.Question) (opened support.Opened, scrubbed bool, err error)
	Say(ctx context.Context, who support.Who, ticket, id, text string) (support.Line, error)
	Attach(ctx context.Context, who support.Who, ticket, id, name string, content []byte) (support.Line, error)
	Find(ctx context.Context, who support.Who, id string) (support.Opened, error)
	List(ctx context.Context, who support.Who, f quartet.TicketFilter, seqNo string) ([]support.Opened, error)
	Messages(ctx context.Context, who support.Who, id string, after int64, limit int) ([]support.Line, error)
}

// Turns is what else can be done with a ticket.
type Turns interface {
	Solve(ctx context.Context, who support.Who, id string) (support.Opened, error)
	Close(ctx context.Context, who support.Who, id string) (support.Opened, error)
	Rate(ctx context.Context, who support.Who, id string, stars int64, word string) (support.Opened, error)
	Assign(ctx context.Context, who support.Who, id, operator string) (support.Opened, error)
	Sort(ctx context.Context, who support.Who, id string, c quartet.TicketCategory, p quartet.TicketPriority) (support.Opened, error)
	Note(ctx context.Context, who support.Who, ticket, id, text string) (support.Line, error)
}

// Looks is what else can be looked at.
type Looks interface {
	File(ctx context.Context, who support.Who, ticket, id string) (support.Line, []byte, error)
	CallOf(ctx context.Context, who support.Who, id string) (support.CallView, error)
	Statistics(ctx context.Context, from, to time.Time) (quartet.TicketStatistics, error)
	Follow(ctx context.Context, who support.Who, ticket string, after int64) (*support.Follower, error)
	Queue(ctx context.Context, f quartet.TicketFilter, seqNo string, behind quartet.TicketPlace) ([]support.Opened, error)
}

type ticket struct {
	ID         string    `json:"id"`
	Number     string    `json:"number" doc:"What people quote"`
	Account    string    `json:"account_id"`
	Subject    string    `json:"subject"`
	Category   string    `json:"category" enum:"call,integration,billing,invoice,account,other"`
	Priority   string    `json:"priority" enum:"low,normal,high,urgent"`
	State      string    `json:"state" enum:"open,waiting_for_buyer,waiting_for_support,solved,closed"`
	Live       bool      `json:"live" doc:"It is a chat: both sides are expected to be there"`
	SeqNo      string    `json:"seq_no,omitempty" doc:"Of the call that it is about"`
	Assignee   string    `json:"assignee,omitempty" doc:"Id of the operator who looks after it; shown to the house alone"`
	Last       int64     `json:"last_message" doc:"Place of the newest message"`
	Seen       int64     `json:"seen" doc:"Place of the last message that the side that asks has seen"`
	Unread     bool      `json:"unread" doc:"The other side has said something since that the side that asks has not seen"`
	CreatedAt  time.Time `json:"created_at"`
	AnsweredAt time.Time `json:"answered_at,omitzero" doc:"When support first answered"`
	Waiting    time.Time `json:"waiting_since,omitzero" doc:"Since when somebody waits for an answer of support"`
	SolvedAt   time.Time `json:"solved_at,omitzero"`
	ReopenTill time.Time `json:"reopen_until,omitzero" doc:"Until then whoever writes opens it again"`
	ClosedAt   time.Time `json:"closed_at,omitzero"`
	Stars      int64     `json:"stars,omitempty"`
	Word       string    `json:"word,omitempty" doc:"What was said with the stars"`
	RatedAt    time.Time `json:"rated_at,omitzero"`
}

func ticketOf(o *support.Opened, side quartet.TicketSide) ticket {
	t := ticket{
		ID: o.ID, Number: o.Number, Account: o.Account, Subject: o.Subject, Category: string(o.Category), Priority: string(o.Priority), State: string(o.State), Live: o.Live, SeqNo: o.SeqNo,
		Last: o.Newest(side), Seen: o.Reader(side).Seen, Unread: !o.Reader(side).Due(), CreatedAt: o.Created, AnsweredAt: o.Answered, Waiting: o.Waits, SolvedAt: o.Solved, ClosedAt: o.Closed, Stars: o.Stars, Word: o.Word, RatedAt: o.Rated,
	}
	if o.State == quartet.TicketSolved {
		t.ReopenTill = o.Solved.Add(quartet.TicketReopen)
	}
	if side == quartet.SideSupport {
		t.Assignee = o.Assignee
	}
	return t
}

type ticketAnswer struct{ Body ticket }

func answerTicket(who support.Who, o support.Opened, err error) (*ticketAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &ticketAnswer{ticketOf(&o, who.Side)}, nil
}

type ticketFile struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type" doc:"As found in its bytes"`
	Bytes  int64  `json:"bytes"`
	Width  int64  `json:"width,omitempty" doc:"Of an image, in pixels"`
	Height int64  `json:"height,omitempty"`
}

type ticketMessage struct {
	Place    int64       `json:"place" doc:"1, 2, 3 in the order in which messages were written; notes of the house among itself are neither shown to buyers nor counted for them"`
	Side     string      `json:"side" enum:"buyer,support,system"`
	Internal bool        `json:"internal" doc:"A note among the house"`
	Name     string      `json:"name,omitempty" doc:"Of who wrote it"`
	Text     string      `json:"text"`
	Line     string      `json:"line,omitempty" enum:"nobody_there,nobody_came,solved,closed" doc:"What the house itself says, for whoever has words of their own for it; text has it in Chinese"`
	File     *ticketFile `json:"file,omitempty"`
	Scrubbed bool        `json:"scrubbed" doc:"Something that looked like an ID number, a card or a mobile was taken out before it was kept"`
	Notice   string      `json:"notice,omitempty" doc:"What its writer is told of that"`
	At       time.Time   `json:"at"`
}

// scrubNotice is what is told to whoever wrote something that is not kept.
const scrubNotice = "内容中疑似身份证号、银行卡号或手机号的数字已被隐藏，未予保存；排查调用只需提供 seqNo。"

func messageOf(l *support.Line) ticketMessage {
	m := ticketMessage{Place: l.Place, Side: string(l.Side), Internal: l.Internal, Name: l.Name, Text: l.Text, Line: string(l.House), Scrubbed: l.Scrubbed, At: l.At}
	if l.File.ID != "" {
		m.File = &ticketFile{ID: l.File.ID, Name: l.FileName, Type: l.File.Kind, Bytes: l.File.Size, Width: l.File.Width, Height: l.File.Height}
	}
	return m
}

type messageAnswer struct{ Body ticketMessage }

func answerMessage(l support.Line, err error) (*messageAnswer, error) {
	if err != nil {
		return nil, err
	}
	m := messageOf(&l)
	if l.Scrubbed {
		m.Notice = scrubNotice
	}
	return &messageAnswer{m}, nil
}

type (
	// TicketIn names a ticket.
	TicketIn struct {
		Ticket string `path:"ticket" maxLength:"64"`
	}
	// TicketFileIn names a file of a ticket.
	TicketFileIn struct {
		File string `path:"file" maxLength:"64"`
	}
	// Behind is where in a ticket a list of messages begins.
	Behind struct {
		After int64 `query:"after" minimum:"0" doc:"Place of the last message that is known already"`
		Limit int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	// SayIn is something to say.
	SayIn struct {
		Body struct {
			ID   string `json:"id" minLength:"8" maxLength:"64" doc:"Chosen by who sends it: a repeat under the same id is answered with the message that is there"`
			Text string `json:"text" minLength:"1" maxLength:"20000"`
		}
	}
	// AttachIn is a file to send.
	AttachIn struct {
		ID      string `query:"id" required:"true" minLength:"8" maxLength:"64" doc:"As the id of a message"`
		Name    string `query:"name" maxLength:"400"`
		RawBody []byte `contentType:"application/octet-stream"`
	}
	attached struct {
		Type        string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Policy      string `header:"Content-Security-Policy"`
		Body        []byte
	}
	messageList struct {
		Body struct {
			Items []ticketMessage `json:"items" nullable:"false"`
			Next  int64           `json:"next,omitempty" doc:"What to give as after for those that follow; without it these were the last"`
		}
	}
)

const ticketTag = "tickets"

// buyer is a person who acts for an account.
func buyer(c *Caller, account string) support.Who {
	return support.Who{ID: c.Session.Who, By: c.By(), Name: c.Standing.Name, Side: quartet.SideBuyer, Account: account}
}

func (a *API) registerTickets() {
	readers, writers := []quartet.Right{quartet.MayRead}, []quartet.Right{quartet.MayAsk}
	const all = "/accounts/{account}/tickets"
	type In struct {
		AccountIn
		TicketIn
	}
	register(a, operation{
		ID: "listTickets", Method: http.MethodGet, Path: all, Tag: ticketTag, Summary: "The tickets of an account, newest first", Rights: readers,
	}, func(ctx context.Context, c Caller, in *struct {
		AccountIn
		Turn

		State string `query:"state" enum:"open,waiting_for_buyer,waiting_for_support,solved,closed"`
	},
	) (*page[ticket], error) {
		return a.tickets(ctx, buyer(&c, in.Account), quartet.TicketFilter{State: quartet.TicketState(in.State)}, "", in.Turn)
	})
	type openedTicket struct {
		Body struct {
			Ticket ticket `json:"ticket"`
			Notice string `json:"notice,omitempty" doc:"Something that looked like an element was taken out"`
		}
	}
	register(a, operation{
		ID: "openTicket", Method: http.MethodPost, Path: all, Tag: ticketTag, Status: http.StatusCreated, Summary: "Ask support something, or begin a chat", Rights: writers,
		Doc: "What looks like an ID number, a card or a mobile is taken out before anything is kept; to find a call support needs its seqNo alone. A repeat under the same id opens nothing more.",
	}, func(ctx context.Context, c Caller, in *struct {
		AccountIn

		Body struct {
			ID       string `json:"id,omitempty" maxLength:"64" doc:"Chosen by who sends it; without one, a repeat opens another ticket"`
			Subject  string `json:"subject" minLength:"1" maxLength:"400"`
			Text     string `json:"text" minLength:"1" maxLength:"20000"`
			Category string `json:"category" enum:"call,integration,billing,invoice,account,other"`
			Priority string `json:"priority,omitempty" enum:"low,normal,high,urgent"`
			SeqNo    string `json:"seq_no,omitempty" maxLength:"18" doc:"Of a call of the account that it is about"`
			Live     bool   `json:"live,omitempty" doc:"A chat: where nobody is there, or nobody answers, it becomes a ticket like others"`
		}
	},
	) (*openedTicket, error) {
		b, who := &in.Body, buyer(&c, in.Account)
		opened, scrubbed, err := a.o.Tickets.Open(ctx, who, support.Question{
			ID: b.ID, Subject: b.Subject, Text: b.Text, Category: quartet.TicketCategory(b.Category), Priority: quartet.TicketPriority(b.Priority), SeqNo: b.SeqNo, Live: b.Live,
		})
		if err != nil {
			return nil, err
		}
		out := &openedTicket{}
		if out.Body.Ticket = ticketOf(&opened, who.Side); scrubbed {
			out.Body.Notice = scrubNotice
		}
		return out, nil
	})
	register(a, operation{
		ID: "showTicket", Method: http.MethodGet, Path: all + "/{ticket}", Tag: ticketTag, Summary: "One ticket of an account", Rights: readers,
	}, func(ctx context.Context, c Caller, in *In) (*ticketAnswer, error) {
		who := buyer(&c, in.Account)
		o, err := a.o.Tickets.Find(ctx, who, in.Ticket)
		return answerTicket(who, o, err)
	})
	register(a, operation{
		ID: "listTicketMessages", Method: http.MethodGet, Path: all + "/{ticket}/messages", Tag: ticketTag, Summary: "What was said to a ticket, in order", Rights: readers,
	}, func(ctx context.Context, c Caller, in *struct {
		In
		Behind
	},
	) (*messageList, error) {
		return a.messages(ctx, buyer(&c, in.Account), in.Ticket, in.Behind)
	})
	register(a, operation{
		ID: "sayToTicket", Method: http.MethodPost, Path: all + "/{ticket}/messages", Tag: ticketTag, Summary: "Say something to a ticket", Rights: writers,
		Doc: "A solved ticket is opened by it again, within seven days.",
	}, func(ctx context.Context, c Caller, in *struct {
		In
		SayIn
	},
	) (*messageAnswer, error) {
		return answerMessage(a.o.Tickets.Say(ctx, buyer(&c, in.Account), in.Ticket, in.Body.ID, in.Body.Text))
	})
	register(a, operation{
		ID: "attachToTicket", Method: http.MethodPost, Path: all + "/{ticket}/files", Tag: ticketTag, MaxBody: support.MaxFile + 1, Within: time.Minute,
		Summary: "Send a file: PNG, JPEG, PDF, or text (txt, csv), at most 10 MiB, ten a ticket", Rights: writers,
	}, func(ctx context.Context, c Caller, in *struct {
		In
		AttachIn
	},
	) (*messageAnswer, error) {
		return answerMessage(a.o.Tickets.Attach(ctx, buyer(&c, in.Account), in.Ticket, in.ID, in.Name, in.RawBody))
	})
	register(a, operation{
		ID: "downloadTicketFile", Method: http.MethodGet, Gives: anyFile, Path: all + "/{ticket}/files/{file}", Tag: ticketTag, Within: time.Minute, Summary: "A file of a ticket", Rights: readers,
	}, func(ctx context.Context, c Caller, in *struct {
		In
		TicketFileIn
	},
	) (*attached, error) {
		return a.download(ctx, buyer(&c, in.Account), in.Ticket, in.File)
	})
	register(a, operation{
		ID: "solveTicket", Method: http.MethodPost, Path: all + "/{ticket}/solution", Tag: ticketTag, Status: http.StatusOK, Summary: "Say that a ticket is solved", Rights: writers,
	}, func(ctx context.Context, c Caller, in *In) (*ticketAnswer, error) {
		who := buyer(&c, in.Account)
		o, err := a.o.Turns.Solve(ctx, who, in.Ticket)
		return answerTicket(who, o, err)
	})
	register(a, operation{
		ID: "rateTicket", Method: http.MethodPut, Path: all + "/{ticket}/rating", Tag: ticketTag, Summary: "Say, once, how content one is with what support did", Rights: writers,
	}, func(ctx context.Context, c Caller, in *struct {
		In

		Body struct {
			Stars int64  `json:"stars" minimum:"1" maximum:"5"`
			Word  string `json:"word,omitempty" maxLength:"2000"`
		}
	},
	) (*ticketAnswer, error) {
		who := buyer(&c, in.Account)
		o, err := a.o.Turns.Rate(ctx, who, in.Ticket, in.Body.Stars, in.Body.Word)
		return answerTicket(who, o, err)
	})
	a.registerChat(all, readers, "Buyer", buyer)
}

// queue is a page of the tickets of all accounts. Its cursor is the place that the last one had:
// whoever answers it meanwhile does not move the page that follows.
func (a *API) queue(ctx context.Context, f quartet.TicketFilter, seqNo string, at Turn) (*page[ticket], error) {
	behind, err := quartet.ParseTicketPlace(at.After)
	if err != nil {
		return nil, err
	}
	f.Limit = at.Limit + 1
	list, err := a.o.Looks.Queue(ctx, f, seqNo, behind)
	if err != nil {
		return nil, err
	}
	return pageOf(list, Turn{Limit: at.Limit}, func(o *support.Opened) string { return o.Place().String() }, func(o *support.Opened) ticket { return ticketOf(o, quartet.SideSupport) })
}

func (a *API) tickets(ctx context.Context, who support.Who, f quartet.TicketFilter, seqNo string, at Turn) (*page[ticket], error) {
	f.Before, f.Limit = at.After, at.Limit+1
	list, err := a.o.Tickets.List(ctx, who, f, seqNo)
	if err != nil {
		return nil, err
	}
	return pageOf(list, Turn{Limit: at.Limit}, func(o *support.Opened) string { return o.ID }, func(o *support.Opened) ticket { return ticketOf(o, who.Side) })
}

func (a *API) messages(ctx context.Context, who support.Who, id string, at Behind) (*messageList, error) {
	lines, err := a.o.Tickets.Messages(ctx, who, id, at.After, at.Limit)
	if err != nil {
		return nil, err
	}
	out := &messageList{}
	out.Body.Items = make([]ticketMessage, len(lines))
	for i := range lines {
		out.Body.Items[i] = messageOf(&lines[i])
	}
	if len(lines) == at.Limit {
		out.Body.Next = lines[len(lines)-1].Place
	}
	return out, nil
}

// download is a file that no browser shows in the place of a page.
func (a *API) download(ctx context.Context, who support.Who, id, file string) (*attached, error) {
	line, content, err := a.o.Looks.File(ctx, who, id, file)
	if err != nil {
		return nil, err
	}
	return &attached{
		Type: line.File.Kind, Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": line.FileName}), Policy: "default-src 'none'; sandbox", Body: content,
	}, nil
}
