package alert_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/alert"
	"quartet/internal/notify"
	"quartet/internal/quota"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// house is a desk on a real store, with a ledger, a clock and a mail server of its own.
type house struct {
	t      *testing.T
	store  *store.Store
	ledger *quota.Ledger
	desk   *alert.Desk
	office *notify.Office
	hooks  hooks
	now    time.Time
	mails  []notify.Mail
	calls  uint64
	fired  time.Time
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)}
	s, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	_, _, err = s.LeaseNode(t.Context(), "folder", "session", h.now)
	must(t, err)
	clock := func() time.Time { return h.now }
	h.store = s
	h.ledger, err = quota.New(t.Context(), s, quota.Options{Now: clock})
	must(t, err)
	t.Cleanup(func() { _ = h.ledger.Close() })
	ring, err := seal.Create(filepath.Join(t.TempDir(), "ring"))
	must(t, err)
	h.office = notify.New(s, ring, notify.Options{House: "四要素", Mailer: h}, clock)
	h.desk = alert.New(alert.Options{Store: s, Ledger: h.ledger, People: people{}, Post: h.office, Hooks: &h.hooks, Now: clock})
	must(t, s.CreateAccount(t.Context(), quartet.Account{ID: "acme", Name: "测试贸易", CreatedAt: h.now}, quartet.AuditEntry{}))
	must(t, s.PutProduct(t.Context(), quartet.FourElements(), quartet.AuditEntry{}))
	return h
}

// people has a member for each role, whose address tells it.
type people struct{}

func (people) Mailboxes(_ context.Context, account string, right quartet.Right) (list []quartet.Address, err error) {
	for _, role := range []quartet.Role{quartet.RoleOwner, quartet.RoleDeveloper, quartet.RoleFinance, quartet.RoleReader} {
		if role.May(right) {
			a, err := quartet.ParseAddress(string(role) + "@" + account + ".example.com")
			if err != nil {
				return nil, err
			}
			list = append(list, a)
		}
	}
	return list, nil
}

// hooks remembers for which events deliveries were asked for.
type hooks []string

func (h *hooks) Deliveries(_ context.Context, account, kind, event string, _ time.Time, _ any) ([]quartet.Delivery, error) {
	*h = append(*h, account+" "+kind+" "+event)
	return nil, nil
}

