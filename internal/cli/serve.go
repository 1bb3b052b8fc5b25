package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"quartet/internal/app"
	"quartet/internal/drill"
	"quartet/internal/obs"
	"quartet/internal/owner"
)

func newServe(env *Env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "serve", Short: "Answer calls", Args: exactly(0),
		Long: `Answer calls until a signal ends it.

It starts with no settings at all, on loopback and SQLite. Every setting has a flag, a
variable and a key in the settings file; see config and quartet.example.yaml. The log
goes to standard error.

On SIGTERM or Ctrl-C it stops being ready, answers new calls 10019, waits for those in
flight, and ends. A second signal ends it at once; nothing that was answered is lost.`,
		Example: `  quartet serve
  quartet serve --config quartet.yaml
  quartet serve --data /var/lib/quartet/data --keyring /etc/quartet/quartet.keyring
  QUARTET_STORE_PASSWORD=… quartet serve --store postgres://quartet@db/quartet`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := env.load(cmd)
			if err != nil {
				return err
			}
			return env.serve(cmd.Context(), app.Options{Config: loaded}, nil)
		},
	}
	settingFlags(cmd.Flags())
	return cmd
}

// serve runs a node until ctx ends. ready is called once it answers.
func (e *Env) serve(ctx context.Context, o app.Options, ready func(*app.App) error) (err error) {
	loaded := o.Config
	lines := obs.NewLines(e.Err)
	defer func() { err = errors.Join(err, lines.Close()) }()
	log := obs.NewLogger(lines, loaded.LogLevel, loaded.LogFormat)
	for _, name := range loaded.Unknown {
		log.Warn("this variable means nothing here; is it misspelt?", "variable", name)
	}
	if _, err := os.Stat(loaded.Data); errors.Is(err, fs.ErrNotExist) && !o.KeyringInside {
		log.Info("this data folder is new: `quartet setup` makes an administrator, and the first source and buyer", "data", loaded.Data)
	}
	o.Log, o.Now, o.Version, o.Passwords = log, e.Now, e.Version, e.Passwords
	o.Drills = func(h *app.House) app.Drills { return drill.NewDesk(h) }
	a, err := app.Start(ctx, o, lines, func(h *app.House) owner.Command { return ServeCommands(e, h) })
	if err != nil {
		return err
	}
	if ready != nil {
		err = ready(a)
	}
	if err == nil {
		select {
		case <-ctx.Done():
			log.Info("stopping", "drain", loaded.Drain.String())
		case err = <-a.Failed():
			log.Error("the node must stop", obs.Err(err))
		}
	}
	// The signal has ended ctx; stopping takes its own time.
	return errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
}
