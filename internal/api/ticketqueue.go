package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/support"
)

// server is an operator who serves buyers, or looks on.
func server(c *Caller) support.Who {
	return support.Who{ID: c.Session.Who, By: c.By(), Name: c.Standing.Name, Side: quartet.SideSupport}
}

func (a *API) registerTicketQueue() {
	watchers, servers := []quartet.Right{quartet.MayWatchHouse}, []quartet.Right{quartet.MayServeBuyers}
	register(a, operation{
		ID: "listQueue", Method: http.MethodGet, Path: "/tickets", Tag: ticketTag, Rights: watchers,
		Summary: "The tickets of all accounts, as they press", Doc: "Who waits for an answer comes first, by priority and then by how long; behind them, newest first, what waits for buyers, and what is over.",
	}, func(ctx context.Context, c Caller, in *struct {
		Turn

		State    string `query:"state" enum:"open,waiting_for_buyer,waiting_for_support,solved,closed"`
		Category string `query:"category" enum:"call,integration,billing,invoice,account,other"`
		Assignee string `query:"assignee" maxLength:"64" doc:"me, nobody, or the id of an operator"`
		Account  string `query:"account_id" maxLength:"64"`
		Number   string `query:"number" maxLength:"32"`
		SeqNo    string `query:"seq_no" maxLength:"18"`
	},
	) (*page[ticket], error) {
		f := quartet.TicketFilter{State: quartet.TicketState(in.State), Category: quartet.TicketCategory(in.Category), Account: in.Account, Number: in.Number, Assignee: in.Assignee}
		switch in.Assignee {
		case "me":
			f.Assignee = c.Session.Who
		case "nobody":
			f.Assignee, f.Unassigned = "", true
		}
		return a.queue(ctx, f, in.SeqNo, in.Turn)
	})
	register(a, operation{
		ID: "showQueued", Method: http.MethodGet, Path: "/tickets/{ticket}", Tag: ticketTag, Summary: "One ticket", Rights: watchers,
	}, func(ctx context.Context, c Caller, in *TicketIn) (*ticketAnswer, error) {
		o, err := a.o.Tickets.Find(ctx, server(&c), in.Ticket)
		return answerTicket(server(&c), o, err)
	})
	register(a, operation{
		ID: "readTicket", Method: http.MethodGet, Path: "/tickets/{ticket}/messages", Tag: ticketTag, Summary: "What was said to a ticket, with the notes of the house", Rights: servers,
	}, func(ctx context.Context, c Caller, in *struct {
		TicketIn
		Behind
	},
	) (*messageList, error) {
		return a.messages(ctx, server(&c), in.Ticket, in.Behind)
	})
	type Say struct {
		TicketIn
		SayIn
	}
	register(a, operation{
		ID: "answerTicket", Method: http.MethodPost, Path: "/tickets/{ticket}/answers", Tag: ticketTag, Summary: "Answer a buyer", Rights: servers,
	}, func(ctx context.Context, c Caller, in *Say) (*messageAnswer, error) {
		return answerMessage(a.o.Tickets.Say(ctx, server(&c), in.Ticket, in.Body.ID, in.Body.Text))
	})
	register(a, operation{
		ID: "noteTicket", Method: http.MethodPost, Path: "/tickets/{ticket}/notes", Tag: ticketTag, Summary: "Write a note that no buyer sees", Rights: servers,
	}, func(ctx context.Context, c Caller, in *Say) (*messageAnswer, error) {
		return answerMessage(a.o.Turns.Note(ctx, server(&c), in.Ticket, in.Body.ID, in.Body.Text))
	})
	register(a, operation{
		ID: "answerWithFile", Method: http.MethodPost, Path: "/tickets/{ticket}/files", Tag: ticketTag, MaxBody: support.MaxFile + 1, Within: time.Minute,
		Summary: "Send a buyer a file: PNG, JPEG, PDF, or text (txt, csv), at most 10 MiB, ten a ticket", Rights: servers,
	}, func(ctx context.Context, c Caller, in *struct {
		TicketIn
		AttachIn
	},
	) (*messageAnswer, error) {
		return answerMessage(a.o.Tickets.Attach(ctx, server(&c), in.Ticket, in.ID, in.Name, in.RawBody))
	})
	register(a, operation{
		ID: "seeTicketFile", Method: http.MethodGet, Gives: anyFile, Path: "/tickets/{ticket}/files/{file}", Tag: ticketTag, Within: time.Minute, Summary: "A file of a ticket", Rights: servers,
	}, func(ctx context.Context, c Caller, in *struct {
		TicketIn
		TicketFileIn
	},
	) (*attached, error) {
		return a.download(ctx, server(&c), in.Ticket, in.File)
	})
	register(a, operation{
		ID: "assignTicket", Method: http.MethodPut, Path: "/tickets/{ticket}/assignment", Tag: ticketTag, Summary: "Say who looks after a ticket", Rights: servers,
	}, func(ctx context.Context, c Caller, in *struct {
		TicketIn

		Body struct {
			Assignee string `json:"assignee" maxLength:"64" doc:"me, the id of an operator, or empty for nobody"`
		}
	},
	) (*ticketAnswer, error) {
		operator := in.Body.Assignee
		if operator == "me" {
			operator = c.Session.Who
		}
		o, err := a.o.Turns.Assign(ctx, server(&c), in.Ticket, operator)
		return answerTicket(server(&c), o, err)
	})
	register(a, operation{
		ID: "sortTicket", Method: http.MethodPut, Path: "/tickets/{ticket}/priority", Tag: ticketTag, Summary: "Say what a ticket is about and how much it presses", Rights: servers,
	}, func(ctx context.Context, c Caller, in *struct {
		TicketIn

		Body struct {
			Category string `json:"category" enum:"call,integration,billing,invoice,account,other"`
			Priority string `json:"priority" enum:"low,normal,high,urgent"`
		}
	},
	) (*ticketAnswer, error) {
		o, err := a.o.Turns.Sort(ctx, server(&c), in.Ticket, quartet.TicketCategory(in.Body.Category), quartet.TicketPriority(in.Body.Priority))
		return answerTicket(server(&c), o, err)
	})
	register(a, operation{
		ID: "resolveTicket", Method: http.MethodPost, Path: "/tickets/{ticket}/solution", Tag: ticketTag, Status: http.StatusOK, Summary: "Say that a ticket is solved", Rights: servers,
	}, func(ctx context.Context, c Caller, in *TicketIn) (*ticketAnswer, error) {
		o, err := a.o.Turns.Solve(ctx, server(&c), in.Ticket)
		return answerTicket(server(&c), o, err)
	})
	register(a, operation{
		ID: "closeTicket", Method: http.MethodPost, Path: "/tickets/{ticket}/closure", Tag: ticketTag, Status: http.StatusOK, Summary: "Close a ticket for good", Rights: servers,
	}, func(ctx context.Context, c Caller, in *TicketIn) (*ticketAnswer, error) {
		o, err := a.o.Turns.Close(ctx, server(&c), in.Ticket)
		return answerTicket(server(&c), o, err)
	})
	a.registerTicketCall(servers)
	a.registerChat("/tickets", servers, "Queued", func(c *Caller, _ string) support.Who { return server(c) })
}

