package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"quartet"
	"quartet/internal/support"
)

const (
	eventStream = "text/event-stream"
	// streamFor is longer than anybody follows a ticket before they pass the door anew.
	streamFor = 15 * time.Minute
	// eventWithin is how long a browser may take for what it is sent.
	eventWithin = 15 * time.Second
)

// registerChat adds the stream of what is said to a ticket, for one side.
func (a *API) registerChat(at string, rights []quartet.Right, side string, who func(c *Caller, account string) support.Who) {
	type In struct {
		Ticket string `path:"ticket" maxLength:"64"`
		After  int64  `query:"after" minimum:"0" doc:"Place of the last message that is known already; Last-Event-ID counts before it"`
		Last   int64  `header:"Last-Event-ID" minimum:"0" doc:"What a browser sends when it comes again"`
	}
	op := operation{
		ID: "follow" + side + "Chat", Method: http.MethodGet, Path: at + "/{ticket}/events", Tag: ticketTag, Within: streamFor, Gives: eventStream, Rights: rights,
		Summary: "What is said to a ticket, as it is said", Doc: "Server-sent events: `message` bears a message as JSON, and its place as the id. Who comes again behind the id that they saw last misses and doubles none.",
	}
	if side == "Buyer" {
		register(a, op, func(ctx context.Context, c Caller, in *struct {
			AccountIn
			In
		},
		) (*huma.StreamResponse, error) {
			return a.stream(ctx, who(&c, in.Account), in.Ticket, max(in.After, in.Last))
		})
		return
	}
	register(a, op, func(ctx context.Context, c Caller, in *In) (*huma.StreamResponse, error) {
		return a.stream(ctx, who(&c, ""), in.Ticket, max(in.After, in.Last))
	})
}

func (a *API) stream(ctx context.Context, who support.Who, id string, after int64) (*huma.StreamResponse, error) {
	f, err := a.o.Looks.Follow(ctx, who, id, after)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer f.Leave()
		_, w := humago.Unwrap(hc)
		e := events{w: w, control: http.NewResponseController(w), now: time.Now}
		// The server bounds how long a request may take to be read and to be answered. This one
		// is read, and bounds each of its writes instead.
		if err := e.control.SetReadDeadline(time.Time{}); err != nil {
			a.problem(ctx, "stream", err).Write(w)
			return
		}
		hc.SetHeader("Content-Type", eventStream)
		hc.SetHeader("X-Accel-Buffering", "no") // a proxy that gathers answers would keep them
		hc.SetStatus(http.StatusOK)
		if hc.Method() == http.MethodHead || e.write([]byte("retry: 1000\n\n")) != nil {
			return
		}
		// How it ended is known to who followed: the connection ends, and they come again.
		// Whoever may not follow any more is sent nothing that was said since.
		_ = f.Run(hc.Context(), func(lines []support.Line) error {
			if err := a.still(hc.Context()); err != nil {
				return err
			}
			return e.messages(lines)
		}, func() error {
			if err := a.still(hc.Context()); err != nil {
				return err
			}
			return e.write([]byte(":\n\n"))
		})
	}}, nil
}

// events writes events to a browser.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
	now     func() time.Time
}

func (e *events) write(b []byte) error {
	if err := e.control.SetWriteDeadline(e.now().Add(eventWithin)); err != nil {
		return err
	}
	if _, err := e.w.Write(b); err != nil {
		return err
	}
	return e.control.Flush()
}

func (e *events) messages(lines []support.Line) error {
	var b bytes.Buffer
	for i := range lines {
		text, err := json.Marshal(messageOf(&lines[i]))
		if err != nil {
			return err
		}
		b.WriteString("id: " + strconv.FormatInt(lines[i].Place, 10) + "\nevent: message\ndata: ")
		b.Write(text)
		b.WriteString("\n\n")
	}
	return e.write(b.Bytes())
}

// still is nil while whoever asked may still do what they are doing: a session or a token
// that has ended and a role that was taken away end it.
func (a *API) still(ctx context.Context) error {
	v := visitOf(ctx)
	if v.caller.ByToken() {
		return a.stillToken(ctx, v)
	}
	s, err := a.o.Sessions.Session(ctx, v.caller.Session.Hash)
	if err != nil {
		return err
	}
	if !a.o.Now().Before(s.EndsAt) {
		return quartet.Errorf(quartet.ErrUnauthenticated, "the session has ended")
	}
	roll := a.o.People
	if s.Operator {
		roll = a.o.House
	}
	standing, err := roll.Standing(ctx, s)
	if err != nil {
		return err
	}
	if standing.Epoch != s.Epoch {
		return quartet.Errorf(quartet.ErrUnauthenticated, "the session has ended")
	}
	return a.permit(Caller{Session: s, Standing: standing}, v.r, v.op)
}
