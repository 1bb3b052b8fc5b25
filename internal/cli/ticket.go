package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/support"
)

func newTicket(env *Env) *cobra.Command {
	return group("ticket", "Tickets: what buyers ask and support answers", newTicketList(env), newTicketShow(env), newTicketAnswer(env), newTicketClose(env))
}

type ticketLine struct {
	ID           string `json:"id"`
	Number       string `json:"number"`
	Account      string `json:"account"`
	State        string `json:"state"`
	Priority     string `json:"priority"`
	Category     string `json:"category"`
	Live         bool   `json:"live"`
	SeqNo        string `json:"seq_no"`
	Assignee     string `json:"assignee"`
	Subject      string `json:"subject"`
	CreatedAt    string `json:"created_at"`
	WaitingSince string `json:"waiting_since"`
}

func ticketLineOf(o *support.Opened) ticketLine {
	return ticketLine{
		o.ID, o.Number, o.Account, string(o.State), string(o.Priority), string(o.Category), o.Live, o.SeqNo, o.Assignee, o.Subject, stamp(o.Created), stamp(o.Waits),
	}
}

const maxTickets = 10_000

func newTicketList(env *Env) *cobra.Command {
	var (
		account, state string
		limit          int
		asJSON         bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List tickets, those that press first", Args: exactly(0),
		Long: `List the tickets of all accounts as they press: who waits for an answer first, by priority
and then by how long; behind them, newest first, what waits for buyers, and what is over.`,
		Example: `  quartet ticket list --state open
  quartet ticket list --json | jq 'select(.waiting_since != "")'`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			f := quartet.TicketFilter{State: quartet.TicketState(state), Limit: limit}
			if account != "" {
				a, err := h.Desk.Find(ctx, account)
				if err != nil {
					return err
				}
				f.Account = a.ID
			}
			list, err := h.Support.Queue(ctx, f, "", quartet.TicketPlace{Rank: -1})
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "NUMBER", "ACCOUNT", "STATE", "PRIORITY", "WAITING SINCE", "SUBJECT")
			for i := range list {
				o := &list[i]
				if err := out.row(ticketLineOf(o), o.Number, o.Account, o.State, o.Priority, day(o.Waits), o.Subject); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	cmd.Flags().StringVar(&account, "account", "", "of this account only (id or name)")
	cmd.Flags().StringVar(&state, "state", "", "those that are open, waiting_for_buyer, waiting_for_support, solved or closed alone")
	cmd.Flags().IntVar(&limit, "limit", 100, "the first so many")
	before(cmd, func([]string) error {
		switch quartet.TicketState(state) {
		case "", quartet.TicketOpen, quartet.TicketWaitingForBuyer, quartet.TicketWaitingForSupport, quartet.TicketSolved, quartet.TicketClosed:
		default:
			return usagef("--state is open, waiting_for_buyer, waiting_for_support, solved or closed")
		}
		if limit < 1 || limit > maxTickets {
			return usagef("--limit must be from 1 to %d", maxTickets)
		}
		return nil
	})
	jsonFlag(cmd, &asJSON)
	return cmd
}

// serving is an operator who serves buyers, and the ticket that a number or an id names.
func (e *Env) serving(ctx context.Context, h *app.House, as, ref string) (who support.Who, o support.Opened, err error) {
	op, err := e.prove(ctx, h, as, quartet.MayServeBuyers)
	if err != nil {
		return who, o, err
	}
	who = support.Who{ID: op.ID, By: op.Name, Name: op.Name, Side: quartet.SideSupport}
	list, err := h.Support.Queue(ctx, quartet.TicketFilter{Number: ref, Limit: 1}, "", quartet.TicketPlace{Rank: -1})
	if err == nil && len(list) == 1 {
		return who, list[0], nil
	}
	if err == nil {
		o, err = h.Support.Find(ctx, who, ref)
	}
	return who, o, err
}

type ticketSaid struct {
	Place    int64  `json:"place"`
	At       string `json:"at"`
	Side     string `json:"side"`
	Internal bool   `json:"internal"`
	Name     string `json:"name"`
	Text     string `json:"text"`
	File     string `json:"file"`
}

func newTicketShow(env *Env) *cobra.Command {
	var (
		as     string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "show TICKET", Short: "Show what was said to a ticket, to an operator", Args: exactly(1),
		Long: `Show what was said to a ticket, which is named by its number or its id, with the notes of the
house, to an operator who serves buyers and says the password first. It counts as read.`,
		Example: `  quartet ticket show T260302-4711`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			who, o, err := env.serving(ctx, h, as, args[0])
			if err != nil {
				return err
			}
			if !asJSON {
				if _, err := fmt.Fprintf(env.Out, "%s of %s, %s, %s priority: %s\n\n", o.Number, o.Account, o.State, o.Priority, o.Subject); err != nil {
					return err
				}
			}
			out := newLines(env.Out, asJSON, "PLACE", "AT", "WHO", "TEXT")
			for after := int64(0); ; {
				said, err := h.Support.Messages(ctx, who, o.ID, after, 200)
				if err != nil {
					return err
				}
				for i := range said {
					if err := out.said(&said[i]); err != nil {
						return err
					}
				}
				if len(said) < 200 {
					return out.flush()
				}
				after = said[len(said)-1].Place
			}
		}),
	}
	asFlag(cmd, &as)
	jsonFlag(cmd, &asJSON)
	return cmd
}

