package cli

import (
	"bufio"
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newCall(env *Env) *cobra.Command {
	return group("call", "The log of calls", newCallList(env), newCallShow(env))
}

type callLine struct {
	SeqNo   string `json:"seq_no"`
	Time    string `json:"time"`
	Account string `json:"account"`
	Product string `json:"product"`
	Code    string `json:"code"`
	State   string `json:"state"`
	Reason  string `json:"reason"`
	Charged int64  `json:"charged"`
	Grant   string `json:"grant_id"`
	Latency int64  `json:"latency_us"`
}

func callOf(h *app.House, c quartet.Call) callLine {
	return callLine{
		h.Numbers.Text(c.SeqNo), stamp(c.At), c.Account, c.Product, c.Code.String(), c.Verdict.State(),
		string(c.Reason), c.Charged, c.Grant, c.Latency.Microseconds(),
	}
}

func newCallList(env *Env) *cobra.Command {
	var (
		filter  quartet.CallFilter
		account string
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List calls, oldest first", Args: exactly(0),
		Long: `List the calls of all accounts, oldest first, without a limit unless one is given.
No element of a person is kept with a call, so none is shown.`,
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
			// Rows are streamed: there may be millions. Columns have fixed widths, since
			// nobody knows the widest in advance.
			buf := bufio.NewWriterSize(env.Out, 64<<10)
			out := newLines(buf, true)
			const row = "%-18s  %-19s  %-12s  %-8s %-5s %-5s %-17s %7s %10s\n"
			if !asJSON {
				_, _ = fmt.Fprintf(buf, row, "SEQNO", "TIME", "ACCOUNT", "PRODUCT", "CODE", "STATE", "REASON", "CHARGED", "LATENCY")
			}
			err := h.Store.Calls(ctx, filter, func(c quartet.Call) error {
				if asJSON {
					return out.row(callOf(h, c))
				}
				l := callOf(h, c)
				_, err := fmt.Fprintf(buf, row, l.SeqNo, day(c.At), l.Account, l.Product, l.Code, l.State, l.Reason,
					strconv.FormatInt(l.Charged, 10), c.Latency.String())
				return err
			})
			if err != nil {
				return err
			}
			return buf.Flush()
		}),
	}
	cmd.Flags().StringVar(&account, "account", "", "of this account only (id or name)")
	cmd.Flags().IntVar(&filter.Limit, "limit", 0, "at most so many (0: all)")
	before(cmd, func([]string) error {
		if filter.Limit < 0 {
			return usagef("--limit must not be negative")
		}
		return nil
	})
	jsonFlag(cmd, &asJSON)
	return cmd
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
			if asJSON {
				return newLines(env.Out, true).row(callOf(h, c))
			}
			_, err = fmt.Fprintf(env.Out, `seqNo       %s
time        %s
account     %s
credential  %s
product     %s
code        %s %s
state       %s (%s)
reason      %s
charged     %d
grant       %s
source      %s
latency     %s
`, h.Numbers.Text(c.SeqNo), stamp(c.At), c.Account, c.Credential, c.Product, c.Code, c.Code.Message(),
				c.Verdict.State(), c.Verdict, c.Reason, c.Charged, c.Grant, c.Source, c.Latency)
			return err
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}
