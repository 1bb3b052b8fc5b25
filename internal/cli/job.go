package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newJob(env *Env) *cobra.Command {
	return group("job", "Jobs: work that the house does though whoever asked for it has gone", newJobList(env), newJobRestart(env))
}

type jobLine struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"`
	Key       string `json:"key"`
	State     string `json:"state"`
	Tries     int    `json:"tries"`
	NextAt    string `json:"next_at"`
	Error     string `json:"error"`
	CreatedAt string `json:"created_at"`
	EndedAt   string `json:"ended_at"`
}

const maxJobs = 100_000

func newJobList(env *Env) *cobra.Command {
	var (
		state  string
		limit  int
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List jobs, newest first", Args: exactly(0),
		Long: `List jobs, newest first. One that is waiting runs at its time; one that is running has been
begun by a server; one that is dead failed too often, or cannot succeed, and waits for a
person to restart it. The error is that of the last try.`,
		Example: `  quartet job list --state dead
  quartet job list --json | jq 'select(.kind == "refund.send")'`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Jobs.List(ctx, quartet.JobState(state), "", limit)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "ID", "KIND", "KEY", "STATE", "TRIES", "NEXT", "ERROR")
			for _, j := range list {
				next := day(j.NextAt)
				if j.State == quartet.JobDone || j.State == quartet.JobDead {
					next = "-"
				}
				if err := out.row(jobLine{j.ID, j.Kind, j.Key, string(j.State), j.Tries, stamp(j.NextAt), j.Error, stamp(j.Created), stamp(j.Ended)},
					j.ID, j.Kind, j.Key, j.State, j.Tries, next, dash(j.Error)); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	cmd.Flags().StringVar(&state, "state", "", "those that are waiting, running, done or dead alone")
	cmd.Flags().IntVar(&limit, "limit", 100, "the newest so many")
	before(cmd, func([]string) error {
		switch quartet.JobState(state) {
		case "", quartet.JobWaiting, quartet.JobRunning, quartet.JobDone, quartet.JobDead:
		default:
			return usagef("--state is waiting, running, done or dead")
		}
		if limit < 1 || limit > maxJobs {
			return usagef("--limit must be from 1 to %d", maxJobs)
		}
		return nil
	})
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newJobRestart(env *Env) *cobra.Command {
	var as string
	cmd := &cobra.Command{
		Use: "restart ID", Short: "Let a dead job be tried anew, by an operator", Args: exactly(1),
		Long: `Let a dead job be tried anew, by an operator who says the password first. Look at its error
and take the cause away before: it is tried as often as a new one. A job that was done does
nothing twice.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			o, err := env.prove(ctx, h, as, quartet.MayRestartJobs)
			if err != nil {
				return err
			}
			if err := h.Jobs.Restart(ctx, o.Name, args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintln(env.Out, "restarted job", args[0])
			return err
		}),
	}
	asFlag(cmd, &as)
	return cmd
}
