package drill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/audit"
)

const (
	heardEvery = 2 * time.Second
	silentFor  = 30 * time.Second
	// longest is far more than a drill takes: where it does not, it hangs.
	longest = 30 * time.Minute
)

// Desk lets operators of a serving house begin drills, one at a time, beside its work. Safe for
// concurrent use.
type Desk struct {
	house *app.House
	ctx   context.Context //nolint:containedctx // of all drills: they outlive who asked for them
	stop  context.CancelFunc
	runs  sync.WaitGroup
}

// NewDesk makes a desk. Whoever has it stops it.
func NewDesk(h *app.House) *Desk {
	ctx, stop := context.WithCancel(context.Background())
	return &Desk{house: h, ctx: ctx, stop: stop}
}

// Stop ends a drill that goes on, and returns when it has.
func (d *Desk) Stop() {
	d.stop()
	d.runs.Wait()
}

// List lists drills, newest first.
func (d *Desk) List(ctx context.Context, before string, limit int) ([]quartet.Drill, error) {
	return d.house.Store.Drills(ctx, before, limit)
}

// Find finds a drill, or ErrNotFound.
func (d *Desk) Find(ctx context.Context, id string) (quartet.Drill, error) {
	return d.house.Store.Drill(ctx, id)
}

// Begin begins a drill with the calls, callers and deadline of want. ErrConflict: another one
// goes on.
func (d *Desk) Begin(ctx context.Context, by string, want quartet.Drill) (quartet.Drill, error) {
	o := Options{Calls: want.Calls, Callers: want.Callers, Deadline: want.Deadline, Version: d.house.Version}
	if !want.Invented {
		var err error
		if o.Sources, o.Policy, err = Suppliers(ctx, d.house); err != nil {
			return want, err
		}
		want.Invented = len(o.Sources) == 0
	}
	id, err := uuid.NewV7()
	if err != nil {
		return want, err
	}
	now := d.house.Now()
	want.ID, want.By, want.State, want.Total, want.Begun, want.Seen = id.String(), by, quartet.DrillRunning, int64(want.Calls*len(Phases())), now, now
	if err := d.house.Store.BeginDrill(ctx, want, now.Add(-silentFor), audit.Entry(now, by, "source.drill", want.ID, fmt.Sprintf("%d calls in each phase", want.Calls))); err != nil {
		return want, err
	}
	d.runs.Go(func() { d.run(want, o) })
	return want, nil
}

// Cancel ends a drill. ErrConflict: it had ended.
func (d *Desk) Cancel(ctx context.Context, by, id string) (quartet.Drill, error) {
	one, err := d.house.Store.Drill(ctx, id)
	if err != nil {
		return one, err
	}
	one.State, one.Ended = quartet.DrillCancelled, d.house.Now()
	return one, d.house.Store.EndDrill(ctx, one, audit.Entry(one.Ended, by, "source.drill_cancel", id, ""))
}

// run makes a drill, says now and again how far it is, and writes what came of it.
func (d *Desk) run(one quartet.Drill, o Options) {
	ctx, end := context.WithTimeout(d.ctx, longest)
	defer end()
	var done atomic.Int64
	o.Progress = func(n, _ int64) { done.Store(max(n, done.Load())) }
	var telling sync.WaitGroup
	telling.Go(func() {
		for pause(ctx, heardEvery); ctx.Err() == nil; pause(ctx, heardEvery) {
			if goes, err := d.house.Store.TellDrill(ctx, one.ID, done.Load(), d.house.Now()); err == nil && !goes {
				end() // somebody cancelled it
			}
		}
	})
	report, err := shielded(ctx, o)
	stopped := d.ctx.Err() != nil
	end()
	telling.Wait()
	one.Done, one.Ended, one.State = done.Load(), d.house.Now(), quartet.DrillDone
	switch {
	case stopped:
		one.State = quartet.DrillCutOff
	case err != nil:
		one.State, one.Reason = quartet.DrillFailed, reasonOf(err)
	default:
		one.Passed, one.Report = report.Passed(), kept(&report)
	}
	verdict := string(one.State)
	if one.State == quartet.DrillDone {
		verdict = map[bool]string{true: "all held", false: "something did not hold"}[one.Passed]
	}
	// Written also when the node stops; where it cannot be, it is cut off by its silence.
	err = d.house.Store.EndDrill(context.WithoutCancel(d.ctx), one, audit.Entry(one.Ended, one.By, "source.drilled", one.ID, verdict))
	if err != nil && quartet.CodeOf(err) != quartet.ErrConflict {
		d.house.Log.Error("what came of a drill was not written", "drill", one.ID, "error", err.Error())
	}
}

// shielded makes an error of a panic: it must not end the server that rehearses.
func shielded(ctx context.Context, o Options) (r Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = quartet.Errorf(quartet.ErrInternal, "the drill broke by a panic with a %T", p)
		}
	}()
	return Run(ctx, o)
}

// reasonOf says why a drill could not be made, without what only the log may hold.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*quartet.Error](err); ok && e.Code != quartet.ErrInternal {
		return e.Message
	}
	return "an unexpected fault"
}

// Suppliers are the enabled suppliers of a house, in the order of their priority, and its
// policy.
func Suppliers(ctx context.Context, h *app.House) ([]quartet.Source, quartet.Policy, error) {
	list, err := h.Sources.List(ctx)
	if err != nil {
		return nil, quartet.Policy{}, err
	}
	list = slices.DeleteFunc(list, func(s quartet.Source) bool { return !s.On || s.Kind.Local() })
	slices.SortStableFunc(list, func(a, b quartet.Source) int { return a.Terms.Priority - b.Terms.Priority })
	policy, err := h.Sources.Policy(ctx)
	return list, policy, err
}

// kept is a report as the management API shows it.
func kept(r *Report) []byte {
	type phase struct {
		Name      string         `json:"name"`
		Calls     int            `json:"calls"`
		Answers   map[string]int `json:"answers"`
		SlowestMS int64          `json:"slowest_ms"`
		Late      int            `json:"late"`
	}
	type supplier struct {
		Source    string         `json:"source_id"`
		Processed int            `json:"processed"`
		Charges   int            `json:"charges"`
		Asked     int            `json:"asked"`
		Booked    int            `json:"booked"`
		Learnt    int            `json:"learnt"`
		Settled   int64          `json:"settled"`
		Open      int            `json:"open"`
		CostFen   float64        `json:"cost_fen"`
		Skipped   map[string]int `json:"skipped"`
		Failures  map[string]int `json:"failures"`
	}
	out := struct {
		Phases    []phase    `json:"phases"`
		Suppliers []supplier `json:"suppliers"`
		Checks    []Check    `json:"checks"`
	}{Checks: r.Checks}
	for i := range r.Phases {
		p := &r.Phases[i]
		out.Phases = append(out.Phases, phase{p.Name, p.Calls, p.Answers, p.Slowest.Milliseconds(), p.Late})
	}
	for i := range r.Sources {
		s := &r.Sources[i]
		out.Suppliers = append(out.Suppliers, supplier{s.Name, s.Processed, s.Charged, s.Asked, s.Yes, s.Learnt, s.Settled, s.Open, float64(s.Cost) / 1000, s.Skipped, s.Failures})
	}
	text, err := json.Marshal(out)
	if err != nil { // cannot happen: plain fields
		panic(err)
	}
	return text
}
