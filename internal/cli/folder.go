package cli

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/obs"
	"quartet/internal/owner"
)

// folderFlags are those of every command: which folder and what it is made of.
func folderFlags(flags *pflag.FlagSet) {
	flags.String("config", "", "settings file, YAML (or QUARTET_CONFIG)")
	for _, s := range config.Settings() {
		if isFolderFlag(s.Key) {
			flags.String(s.Flag(), s.Default(), s.Help)
		}
	}
}

func isFolderFlag(key string) bool {
	switch key {
	case "data", "store", "store_password_file", "keyring":
		return true
	default:
		return false
	}
}

// settingFlags adds a flag for each of the other settings.
func settingFlags(flags *pflag.FlagSet) {
	for _, s := range config.Settings() {
		if isFolderFlag(s.Key) {
			continue
		}
		flags.String(s.Flag(), s.Default(), s.Help)
		if s.Bool {
			flags.Lookup(s.Flag()).NoOptDefVal = "true"
		}
	}
}

// load puts the settings together as this command was given them.
func (e *Env) load(cmd *cobra.Command) (config.Loaded, error) {
	layers := config.Layers{Environ: e.Environ, Flags: map[string]string{}}
	layers.File, _ = cmd.Flags().GetString("config")
	if layers.File == "" {
		layers.File = e.getenv(config.EnvPrefix + "CONFIG")
	}
	layers.File = e.path(layers.File)
	for _, s := range config.Settings() {
		if f := cmd.Flags().Lookup(s.Flag()); f != nil && f.Changed {
			layers.Flags[s.Key] = f.Value.String()
		}
	}
	loaded, err := config.Load(layers)
	loaded.Data = e.path(loaded.Data)
	loaded.Keyring = e.path(loaded.Keyring)
	return loaded, err
}

// starting is how long a command waits for a server that has the folder but does not
// answer yet.
const starting = 10 * time.Second

// work is a command on a data folder.
type work func(ctx context.Context, h *app.House, args []string) error

// inFolder runs w in the house of the folder's owner. Where there is none it makes none:
// whoever looks for something in an empty place is in the wrong one.
func (e *Env) inFolder(w work) func(*cobra.Command, []string) error { return e.in(true, w) }

// inNewFolder is inFolder for what may be done first of all: it makes a folder that is
// not there.
func (e *Env) inNewFolder(w work) func(*cobra.Command, []string) error { return e.in(false, w) }

func (e *Env) in(existing bool, w work) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if e.house != nil {
			return w(cmd.Context(), e.house, args)
		}
		loaded, err := e.load(cmd)
		if err != nil {
			return err
		}
		for end := time.Now().Add(starting); ; {
			if done, err := e.askOwner(cmd.Context(), loaded.Data); done || err != nil {
				return err
			}
			h, err := app.Open(cmd.Context(), app.Options{
				Config: loaded, Existing: existing, Log: e.quietLog(), Now: e.Now, Version: e.Version, Passwords: e.Passwords,
			})
			if quartet.CodeOf(err) == quartet.ErrLocked && time.Now().Before(end) && cmd.Context().Err() == nil {
				continue // it took its time already
			}
			if err != nil {
				return err
			}
			return errors.Join(w(cmd.Context(), h, args), h.Close())
		}
	}
}

// askOwner runs the command inside a running server, if there is one.
func (e *Env) askOwner(ctx context.Context, dir string) (bool, error) {
	code, served, err := owner.Call(ctx, dir,
		owner.Request{Args: e.Args, Dir: e.Dir, Width: e.Width, Terminal: e.Terminal, Prompt: e.Prompt},
		owner.Streams{In: e.In, Out: e.Out, Err: e.Err, Secret: e.Secret})
	if err == nil && served && code != exitOK {
		err = exitError(code)
	}
	return served, err
}

// ServeCommands runs the commands that other processes send to the owner of a house.
func ServeCommands(env *Env, h *app.House) owner.Command {
	return func(ctx context.Context, r owner.Request, s owner.Streams) int {
		return Run(ctx, &Env{
			Args: r.Args, Dir: r.Dir, Width: r.Width, Terminal: r.Terminal, Prompt: r.Prompt,
			In: s.In, Out: s.Out, Err: s.Err, Secret: s.Secret, Version: env.Version, User: r.User, Now: env.Now, house: h,
		})
	}
}

// quietLog shows warnings alone: a command's own output says the rest.
func (e *Env) quietLog() *slog.Logger {
	return obs.NewLogger(e.Err, "warn", "text")
}
