package cli

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/reconcile"
	"quartet/internal/sheet"
)

// reconcileFlags are what a comparison is told.
type reconcileFlags struct {
	month, out string
	columns    reconcile.Columns
	settle     bool
	asJSON     bool
}

func newSourceReconcile(env *Env) *cobra.Command {
	var f reconcileFlags
	cmd := &cobra.Command{
		Use: "reconcile NAME FILE", Short: "Compare a supplier's statement with what was asked", Args: exactly(2),
		Long: `Compare a supplier's statement of a month with the questions that were put to it. FILE is
CSV, in UTF-8 or GBK, or XLSX; - is standard input. Rows above the header are passed over.

The columns are recognised by usual headings, such as 流水号, 交易号, 订单号, order_no,
reference, 是否计费, charged, 金额, amount, 时间 and time, or named by flags. Amounts are in yuan.
A row belongs to the question whose number it bears, the supplier's or ours (the seqNo),
whatever its time. Columns of elements are not read.

It tells of rows that no question belongs to (theirs only), of questions of the month that
are charged or may be and have no row (ours only), of what is charged or priced otherwise
(differs), of rows that come twice (duplicate) and of rows that cannot be read (bad row).
Questions of which nobody knew whether they are charged, and a row tells (open), are written
down with --settle, each with an entry of the audit; what has no row stays open.

Exit code 0 when both sides agree, 1 when something is left to be looked at, 2 when the file
cannot be read.`,
		Example: `  quartet source reconcile shumai statement.xlsx --month 2026-10
  quartet source reconcile shumai bill.csv --month 2026-10 --reference-column 请求编号 --out differences.csv
  quartet source reconcile shumai bill.csv --month 2026-10 --settle`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			return env.reconcile(ctx, h, args[0], args[1], f)
		}),
	}
	cmd.Flags().StringVar(&f.month, "month", "", "month of Asia/Shanghai, such as 2026-10")
	cmd.Flags().StringVar(&f.columns.Reference, "reference-column", "", "heading of the supplier's number")
	cmd.Flags().StringVar(&f.columns.Order, "order-column", "", "heading of our number")
	cmd.Flags().StringVar(&f.columns.Charged, "charged-column", "", "heading of the column that says whether it is charged")
	cmd.Flags().StringVar(&f.columns.Amount, "amount-column", "", "heading of the amounts in yuan")
	cmd.Flags().StringVar(&f.columns.Time, "time-column", "", "heading of the times")
	cmd.Flags().StringVar(&f.out, "out", "", "file for the differences, CSV (- is standard output)")
	cmd.Flags().BoolVar(&f.settle, "settle", false, "write down what the statement says of open questions")
	jsonFlag(cmd, &f.asJSON)
	needs(cmd, "month")
	before(cmd, func(args []string) error {
		if _, _, err := monthOf(f.month); err != nil {
			return err
		}
		if f.asJSON && f.out == "-" {
			return usagef("give --json or --out -, not both")
		}
		return env.apart("--out", f.out, args[1])
	})
	return cmd
}

// monthOf gives the first second of a month and the first after it.
func monthOf(text string) (from, to int64, err error) {
	at, err := time.ParseInLocation("2006-01", text, quartet.Shanghai)
	if err != nil {
		return 0, 0, usagef("--month must be a month such as 2026-10")
	}
	return at.Unix(), at.AddDate(0, 1, 0).Unix(), nil
}

func (e *Env) reconcile(ctx context.Context, h *app.House, name, path string, f reconcileFlags) (err error) {
	if _, err := h.Sources.Find(ctx, name); err != nil {
		return err
	}
	if path != "-" {
		path = e.path(path)
	}
	statement, err := reconcile.Open(path, e.In, f.columns)
	if err != nil {
		return usageError{err}
	}
	defer func() { err = errors.Join(err, statement.Close()) }()
	o, err := h.Reconciling(e.actor(), name, f.month, f.settle)
	if err != nil {
		return err
	}
	step, end := e.progress("comparing")
	defer end()
	o.Progress = step
	put, flush, err := e.differences(h, f, statement.Priced())
	if err != nil {
		return err
	}
	sum, err := reconcile.Run(ctx, h.Store, h.Numbers, statement, o, put)
	end()
	if err = errors.Join(err, flush()); err != nil {
		if quartet.CodeOf(err) == quartet.ErrInvalid { // the file breaks off
			return usageError{err}
		}
		return err
	}
	if err := e.summed(&sum, f); err != nil {
		return err
	}
	if !sum.Agrees() {
		return exitError(exitFailed)
	}
	return nil
}

type differenceLine struct {
	Kind          string     `json:"kind"`
	Line          int        `json:"line,omitempty"`
	SeqNo         string     `json:"seq_no,omitempty"`
	Number        string     `json:"number,omitempty"`
	Time          string     `json:"time,omitempty"`
	What          string     `json:"what,omitempty"`
	OursCharged   string     `json:"ours_charged,omitempty"`
	OursCost      *fenNumber `json:"ours_cost_fen,omitempty"`
	TheirsCharged string     `json:"theirs_charged,omitempty"`
	TheirsAmount  *fenNumber `json:"theirs_amount_fen,omitempty"`
	Settled       bool       `json:"settled,omitempty"`
}

func differenceOf(h *app.House, d reconcile.Difference, priced bool) differenceLine {
	l := differenceLine{Kind: string(d.Kind), Line: d.Line, Number: d.Number, Time: stamp(d.At), What: d.What, Settled: d.Done}
	if !d.No.IsZero() {
		cost := fenNumber(d.Cost)
		l.SeqNo, l.OursCharged, l.OursCost = h.Numbers.Text(d.No), d.Ours.String(), &cost
	}
	if d.Theirs != quartet.ChargedUnknown {
		l.TheirsCharged = d.Theirs.String()
		if amount := fenNumber(d.Amount); priced && d.Theirs == quartet.ChargedYes {
			l.TheirsAmount = &amount
		}
	}
	return l
}

