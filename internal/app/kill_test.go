package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/invoice"
	"quartet/internal/job"
	"quartet/internal/quota"
	"quartet/internal/store/storetest"
)

// The places at which a process is killed in a job.
const (
	begun = "begun"      // it is leased, and nothing is done
	asked = "asked"      // a provider did what it was asked, and nobody has heard its answer
	atEnd = "at the end" // all is done, and nobody has written so
)

// doom is where a process is to be killed, in the middle of which job, and at which time
// by its clock.
type doom struct {
	Config           config.Config
	Kind, Key, Place string
	Before           []string // kinds that others were killed in
	At               time.Time
}

// doomVar makes a process of this test binary a doomed one.
const doomVar = "QUARTET_TEST_DOOM"

func TestMain(m *testing.M) {
	if text := os.Getenv(doomVar); text != "" {
		if err := serveDoomed(text); err != nil {
			_, _ = fmt.Fprintln(os.Stdout, err)
			os.Exit(1)
		}
		select {} // until it is killed
	}
	os.Exit(m.Run())
}

func serveDoomed(text string) error {
	var d doom
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return err
	}
	_, err := app.Start(context.Background(), app.Options{
		Config: config.Loaded{Config: d.Config}, KeyringInside: true, Now: since(d.At),
		Working: func(s job.Store) job.Store { return &doomed{Store: s, doom: d} },
	}, nil, nil)
	return err
}

// since is a clock that shows a time now.
func since(at time.Time) func() time.Time {
	began := time.Now()
	return func() time.Time { return at.Add(time.Since(began)) }
}

// doomed finishes what others were killed in, and then tells of the places in a job of one
// more kind.
type doomed struct {
	job.Store

	doom  doom
	under atomic.Int64 // tries of kinds that others were killed in
}

func (s *doomed) reached(place string, j quartet.Job) {
	if s.doom.Place == place && s.doom.Kind == j.Kind && s.doom.Key == j.Key {
		_, _ = fmt.Fprintln(os.Stdout, "here")
		select {}
	}
}

func (s *doomed) ClaimJobs(ctx context.Context, kinds []string, now, lease time.Time, limit int) ([]quartet.Job, error) {
	before := slices.DeleteFunc(slices.Clone(s.doom.Before), func(kind string) bool { return !slices.Contains(kinds, kind) })
	if len(before) > 0 {
		list, err := s.Store.ClaimJobs(ctx, before, now, lease, limit)
		if err != nil || len(list) > 0 {
			s.under.Add(int64(len(list)))
			return list, err
		}
	}
	// Whoever kills it kills it in the middle of one job, not of others that it finishes.
	if s.under.Load() > 0 {
		return nil, nil
	}
	if !slices.Contains(kinds, s.doom.Kind) {
		return nil, nil
	}
	list, err := s.Store.ClaimJobs(ctx, []string{s.doom.Kind}, now, lease, limit)
	for _, j := range list {
		s.reached(begun, j)
	}
	return list, err
}

func (s *doomed) EndJob(ctx context.Context, j quartet.Job) error {
	if slices.Contains(s.doom.Before, j.Kind) {
		defer s.under.Add(-1)
	}
	if j.State == quartet.JobDone {
		s.reached(atEnd, j)
	}
	return s.Store.EndJob(ctx, j)
}

// counting learns which kinds of job there are.
type counting struct {
	job.Store

	mu    *sync.Mutex
	kinds *[]string
}

func (s counting) ClaimJobs(ctx context.Context, kinds []string, now, lease time.Time, limit int) ([]quartet.Job, error) {
	s.mu.Lock()
	for _, kind := range kinds {
		if !slices.Contains(*s.kinds, kind) {
			*s.kinds = append(*s.kinds, kind)
		}
	}
	s.mu.Unlock()
	return s.Store.ClaimJobs(ctx, kinds, now, lease, limit)
}

// A process is killed in the middle of a job of each kind, one after the other, and another
// one finishes them all: nothing is lost, and nothing happens twice.
func TestJob_OfEachKindSurvivesTheKillOfItsProcess(t *testing.T) {
	for engine, url := range map[string]func(*testing.T) string{
		"SQLite":     func(*testing.T) string { return "" },
		"PostgreSQL": func(t *testing.T) string { return storetest.Postgres(t) },
	} {
		for _, place := range []string{begun, asked, atEnd} {
			t.Run(engine+", "+place, func(t *testing.T) {
				t.Parallel()
				c := settings(t)
				c.Store = url(t)
				h := newShop(t, c)
				at := time.Now().Truncate(time.Second)
				var before []string // kinds that were killed
				for _, k := range h.cases {
					if place == asked && k.asks == "" {
						continue
					}
					at = at.Add(time.Minute + k.due) // leases of the process before are over
					// Late in its second: no number is issued before the next one.
					d := doom{Config: h.config, Kind: k.kind, Key: k.key, Place: place, Before: before, At: at.Add(600 * time.Millisecond)}
					if place == asked { // by this kind alone
						d.Before = nil
					}
					h.kill(d, k)
					before = append(before, k.kind)
				}
				if len(before) == 0 {
					t.Fatal("nothing was killed")
				}
				h.finish(at.Add(time.Minute), before)
			})
		}
	}
}