func (h *house) Mail(_ context.Context, m notify.Mail) error {
	h.mails = append(h.mails, m)
	return nil
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

func (h *house) give(id string, units int64, days int) {
	h.t.Helper()
	must(h.t, h.ledger.Give(h.t.Context(), quartet.Grant{ID: id, Account: "acme", Product: "1887", Units: units, CreatedAt: h.now, ExpiresAt: h.now.AddDate(0, 0, days)}, "test"))
}

// call makes calls with a code and a verdict, charged where there is one.
func (h *house) call(n int, v quartet.Verdict) {
	h.t.Helper()
	for range n {
		h.calls++
		c := quartet.Call{SeqNo: quartet.SeqNo{Second: h.now.Unix(), N: h.calls}, At: h.now, Account: "acme", Credential: "c", Product: "1887", Code: quartet.CodeOK, Verdict: v}
		units := int64(1)
		if v == 0 {
			c.Code, units = 10003, 0
		}
		must(h.t, h.ledger.Charge(h.t.Context(), &c, units, quartet.Claim{}))
	}
}

// work runs the jobs that are due until there are none, each as often as it takes.
func (h *house) work() {
	h.t.Helper()
	do := map[string]func(context.Context, string) error{quartet.JobAlertTell: h.desk.Tell, quartet.JobMailSend: h.office.Send}
	for {
		jobs, err := h.store.ClaimJobs(h.t.Context(), []string{quartet.JobAlertTell, quartet.JobMailSend}, h.now, h.now.Add(time.Minute), 100)
		must(h.t, err)
		if len(jobs) == 0 {
			return
		}
		for _, j := range jobs {
			must(h.t, do[j.Kind](h.t.Context(), j.Key))
			must(h.t, do[j.Kind](h.t.Context(), j.Key)) // a job may run twice
			j.State, j.Ended = quartet.JobDone, h.now
			must(h.t, h.store.EndJob(h.t.Context(), j))
		}
	}
}

// look lets a minute pass.
func (h *house) look() {
	h.t.Helper()
	h.now = h.now.Add(time.Minute)
	must(h.t, h.desk.Look(h.t.Context()))
	h.work()
}

// want compares what fired so far, oldest first.
func (h *house) want(kinds ...quartet.AlertKind) []quartet.Alert {
	h.t.Helper()
	list, err := h.desk.Fired(h.t.Context(), "acme", "", 99)
	must(h.t, err)
	slices.Reverse(list)
	var got []quartet.AlertKind
	for i := range list {
		got = append(got, list[i].Kind)
	}
	if !slices.Equal(got, kinds) {
		h.t.Fatalf("fired %v, want %v", got, kinds)
	}
	return list
}

func (h *house) add(r quartet.AlertRule) quartet.AlertRule {
	h.t.Helper()
	r.Account = "acme"
	r.Webhook = r.Webhook || !r.Inbox && r.Mail == "" // there is none in this house unless a test adds it
	r, err := h.desk.Add(h.t.Context(), "person zhang", r)
	must(h.t, err)
	return r
}

func TestDesk_TellsOfFewUnitsInboxMailAndProgramsOnce(t *testing.T) {
	h := newHouse(t)
	h.give("g", 10, 100)
	h.add(quartet.AlertRule{Product: "1887", Kind: quartet.AlertRemaining, Units: 8, Inbox: true, Webhook: true, Mail: quartet.MayBuy})
	h.call(1, quartet.Match)
	h.work()
	h.want()
	h.call(2, quartet.Match)
	h.work()
	a := h.want(quartet.AlertRemaining)[0]
	if a.Value != 8 || a.Line != 8 || a.Told.IsZero() {
		t.Errorf("got %+v", a)
	}
	if want := (hooks{"acme alert.remaining " + a.ID}); !slices.Equal(h.hooks, want) {
		t.Errorf("told programs %v", h.hooks)
	}
	var to []string
	for _, m := range h.mails {
		to = append(to, m.To.Reveal())
		if !strings.Contains(m.Text, "测试贸易") || !strings.Contains(m.Text, "降至 8 次") {
			t.Errorf("said %q", m.Text)
		}
	}
	if !slices.Equal(to, []string{"finance@acme.example.com", "owner@acme.example.com"}) {
		t.Errorf("mailed to %v", to)
	}
	notes, err := h.desk.Notes(t.Context(), "acme", "zhang", "", 9)
	if err != nil || len(notes) != 1 || notes[0].About != a.ID || notes[0].Subject != "额度不足提醒" || !notes[0].Read.IsZero() {
		t.Fatalf("the inbox holds %+v, %v", notes, err)
	}
	unread := func(person string, want int64) {
		t.Helper()
		if n, err := h.desk.Unread(t.Context(), "acme", person); err != nil || n != want {
			t.Errorf("%s has %d unread, %v, want %d", person, n, err, want)
		}
	}
	must(t, h.desk.Read(t.Context(), "acme", "zhang", notes[0].ID))
	unread("zhang", 0)
	unread("li", 1)
	h.call(5, quartet.Match)
	h.look()
	h.want(quartet.AlertRemaining)
}

// A rule of a product that is not sold would watch nothing, and never say so.
func TestRule_IsOfAProductThatThereIs(t *testing.T) {
	h := newHouse(t)
	_, err := h.desk.Add(t.Context(), "person zhang", quartet.AlertRule{Account: "acme", Product: "1888", Kind: quartet.AlertRemaining, Units: 8, Inbox: true})
	var wrong *quartet.Error
	if !errors.As(err, &wrong) || wrong.Code != quartet.ErrInvalid || wrong.Field != "product_id" || !strings.Contains(wrong.Message, "1888") {
		t.Errorf("added: %v", err)
	}
	r, err := h.desk.Add(t.Context(), "person zhang", quartet.AlertRule{Account: "acme", Kind: quartet.AlertRemaining, Units: 8, Inbox: true})
	must(t, err)
	r.Product = "1888"
	_, err = h.desk.Change(t.Context(), "person zhang", r)
	wantCode(t, "changed", err, quartet.ErrInvalid)
	r.Product = "1887"
	_, err = h.desk.Change(t.Context(), "person zhang", r)
	must(t, err)
}
