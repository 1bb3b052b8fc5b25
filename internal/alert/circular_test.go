package alert_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"quartet"
	"quartet/internal/alert"
)

// cutOff loses the power after some accounts were told.
type cutOff struct {
	alert.Store

	left int
}

var errPower = errors.New("the power is cut")

func (s *cutOff) TellCircular(ctx context.Context, id, reached, next string, ended time.Time, t quartet.Telling) error {
	if s.left == 0 {
		return errPower
	}
	s.left--
	return s.Store.TellCircular(ctx, id, reached, next, ended, t)
}

// However often it is cut off, a circular reaches each account that holds units once.
func TestCirculate_ReachesEachHolderOnce(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	const many = 120
	for n := range many {
		id := fmt.Sprintf("a%03d", n)
		must(t, h.store.CreateAccount(ctx, quartet.Account{ID: id, Name: id, CreatedAt: h.now}, quartet.AuditEntry{}))
		product := "1887"
		if n%2 == 1 {
			product = "1979"
		}
		must(t, h.ledger.Give(ctx, quartet.Grant{ID: "g" + id, Account: id, Product: product, Units: 5, ExpiresAt: h.now.Add(time.Hour)}, "gift"))
	}
	c := quartet.Circular{ID: "c", Kind: "incident.opened", About: "i", Products: []string{"1887"}, Subject: "故障", Text: "正在排查", Inbox: true, Mail: quartet.MayBuy, Data: `{"state":"investigating"}`, Created: h.now}
	i := quartet.Incident{ID: "i", Kind: quartet.IncidentOutage, Title: "故障", Severity: quartet.SeverityDegraded, State: quartet.IncidentInvestigating, Starts: h.now, Last: 1, Created: h.now, Changed: h.now}
	u := quartet.IncidentUpdate{Incident: "i", Place: 1, State: i.State, Severity: i.Severity, Text: "…", At: h.now}
	must(t, h.store.OpenIncident(ctx, quartet.IncidentStep{Incident: i, Update: u, Circular: c}))

	power := &cutOff{Store: h.store, left: 1}
	desk := alert.New(alert.Options{Store: power, Ledger: h.ledger, People: people{}, Post: h.office, Hooks: &h.hooks, Now: func() time.Time { return h.now }})
	if err := desk.Circulate(ctx, "c"); !errors.Is(err, errPower) {
		t.Fatal(err)
	}
	power.left = 99
	for range 2 {
		must(t, desk.Circulate(ctx, "c"))
	}
	for n := range many {
		id := fmt.Sprintf("a%03d", n)
		notes, err := desk.Notes(ctx, id, "zhang", "", 9)
		must(t, err)
		if want := 1 - n%2; len(notes) != want {
			t.Fatalf("%s found %d notes, want %d", id, len(notes), want)
		}
		if n == 0 && (notes[0].Subject != c.Subject || notes[0].Kind != c.Kind || notes[0].About != "i") {
			t.Errorf("the note is %+v", notes[0])
		}
	}
	jobs, err := h.store.Jobs(ctx, quartet.JobWaiting, "", 1000)
	must(t, err)
	mails := 0
	for _, j := range jobs {
		if j.Kind == quartet.JobMailSend {
			mails++
		}
	}
	if mails != many { // the owner and who buys, of half of them
		t.Errorf("%d mails", mails)
	}
}
