package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
)

func changedProducts(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	four := quartet.FourElements()
	must(t, s.PutProduct(ctx, four, quartet.AuditEntry{}))
	addAccounts(t, s, "a")
	dearer := four
	dearer.Charge.Match = 2
	judged := func(want bool, become quartet.Product) {
		t.Helper()
		p := value(s.ChangeProduct(ctx, "1887", base, func(_ quartet.Product, held bool) (quartet.Product, quartet.AuditEntry, error) {
			same(t, "held", held, want)
			return become, quartet.AuditEntry{}, nil
		}))(t)
		same(t, "what it became", p, become)
		same(t, "as it stands", value(s.Products(ctx))(t), []quartet.Product{become})
	}
	before := value(s.Version(ctx))(t)
	judged(false, dearer)
	if now := value(s.Version(ctx))(t); now <= before {
		t.Errorf("version %d follows %d", now, before)
	}
	other := grant("other", "a", 5, base)
	other.Product = "1979"
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{other}})
	judged(false, four)
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{grant("any", "a", 5, base)}})
	judged(true, four)
	_, err := s.ChangeProduct(ctx, "1887", base, func(quartet.Product, bool) (quartet.Product, quartet.AuditEntry, error) {
		return dearer, quartet.AuditEntry{}, quartet.Errorf(quartet.ErrConflict, "no")
	})
	wantCode(t, "refused", err, quartet.ErrConflict)
	same(t, "it stays", value(s.Products(ctx))(t), []quartet.Product{four})
	_, err = s.ChangeProduct(ctx, "9999", base, nil)
	wantCode(t, "none", err, quartet.ErrNotFound)
}

// announcement is one of a dearer table of product 1887, and of a plan that follows plan p.
func announcement(id string, next quartet.Plan) quartet.Announcement {
	effective := after(8 * 24 * time.Hour)
	next.From = effective
	return quartet.Announcement{
		ID: id, Kind: quartet.AnnouncePrice, Title: "价格调整", TitleEN: "Prices", Text: "自下周起调整", TextEN: "From next week", Products: []string{"1887"},
		Changes: []quartet.AnnouncedChange{
			{Kind: quartet.ChangeChargeTable, State: quartet.ChangeWaiting, Product: "1887", Charge: quartet.ChargeTable{Match: 2, Mismatch: 1, Undetermined: 1}},
			{Kind: quartet.ChangePlanFollow, State: quartet.ChangeWaiting, Product: "1887", Plan: "p", Next: next},
		},
		Published: base, By: "zhang", Effective: effective,
	}
}

func publish(t *testing.T, s *store.Store, a quartet.Announcement) error {
	t.Helper()
	c := quartet.Circular{ID: "circular of " + a.ID, Kind: "announcement.published", About: a.ID, Products: a.Products, Data: "{}", Created: a.Published}
	return s.PublishAnnouncement(t.Context(), a, c, quartet.AuditEntry{ID: "entry of " + a.ID, At: a.Published, Actor: "zhang", Action: "announcement.publish", Subject: a.ID})
}

// becomes decides about an announcement.
func becomes(change func(*quartet.Announcement)) func(quartet.Announcement) (quartet.Announcement, quartet.Circular, quartet.AuditEntry, error) {
	return func(a quartet.Announcement) (quartet.Announcement, quartet.Circular, quartet.AuditEntry, error) {
		if !a.Applied.IsZero() || !a.Withdrawn.IsZero() {
			return a, quartet.Circular{}, quartet.AuditEntry{}, nil
		}
		change(&a)
		return a, quartet.Circular{}, quartet.AuditEntry{}, nil
	}
}

