// Package drill rehearses bad days: a house of its own in a folder of its own, the sources
// of the real one played by simulators, and buyers that call all the time while one supplier
// dies over a question, one slows down, and one is slow, answers nonsense and breaks off. No
// real supplier is asked, nobody real is asked about, and nothing of the real house changes.
//
//	begin    simulators on loopback; a house with the same terms and policy; a buyer
//	phases   as Phases lists them
//	inquire  the house learns from those that can be asked afterwards
//	before   what is charged lies between what is booked and what may be charged as well
//	settle   each supplier's statement settles what is still open
//	after    what buyers saw, what suppliers charge and what the house booked agree
//
// The last of the three cannot be asked afterwards, so the outcomes that nobody knows are
// real, and stay so until its statement comes.
package drill

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/simulator"
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

	dies, dead bool            // the first
	slow       int             // the second; two: the third as well
	spoilt     simulator.Fault // what befalls answers of the third
}

// Phases lists them in order.
func Phases() []Phase {
	return []Phase{
		{Name: "all well"},
		{Name: "one dies", dies: true},
		{Name: "one dead, one slow", dead: true, slow: 1},
		{Name: "one dead, two slow", dead: true, slow: 2},
		{Name: "one dead, one slow, one lying", dead: true, slow: 1, spoilt: simulator.FaultMalformed},
		{Name: "one dead, one slow, one breaking off", dead: true, slow: 1, spoilt: simulator.FaultCutAfter},
		{Name: "all well again"},
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
	a, err := start(ctx, dir, o, cast)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	crowd, err := gather(ctx, a, o)
	if err != nil {
		return Report{}, err
	}
	begun := a.Now()
	for _, p := range Phases() {
		if err := cast.play(ctx, p, o.Deadline); err != nil {
			return Report{}, err
		}
		pause(ctx, 2*open) // each has its chance anew
		meanwhile := func(context.Context) {}
		if p.dies {
			meanwhile = cast.dieOver
		}
		if err := crowd.call(ctx, p, meanwhile); err != nil {
			return Report{}, err
		}
	}
	return reckon(ctx, a, cast, crowd, books{dir: dir, begun: begun})
}

// open is how long breakers of the drill stay open.
const open = 500 * time.Millisecond

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// start starts the house of the drill. It inquires about a question as soon as it is asked to.
func start(ctx context.Context, dir string, o Options, c *cast) (*app.App, error) {
	settings := settingsIn(dir, o)
	options := app.Options{
		Config: settings, KeyringInside: true, Log: slog.New(slog.DiscardHandler), Version: o.Version,
		Waits: app.Waits{Inquiry: time.Millisecond},
	}
	h, err := app.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(c.enlist(ctx, h, o.Policy), h.Close()); err != nil {
		return nil, err
	}
	return app.Start(ctx, options, nil, nil)
}
