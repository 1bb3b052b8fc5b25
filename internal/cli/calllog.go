package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newCall(env *Env) *cobra.Command {
	return group("call", "The log of calls", newCallList(env), newCallShow(env))
}

type callLine struct {
	SeqNo   string   `json:"seq_no"`
	Time    string   `json:"time"`
	Account string   `json:"account"`
	Product string   `json:"product"`
	Code    string   `json:"code"`
	State   string   `json:"state"`
	Reason  string   `json:"reason"`
	Differs []string `json:"differs"`
	Charged int64    `json:"charged"`
	Grant   string   `json:"grant_id"`
	Source  string   `json:"source"`
	Latency int64    `json:"latency_us"`
	Reused  bool     `json:"reused"`
}

// callDetail is a call with the sources that were considered for it.
type callDetail struct {
	callLine

	Attempts []attemptLine `json:"attempts"`
}

type attemptLine struct {
	Source    string    `json:"source"`
	Skipped   string    `json:"skipped"`
	Why       string    `json:"why"`
	At        string    `json:"at"`
	Latency   int64     `json:"latency_us"`
	Sent      bool      `json:"sent"`
	Failure   string    `json:"failure"`
	State     string    `json:"state"`
	Reason    string    `json:"reason"`
	Charged   string    `json:"charged"`
	Cost      fenNumber `json:"cost_fen"`
	Reference string    `json:"reference"`
	Code      string    `json:"code"`
	Note      string    `json:"note"`
}

func attemptOf(a quartet.Attempt) attemptLine {
	return attemptLine{
		a.Source, a.Skipped, a.Why, stamp(a.At), a.Latency.Microseconds(), a.Sent, a.Failure, a.Verdict.State(), string(a.Reason),
		a.Charged.String(), fenNumber(a.Cost), a.Reference, a.Code, a.Note,
	}
}

func callOf(h *app.House, c quartet.Call) callLine {
	return callLine{
		h.Numbers.Text(c.SeqNo), stamp(c.At), c.Account, c.Product, c.Code.String(), c.Verdict.State(),
		string(c.Reason), c.Differs.Parameters(), c.Charged, c.Grant, c.Source, c.Latency.Microseconds(), c.Reused,
	}
}

func newCallList(env *Env) *cobra.Command {
	var (
		filter  quartet.CallFilter
		limit   int
		account string
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List calls, oldest first", Args: exactly(0),
		Long: `List the calls of all accounts, oldest first: all of them, or the newest --limit.
NOTE marks verdicts that were given again without asking anybody. No element of a person is
kept with a call, so none is shown.`,
		Example: `  quartet call list --limit 20
  quartet call list --account acme --json | jq 'select(.code != "10000")'`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			if account != "" {
				a, err := h.Desk.Find(ctx, account)
				if err != nil {
					return err
				}
				filter.Account = a.ID
			}
			// Rows are streamed: there may be millions.
			buf := bufio.NewWriterSize(env.Out, 64<<10)
			put, err := callPrinter(ctx, h, buf, asJSON)
			if err != nil {
				return err
			}
			if limit > 0 {
				err = newest(ctx, h, filter, limit, put)
			} else {
				err = h.Store.Calls(ctx, filter, put)
			}
			return errors.Join(err, buf.Flush())
		}),
	}
	cmd.Flags().StringVar(&account, "account", "", "of this account only (id or name)")
	cmd.Flags().IntVar(&limit, "limit", 0, "the newest so many (0: all)")
	before(cmd, func([]string) error {
		if limit < 0 {
			return usagef("--limit must not be negative")
		}
		return nil
	})
	jsonFlag(cmd, &asJSON)
	return cmd
}

// callPrinter prints one call after the other: as JSON, or below a head. Nobody knows the
// widest cell in advance, so columns have fixed widths; that of the accounts is known.
func callPrinter(ctx context.Context, h *app.House, out io.Writer, asJSON bool) (func(quartet.Call) error, error) {
	if asJSON {
		lines := newLines(out, true)
		return func(c quartet.Call) error { return lines.row(callOf(h, c)) }, nil
	}
	accounts, err := h.Desk.List(ctx)
	if err != nil {
		return nil, err
	}
	width := 12
	for _, a := range accounts {
		width = max(width, len(a.ID))
	}
	put := func(no, at, account, product, code, state, reason, charged, latency, note string) error {
		_, err := fmt.Fprintf(out, "%-18s  %-19s  %-*s  %-8s %-5s %-5s %-17s %7s %10s  %s\n",
			no, at, width, account, product, code, dash(state), dash(reason), charged, latency, dash(note))
		return err
	}
	return func(c quartet.Call) error {
		l := callOf(h, c)
		note := ""
		if l.Reused { // nobody was asked for it
			note = "reused"
		}
		return put(l.SeqNo, day(c.At), l.Account, l.Product, l.Code, l.State, l.Reason, strconv.FormatInt(l.Charged, 10), c.Latency.String(), note)
	}, put("SEQNO", "TIME", "ACCOUNT", "PRODUCT", "CODE", "STATE", "REASON", "CHARGED", "LATENCY", "NOTE")
}

