package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quartet"
)

func newBatch(env *Env) *cobra.Command {
	f := &afar{}
	cmd := group("batch", "Batches: files of people that are asked about row by row", newBatchList(env, f), newBatchShow(env, f), newBatchPause(env, f), newBatchResume(env, f), newBatchCancel(env, f), newBatchResults(env, f), newBatchErase(env, f))
	cmd.Long = `Batches of the house of this data folder, or with --url and --account of one somewhere else, for whoever
has a token of it: in QUARTET_TOKEN or in a file. It is never an argument, because everybody on the
machine can read those.`
	f.flags(cmd)
	cmd.PersistentFlags().StringVar(&f.account, "account", "", "of this account")
	return cmd
}

type batchLine struct {
	ID        string `json:"id"`
	Account   string `json:"account_id"`
	Product   string `json:"product_id"`
	Name      string `json:"name"`
	State     string `json:"state"`
	Reason    string `json:"reason"`
	Rows      int64  `json:"rows"`
	Broken    int64  `json:"broken"`
	Twice     int64  `json:"duplicates"`
	Ready     int64  `json:"ready"`
	Match     int64  `json:"match"`
	Mismatch  int64  `json:"mismatch"`
	Undecided int64  `json:"undetermined"`
	Refused   int64  `json:"refused"`
	Unknown   int64  `json:"unknown"`
	MaxUnits  int64  `json:"max_units"`
	Charged   int64  `json:"charged_units"`
	CreatedAt string `json:"created_at"`
}

func batchLineOf(b *quartet.Batch) batchLine {
	c := &b.Count
	return batchLine{
		b.ID, b.Account, b.Product, b.Name, string(b.State), b.Why, c.Rows, c.Broken, c.Duplicates, c.Ready(), c.Matched, c.Mismatched, c.Undetermined, c.Refused, c.Unknown,
		b.Ceiling, c.Charged, stamp(b.Created),
	}
}

func newBatchList(env *Env, f *afar) *cobra.Command {
	var (
		limit  int
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List batches, newest first", Args: exactly(0),
		RunE: env.onBatches(f, func(ctx context.Context, d batchDesk, _ []string) error {
			list, err := d.List(ctx, f.account, limit)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "ID", "ACCOUNT", "STATE", "ROWS", "DONE", "CHARGED", "CREATED")
			for i := range list {
				b := &list[i]
				if err := out.row(batchLineOf(b), b.ID, b.Account, b.State, b.Count.Rows, b.Count.Finished(), b.Count.Charged, day(b.Created)); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	cmd.Flags().IntVar(&limit, "limit", 100, "the newest so many")
	before(cmd, func([]string) error {
		if limit < 1 || limit > maxJobs {
			return usagef("--limit must be from 1 to %d", maxJobs)
		}
		return nil
	})
	jsonFlag(cmd, &asJSON)
	return cmd
}

// onBatch does something to the batch that the argument names.
func (e *Env) onBatch(f *afar, do func(ctx context.Context, d batchDesk, id string) (quartet.Batch, error)) func(*cobra.Command, []string) error {
	return e.onBatches(f, func(ctx context.Context, d batchDesk, args []string) error {
		b, err := do(ctx, d, args[0])
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(e.Out, batchSentence(&b))
		return err
	})
}

func newBatchShow(env *Env, f *afar) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show how far a batch has come", Args: exactly(1),
		RunE: env.onBatches(f, func(ctx context.Context, d batchDesk, args []string) error {
			v, err := d.View(ctx, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return newLines(env.Out, true).row(batchLineOf(&v.Batch))
			}
			c := &v.Count
			_, err = fmt.Fprintf(env.Out, "account   %s\nproduct   %s\nrows      %d: %d to ask about, %d against the rules, %d twice\nunits     %d charged, at most %d; %d left\nerased    %s\n%s\n",
				v.Account, v.Product, c.Rows, c.Ready(), c.Broken, c.Duplicates, c.Charged, v.Ceiling, v.Left, day(v.EraseAt), batchSentence(&v.Batch))
			return err
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newBatchPause(env *Env, f *afar) *cobra.Command {
	return &cobra.Command{
		Use: "pause ID", Short: "Send no more rows of a batch for now", Args: exactly(1),
		RunE: env.onBatch(f, func(ctx context.Context, d batchDesk, id string) (quartet.Batch, error) {
			return d.Pause(ctx, id)
		}),
	}
}

func newBatchResume(env *Env, f *afar) *cobra.Command {
	var (
		maxUnits         int64
		unknown, refused bool
	)
	cmd := &cobra.Command{
		Use: "resume ID", Short: "Go on with a batch that has paused, or ask again about some of its rows", Args: exactly(1),
		Long: `Go on with a batch that has paused. With --unknown or --refused it asks once more about the
rows that have no verdict; nobody was charged for them. A supplier may have been asked about an
unknown row before, and may charge the house for it.`,
	}
	cmd.RunE = env.onBatch(f, func(ctx context.Context, d batchDesk, id string) (quartet.Batch, error) {
		var ceiling *int64
		if cmd.Flags().Changed("max-units") {
			ceiling = &maxUnits
		}
		if unknown || refused {
			return d.AskAgain(ctx, id, refused, ceiling)
		}
		return d.Resume(ctx, id, ceiling)
	})
	cmd.Flags().Int64Var(&maxUnits, "max-units", 0, "units that it never exceeds from now on (default: as before)")
	cmd.Flags().BoolVar(&unknown, "unknown", false, "ask again about rows that were sent and not answered")
	cmd.Flags().BoolVar(&refused, "refused", false, "ask again about rows that were refused")
	before(cmd, func([]string) error {
		if unknown && refused {
			return usagef("--unknown and --refused are asked again one after the other")
		}
		return nil
	})
	return cmd
}

func newBatchCancel(env *Env, f *afar) *cobra.Command {
	return &cobra.Command{
		Use: "cancel ID", Short: "End a batch for good; what it has cost stays", Args: exactly(1),
		RunE: env.onBatch(f, func(ctx context.Context, d batchDesk, id string) (quartet.Batch, error) {
			return d.Cancel(ctx, id)
		}),
	}
}

func newBatchErase(env *Env, f *afar) *cobra.Command {
	return &cobra.Command{
		Use: "erase ID", Short: "Erase the people and the results of a batch; its counts stay", Args: exactly(1),
		RunE: env.onBatch(f, func(ctx context.Context, d batchDesk, id string) (quartet.Batch, error) {
			return d.Erase(ctx, id)
		}),
	}
}

func newBatchResults(env *Env, f *afar) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "results ID", Short: "Write what became of every row, elements masked", Args: exactly(1),
		RunE: env.onBatches(f, func(ctx context.Context, d batchDesk, args []string) error {
			return env.takeResults(ctx, d, args[0], out)
		}),
	}
	cmd.Flags().StringVar(&out, "out", "-", "file, .csv or .xlsx; - is standard output, as CSV")
	return cmd
}