// said prints a message; what is behind a line feed of its text stands in a row of its own.
func (l *lines) said(m *support.Line) error {
	who := string(m.Side)
	if m.Name != "" {
		who += " " + m.Name
	}
	if m.Internal {
		who += " (note)"
	}
	text := m.Text
	if m.FileName != "" {
		text = strings.TrimSpace(text + " [file " + m.FileName + "]")
	}
	first, rest, more := strings.Cut(text, "\n")
	if err := l.row(ticketSaid{m.Place, stamp(m.At), string(m.Side), m.Internal, m.Name, m.Text, m.FileName}, m.Place, day(m.At), who, first); err != nil || l.json != nil {
		return err
	}
	for more {
		first, rest, more = strings.Cut(rest, "\n")
		if err := l.row(nil, "", "", "", first); err != nil {
			return err
		}
	}
	return nil
}

// maxAnswer bounds what is read of an answer; how long it may be, support says.
const maxAnswer = 64 << 10

func newTicketAnswer(env *Env) *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use: "answer TICKET", Short: "Answer a buyer, as an operator", Args: exactly(1),
		Long: `Answer the buyer of a ticket, which is named by its number or its id, as an operator who serves
buyers and says the password first. The answer is read from standard input to its end; where
that is no terminal, the password is its first line. What looks like an element in it is taken
out before it is kept.`,
		Example: `  quartet ticket answer T260302-4711 --as li < answer.txt`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			who, o, err := env.serving(ctx, h, as, args[0])
			if err != nil {
				return err
			}
			text, err := io.ReadAll(io.LimitReader(env.In, maxAnswer))
			if err != nil {
				return err
			}
			if strings.TrimSpace(string(text)) == "" {
				return usagef("there is no answer on standard input")
			}
			said, err := h.Support.Say(ctx, who, o.ID, uuid.NewString(), strings.TrimSpace(string(text)))
			if err != nil {
				return err
			}
			kept := ""
			if said.Scrubbed {
				kept = "; what looked like an element was taken out"
			}
			_, err = fmt.Fprintf(env.Out, "answered ticket %s%s\n", o.Number, kept)
			return err
		}),
	}
	asFlag(cmd, &as)
	return cmd
}

func newTicketClose(env *Env) *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use: "close TICKET", Short: "Close a ticket for good, as an operator", Args: exactly(1),
		Long: `Close a ticket, which is named by its number or its id, for good, as an operator who serves
buyers and says the password first. Nothing can be said to it any more.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			who, o, err := env.serving(ctx, h, as, args[0])
			if err != nil {
				return err
			}
			if o, err = h.Support.Close(ctx, who, o.ID); err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.Out, "closed ticket", o.Number)
			return err
		}),
	}
	asFlag(cmd, &as)
	return cmd
}