// newest yields the last n calls, oldest first.
func newest(ctx context.Context, h *app.House, f quartet.CallFilter, n int, yield func(quartet.Call) error) error {
	f.Limit = n
	found, err := h.Store.LatestCalls(ctx, f)
	if err != nil {
		return err
	}
	for i := range slices.Backward(found) {
		if err := yield(found[i]); err != nil {
			return err
		}
	}
	return nil
}

func newCallShow(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show SEQNO", Short: "Show the call behind a seqNo", Args: exactly(1),
		Example: "  quartet call show 4XU29Z4D1704061618",
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			no, err := h.Numbers.Parse(args[0])
			if err != nil {
				return usageError{err}
			}
			c, err := h.Store.FindCall(ctx, no)
			if err != nil {
				return err
			}
			attempts, err := h.Store.Attempts(ctx, no)
			if err != nil {
				return err
			}
			if asJSON {
				detail := callDetail{callOf(h, c), []attemptLine{}}
				for _, a := range attempts {
					detail.Attempts = append(detail.Attempts, attemptOf(a))
				}
				return newLines(env.Out, true).row(detail)
			}
			if err := showCall(env.Out, h, c); err != nil {
				return err
			}
			return showAttempts(env.Out, attempts)
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func showCall(out io.Writer, h *app.House, c quartet.Call) error {
	reused := ""
	if c.Reused {
		reused = ", reused: nobody was asked"
	}
	_, err := fmt.Fprintf(out, `seqNo       %s
time        %s
account     %s
credential  %s
product     %s
code        %s %s
state       %s (%s%s)
reason      %s
differs     %s
charged     %d
grant       %s
source      %s
latency     %s
`, h.Numbers.Text(c.SeqNo), stamp(c.At), c.Account, dash(c.Credential), c.Product, c.Code, c.Code.Message(),
		dash(c.Verdict.State()), c.Verdict, reused, dash(string(c.Reason)), dash(strings.Join(c.Differs.Parameters(), ",")), c.Charged, dash(c.Grant), dash(c.Source), c.Latency)
	return err
}

// showAttempts prints the sources that were considered, in order, below their call.
func showAttempts(out io.Writer, attempts []quartet.Attempt) error {
	if len(attempts) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(out); err != nil {
		return err
	}
	table := newLines(out, false, "SOURCE", "WHY", "ASKED AT", "TOOK", "OUTCOME", "CHARGED", "COST", "REFERENCE", "CODE", "NOTE")
	for i := range attempts {
		a := &attempts[i]
		cells := []any{a.Source, dash(a.Why), clock(a.At), a.Latency, outcomeOf(a), a.Charged, a.Cost, printable(a.Reference), printable(a.Code), printable(a.Note)}
		if a.Skipped != "" {
			cells = []any{a.Source, "-", "-", "-", "not asked: " + a.Skipped, "-", "-", "-", "-", printable(a.Note)}
		}
		if err := table.row(nil, cells...); err != nil {
			return err
		}
	}
	return table.flush()
}

// clock is the time of a day, as precise as attempts need it.
func clock(t time.Time) string { return t.In(quartet.Shanghai).Format("15:04:05.000") }

// printable is a supplier's text without what would move the cursor of a terminal.
func printable(text string) string {
	return dash(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text))
}

func outcomeOf(a *quartet.Attempt) string {
	switch {
	case a.Failure != "" && a.Verdict != quartet.NoVerdict: // told afterwards
		return a.Failure + ", then " + a.Verdict.String()
	case a.Failure != "":
		return a.Failure
	case a.Reason != "":
		return a.Verdict.String() + " (" + string(a.Reason) + ")"
	default:
		return a.Verdict.String()
	}
}
