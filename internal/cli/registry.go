package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"quartet/internal/app"
	"quartet/internal/source/registry"
)

func newRegistry(env *Env) *cobra.Command {
	return group("registry", "The built-in registry of cards",
		newRegistryImport(env), newRegistrySynth(env), newRegistryStat(env))
}

func newRegistryImport(env *Env) *cobra.Command {
	var (
		o      registry.Import
		report string
	)
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Load people from CSV, XLSX or JSON lines", Args: exactly(1),
		Long: `Load people from a file (CSV, XLSX or JSON lines; - is standard input).

The columns are recognised by their names:

` + columnNames + `

A column status|状态 may say of a card that it is normal, lost, expired, restricted,
not_enabled or dormant. Good rows are loaded, over those of the same card; damaged rows are
named in the report by line, field and code, never by content. An import that was cut off
goes on where it stopped when it is started again with the same file.

Only keyed hashes are kept: no element can be read back from the registry.`,
		Example: `  quartet registry import people.csv --report damaged.csv
  quartet registry import people.xlsx --replace`,
		RunE: env.inNewFolder(func(ctx context.Context, h *app.House, args []string) error {
			return env.importPeople(ctx, h, args[0], report, o)
		}),
	}
	cmd.Flags().BoolVar(&o.Replace, "replace", false, "build the registry anew: cards that the file lacks are gone at the end")
	cmd.Flags().StringVar(&report, "report", "", "file for the damaged rows: line, field, code")
	before(cmd, func(args []string) error { return env.apart("--report", report, args[0]) })
	return cmd
}

func (e *Env) importPeople(ctx context.Context, h *app.House, path, report string, o registry.Import) error {
	r, err := h.Registry()
	if err != nil {
		return err
	}
	rows, err := e.openPeople(path)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	if path != "-" {
		if o.Source, err = r.Identify(e.path(path)); err != nil {
			return usageError{err}
		}
	}
	step, end := e.progress("importing")
	if report != "" {
		o.Report = registry.ReportFile(e.path(report))
	}
	o.Rows, o.Now, o.Progress = rows, h.Now, step
	sum, err := r.Import(ctx, o)
	end()
	if err != nil {
		return err
	}
	if sum.Resumed > 0 {
		_, _ = fmt.Fprintf(e.Err, "went on after %s that an earlier import had done\n", counted(sum.Resumed, "row"))
	}
	if sum.Damaged > 0 && report == "" {
		_, _ = fmt.Fprintln(e.Err, "give --report FILE to see which rows are damaged")
	}
	if doubt := rows.Doubt(); doubt != "" {
		_, _ = fmt.Fprintln(e.Err, doubt)
	}
	_, err = fmt.Fprintf(e.Out, "%s: %d loaded, %d damaged\n", counted(sum.Rows, "row"), sum.Loaded, sum.Damaged)
	return err
}

func newRegistrySynth(env *Env) *cobra.Command {
	var (
		o    registry.Synth
		file string
	)
	cmd := &cobra.Command{
		Use: "synth", Short: "Fill the registry with invented people", Args: exactly(0),
		Long: `Fill the registry with invented people, who replace whatever it held. The same seed
gives the same people. One in a hundred has a card that is lost, expired, restricted, not
enabled or dormant.

With --csv the people are written to a file instead, as import reads them; this is the
only way to see who they are.`,
		Example: `  quartet registry synth --count 1000000
  quartet registry synth --count 1000 --seed 7 --csv people.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Count < 1 {
				return usagef("--count must be at least 1")
			}
			if file != "" { // needs no data folder
				return env.writePeople(file, o)
			}
			return env.inNewFolder(func(ctx context.Context, h *app.House, _ []string) error {
				return env.synth(ctx, h, o)
			})(cmd, args)
		},
	}
	cmd.Flags().Int64Var(&o.Count, "count", 0, "how many people")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "which people")
	cmd.Flags().StringVar(&file, "csv", "", "write them to this file (- is standard output) instead")
	needs(cmd, "count")
	return cmd
}

func (e *Env) synth(ctx context.Context, h *app.House, o registry.Synth) error {
	r, err := h.Registry()
	if err != nil {
		return err
	}
	step, end := e.progress("inventing")
	o.Progress = step
	sum, err := r.Synth(ctx, o)
	end()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.Out, "%d people of seed %d loaded\n", sum.Loaded, o.Seed)
	return err
}

func (e *Env) writePeople(path string, o registry.Synth) error {
	if path == "-" {
		out := bufio.NewWriter(e.Out)
		return errors.Join(registry.WritePeople(out, o.Count, o.Seed), out.Flush())
	}
	f, err := os.OpenFile(e.path(path), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return usageError{err}
	}
	return errors.Join(registry.WritePeople(f, o.Count, o.Seed), f.Close())
}

func newRegistryStat(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "stat", Short: "Count what the registry holds", Args: exactly(0),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			r, err := h.Registry()
			if err != nil {
				return err
			}
			s, err := r.Stat(ctx)
			if err != nil {
				return err
			}
			if asJSON {
				return newLines(env.Out, true).row(s)
			}
			if s.Generation == 0 {
				_, err = fmt.Fprintln(env.Out, "the registry is empty")
			} else {
				_, err = fmt.Fprintf(env.Out, "records     %d\nbytes       %d (%.1f a record)\ngeneration  %d\nkey         %s\n",
					s.Records, s.Bytes, s.BytesEach, s.Generation, s.Key)
			}
			if err == nil && s.Unfinished > 0 {
				_, err = fmt.Fprintf(env.Out, "an import of generation %d was cut off after %s; start it again to go on\n", s.Unfinished, counted(s.UnfinishedRows, "row"))
			}
			return err
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}
