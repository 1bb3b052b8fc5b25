package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/margin"
)

func newReport(env *Env) *cobra.Command {
	return group("report", "Reports: what came in and what it cost", newReportMargin(env))
}

// span is the days and the product of a report, as flags give them.
type span struct{ from, to, product string }

func (s *span) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.from, "from", "", "first day in Asia/Shanghai, such as 2026-10-01 (empty: that of the oldest call)")
	cmd.Flags().StringVar(&s.to, "to", "", "last day (empty: today)")
	cmd.Flags().StringVar(&s.product, "product", "", "of this product only (id)")
	before(cmd, func([]string) error {
		_, err := s.read(time.Unix(0, 0))
		return err
	})
}

func (s *span) read(now time.Time) (margin.Span, error) {
	out := margin.Span{To: quartet.DayOf(now.Unix()), Product: s.product}
	for _, f := range []struct {
		flag, text string
		into       *int64
	}{{"from", s.from, &out.From}, {"to", s.to, &out.To}} {
		if f.text == "" {
			continue
		}
		at, err := time.ParseInLocation(time.DateOnly, f.text, quartet.Shanghai)
		if err != nil {
			return out, usagef("--%s must be a day such as 2026-10-01", f.flag)
		}
		*f.into = quartet.DayOf(at.Unix())
	}
	if s.from != "" && s.to != "" && out.To < out.From {
		return out, usagef("--to must not be before --from")
	}
	return out, nil
}

func newReportMargin(env *Env) *cobra.Command {
	var (
		days   span
		by     string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "margin", Short: "Show revenue, cost of sources and margin", Args: exactly(0),
		Long: `Show, for each day of Asia/Shanghai and each product, what charged units brought in, what
sources charge for the questions behind them, and the difference; in yuan.

A unit brings in what was paid for its grant, divided by the units of the grant; see grant
add --paid. OPEN is what sources would charge where nobody knows yet whether they do; WORST
is the margin if all of it falls due; EACH is the margin of one unit. Every figure is
rounded once, from exact fractions, so a sum of printed figures may differ in the last digit.

With --by source: how many questions each source was asked, how they fared, how long the
answers took, and for how many it charges.`,
		Example: `  quartet report margin --from 2026-10-01 --to 2026-10-31
  quartet report margin --by source --json`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			s, err := days.read(h.Now())
			if err != nil {
				return err
			}
			step, end := env.progress("adding up")
			defer end()
			s.Progress = step
			if by == "source" {
				return env.bySource(ctx, h, s, asJSON)
			}
			return env.byProduct(ctx, h, s, asJSON)
		}),
	}
	days.flags(cmd)
	cmd.Flags().StringVar(&by, "by", "product", "product or source")
	before(cmd, func([]string) error {
		if by != "product" && by != "source" {
			return usagef("--by must be product or source")
		}
		return nil
	})
	jsonFlag(cmd, &asJSON)
	return cmd
}

// fenNumber is an amount in fen as JSON shows it: a number, with decimals where a source
// charges parts of a fen.
type fenNumber quartet.Millifen

// MarshalJSON writes it.
func (f fenNumber) MarshalJSON() ([]byte, error) {
	sign, n := "", int64(f)
	if n < 0 {
		sign, n = "-", -n
	}
	text := fmt.Sprintf("%s%d.%03d", sign, n/1000, n%1000)
	return []byte(strings.TrimRight(strings.TrimRight(text, "0"), ".")), nil
}

type marginLine struct {
	Total   bool       `json:"total,omitempty"`
	Day     string     `json:"day,omitempty"`
	Product string     `json:"product,omitempty"`
	Calls   int64      `json:"calls"`
	Units   int64      `json:"units"`
	Revenue fenNumber  `json:"revenue_fen"`
	Cost    fenNumber  `json:"cost_fen"`
	Open    fenNumber  `json:"open_cost_fen"`
	Margin  fenNumber  `json:"margin_fen"`
	Worst   fenNumber  `json:"margin_if_open_is_due_fen"`
	EachIn  *fenNumber `json:"revenue_per_unit_fen"`
	EachOut *fenNumber `json:"cost_per_unit_fen"`
	Each    *fenNumber `json:"margin_per_unit_fen"`
}

func marginOf(l margin.Line, total bool) marginLine {
	exact := func(r *big.Rat) fenNumber { return fenNumber(margin.Millifen(r)) }
	each := func(r *big.Rat) *fenNumber {
		if r = l.EachUnit(r); r == nil {
			return nil
		}
		n := exact(r)
		return &n
	}
	m := marginLine{
		Total: total, Day: dayText(l.Day), Product: l.Product, Calls: l.Calls, Units: l.Units,
		Revenue: exact(l.Revenue), Cost: fenNumber(l.Cost), Open: fenNumber(l.Open), Margin: exact(l.Margin()), Worst: exact(l.Worst()),
		EachIn: each(l.Revenue), EachOut: each(big.NewRat(int64(l.Cost), 1000)), Each: each(l.Margin()),
	}
	if total {
		m.Day = ""
	}
	return m
}

