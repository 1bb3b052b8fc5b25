// Package drill rehearses bad days: a house of its own in a folder of its own, the sources
// of the real one played by simulators, and buyers that call all the time while one supplier
// dies, one slows down and one answers nonsense. No real supplier is asked, nobody real is
// asked about, and nothing of the real house changes.
//
//	begin    simulators on loopback; a house with the same terms and policy; a buyer
//	phases   well, one is dead, one is slow as well, one lies as well, all well again
//	reckon   what buyers saw, what suppliers booked, what the house booked, and whether
//	         these agree
package drill

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"quartet"
	"quartet/internal/app"
)

// Options say what to rehearse.
type Options struct {
	Sources  []quartet.Source // whose names and terms are rehearsed; none: three of one rank
	Policy   quartet.Policy
	Deadline time.Duration // of a call
	Calls    int           // in each phase
	Callers  int           // at once
	Progress func(done, total int64)
	Version  string
}

// Phase is what ails the suppliers for a while.
type Phase struct {
	Name string `json:"name"`

	dead, slow, lying bool
	recovers          bool // breakers have had time to close
}

// Phases lists them in order.
func Phases() []Phase {
	return []Phase{
		{Name: "all well"},
		{Name: "one dead", dead: true},
		{Name: "one dead, one slow", dead: true, slow: true},
		{Name: "one dead, one slow, one lying", dead: true, slow: true, lying: true},
		{Name: "all well again", recovers: true},
	}
}

// Run rehearses. The report tells what came of it; an error only that it could not be.
func Run(ctx context.Context, o Options) (_ Report, err error) {
	dir, err := os.MkdirTemp("", "quartet-drill-")
	if err != nil {
		return Report{}, quartet.Errorf(quartet.ErrUnavailable, "cannot make a folder for the drill: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cast, err := hire(ctx, o)
	if err != nil {
		return Report{}, err
	}
	defer cast.dismiss()
	a, err := open(ctx, dir, o, cast)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	crowd, err := gather(ctx, a, o)
	if err != nil {
		return Report{}, err
	}
	for _, p := range Phases() {
		if err := cast.play(ctx, p, o.Deadline); err != nil {
			return Report{}, err
		}
		if p.recovers {
			pause(ctx, recovery)
		}
		if err := crowd.call(ctx, p); err != nil {
			return Report{}, err
		}
	}
	return reckon(ctx, a, cast, crowd)
}

// recovery is how long breakers of the drill stay open, and a little more.
const recovery = 2 * time.Second

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// open starts the house of the drill.
func open(ctx context.Context, dir string, o Options, c *cast) (*app.App, error) {
	settings := settingsIn(dir, o)
	h, err := app.Open(ctx, app.Options{Config: settings, KeyringInside: true, Log: slog.New(slog.DiscardHandler), Version: o.Version})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(c.enlist(ctx, h, o.Policy), h.Close()); err != nil {
		return nil, err
	}
	return app.Start(ctx, app.Options{Config: settings, KeyringInside: true, Log: slog.New(slog.DiscardHandler), Version: o.Version}, nil, nil)
}