// kill lets a process run until it has got to its place, and kills it there.
func (h *shop) kill(d doom, k killed) {
	h.t.Helper()
	text, err := json.Marshal(d)
	must(h.t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), doomVar+"="+string(text))
	out, err := cmd.StdoutPipe()
	must(h.t, err)
	here := make(chan string, 2)
	if d.Place == asked {
		line := k.line
		if line == nil {
			line = h.sim
		}
		line.onAnswer(k.asks, k.about, func() {
			_ = cmd.Process.Kill()
			here <- "here\n"
		})
	}
	must(h.t, cmd.Start())
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n') // empty when it was killed
		if line != "" {
			here <- line
		}
	}()
	select {
	case line := <-here:
		if line != "here\n" {
			h.t.Errorf("%s did not get to where it is %s: %s", d.Kind, d.Place, line)
		}
	case <-time.After(time.Minute):
		h.t.Errorf("%s did not get to where it is %s", d.Kind, d.Place)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// bureauKinds are the kinds of jobs that ask the tax bureau.
var bureauKinds = []string{invoice.JobIssue, invoice.JobQuery, invoice.JobRed, invoice.JobRedQuery}

// finish serves without being killed until no job is left that is due, and looks what stands.
func (h *shop) finish(at time.Time, killed []string) {
	h.t.Helper()
	var (
		mu    sync.Mutex
		kinds []string
	)
	n, err := app.Start(h.t.Context(), app.Options{
		Config: config.Loaded{Config: h.config}, KeyringInside: true, Now: since(at),
		Working: func(s job.Store) job.Store { return counting{s, &mu, &kinds} },
	}, nil, nil)
	must(h.t, err)
	defer func() { must(h.t, n.Stop(context.Background())) }()
	ctx := h.t.Context()
	var jobs []quartet.Job
	// What was on its way to the bureau when a process was killed is looked for before it is sent
	// again, and both take their time.
	const patience = 3 * time.Minute
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		jobs, err = n.Store.Jobs(ctx, "", "", 1000)
		must(h.t, err)
		open := slices.DeleteFunc(slices.Clone(jobs), func(j quartet.Job) bool {
			future := j.State == quartet.JobWaiting && j.Failed == 0 && j.NextAt.After(n.Now()) // bills of today, orders that may be paid yet
			return j.State == quartet.JobDone || future && j.Key != h.bill && !slices.Contains(bureauKinds, j.Kind)
		})
		if len(open) == 0 {
			break
		}
		if time.Now().After(end) {
			h.t.Fatalf("jobs are left: %+v", open)
		}
	}
	tried := map[string]quartet.Job{}
	for _, j := range jobs {
		tried[j.Kind+" "+j.Key] = j
	}
	var cases []string
	for _, k := range h.cases {
		cases = append(cases, k.kind)
		if !slices.Contains(killed, k.kind) {
			continue
		}
		if j := tried[k.kind+" "+k.key]; j.Tries < 2 {
			h.t.Errorf("%s was not cut off: %+v", k.kind, j)
		}
		k.stands(n.House)
	}
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(cases)
	slices.Sort(kinds)
	if !slices.Equal(cases, kinds) {
		h.t.Errorf("the node does jobs of the kinds %q, and this kills %q: what comes of the others?", kinds, cases)
	}
	h.proofs(n.House)
}

// proofs are what must hold whatever was killed.
func (h *shop) proofs(n *app.House) {
	ctx := h.t.Context()
	if r, err := quota.Audit(ctx, n.Store, true); err != nil || len(r.Differences) > 0 {
		h.t.Errorf("the books differ: %+v, %v", r.Differences, err)
	}
	if r, err := n.VerifyAudit(ctx, quartet.AuditPoint{}); err != nil || r.Fault != nil {
		h.t.Errorf("the audit is broken: %+v, %v", r, err)
	}
	entries, err := n.Store.AuditEntries(ctx, 10_000)
	must(h.t, err)
	told := map[string]int{}
	// What may be done twice: a channel that never heard of a request is asked once more.
	again := []string{"statement.import", "settlement.compare", "invoice.ask", "invoice.lose", "invoice.fail", "red.ask", "red.lose", "red.fail"}
	for _, e := range entries {
		if told[e.Action+" of "+e.Subject]++; told[e.Action+" of "+e.Subject] == 2 && !slices.Contains(again, e.Action) {
			h.t.Errorf("%s of %s happened twice", e.Action, e.Subject)
		}
	}
	orders, err := n.Store.Orders(ctx, "", "", "", 1000)
	must(h.t, err)
	grants, err := n.Store.Grants(ctx, "")
	must(h.t, err)
	given := map[string]quartet.Grant{}
	for _, g := range grants {
		given[g.ID] = g
	}
	for _, o := range orders {
		if g, is := given[o.Grant]; is != (o.State == quartet.OrderPaid || o.State == quartet.OrderRefunded) || is && g.Units != o.Units {
			h.t.Errorf("order %+v has the grant %+v", o, g)
		}
		delete(given, o.Grant)
	}
	if len(given) > 0 {
		h.t.Errorf("grants of nobody's: %+v", given)
	}
}
