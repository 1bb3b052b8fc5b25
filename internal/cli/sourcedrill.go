package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"quartet/internal/app"
	"quartet/internal/drill"
)

func newSourceDrill(env *Env) *cobra.Command {
	var (
		o        drill.Options
		invented bool
		asJSON   bool
	)
	cmd := &cobra.Command{
		Use: "drill", Short: "Rehearse bad days of the suppliers, with simulators in their place", Args: exactly(0),
		Long: `Rehearse bad days: a house of its own in a temporary folder, with the names, terms and
order of the suppliers that are enabled here and simulators in their place. Buyers call all
the time while the first supplier dies, the second slows down, and the third slows down,
answers nonsense and breaks off; then all are well again. The third cannot be asked
afterwards: what nobody knows of its questions is settled by its statement, as
"quartet source reconcile --settle" does. In the end the books of suppliers, house and buyers
must agree. No real supplier is asked, and nothing here changes.

Without enabled suppliers, or with --invented, three invented ones are rehearsed. Exit code
1: something did not hold.`,
		Example: `  quartet source drill
  quartet source drill --invented --calls 500 --deadline 2s`,
		RunE: func(cmd *cobra.Command, args []string) error {
			rehearse := func(ctx context.Context, h *app.House, _ []string) (err error) {
				if h != nil {
					if o.Sources, o.Policy, err = drill.Suppliers(ctx, h); err != nil {
						return err
					}
				}
				return env.drill(ctx, o, asJSON)
			}
			if invented {
				return rehearse(cmd.Context(), nil, args)
			}
			return env.inFolder(rehearse)(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&invented, "invented", false, "rehearse three invented suppliers; needs no data folder")
	cmd.Flags().IntVar(&o.Calls, "calls", 200, fmt.Sprintf("calls in each of the %d phases", len(drill.Phases())))
	cmd.Flags().IntVar(&o.Callers, "callers", 16, "callers at once")
	cmd.Flags().DurationVar(&o.Deadline, "deadline", 2*time.Second, "time that suppliers have for one call")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the report as one JSON object")
	before(cmd, func([]string) error {
		switch {
		case o.Calls < 1 || o.Calls > 100_000:
			return usagef("--calls must be from 1 to 100000")
		case o.Callers < 1 || o.Callers > 1000:
			return usagef("--callers must be from 1 to 1000")
		case o.Deadline < 500*time.Millisecond || o.Deadline > time.Minute:
			return usagef("--deadline must be from 500ms to 1m")
		}
		return nil
	})
	return cmd
}

func (e *Env) drill(ctx context.Context, o drill.Options, asJSON bool) error {
	step, end := e.progress("drill")
	o.Progress, o.Version = step, e.Version
	r, err := drill.Run(ctx, o)
	end()
	if err != nil {
		return err
	}
	if asJSON {
		err = json.NewEncoder(e.Out).Encode(r)
	} else {
		_, err = fmt.Fprint(e.Out, drillText(r))
	}
	if err == nil && !r.Passed() {
		return exitError(exitFailed)
	}
	return err
}

// What the columns are.
const (
	answersLegend = "1 match, 2 mismatch, 3 undetermined; the others are codes of refusals, see docs/result-codes.md.\n\n"

	suppliersLegend = "PROCESSED and CHARGES are the supplier's figures, the others the house's. BOOKED: charged.\n" +
		"LEARNT and SETTLED: nobody knew at first; told by an inquiry after the call, or by the statement.\n" +
		"OPEN: still unknown. The cost is that of what is booked.\n\n"
)

func drillText(r drill.Report) string {
	var b strings.Builder
	tab := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	row := func(cells ...string) { _, _ = fmt.Fprintln(tab, strings.Join(cells, "\t")) }
	answers := r.Words()
	row(append([]string{"WHAT BUYERS SAW", "CALLS", "SLOWEST"}, answers...)...)
	for _, p := range r.Phases {
		cells := []string{p.Name, strconv.Itoa(p.Calls), p.Slowest.Round(time.Millisecond).String()}
		for _, w := range answers {
			cells = append(cells, strconv.Itoa(p.Answers[w]))
		}
		row(cells...)
	}
	_ = tab.Flush()
	b.WriteString(answersLegend)
	row("SUPPLIER", "PROCESSED", "CHARGES", "BOOKED", "LEARNT", "SETTLED", "OPEN", "COST ¥", "FAILED", "SKIPPED")
	for _, s := range r.Sources {
		row(s.Name, strconv.Itoa(s.Processed), strconv.Itoa(s.Charged), strconv.Itoa(s.Yes), strconv.Itoa(s.Learnt), strconv.FormatInt(s.Settled, 10), strconv.Itoa(s.Open), s.Cost.String(), tallied(s.Failures), tallied(s.Skipped))
	}
	_ = tab.Flush()
	b.WriteString(suppliersLegend)
	for _, c := range r.Checks {
		mark := "ok    "
		if !c.OK {
			mark = "FAILED"
		}
		_, _ = fmt.Fprintf(&b, "%s  %s (%s)\n", mark, c.What, c.Detail)
	}
	return b.String()
}

// tallied writes counts by word: "timeout 3, failed 1".
func tallied(counts map[string]int) string {
	var parts []string
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", word, counts[word]))
	}
	return dash(strings.Join(parts, ", "))
}
