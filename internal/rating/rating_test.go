package rating_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
	"quartet/internal/billing"
	"quartet/internal/quota"
	"quartet/internal/rating"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

type house struct {
	*rating.Desk
	t       *testing.T
	billing *billing.Desk
	store   *store.Store
	now     time.Time
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

func newHouse(t *testing.T) *house {
	t.Helper()
	ctx := t.Context()
	st, err := store.Open(ctx, store.Options{Dir: storetest.Folder(t)})
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	h := &house{t: t, store: st, now: time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)}
	clock := func() time.Time { return h.now }
	_, _, err = st.LeaseNode(ctx, "folder", "session", h.now)
	must(t, err)
	must(t, st.PutProduct(ctx, quartet.FourElements(), quartet.AuditEntry{}))
	for _, a := range []string{"acme", "other"} {
		must(t, st.CreateAccount(ctx, quartet.Account{ID: a, Name: a, CreatedAt: h.now}, quartet.AuditEntry{}))
	}
	must(t, billing.NewCatalogue(st, quartet.DefaultLead, clock).Seed(ctx))
	ledger, err := quota.New(ctx, st, quota.Options{Now: clock})
	must(t, err)
	t.Cleanup(func() { _ = ledger.Close() })
	h.billing = billing.New(st, ledger, approved{}, clock)
	h.Desk = rating.New(st, clock)
	return h
}

// bought is a paid order of acme.
func (h *house) bought() quartet.Order {
	h.t.Helper()
	o := h.ordered()
	m, err := h.billing.BeginPayment(h.t.Context(), "person zhang", o.ID, "practice", "page")
	must(h.t, err)
	_, err = h.billing.Receive(h.t.Context(), "practice", billing.Money{Payment: m.ID, Reference: m.ID, Received: o.Amount, At: h.now})
	must(h.t, err)
	return o
}

func (h *house) ordered() quartet.Order {
	h.t.Helper()
	o, err := h.billing.Order(h.t.Context(), "person zhang", billing.Purchase{Account: "acme", Person: "p1", Plan: "1887-1200"})
	must(h.t, err)
	return o
}

func (h *house) rate(account, order string, stars int, text string) error {
	_, err := h.Rate(h.t.Context(), "person zhang", account, order, stars, text)
	return err
}

func TestRate_IsForTheAccountOfAPaidOrderOnce(t *testing.T) {
	h := newHouse(t)
	unpaid, paid := h.ordered(), h.bought()
	wantCode(t, "an order that is not paid", h.rate("acme", unpaid.ID, 5, ""), quartet.ErrConflict)
	wantCode(t, "another's order", h.rate("other", paid.ID, 5, ""), quartet.ErrNotFound)
	wantCode(t, "no stars", h.rate("acme", paid.ID, 0, ""), quartet.ErrInvalid)
	wantCode(t, "six stars", h.rate("acme", paid.ID, 6, ""), quartet.ErrInvalid)
	wantCode(t, "too many words", h.rate("acme", paid.ID, 5, strings.Repeat("好", 1001)), quartet.ErrInvalid)
	wantCode(t, "a control character", h.rate("acme", paid.ID, 5, "好\x1b[2J"), quartet.ErrInvalid)
	must(t, h.rate("acme", paid.ID, 4, " 很快\n也准 "))
	wantCode(t, "twice", h.rate("acme", paid.ID, 1, ""), quartet.ErrConflict)
	r, err := h.Find(t.Context(), "acme", paid.ID)
	if err != nil || r.Stars != 4 || r.Text != "很快\n也准" || r.Product != "1887" {
		t.Errorf("kept as %+v, %v", r, err)
	}
	_, err = h.Find(t.Context(), "other", paid.ID)
	wantCode(t, "as another account", err, quartet.ErrNotFound)
}

func TestRate_EndsAfter180Days(t *testing.T) {
	h := newHouse(t)
	early, late := h.bought(), h.bought()
	h.now = h.now.AddDate(0, 0, 180).Add(-time.Second)
	must(t, h.rate("acme", early.ID, 5, ""))
	h.now = h.now.Add(time.Second)
	wantCode(t, "when they are over", h.rate("acme", late.ID, 5, ""), quartet.ErrConflict)
}