func announcements(t *testing.T, open Database) {
	s, ctx := selling(t, open), t.Context()
	following := func(id string) quartet.Plan {
		p := plan(id, base)
		p.Price, p.Trial = p.Price+1, false
		return p
	}
	first := announcement("n1", following("q"))
	must(t, publish(t, s, first))
	same(t, "as written", value(s.Announcement(ctx, "n1"))(t), first)
	ended := plan("p", base)
	ended.Until = first.Effective
	same(t, "plans bear their dates", value(s.Plans(ctx))(t), []quartet.Plan{ended, first.Changes[1].Next})
	same(t, "the table waits", value(s.Products(ctx))(t)[0].Charge, quartet.FourElements().Charge)
	wantCode(t, "another change of it", publish(t, s, announcement("n2", following("r"))), quartet.ErrConflict)
	_, err := s.Announcement(ctx, "n2")
	wantCode(t, "nothing of it is there", err, quartet.ErrNotFound)

	// Withdrawn, it is as if it had never been.
	withdrawn := value(s.DecideAnnouncement(ctx, "n1", becomes(func(a *quartet.Announcement) { a.Withdrawn, a.WithdrawnBy = after(time.Hour), "li" })))(t)
	same(t, "withdrawn", value(s.Announcement(ctx, "n1"))(t), withdrawn)
	same(t, "the plans are those before", value(s.Plans(ctx))(t), []quartet.Plan{plan("p", base)})
	same(t, "its changes", withdrawn.Changes[0].State, quartet.ChangeWithdrawn)
	same(t, "applied, it stays withdrawn", value(s.DecideAnnouncement(ctx, "n1", becomes(func(a *quartet.Announcement) { a.Applied = base })))(t).Applied.IsZero(), true)
	same(t, "and the table", value(s.Products(ctx))(t)[0].Charge, quartet.FourElements().Charge)

	second := announcement("n3", following("q"))
	must(t, publish(t, s, second))
	before := value(s.Version(ctx))(t)
	for range 2 {
		applied := value(s.DecideAnnouncement(ctx, "n3", becomes(func(a *quartet.Announcement) { a.Applied = a.Effective })))(t)
		same(t, "applied", value(s.Announcement(ctx, "n3"))(t), applied)
	}
	same(t, "the table is in force", value(s.Products(ctx))(t)[0].Charge, second.Changes[0].Charge)
	same(t, "told to all nodes, once", value(s.Version(ctx))(t), before+1)
	jobs := 0
	for _, j := range value(s.Jobs(ctx, quartet.JobWaiting, "", 99))(t) {
		if j.Kind == quartet.JobAnnounced && j.NextAt.Equal(second.Effective) {
			jobs++
		}
	}
	same(t, "jobs that make it so", jobs, 2)

	all := quartet.Announcement{ID: "n4", Kind: quartet.AnnounceOther, Title: "放假", Text: "照常服务", Published: base, By: "zhang", Effective: base}
	must(t, publish(t, s, all))
	same(t, "newest first", value(s.Announcements(ctx, "1887", "", 2))(t)[0], all)
	same(t, "behind one", value(s.Announcements(ctx, "", "n4", 1))(t)[0].ID, "n3")
	same(t, "of another product, those for all", len(value(s.Announcements(ctx, "1979", "", 9))(t)), 1)
	unknown := announcement("n5", following("r"))
	unknown.Changes = unknown.Changes[1:]
	unknown.Changes[0].Plan = "none"
	wantCode(t, "of no plan", publish(t, s, unknown), quartet.ErrNotFound)
}

// However many announce a change of one thing at once, and however many nodes apply it, it is
// announced once and made once.
func racingAnnouncements(t *testing.T, open Database) {
	s, ctx := selling(t, open), t.Context()
	var (
		racers         sync.WaitGroup
		published, did atomic.Int64
	)
	for k := range 6 {
		racers.Go(func() {
			a := announcement("n"+string(rune('0'+k)), quartet.Plan{})
			a.Changes = a.Changes[:1]
			switch err := publish(t, s, a); quartet.CodeOf(err) {
			case "":
				published.Add(1)
			case quartet.ErrConflict:
			default:
				t.Error(err)
			}
		})
	}
	racers.Wait()
	list := value(s.Announcements(ctx, "", "", 9))(t)
	if published.Load() != 1 || len(list) != 1 {
		t.Fatalf("%d were published, and there are %d", published.Load(), len(list))
	}
	for range 6 {
		racers.Go(func() {
			_, err := s.DecideAnnouncement(ctx, list[0].ID, func(a quartet.Announcement) (quartet.Announcement, quartet.Circular, quartet.AuditEntry, error) {
				if a.Applied.IsZero() {
					did.Add(1)
					a.Applied = a.Effective
				}
				return a, quartet.Circular{}, quartet.AuditEntry{}, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	racers.Wait()
	if did.Load() != 1 {
		t.Errorf("it was applied %d times", did.Load())
	}
}
