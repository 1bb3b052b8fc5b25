package storetest

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
)

func addMarket(t *testing.T, s *store.Store) quartet.Market {
	t.Helper()
	m := quartet.Market{Name: "yun", Sealed: []byte{1, 0, 255}, Created: base.UTC(), Rotated: base.UTC()}
	must(t, s.AddMarket(t.Context(), m, quartet.AuditEntry{}))
	return m
}

func markets(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	m := addMarket(t, s)
	wantCode(t, "the same name", s.AddMarket(ctx, m, quartet.AuditEntry{}), quartet.ErrConflict)
	m.Sealed, m.Rotated, m.Off = []byte{2}, after(time.Minute).UTC(), after(time.Hour).UTC()
	must(t, s.ChangeMarket(ctx, m, quartet.AuditEntry{}))
	same(t, "changed", value(s.Market(ctx, "yun"))(t), m)
	same(t, "all", value(s.Markets(ctx))(t), []quartet.Market{m})
	_, err := s.Market(ctx, "none")
	wantCode(t, "no market", err, quartet.ErrNotFound)
	m.Name = "none"
	wantCode(t, "changing none", s.ChangeMarket(ctx, m, quartet.AuditEntry{}), quartet.ErrNotFound)
}

func said(id, event string) (quartet.MarketEvent, quartet.Job) {
	e := quartet.MarketEvent{
		ID: id, Market: "yun", Event: event, Hash: "h" + id, Sealed: []byte{1, 0, 255}, Action: quartet.MarketCreate, State: quartet.MarketEventReceived, Received: base.UTC(),
	}
	return e, quartet.Job{ID: "job " + id, Kind: "market.handle", Key: id, NextAt: after(time.Minute), Created: base}
}

func instance(id string) quartet.Instance {
	return quartet.Instance{
		ID: id, Market: "yun", Sale: "o" + id, Buyer: "b", Plan: "1887-1200", Trial: true, Account: "a", Credential: "c" + id,
		State: quartet.InstanceProvisioning, Created: base.UTC(),
	}
}

// A message is kept once, with its job and what it asks for; its end comes with the step
// that does it, and a step is taken once.
func marketEvents(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addMarket(t, s)
	e, j := said("1", "e1")
	in := instance("1")
	same(t, "kept", value(s.PutMarketEvent(ctx, e, in, j))(t), e)
	again, j2 := said("2", "e1")
	same(t, "said again", value(s.PutMarketEvent(ctx, again, instance("2"), j2))(t), e)
	same(t, "what it asks for", value(s.Instances(ctx, "yun", 9))(t), []quartet.Instance{in})
	same(t, "its jobs", len(value(s.Jobs(ctx, "", "", 9))(t)), 1)

	step := quartet.InstanceStep{Instance: in, Event: "1", At: after(time.Second).UTC()}
	step.Instance.State, step.Instance.Refund, step.Instance.Told = quartet.InstanceReleased, true, base.UTC()
	must(t, s.StepInstance(ctx, step, quartet.AuditEntry{}))
	wantCode(t, "the same step", s.StepInstance(ctx, step, quartet.AuditEntry{}), quartet.ErrConflict)
	want := step.Instance
	want.Steps = 1
	same(t, "stepped", value(s.Instance(ctx, "1"))(t), want)
	e.State, e.Instance, e.Outcome, e.Ended = quartet.MarketEventHandled, "1", quartet.InstanceReleased, step.At
	same(t, "ended", value(s.MarketEvent(ctx, "1"))(t), e)
	// A message that is done is done by no other step, which is not written then.
	step.Instance.Steps = 1
	wantCode(t, "a step for what is done", s.StepInstance(ctx, step, quartet.AuditEntry{}), quartet.ErrConflict)
	same(t, "unchanged", value(s.Instance(ctx, "1"))(t), want)

	entry := quartet.AuditEntry{ID: "a1", At: base, Actor: "market yun", Action: "instance.refuse", Subject: "1"}
	must(t, s.RefuseMarketEvent(ctx, "1", "1", "too late", base, entry))
	same(t, "an end is an end", value(s.MarketEvent(ctx, "1"))(t), e)
	other, j3 := said("3", "e3")
	value(s.PutMarketEvent(ctx, other, quartet.Instance{}, j3))(t)
	must(t, s.RefuseMarketEvent(ctx, "3", "1", "too late", after(time.Second), entry))
	other.State, other.Instance, other.Answer, other.Ended = quartet.MarketEventRefused, "1", "too late", after(time.Second).UTC()
	same(t, "refused", value(s.MarketEvent(ctx, "3"))(t), other)
	same(t, "and told once", len(value(s.AuditEntries(ctx, 9))(t)), 1)
	_, err := s.MarketEvent(ctx, "none")
	wantCode(t, "a message that never came", err, quartet.ErrNotFound)
}

func marketEventsAtOnce(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addMarket(t, s)
	const n = 8
	var wg sync.WaitGroup
	standing := make([]string, n)
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() {
			e, j := said(strconv.Itoa(i), "e")
			found, err := s.PutMarketEvent(ctx, e, instance("1"), j)
			standing[i], errs[i] = found.ID, err
		})
	}
	wg.Wait()
	for i := range n {
		must(t, errs[i])
		same(t, "the one that stands", standing[i], standing[0])
	}
	same(t, "instances", len(value(s.Instances(ctx, "", 9))(t)), 1)
}
