package announcement_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/announcement"
	"quartet/internal/billing"
	"quartet/internal/product"
	"quartet/internal/quota"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

const (
	day  = 24 * time.Hour
	lead = quartet.DefaultLead
)

// house sells product 1887 on a real store, with a clock of its own.
type house struct {
	t         *testing.T
	store     *store.Store
	ledger    *quota.Ledger
	catalogue *product.Catalogue
	plans     *billing.Catalogue
	desk      *announcement.Desk
	mu        sync.Mutex
	now       time.Time
	changed   int // how often calls were told
}

const supplier = "planted-supplier"

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)}
	ctx, none := t.Context(), quartet.AuditEntry{}
	s, err := store.Open(ctx, store.Options{Dir: storetest.Folder(t)})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	_, _, err = s.LeaseNode(ctx, "folder", "session", h.now)
	must(t, err)
	must(t, s.PutProduct(ctx, quartet.FourElements(), none))
	must(t, s.CreateAccount(ctx, quartet.Account{ID: "acme", Name: "测试贸易", CreatedAt: h.now}, none))
	must(t, s.CreateSource(ctx, quartet.Source{Name: supplier, Kind: quartet.SourceHTTPJSON, On: true}, none))
	h.store = s
	h.ledger, err = quota.New(ctx, s, quota.Options{Now: h.clock})
	must(t, err)
	t.Cleanup(func() { _ = h.ledger.Close() })
	h.catalogue, h.plans = product.New(s, lead, h.clock), billing.NewCatalogue(s, lead, h.clock)
	must(t, h.plans.Seed(ctx))
	h.desk = announcement.New(announcement.Options{Store: s, Lead: lead, Now: h.clock, Changed: func(context.Context) error { h.changed++; return nil }})
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, what string, err error, want quartet.ErrorCode) {
	t.Helper()
	if got := quartet.CodeOf(err); got != want {
		t.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

// held lets acme hold units of product 1887 for months.
func (h *house) held() {
	h.t.Helper()
	must(h.t, h.ledger.Give(h.t.Context(), quartet.Grant{ID: "g", Account: "acme", Product: "1887", Units: 9, ExpiresAt: h.now.Add(200 * day)}, "bought"))
}

func (h *house) set(match, mismatch, undetermined int64) error {
	_, err := h.catalogue.Change(h.t.Context(), "zhang", "1887", func(p *quartet.Product) {
		p.Charge = quartet.ChargeTable{Match: match, Mismatch: mismatch, Undetermined: undetermined}
	})
	return err
}

func (h *house) table() string {
	h.t.Helper()
	p, err := h.catalogue.Find(h.t.Context(), "1887")
	must(h.t, err)
	return p.Charge.String()
}

// dearer is an announcement of the table 2/1/1, at an instant.
func dearer(at time.Time) quartet.Announcement {
	return quartet.Announcement{
		Kind: quartet.AnnounceChargeTable, Title: "计费调整", Text: "自下周起调整", Effective: at,
		Changes: []quartet.AnnouncedChange{{Kind: quartet.ChangeChargeTable, Product: "1887", Charge: quartet.ChargeTable{Match: 2, Mismatch: 1, Undetermined: 1}}},
	}
}

func TestCatalogue_WhatIsHeldDoesNotBecomeDearerUnannounced(t *testing.T) {
	h := newHouse(t)
	must(t, h.set(2, 1, 0)) // nobody holds any
	h.held()
	err := h.set(2, 1, 1)
	wantCode(t, "dearer", err, quartet.ErrConflict)
	if err != nil && (!strings.Contains(err.Error(), "7 days") || !strings.Contains(err.Error(), "announcement publish")) {
		t.Errorf("it does not say what to do: %v", err)
	}
	wantCode(t, "dearer in one, cheaper in another", h.set(0, 2, 0), quartet.ErrConflict)
	must(t, h.set(2, 0, 0))
	wantCode(t, "back again", h.set(2, 1, 0), quartet.ErrConflict)
	_, err = h.catalogue.Change(t.Context(), "zhang", "1887", func(p *quartet.Product) { p.Name = "四要素"; p.Detail = quartet.DetailReason })
	must(t, err)
	_, err = h.catalogue.Switch(t.Context(), "zhang", "1887", false)
	must(t, err)
	if got := h.table(); got != "2/0/0" {
		t.Errorf("the table is %s", got)
	}
	h.pass(200 * day) // what was held has ended
	must(t, h.set(3, 3, 3))
	free := product.New(h.store, 0, h.clock)
	must(t, h.ledger.Give(t.Context(), quartet.Grant{ID: "g2", Account: "acme", Units: 9, ExpiresAt: h.now.Add(day)}, "gift"))
	wantCode(t, "units of any product", h.set(4, 3, 3), quartet.ErrConflict)
	_, err = free.Change(t.Context(), "zhang", "1887", func(p *quartet.Product) { p.Charge.Match = 9 })
	must(t, err) // a house that has nobody to tell
}

func TestAnnouncement_ChangesATableAtItsInstantOnce(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.held()
	for what, at := range map[string]time.Duration{"now": 1, "too soon": 7*day - time.Second} {
		_, err := h.desk.Publish(ctx, "zhang", dearer(h.now.Add(at)))
		wantCode(t, what, err, quartet.ErrInvalid)
	}
	a, err := h.desk.Publish(ctx, "zhang", dearer(time.Time{})) // as soon as it may
	must(t, err)
	if !a.Effective.Equal(h.now.Add(7*day)) || len(a.Products) != 1 {
		t.Errorf("it is %+v", a)
	}
	h.pass(7*day - time.Second)
	wantCode(t, "before its time", h.desk.Apply(ctx, a.ID), quartet.ErrUnavailable)
	if got := h.table(); got != "1/1/0" {
		t.Errorf("the table is %s", got)
	}
	h.pass(time.Second)
	for range 2 {
		must(t, h.desk.Apply(ctx, a.ID))
	}
	if got := h.table(); got != "2/1/1" {
		t.Errorf("the table is %s", got)
	}
	must(t, h.set(1, 1, 0)) // in the buyers' favour, at once
	must(t, h.desk.Apply(ctx, a.ID))
	if got := h.table(); got != "1/1/0" {
		t.Errorf("it was applied again: the table is %s", got)
	}
	_, err = h.desk.Withdraw(ctx, "li", a.ID)
	wantCode(t, "withdrawn too late", err, quartet.ErrConflict)
	if h.changed == 0 {
		t.Error("calls were not told")
	}
}

func TestAnnouncement_WithdrawnChangesNothing(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.held()
	a, err := h.desk.Publish(ctx, "zhang", dearer(h.now.Add(8*day)))
	must(t, err)
	_, err = h.desk.Publish(ctx, "li", dearer(h.now.Add(20*day)))
	wantCode(t, "a second one of the same table", err, quartet.ErrConflict)
	_, err = h.desk.Withdraw(ctx, "li", a.ID)
	must(t, err)
	_, err = h.desk.Withdraw(ctx, "li", a.ID)
	wantCode(t, "twice", err, quartet.ErrConflict)
	_, err = h.desk.Withdraw(ctx, "li", "none")
	wantCode(t, "none", err, quartet.ErrNotFound)
	h.pass(9 * day)
	must(t, h.desk.Apply(ctx, a.ID))
	if got := h.table(); got != "1/1/0" {
		t.Errorf("the table is %s", got)
	}
	jobs, err := h.store.Jobs(ctx, quartet.JobWaiting, "", 99)
	must(t, err)
	var kinds []string
	for _, j := range jobs {
		if j.Kind != quartet.JobCircular {
			continue
		}
		c, err := h.store.Circular(ctx, j.Key)
		must(t, err)
		kinds = append(kinds, c.Kind)
		if !strings.Contains(c.Text, "一致 2 次，不一致 1 次，异常 1 次") || c.Mail != quartet.MayBuy || strings.Contains(c.Text+c.Data, "zhang") {
			t.Errorf("buyers are told %+v", c)
		}
	}
	if got := strings.Join(kinds, " "); got != "announcement.withdrawn announcement.published" {
		t.Errorf("they hear of %s", got)
	}
}

// Of a withdrawal and the instant itself, one wins, and the table says which.
func TestAnnouncement_IsWithdrawnOrAppliedNeverBoth(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.held()
	for range 5 {
		must(t, h.set(1, 1, 0))
		a, err := h.desk.Publish(ctx, "zhang", dearer(h.now.Add(7*day)))
		must(t, err)
		h.pass(7*day - time.Microsecond)
		var both sync.WaitGroup
		both.Go(func() { _, _ = h.desk.Withdraw(ctx, "li", a.ID) })
		both.Go(func() { h.pass(time.Microsecond); _ = h.desk.Apply(ctx, a.ID) })
		both.Wait()
		must(t, h.desk.Apply(ctx, a.ID))
		a, err = h.desk.Find(ctx, a.ID)
		must(t, err)
		want := map[bool]string{true: "1/1/0", false: "2/1/1"}[a.Applied.IsZero()]
		if got := h.table(); a.Applied.IsZero() == a.Withdrawn.IsZero() || got != want {
			t.Errorf("%+v, and the table is %s", a, got)
		}
	}
}

func TestAnnouncement_PlansChangeAtTheirInstantAndOrdersKeepTheirPrice(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.held()
	h.pass(time.Minute)
	next := quartet.Plan{ID: "1887-1000", Name: "500元/1000次", Units: 1000, Price: 500_00, Months: 24}
	_, err := h.plans.End(ctx, "zhang", "1887-1200", time.Time{})
	wantCode(t, "ended now", err, quartet.ErrConflict)
	_, err = h.plans.End(ctx, "zhang", "1887-1200", h.now.Add(30*day))
	wantCode(t, "ended later, of which nobody is told", err, quartet.ErrConflict)
	_, err = h.plans.Follow(ctx, "zhang", "1887-1200", next)
	wantCode(t, "fewer units", err, quartet.ErrConflict)
	_, err = h.plans.Follow(ctx, "zhang", "1887-6000", quartet.Plan{ID: "1887-7000", Name: "2000元/7000次", Units: 7000, Price: 2000_00, Months: 24})
	must(t, err) // in the buyers' favour
	_, err = h.plans.End(ctx, "zhang", "1887-trial", time.Time{})
	must(t, err) // a trial is no price
	_, err = h.plans.Add(ctx, "zhang", quartet.Plan{ID: "1887-100", Product: "1887", Name: "100次", Units: 100, Price: 50_00, Months: 12})
	must(t, err) // a first plan is no change

	firms := identities{"acme": "firm"}
	shop := billing.New(h.store, h.ledger, firms, h.clock)
	price := quartet.Announcement{
		Kind: quartet.AnnouncePrice, Title: "价格调整", Text: "调整", Effective: h.now.Add(8 * day),
		Changes: []quartet.AnnouncedChange{
			{Kind: quartet.ChangePlanFollow, Plan: "1887-1200", Next: next},
			{Kind: quartet.ChangePlanEnd, Plan: "1887-40000"},
		},
	}
	a, err := h.desk.Publish(ctx, "zhang", price)
	must(t, err)
	onSale := func() string {
		t.Helper()
		list, err := h.plans.OnSale(ctx, "1887")
		must(t, err)
		var ids []string
		for _, p := range list {
			ids = append(ids, p.ID)
		}
		return strings.Join(ids, " ")
	}
	if got := onSale(); got != "1887-100 1887-1200 1887-7000 1887-10000 1887-18000 1887-40000" {
		t.Errorf("before: %s", got)
	}
	_, err = h.plans.Add(ctx, "zhang", quartet.Plan{ID: "1887-1000", Product: "1887", Name: "同名", Units: 1, Price: 1, Months: 1})
	wantCode(t, "the id of the next plan is taken", err, quartet.ErrConflict)
	h.pass(8*day - time.Minute)
	o, err := shop.Order(ctx, "person li", billing.Purchase{Account: "acme", Person: "li", Plan: "1887-1200"})
	must(t, err)
	h.pass(time.Minute)
	if got := onSale(); got != "1887-100 1887-1000 1887-7000 1887-10000 1887-18000" {
		t.Errorf("from its instant on: %s", got)
	}
	m, err := shop.BeginPayment(ctx, "person li", o.ID, "bank", "transfer")
	must(t, err)
	_, err = shop.Receive(ctx, "bank", billing.Money{Payment: m.ID, Reference: "R", Received: 500_00, At: h.now})
	must(t, err)
	if o, err = shop.Find(ctx, o.ID); err != nil || o.State != quartet.OrderPaid || o.Units != 1200 || o.Amount != 500_00 {
		t.Errorf("the order that was placed before is %+v, %v", o, err)
	}
	must(t, h.desk.Apply(ctx, a.ID))

	again := quartet.Announcement{Kind: quartet.AnnouncePrice, Title: "停售", Text: "停售", Changes: []quartet.AnnouncedChange{
		{Kind: quartet.ChangePlanFollow, Plan: "1887-10000", Next: quartet.Plan{ID: "n", Name: "n", Units: 1, Price: 1, Months: 1}},
	}}
	a, err = h.desk.Publish(ctx, "zhang", again)
	must(t, err)
	before := onSale()
	_, err = h.desk.Withdraw(ctx, "zhang", a.ID)
	must(t, err)
	h.pass(30 * day)
	if got := onSale(); got != before {
		t.Errorf("withdrawn: %s, before: %s", got, before)
	}
	a, err = h.desk.Find(ctx, a.ID)
	must(t, err)
	if a.Changes[0].State != quartet.ChangeWithdrawn || a.Changes[0].Next.Units != 1 {
		t.Errorf("it still says what it would have changed: %+v", a.Changes)
	}
	again.Title = "再次停售"
	_, err = h.desk.Publish(ctx, "zhang", again)
	must(t, err) // its id is free again
}

func TestPublish_RefusesWhatCannotBe(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	_, err := h.plans.End(ctx, "zhang", "1887-18000", h.now.Add(day))
	must(t, err) // nobody holds any
	for what, c := range map[string]struct {
		change func(*quartet.Announcement)
		want   quartet.ErrorCode
	}{
		"a supplier":             {func(a *quartet.Announcement) { a.Text = "因" + supplier + "涨价" }, quartet.ErrInvalid},
		"no title":               {func(a *quartet.Announcement) { a.Title = " " }, quartet.ErrInvalid},
		"no product":             {func(a *quartet.Announcement) { a.Changes[0].Product = "9999" }, quartet.ErrNotFound},
		"the table that is":      {func(a *quartet.Announcement) { a.Changes[0].Charge = quartet.FourElements().Charge }, quartet.ErrInvalid},
		"beyond all":             {func(a *quartet.Announcement) { a.Changes[0].Charge.Match = 1001 }, quartet.ErrInvalid},
		"a change of nothing":    {func(a *quartet.Announcement) { a.Kind = quartet.AnnounceOther }, quartet.ErrInvalid},
		"an instant of the past": {func(a *quartet.Announcement) { a.Changes = nil; a.Effective = h.now.Add(-day) }, quartet.ErrInvalid},
		"years ahead":            {func(a *quartet.Announcement) { a.Effective = h.now.Add(800 * day) }, quartet.ErrInvalid},
		"no plan": {func(a *quartet.Announcement) {
			a.Changes[0] = quartet.AnnouncedChange{Kind: quartet.ChangePlanEnd, Plan: "none"}
		}, quartet.ErrNotFound},
		"a plan that ends before": {func(a *quartet.Announcement) {
			a.Changes[0] = quartet.AnnouncedChange{Kind: quartet.ChangePlanEnd, Plan: "1887-18000"}
		}, quartet.ErrConflict},
		"a plan that gives none": {func(a *quartet.Announcement) {
			a.Changes[0] = quartet.AnnouncedChange{Kind: quartet.ChangePlanFollow, Plan: "1887-1200", Next: quartet.Plan{ID: "n", Name: "n", Price: 1, Months: 1}}
		}, quartet.ErrInvalid},
		"an id that is taken": {func(a *quartet.Announcement) {
			a.Changes[0] = quartet.AnnouncedChange{Kind: quartet.ChangePlanFollow, Plan: "1887-1200", Next: quartet.Plan{ID: "1887-6000", Name: "n", Units: 1, Price: 1, Months: 1}}
		}, quartet.ErrConflict},
		"a kind that there is not": {func(a *quartet.Announcement) { a.Changes[0].Kind = "gift" }, quartet.ErrNotFound},
	} {
		a := dearer(h.now.Add(10 * day))
		c.change(&a)
		_, err := h.desk.Publish(ctx, "zhang", a)
		wantCode(t, what, err, c.want)
	}
	list, err := h.desk.List(ctx, "", "", 9)
	must(t, err)
	if len(list) != 0 || h.table() != "1/1/0" {
		t.Errorf("what was refused is there: %+v", list)
	}
	a, err := h.desk.Publish(ctx, "zhang", quartet.Announcement{Kind: quartet.AnnounceOther, Title: "春节安排", Text: "照常服务"})
	must(t, err)
	if !a.Effective.Equal(h.now) {
		t.Errorf("it is %+v", a)
	}
}
