package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/billing"
	"quartet/internal/config"
	"quartet/internal/pay/practice"
	"quartet/internal/person"
	"quartet/internal/quota"
	"quartet/internal/story"
)

// past fills a demo with many calls of one buyer. The demo tells its story first, so that
// every page has something to show; then a house on the same folder that lives in the past
// charges the rest through the ledger, day by day, and closes each day behind it.
type past struct {
	*app.House

	clock   atomic.Int64 // microseconds
	first   time.Time    // midnight at which it begins
	last    time.Time    // it ends before
	buyer   string       // the account
	person  string
	keys    []string // credentials
	issuer  *quartet.SeqNoIssuer
	dice    *rand.Rand
	told    int // calls of the story that were handed out
	all     int // of so many
	missing int // calls that are to be made of them
}

// demoOptions are those of the demo whose pages are measured.
func demoOptions(dir string) app.Options {
	c := config.Default()
	c.Listen, c.AdminListen, c.Data = "127.0.0.1:0", "127.0.0.1:0", filepath.Join(dir, "data")
	return app.Options{Config: config.Loaded{Config: c}, KeyringInside: true, Version: "bench"}
}

// fill makes the folder, with so many calls of the buyer.
func fill(ctx context.Context, dir string, calls int) (err error) {
	begun := time.Now().In(quartet.Shanghai)
	if err := os.RemoveAll(filepath.Join(dir, "data")); err != nil { // one that was cut off
		return err
	}
	if err := tellStory(ctx, dir); err != nil {
		return err
	}
	p := &past{last: begun.Add(-time.Minute), dice: rand.New(rand.NewPCG(1887, 4))} //nolint:gosec // the same calls each time
	p.first = time.Date(begun.Year(), begun.Month(), begun.Day()-story.Days, 0, 0, 0, 0, quartet.Shanghai)
	p.set(p.first)
	o := demoOptions(dir)
	o.Now = func() time.Time { return time.UnixMicro(p.clock.Load()) }
	if p.House, err = app.Open(ctx, o); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	// A number that no node of the demo has: seconds of the story are used again.
	p.issuer = quartet.NewSeqNoIssuer(nobodysNode, p.first.Unix()-1, o.Now)
	if err := p.know(ctx, calls); err != nil {
		return err
	}
	for day := p.first; day.Before(p.last); day = day.AddDate(0, 0, 1) {
		if err := p.live(ctx, day); err != nil {
			return fmt.Errorf("%s: %w", day.Format(time.DateOnly), err)
		}
	}
	r, err := quota.Audit(ctx, p.Store, true)
	if err == nil && len(r.Differences) > 0 {
		err = fmt.Errorf("the book of the filled house is wrong: %+v", r.Differences)
	}
	return err
}

const nobodysNode = 1023