// dayText is the date of a day.
func dayText(day int64) string {
	return time.Unix(quartet.DayStart(day), 0).In(quartet.Shanghai).Format(time.DateOnly)
}

// byProduct prints line after line, as the days are read: nobody knows the widest cell in
// advance, so columns have fixed widths.
func (e *Env) byProduct(ctx context.Context, h *app.House, s margin.Span, asJSON bool) error {
	buf := bufio.NewWriterSize(e.Out, 64<<10)
	put := marginPrinter(buf, asJSON)
	total, err := margin.ByProduct(ctx, h.Store, s, func(l margin.Line) error { return put(l, false) })
	if err == nil {
		err = put(total, true)
	}
	return errors.Join(err, buf.Flush())
}

func marginPrinter(out io.Writer, asJSON bool) func(l margin.Line, total bool) error {
	if asJSON {
		lines := newLines(out, true)
		return func(l margin.Line, total bool) error { return lines.row(marginOf(l, total)) }
	}
	head := false
	row := func(cells ...any) error {
		_, err := fmt.Fprintf(out, "%-10s  %-12s %9v %9v %13s %13s %11s %13s %13s %9s\n", cells...)
		return err
	}
	return func(l margin.Line, total bool) error {
		if !head {
			head = true
			if err := row("DAY", "PRODUCT", "CALLS", "UNITS", "REVENUE", "COST", "OPEN", "MARGIN", "WORST", "EACH"); err != nil {
				return err
			}
		}
		day, product, each := dayText(l.Day), l.Product, "-"
		if total {
			day, product = "total", ""
		}
		if r := l.EachUnit(l.Margin()); r != nil {
			each = margin.Millifen(r).String()
		}
		return row(day, product, l.Calls, l.Units, margin.Fen(l.Revenue), l.Cost.Fen(), l.Open.Fen(), margin.Fen(l.Margin()), margin.Fen(l.Worst()), each)
	}
}

type sourceReportLine struct {
	Source         string           `json:"source"`
	Questions      int64            `json:"questions"`
	Verdicts       int64            `json:"verdicts"`
	Failures       map[string]int64 `json:"failures"`
	NoAnswer       int64            `json:"no_answer"`
	Average        int64            `json:"average_us"`
	P95            int64            `json:"p95_us"`
	ChargedYes     int64            `json:"charged_yes"`
	ChargedNo      int64            `json:"charged_no"`
	ChargedUnknown int64            `json:"charged_unknown"`
	Cost           fenNumber        `json:"cost_fen"`
	Open           fenNumber        `json:"open_cost_fen"`
}

func (e *Env) bySource(ctx context.Context, h *app.House, s margin.Span, asJSON bool) error {
	list, err := margin.BySource(ctx, h.Store, s)
	if err != nil {
		return err
	}
	out := newLines(e.Out, asJSON, "SOURCE", "QUESTIONS", "VERDICTS", "NO ANSWER", "AVERAGE", "P95", "CHARGED", "FREE", "UNKNOWN", "COST", "OPEN", "FAILURES")
	for i := range list {
		l := &list[i]
		yes, no, unknown := l.Charged[quartet.ChargedYes], l.Charged[quartet.ChargedNo], l.Charged[quartet.ChargedUnknown]
		err := out.row(sourceReportLine{
			l.Source, l.Questions, l.Verdicts, l.Failures, l.NoAnswer, l.Average.Microseconds(), l.P95.Microseconds(), yes, no, unknown, fenNumber(l.Cost), fenNumber(l.Open),
		}, l.Source, l.Questions, l.Verdicts, l.NoAnswer, l.Average.Round(time.Millisecond), l.P95, yes, no, unknown, l.Cost.Fen(), l.Open.Fen(), failuresText(l.Failures))
		if err != nil {
			return err
		}
	}
	return out.flush()
}

// failuresText is what failed how often, the most frequent first.
func failuresText(failures map[string]int64) string {
	var parts []string
	for _, word := range byCount(failures) {
		parts = append(parts, word+" "+strconv.FormatInt(failures[word], 10))
	}
	return dash(strings.Join(parts, ", "))
}

func byCount(of map[string]int64) []string {
	return slices.SortedFunc(maps.Keys(of), func(a, b string) int { return cmp.Or(cmp.Compare(of[b], of[a]), cmp.Compare(a, b)) })
}