type ticketCall struct {
	SeqNo     string        `json:"seq_no"`
	At        time.Time     `json:"at"`
	Account   string        `json:"account_id"`
	Product   string        `json:"product_id"`
	Code      string        `json:"code"`
	Message   string        `json:"message"`
	Cause     string        `json:"cause" doc:"The one cause of the code"`
	State     string        `json:"state,omitempty" enum:"1,2,3"`
	Reason    string        `json:"reason,omitempty"`
	Charged   int64         `json:"charged" doc:"Units"`
	Source    string        `json:"source,omitempty"`
	LatencyMS int64         `json:"latency_ms"`
	Attempts  []ticketAsked `json:"attempts" nullable:"false" doc:"The sources that were considered, in order"`
}

type ticketAsked struct {
	Source    string    `json:"source"`
	Skipped   string    `json:"skipped,omitempty" doc:"Why it was not asked"`
	At        time.Time `json:"at,omitzero"`
	LatencyMS int64     `json:"latency_ms"`
	Failure   string    `json:"failure,omitempty"`
	State     string    `json:"state,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Code      string    `json:"code,omitempty" doc:"The source's own"`
	Reference string    `json:"reference,omitempty" doc:"The source's own number of the question"`
	Note      string    `json:"note,omitempty"`
}

func (a *API) registerTicketCall(rights []quartet.Right) {
	register(a, operation{
		ID: "showTicketCall", Method: http.MethodGet, Path: "/tickets/{ticket}/call", Tag: ticketTag, Rights: rights,
		Summary: "What became of the call that a ticket is about", Doc: "No element is among it: none is kept.",
	}, func(ctx context.Context, c Caller, in *TicketIn) (*struct{ Body ticketCall }, error) {
		v, err := a.o.Looks.CallOf(ctx, server(&c), in.Ticket)
		if err != nil {
			return nil, err
		}
		k := &v.Call
		out := ticketCall{
			SeqNo: v.SeqNo, At: k.At, Account: k.Account, Product: k.Product, Code: k.Code.String(), Message: v.Text.Message, Cause: v.Text.CauseZH,
			State: k.Verdict.State(), Reason: string(k.Reason), Charged: k.Charged, Source: k.Source, LatencyMS: k.Latency.Round(time.Millisecond).Milliseconds(), Attempts: []ticketAsked{},
		}
		for i := range v.Attempts {
			t := &v.Attempts[i]
			out.Attempts = append(out.Attempts, ticketAsked{t.Source, t.Skipped, t.At, t.Latency.Round(time.Millisecond).Milliseconds(), t.Failure, t.Verdict.State(), string(t.Reason), t.Code, t.Reference, t.Note})
		}
		return &struct{ Body ticketCall }{out}, nil
	})
	type statistics struct {
		From          time.Time `json:"from_at"`
		To            time.Time `json:"to_at"`
		Opened        int64     `json:"opened"`
		Answered      int64     `json:"answered"`
		MedianSeconds int64     `json:"median_first_answer_seconds"`
		Rated         int64     `json:"rated"`
		MeanStars     float64   `json:"mean_stars"`
	}
	register(a, operation{
		ID: "showTicketStatistics", Method: http.MethodGet, Path: "/ticket-statistics", Tag: ticketTag, Rights: []quartet.Right{quartet.MayWatchHouse},
		Summary: "How support did with the tickets that were opened in a span of time",
	}, func(ctx context.Context, _ Caller, in *struct {
		From time.Time `query:"from_at" required:"true"`
		To   time.Time `query:"to_at" required:"true"`
	},
	) (*struct{ Body statistics }, error) {
		s, err := a.o.Looks.Statistics(ctx, in.From, in.To)
		if err != nil {
			return nil, err
		}
		out := statistics{From: in.From, To: in.To, Opened: s.Opened, Answered: s.Answered, MedianSeconds: int64(s.Median.Seconds()), Rated: s.Rated}
		if s.Rated > 0 {
			out.MeanStars = float64(s.Stars) / float64(s.Rated)
		}
		return &struct{ Body statistics }{out}, nil
	})
}