// cells are a line for a table. Of a price that nobody told there is none.
func (l differenceLine) cells() []string {
	line := ""
	if l.Line > 0 {
		line = strconv.Itoa(l.Line)
	}
	money := func(f *fenNumber) string {
		if f == nil {
			return ""
		}
		return quartet.Millifen(*f).String()
	}
	what := l.What
	if l.Settled {
		what = "settled"
		if l.What != "" {
			what += ", " + l.What
		}
	}
	return []string{l.Kind, line, l.SeqNo, l.Number, l.Time, l.OursCharged, money(l.OursCost), l.TheirsCharged, money(l.TheirsAmount), what}
}

var differenceHeads = []string{"kind", "line", "seq_no", "number", "time", "ours_charged", "ours_yuan", "theirs_charged", "theirs_yuan", "what"}

// differences prints one difference after the other: to a file, as JSON, or below a head.
func (e *Env) differences(h *app.House, f reconcileFlags, priced bool) (put func(reconcile.Difference) error, flush func() error, err error) {
	if f.out != "" {
		return e.differencesFile(h, f, priced)
	}
	buf := bufio.NewWriter(e.Out)
	if f.asJSON {
		lines := newLines(buf, true)
		return func(d reconcile.Difference) error { return lines.row(differenceOf(h, d, priced)) }, buf.Flush, nil
	}
	row := func(c []string) error {
		at := c[4]
		if len(at) > 19 {
			at = at[:19]
		}
		_, err := fmt.Fprintf(buf, "%-11s %7s  %-18s  %-24s  %-19s  %-7s %9s  %-7s %9s  %s\n",
			c[0], c[1], dash(c[2]), dash(c[3]), dash(at), dash(c[5]), dash(c[6]), dash(c[7]), dash(c[8]), dash(c[9]))
		return err
	}
	head := false
	return func(d reconcile.Difference) error {
		if !head {
			head = true
			if err := row([]string{"KIND", "LINE", "SEQNO", "NUMBER", "TIME", "OURS", "YUAN", "THEIRS", "YUAN", "WHAT"}); err != nil {
				return err
			}
		}
		return row(differenceOf(h, d, priced).cells())
	}, buf.Flush, nil
}

// differencesFile writes CSV. What a supplier wrote must not become a formula in it.
func (e *Env) differencesFile(h *app.House, f reconcileFlags, priced bool) (func(reconcile.Difference) error, func() error, error) {
	out, closeOut, err := e.create(f.out)
	if err != nil {
		return nil, nil, err
	}
	table := csv.NewWriter(out)
	put := func(d reconcile.Difference) error {
		cells := differenceOf(h, d, priced).cells()
		for i := range cells {
			cells[i] = sheet.Harmless(cells[i])
		}
		return table.Write(cells)
	}
	flush := func() error {
		table.Flush()
		return errors.Join(table.Error(), closeOut())
	}
	if err := table.Write(differenceHeads); err != nil {
		return nil, nil, errors.Join(err, flush())
	}
	return put, flush, nil
}

type reconcileSum struct {
	Kind       string     `json:"kind"` // "summary"
	Rows       int64      `json:"rows"`
	Attempts   int64      `json:"attempts"`
	Matched    int64      `json:"matched"`
	TheirsOnly int64      `json:"theirs_only"`
	OursOnly   int64      `json:"ours_only"`
	Differing  int64      `json:"differing"`
	Open       int64      `json:"open"`
	Settled    int64      `json:"settled"`
	Duplicates int64      `json:"duplicates"`
	Bad        int64      `json:"bad_rows"`
	Theirs     *fenNumber `json:"theirs_fen"` // null: the statement has no amounts
	Ours       fenNumber  `json:"ours_fen"`
	Unsure     fenNumber  `json:"ours_open_fen"`
	Difference *fenNumber `json:"difference_fen"`
}

// summed prints what both sides come to: on standard error where the differences themselves
// take the output.
func (e *Env) summed(s *reconcile.Sum, f reconcileFlags) error {
	theirs, difference := "-", "-"
	l := reconcileSum{
		"summary", s.Rows, s.Attempts, s.Matched, s.TheirsOnly, s.OursOnly, s.Differing, s.Open, s.Settled, s.Duplicates, s.Bad,
		nil, fenNumber(s.Ours), fenNumber(s.Unsure), nil,
	}
	if s.Priced {
		amount, off := fenNumber(s.Theirs), fenNumber(s.Theirs-s.Ours)
		l.Theirs, l.Difference = &amount, &off
		theirs, difference = s.Theirs.String(), (s.Theirs - s.Ours).String()
	}
	if f.asJSON {
		return newLines(e.Out, true).row(l)
	}
	out := e.Out
	if f.out == "-" {
		out = e.Err
	}
	_, err := fmt.Fprintf(out, `rows         %d
questions    %d
matched      %d
theirs only  %d
ours only    %d
differing    %d
open         %d (%d settled)
duplicates   %d
bad rows     %d
theirs       %s
ours         %s (and %s open)
difference   %s
`, s.Rows, s.Attempts, s.Matched, s.TheirsOnly, s.OursOnly, s.Differing, s.Open, s.Settled, s.Duplicates, s.Bad,
		theirs, s.Ours, s.Unsure, difference)
	return err
}
