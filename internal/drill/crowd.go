package drill

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/client"
	"quartet/internal/app"
	"quartet/internal/source/registry"
)

// seed is that of the invented people who are asked about, each once: no limit of repeated
// parameters or calls per card comes into play.
const seed = 20

// patience is how long a caller who got no verdict waits before the next call.
const patience = 100 * time.Millisecond

// crowd is the buyers.
type crowd struct {
	client   client.Client
	options  Options
	next     atomic.Int64 // person
	mu       sync.Mutex
	phases   []PhaseReport
	answers  map[string]string // seqNo → state or code
	failures []string          // answers that never came
}

// gather opens an account with more units than the drill can use.
func gather(ctx context.Context, a *app.App, o Options) (*crowd, error) {
	account, err := a.Desk.Open(ctx, actor, "drill", "Drill")
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	now := a.Now()
	total := int64(o.Calls * len(Phases()))
	err = a.Ledger.Give(ctx, quartet.Grant{ID: id.String(), Account: account.ID, Units: total + int64(o.Callers), Origin: "drill", CreatedAt: now, ExpiresAt: now.Add(24 * time.Hour)}, "units of the drill")
	if err != nil {
		return nil, err
	}
	_, secret, err := a.Desk.Issue(ctx, actor, account.ID, quartet.Credential{Kind: quartet.KindAppCode, Name: "drill"})
	if err != nil {
		return nil, err
	}
	c := &crowd{options: o, answers: map[string]string{}}
	c.client = client.Client{BaseURL: a.URL(), AppCode: secret}
	return c, a.Changed(ctx)
}

// call lets all callers call until the calls of a phase are made. What happens meanwhile is
// told when they are.
func (c *crowd) call(ctx context.Context, p Phase, meanwhile func(context.Context)) error {
	report := PhaseReport{Phase: p, Answers: map[string]int{}}
	last := c.next.Load() + int64(c.options.Calls)
	total := int64(c.options.Calls * len(Phases()))
	during, made := context.WithCancel(ctx)
	var callers, others sync.WaitGroup
	others.Go(func() { meanwhile(during) })
	for range c.options.Callers {
		callers.Go(func() {
			for {
				i := c.next.Add(1) - 1
				if i >= last || ctx.Err() != nil {
					return
				}
				if !c.callOnce(ctx, i, &report) {
					pause(ctx, patience) // as who is refused does
				}
				if c.options.Progress != nil {
					c.options.Progress(i+1, total)
				}
			}
		})
	}
	callers.Wait()
	made()
	others.Wait()
	c.next.Store(last)
	c.phases = append(c.phases, report)
	return ctx.Err()
}

func (c *crowd) callOnce(ctx context.Context, i int64, report *PhaseReport) (verdict bool) {
	p := c.person(i)
	begun := time.Now()
	a, err := c.client.Verify(ctx, client.Person{Name: p.Name, IDCard: p.ID, AccNo: p.Card, Mobile: p.Mobile})
	took := time.Since(begun)
	c.mu.Lock()
	defer c.mu.Unlock()
	report.Calls++
	var refused *client.GatewayError
	word := a.Code
	switch {
	case errors.As(err, &refused):
		word = refused.Code
	case err != nil:
		word = "no answer"
		c.failures = append(c.failures, err.Error())
	case a.State != "":
		word = a.State
	}
	report.Answers[word]++
	report.Slowest = max(report.Slowest, took)
	if took > c.options.Deadline {
		report.Late++
	}
	if a.SeqNo != "" {
		c.answers[a.SeqNo] = word
	}
	return a.State != ""
}

// person is an invented person with a resident's ID number, which every supplier takes.
func (c *crowd) person(i int64) quartet.Raw {
	for p := registry.Person(seed, i); ; p = registry.Person(seed, i) {
		if id, rej := quartet.NormalizeIDNumber(p.ID, time.Now()); rej == nil && id.Type() == quartet.IDResident {
			return p
		}
		i += 1 << 32 // far from all that are asked about
	}
}

// words are the different answers that were seen, in order.
func words(phases []PhaseReport) []string {
	seen := map[string]bool{}
	for _, p := range phases {
		for w := range p.Answers {
			seen[w] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}
