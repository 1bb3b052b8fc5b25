package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"quartet"
	"quartet/internal/config"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the command could not do it
	exitUsage  = 2 // it was asked wrongly, or its input cannot be read
)

// Run runs one command and gives its exit code.
func Run(ctx context.Context, env *Env) int {
	root := New(env)
	root.SetArgs(env.Args)
	return env.report(root.ExecuteContext(ctx))
}

// New is the command tree in a world.
func New(env *Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "quartet",
		Short: "Verify name, ID number, bank card and mobile (银行卡四要素核验)",
		Long: `Quartet says whether a name, an ID number, a bank card number and the mobile number
reserved at the bank belong together, and accounts for every answer exactly.

Try it:           quartet demo
Set it up:        quartet setup
Run it:           quartet serve
Check a file:     quartet check people.csv

Commands that look at or change data work on one data folder (--data). Beside a running
server they go through it and take effect at once; without one they open the folder
themselves. A folder that is not there is made by setup, demo, serve, account add, source add,
registry import and registry synth alone.

Exit codes: 0 done, 1 failed, 2 asked wrongly or input that cannot be read.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("there is no command %q; run `quartet help`", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%s; run `%s --help`", flagFault(err), cmd.CommandPath())
	})
	folderFlags(root.PersistentFlags())
	root.AddCommand(
		newSetup(env), newServe(env), newDemo(env), newCheck(env), newVerify(env),
		newRegistry(env), newAccount(env), newCredential(env), newToken(env), newOperator(env), newBank(env), newGrant(env),
		newProduct(env), newSource(env), newCall(env), newJob(env), newBatch(env), newTicket(env), newMarket(env), newIncident(env), newAnnouncement(env), newReport(env), newUsage(env), newQuota(env), newAudit(env), newSandbox(env), newConsole(env), newConfig(env), newVersion(env),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	return root
}

func newVersion(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: exactly(0),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(env.Out, "quartet", env.Version)
			return err
		},
	}
}

// group is a command that only has others below it.
func group(use, short string, below ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("there is no command %q; run `%s --help`", cmd.Name()+" "+args[0], cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(below...)
	return cmd
}

// flagFault says what a flag wants, rather than what the parser of numbers says of it.
func flagFault(err error) string {
	var value *pflag.InvalidValueError
	if !errors.As(err, &value) {
		return err.Error()
	}
	want := "must be a whole number"
	switch kind := value.GetFlag().Value.Type(); {
	case errors.Is(err, strconv.ErrRange):
		want = "is out of range"
	case kind == "bool":
		want = "must be true or false"
	case kind == "duration":
		want = "must be a time span such as 3s or 500ms"
	case kind == "uint64":
		want += ", 0 or more"
	}
	return "--" + value.GetFlag().Name + " " + want
}

// exactly wants so many arguments and says what they are.
func exactly(n int) cobra.PositionalArgs { return between(n, n) }

// between wants so many arguments, at least and at most.
func between(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if least <= len(args) && len(args) <= most {
			return nil
		}
		if name, value := apartFrom(cmd, args); name != "" {
			return usagef("write --%s=%s, in one word", name, value)
		}
		return usagef("write it so: %s; run `%s --help`", cmd.UseLine(), cmd.CommandPath())
	}
}

// apartFrom finds the switch whose value was written as a word of its own.
func apartFrom(cmd *cobra.Command, args []string) (name, value string) {
	if len(args) > 0 && (args[len(args)-1] == "true" || args[len(args)-1] == "false") {
		value = args[len(args)-1]
		cmd.Flags().Visit(func(f *pflag.Flag) {
			if f.NoOptDefVal != "" {
				name = f.Name
			}
		})
	}
	return name, value
}

// needs makes flags required. Cobra's own way gives an error that looks like a failure of
// the command.
func needs(cmd *cobra.Command, flags ...string) {
	for _, name := range flags {
		cmd.Flags().Lookup(name).Usage += " (needed)"
	}
	before(cmd, func([]string) error {
		for _, name := range flags {
			if !cmd.Flags().Changed(name) {
				return usagef("--%s is needed; run `%s --help`", name, cmd.CommandPath())
			}
		}
		return nil
	})
}

// before adds a check of the flags and arguments, made where the command was typed, before
// any folder is opened.
func before(cmd *cobra.Command, check func(args []string) error) {
	earlier := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if earlier != nil {
			if err := earlier(cmd, args); err != nil {
				return err
			}
		}
		return check(args)
	}
}

// usageError is a command that was asked wrongly, or an input that cannot be read.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitError ends a command with a code after it has said all there is to say.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// report prints an error in one line, faults of settings in a line each, and gives the
// exit code.
func (e *Env) report(err error) int {
	var (
		exit   exitError
		usage  usageError
		faults config.Faults
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return int(exit)
	case errors.Is(err, context.Canceled):
		_, _ = fmt.Fprintln(e.Err, "quartet: interrupted")
		return exitFailed
	}
	for line := range strings.Lines(explain(err)) {
		_, _ = fmt.Fprintln(e.Err, "quartet:", strings.TrimRight(line, "\n"))
	}
	if errors.As(err, &usage) || errors.As(err, &faults) || quartet.CodeOf(err) == quartet.ErrInvalid {
		return exitUsage
	}
	return exitFailed
}

// explain is the message, and the cause where the message alone cannot help.
func explain(err error) string {
	var e *quartet.Error
	if errors.As(err, &e) && (e.Code == quartet.ErrInternal || e.Code == quartet.ErrUnavailable) && e.Cause != nil {
		if cause := e.Cause.Error(); !strings.Contains(err.Error(), cause) {
			return err.Error() + ": " + cause
		}
	}
	return err.Error()
}