// tellStory serves a new demo until its past is told.
func tellStory(ctx context.Context, dir string) (err error) {
	o := demoOptions(dir)
	o.Story = true
	a, err := app.Start(ctx, o, nil, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	if err := a.BeginStory(); err != nil {
		return err
	}
	a.TellStory()
	for !a.StoryTold() {
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func (p *past) set(t time.Time) { p.clock.Store(t.UnixMicro()) }

// know finds out who buys, and how many calls are missing.
func (p *past) know(ctx context.Context, calls int) error {
	b := story.Buyers()[0]
	a, err := p.Desk.Find(ctx, b.Name)
	if err != nil {
		return err
	}
	members, err := p.People.Members(ctx, a.ID)
	if err != nil {
		return err
	}
	made, err := p.Desk.Credentials(ctx, a.ID)
	if err != nil {
		return err
	}
	p.buyer, p.person = a.ID, members[0].ID
	for _, name := range b.Credentials {
		i := slices.IndexFunc(made, func(c quartet.Credential) bool { return c.Name == name })
		p.keys = append(p.keys, made[i].ID)
	}
	for day := p.first; day.Before(p.last); day = day.AddDate(0, 0, 1) {
		p.all += len(p.toldOf(day))
	}
	hours, err := p.Store.Usage(ctx, p.buyer, 0, 0)
	p.missing = calls
	for i := range hours {
		p.missing -= int(hours[i].Calls)
	}
	return err
}

// toldOf are the calls of the buyer that the story has of a day.
func (p *past) toldOf(day time.Time) []story.Call {
	return slices.DeleteFunc(story.Calls(p.first, day), func(c story.Call) bool { return c.Buyer != 0 || !c.At.Before(p.last) })
}

// live makes the calls of a day after those of the story, many for each; and buys units before there are too few.
func (p *past) live(ctx context.Context, day time.Time) error {
	told := p.toldOf(day)
	var calls []story.Call
	for _, c := range told {
		p.told++
		for n := p.told*p.missing/p.all - (p.told-1)*p.missing/p.all; n > 0; n-- {
			calls = append(calls, p.another(c.At, told))
		}
	}
	slices.SortStableFunc(calls, func(a, b story.Call) int { return a.At.Compare(b.At) })
	p.set(day)
	if err := p.stock(ctx, int64(len(calls))); err != nil {
		return err
	}
	for batch := range slices.Chunk(calls, together) {
		if err := p.charge(ctx, batch); err != nil {
			return err
		}
	}
	p.set(day.AddDate(0, 0, 1).Add(time.Hour))
	if p.last.Before(time.UnixMicro(p.clock.Load())) {
		return nil
	}
	_, err := p.Ledger.CloseDays(ctx, p.Store)
	return err
}

// another is a call within some minutes of an instant. What became of it is what became of any
// call of that day, so that most hours have calls of every kind.
func (p *past) another(at time.Time, told []story.Call) story.Call {
	c := told[p.dice.IntN(len(told))]
	if c.At = at.Truncate(near).Add(time.Duration(p.dice.Int64N(int64(near)))); !c.At.Before(p.last) {
		c.At = p.last.Add(-time.Second)
	}
	for i := range c.Params {
		c.Params[i], c.Card[i] = byte(p.dice.Uint32()), byte(p.dice.Uint32())
	}
	return c
}

const (
	near     = 10 * time.Minute
	together = 1000 // calls that are charged at once
	biggest  = "1887-40000"
)

// stock buys the biggest plan until there is more left than is needed.
func (p *past) stock(ctx context.Context, need int64) error {
	by := person.By(p.person)
	for {
		grants, err := p.Store.Grants(ctx, p.buyer)
		if err != nil {
			return err
		}
		left := int64(0)
		for i := range grants {
			left += grants[i].Left()
		}
		if left > need {
			return nil
		}
		o, err := p.Billing.Order(ctx, by, billing.Purchase{Account: p.buyer, Person: p.person, Plan: biggest})
		if err != nil {
			return err
		}
		m, err := p.Billing.BeginPayment(ctx, by, o.ID, practice.Name, "page")
		if err != nil {
			return err
		}
		if _, err := p.Billing.Receive(ctx, practice.Name, billing.Money{Payment: m.ID, Reference: "practice-" + m.ID, Received: o.Amount, At: p.Now()}); err != nil {
			return err
		}
	}
}

// charge takes calls through the ledger, as the road does.
func (p *past) charge(ctx context.Context, batch []story.Call) error {
	var (
		waiting sync.WaitGroup
		once    sync.Once
		fault   error
	)
	rows := make([]quartet.Call, len(batch))
	for i, c := range batch {
		p.set(c.At)
		rows[i] = quartet.Call{
			SeqNo: p.issuer.Next(), At: c.At, Account: p.buyer, Credential: p.keys[c.Credential], Product: quartet.FourElements().ID,
			Code: c.Code, Verdict: c.Verdict, Reason: c.Reason, Differs: c.Differs, Latency: c.Latency, Sent: c.Sent, Params: c.Params, Card: c.Card,
		}
		if c.Sent {
			rows[i].Source = "registry"
		}
	}
	p.set(batch[0].At) // or the ledger would find that the first ones came too late
	charge := quartet.FourElements().Charge
	for i := range rows {
		c := &rows[i]
		if c.Verdict == quartet.NoVerdict {
			p.Ledger.Record(*c)
			continue
		}
		waiting.Go(func() {
			if err := p.Ledger.Charge(ctx, c, charge.Units(c.Verdict), quartet.Claim{}); err != nil {
				once.Do(func() { fault = err })
			}
		})
	}
	waiting.Wait()
	return errors.Join(fault, p.Ledger.Check(ctx))
}
