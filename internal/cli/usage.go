package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"quartet/internal/app"
	"quartet/internal/usage"
)

func newUsage(env *Env) *cobra.Command {
	return group("usage", "What became of calls, as files", newUsageExport(env))
}

func newUsageExport(env *Env) *cobra.Command {
	var account, from, to, out string
	cmd := &cobra.Command{
		Use: "export", Short: "Write calls into a CSV or XLSX file", Args: exactly(0),
		Long: `Write the calls of some days of Asia/Shanghai, oldest first, into a file: CSV in UTF-8 with a
byte-order mark, or XLSX, as its name ends. The file of one account holds what its buyer may
see; that of all accounts names the account, the grant and the source of each call as well.
No element of a person is kept with a call, so none is written.

It needs the memory of some rows, however many there are. Without --from it is 30 days.`,
		Example: `  quartet usage export --account acme --from 2026-10-01 --to 2026-10-31 --out october.xlsx
  quartet usage export --from 2026-10-31 --to 2026-10-31 --out - > day.csv`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			days, err := usage.ParseDays(from, to, 30, usage.MostExported, h.Now())
			if err != nil {
				return usageError{err}
			}
			e := usage.Export{Days: days, Format: usage.CSV, Operator: account == ""}
			if strings.EqualFold(filepath.Ext(out), ".xlsx") {
				e.Format = usage.Workbook
			}
			if account != "" {
				a, err := h.Desk.Find(ctx, account)
				if err != nil {
					return err
				}
				e.Filter.Account = a.ID
			}
			return env.exportCalls(ctx, h, out, e)
		}),
	}
	cmd.Flags().StringVar(&account, "account", "", "of this account only (id or name)")
	cmd.Flags().StringVar(&from, "from", "", "first day in Asia/Shanghai, such as 2026-10-01")
	cmd.Flags().StringVar(&to, "to", "", "last day, included (empty: today)")
	cmd.Flags().StringVar(&out, "out", "", "file to write, whose name ends in .csv or .xlsx; - for standard output, as CSV")
	before(cmd, func([]string) error {
		switch strings.ToLower(filepath.Ext(out)) {
		case ".csv", ".xlsx":
			return nil
		}
		if out == "-" {
			return nil
		}
		return usagef("--out must name a file that ends in .csv or .xlsx, or be -")
	})
	return cmd
}

// exportCalls writes the file. One that broke off is removed: nobody takes a part for the whole.
func (e *Env) exportCalls(ctx context.Context, h *app.House, path string, what usage.Export) error {
	step, end := e.progress("exporting")
	var rows int64
	what.Progress = func(done, total int64) {
		rows = done
		step(done, total)
	}
	out, closing, err := e.create(path)
	if err != nil {
		return err
	}
	err = h.Usage.Export(ctx, out, what)
	end()
	err = errors.Join(err, closing())
	if path == "-" {
		return err
	}
	if err != nil {
		return errors.Join(err, os.Remove(e.path(path)))
	}
	_, err = fmt.Fprintf(e.Out, "%s written to %s\n", counted(rows, "call"), path)
	return err
}