func TestHide_TakesTheWordsAndLeavesTheStars(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	for _, stars := range []int{1, 5} {
		must(t, h.rate("acme", h.bought().ID, stars, "话"))
		h.now = h.now.Add(time.Second)
	}
	list, err := h.List(ctx, "1887", "", 9)
	must(t, err)
	bad := list[1]
	_, err = h.Hide(ctx, "客服", bad.ID, " ")
	wantCode(t, "without a reason", err, quartet.ErrInvalid)
	_, err = h.Hide(ctx, "客服", bad.ID, "广告")
	must(t, err)
	_, err = h.Hide(ctx, "客服", bad.ID, "广告")
	wantCode(t, "twice", err, quartet.ErrConflict)
	_, err = h.Answer(ctx, "客服", bad.ID, "谢谢")
	must(t, err)
	shown, err := h.Shown(ctx, "1887", "", 9)
	must(t, err)
	if len(shown) != 2 || shown[1].Text != "" || shown[1].Answer != "" || shown[1].Stars != 1 || shown[0].Text != "话" {
		t.Errorf("shown as %+v", shown)
	}
	for _, r := range shown {
		if r.Account != "" || r.Order != "" || r.By != "" || r.HiddenWhy != "" {
			t.Errorf("it tells whose it is: %+v", r)
		}
	}
	if s, err := h.Reputation(ctx, "1887"); err != nil || s.MeanText() != "3.00" || s.Deals != 2 {
		t.Errorf("it stands at %+v, %v", s, err)
	}
	_, err = h.Restore(ctx, "客服", bad.ID)
	must(t, err)
	_, err = h.Restore(ctx, "客服", bad.ID)
	wantCode(t, "shown twice", err, quartet.ErrConflict)
	if shown, err = h.Shown(ctx, "1887", "", 9); err != nil || shown[1].Answer != "谢谢" {
		t.Errorf("shown again as %+v, %v", shown, err)
	}
}

func TestReputation_CountsDealsOf180Days(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.ordered()
	kept, back := h.bought(), h.bought()
	_ = kept
	deals := func() int64 {
		s, err := h.Reputation(ctx, "1887")
		must(t, err)
		if s.MeanText() != "" {
			t.Errorf("a mean of nothing: %s", s.MeanText())
		}
		return s.Deals
	}
	if n := deals(); n != 2 {
		t.Errorf("%d deals", n)
	}
	r, err := h.billing.AskRefund(ctx, "person zhang", "acme", back.ID, "不用了")
	must(t, err)
	_, err = h.billing.ApproveRefund(ctx, "财务", r.ID)
	must(t, err)
	must(t, h.billing.Drain(ctx, r.ID))
	if n := deals(); n != 2 {
		t.Errorf("%d deals while the money is on its way", n)
	}
	must(t, h.billing.Refunded(ctx, "practice", r.ID, "R"))
	if n := deals(); n != 1 {
		t.Errorf("%d deals when it is back", n)
	}
	h.now = h.now.AddDate(0, 0, 180)
	if n := deals(); n != 0 {
		t.Errorf("%d deals after 180 days", n)
	}
}

func TestReputation_RoundsTheMeanHalfUp(t *testing.T) {
	for _, c := range []struct {
		stars, ratings int64
		want           string
	}{{0, 0, ""}, {5, 1, "5.00"}, {14, 3, "4.67"}, {13, 3, "4.33"}, {33, 8, "4.13"}, {801, 200, "4.01"}} {
		if got := (quartet.Reputation{Stars: c.stars, Ratings: c.ratings}).MeanText(); got != c.want {
			t.Errorf("%d stars of %d ratings are %q, want %q", c.stars, c.ratings, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 1_000_000).Draw(t, "ratings")
		sum := rapid.Int64Range(n, 5*n).Draw(t, "stars")
		mean := quartet.Reputation{Stars: sum, Ratings: n}.Mean()
		// The nearest hundredth, the upper one of two that are as near.
		if off := mean*n - 100*sum; 2*off > n || 2*off <= -n || mean < 100 || mean > 500 {
			t.Fatal(fmt.Sprint(sum, " of ", n, " is ", mean))
		}
	})
}

// approved takes every account for an approved firm.
type approved struct{}

func (approved) Identity(_ context.Context, account string) (string, error) {
	return "firm of " + account, nil
}
