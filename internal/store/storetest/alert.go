package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
)

func alertRule(id string, kind quartet.AlertKind) quartet.AlertRule {
	return quartet.AlertRule{
		ID: id, Account: "a", Product: "1887", Kind: kind, Units: 5, Percent: 10, Days: 3, Minutes: 10, Floor: 2,
		Inbox: true, Webhook: true, Mail: quartet.MayBuy, Cooldown: time.Hour, Armed: true, Created: base, By: "person zhang",
	}
}

func alertRules(t *testing.T, open Database) {
	s, ctx, none := leased(t, open), t.Context(), quartet.AuditEntry{}
	addAccounts(t, s, "a", "b")
	r := alertRule("r1", quartet.AlertRemaining)
	wantCode(t, "a product that there is not", s.AddAlertRule(ctx, r, 1, none), quartet.ErrNotFound)
	must(t, s.PutProduct(ctx, quartet.FourElements(), none))
	must(t, s.AddAlertRule(ctx, r, 1, none))
	wantCode(t, "more than most", s.AddAlertRule(ctx, alertRule("r2", quartet.AlertExpiry), 1, none), quartet.ErrConflict)
	same(t, "as written", value(s.AlertRules(ctx, "a"))(t), []quartet.AlertRule{r})
	other := r
	other.Account = "b"
	wantCode(t, "another's", s.ChangeAlertRule(ctx, other, none), quartet.ErrNotFound)
	other = r
	other.Product = "nothing"
	wantCode(t, "changed to a product that there is not", s.ChangeAlertRule(ctx, other, none), quartet.ErrNotFound)
	wantCode(t, "another's removed", s.RemoveAlertRule(ctx, "b", "r1", none), quartet.ErrNotFound)

	// Of many who find it due, outside of batches and in them, one fires it.
	var (
		racers sync.WaitGroup
		fired  atomic.Int64
	)
	for i := range 8 {
		a := quartet.Alert{ID: "f" + string(rune('0'+i)), Rule: "r1", Line: 5, Value: 4, Base: 6, At: base}
		racers.Go(func() {
			done, err := s.FireAlert(ctx, a)
			if err != nil {
				t.Error(err)
			}
			if done {
				fired.Add(1)
			}
		})
	}
	c := quartet.Crossing{Alert: "c1", Rule: "r1", Line: 5, Before: 6, After: 4, At: base}
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{call(100, 1, "a")}, Crossed: []quartet.Crossing{c}})
	racers.Wait()
	list := value(s.Alerts(ctx, "a", "", 9))(t)
	if len(list) != 1 || fired.Load() != 1 && list[0].ID != "c1" {
		t.Fatalf("%d fired outside of the batch, and these stand: %+v", fired.Load(), list)
	}
	want := quartet.Alert{ID: list[0].ID, Rule: "r1", Account: "a", Product: "1887", Kind: quartet.AlertRemaining, Line: 5, Value: 4, Base: 6, At: base}
	same(t, "what fired", list[0], want)
	jobs := value(s.Jobs(ctx, quartet.JobWaiting, "", 9))(t)
	if len(jobs) != 1 || jobs[0].Kind != quartet.JobAlertTell || jobs[0].Key != list[0].ID {
		t.Errorf("the jobs are %+v", jobs)
	}

	must(t, s.RearmAlertRule(ctx, "r1", after(time.Second)))
	same(t, "another firing is rearmed", value(s.AlertRule(ctx, "r1"))(t).Armed, false)
	must(t, s.RearmAlertRule(ctx, "r1", base))
	c.Alert = "c2"
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{call(100, 2, "a")}, Crossed: []quartet.Crossing{c}})
	c.Alert = "c3"
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{call(100, 3, "a")}, Crossed: []quartet.Crossing{c}})
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{grant("other", "b", 9, base)}})
	same(t, "after a grant to another", value(s.AlertRule(ctx, "r1"))(t).Armed, false)
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{grant("g", "a", 9, base)}})
	same(t, "after a new grant", value(s.AlertRule(ctx, "r1"))(t).Armed, true)
	c.Alert, c.Rule = "c4", "gone"
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{call(100, 4, "a")}, Crossed: []quartet.Crossing{c}})
	same(t, "fired in all", len(value(s.Alerts(ctx, "a", "", 9))(t)), 2)

	must(t, s.SeeAlert(ctx, "a", "c2", "person zhang", after(time.Hour), none))
	wantCode(t, "seen twice", s.SeeAlert(ctx, "a", "c2", "person li", base, none), quartet.ErrNotFound)
	same(t, "who saw", value(s.Alert(ctx, "c2"))(t).SeenBy, "person zhang")
	must(t, s.RemoveAlertRule(ctx, "a", "r1", none))
	same(t, "what it fired stays", len(value(s.Alerts(ctx, "a", "", 9))(t)), 2)

	same(t, "who has no first rules", value(s.Unalerted(ctx, 9))(t), []quartet.Grant{{Account: "a"}, {Account: "b"}})
	for range 2 {
		must(t, s.BeginAlerts(ctx, "a", "", base, []quartet.AlertRule{alertRule("begun", quartet.AlertExpiry)}))
	}
	same(t, "first rules", len(value(s.AlertRules(ctx, "a"))(t)), 1)
	same(t, "who has none now", value(s.Unalerted(ctx, 9))(t), []quartet.Grant{{Account: "b"}})
}

func alertStandings(t *testing.T, open Database) {
	s, ctx, none := leased(t, open), t.Context(), quartet.AuditEntry{}
	addAccounts(t, s, "a")
	must(t, s.PutProduct(ctx, quartet.FourElements(), none))
	for _, r := range []quartet.AlertRule{
		alertRule("1", quartet.AlertRemaining), alertRule("2", quartet.AlertExpiry), alertRule("3", quartet.AlertRate), alertRule("4", quartet.AlertErrors),
	} {
		must(t, s.AddAlertRule(ctx, r, 9, none))
	}
	made := func(id, product string, used, withdrawn int64, ends time.Duration, frozen bool) quartet.Grant {
		g := grant(id, "a", 100, base)
		g.Product, g.Used, g.Withdrawn, g.ExpiresAt = product, used, withdrawn, after(ends)
		if frozen {
			g.FrozenAt = base
		}
		return g
	}
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{
		made("any", "", 30, 10, 48*time.Hour, false), made("own", "1887", 0, 0, 1000*time.Hour, false), made("used up", "1887", 100, 0, 48*time.Hour, false),
		made("other", "1888", 0, 0, 48*time.Hour, false), made("frozen", "1887", 0, 0, 48*time.Hour, true), made("ended", "1887", 0, 0, 0, false),
	}})
	left := value(s.RemainingStandings(ctx, "", base))(t)
	if len(left) != 1 || left[0].Given != 190 || left[0].Unused != 160 || left[0].Grants != 5 {
		t.Errorf("what is left stands as %+v", left)
	}
	ends := value(s.ExpiryStandings(ctx, base, 9))(t)
	if len(ends) != 1 || ends[0].Grant != "any" || !ends[0].Until.Equal(after(48*time.Hour)) || ends[0].Unused != 60 {
		t.Fatalf("what ends stands as %+v", ends)
	}
	a, _ := ends[0].Low()
	for i, want := range []bool{true, false} {
		a.ID, a.At = "e"+string(rune('0'+i)), base
		same(t, "a grant is told of", value(s.FireAlert(ctx, a))(t), want)
	}
	same(t, "none is left to tell of", len(value(s.ExpiryStandings(ctx, base, 9))(t)), 0)

	const day = 24 * quartet.HourSeconds
	now := base.Unix() / quartet.HourSeconds * quartet.HourSeconds
	for i, second := range []int64{now, now + 1, now - day, now - 2*day, now - 2*day + 5, now - 2*day + quartet.HourSeconds, now - 9*day} {
		c := call(second, uint64(i), "a")
		if i == 1 {
			c.Verdict, c.Code = quartet.NoVerdict, quartet.CodeElement
		}
		mustPost(t, s, quartet.Postings{Calls: []quartet.Call{c}})
	}
	other := call(now, 99, "a")
	other.Product = "1888"
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{other}})
	rate := value(s.RateStandings(ctx, now/quartet.HourSeconds))(t)
	if len(rate) != 1 || rate[0].Calls != 2 || rate[0].Past != 3 || rate[0].Days != 3 {
		t.Errorf("use stands as %+v", rate)
	}
	errs := value(s.ErrorStandings(ctx, time.Unix(now+60, 0)))(t)
	if len(errs) != 1 || errs[0].Calls != 2 || errs[0].Refused != 1 {
		t.Errorf("errors stand as %+v", errs)
	}
}

func tellings(t *testing.T, open Database) {
	s, ctx, none := leased(t, open), t.Context(), quartet.AuditEntry{}
	addAccounts(t, s, "a", "b")
	must(t, s.PutProduct(ctx, quartet.FourElements(), none))
	must(t, s.AddAlertRule(ctx, alertRule("r", quartet.AlertRemaining), 9, none))
	same(t, "fires", value(s.FireAlert(ctx, quartet.Alert{ID: "f", Rule: "r", At: base}))(t), true)
	note := quartet.InboxNote{ID: "n1", Account: "a", Kind: "alert.remaining", About: "f", Subject: "额度不足", Text: "…", Created: base}
	telling := quartet.Telling{
		Notes: []quartet.InboxNote{note}, Messages: []quartet.Message{{ID: "m", Channel: quartet.ChannelEmail, Kind: "x", Sealed: []byte{1}, Created: base}},
		Deliveries: []quartet.Delivery{{ID: "d", Webhook: "w", Account: "a", Event: "f", Kind: "x", Body: "{}", State: quartet.DeliveryWaiting, Created: base}},
	}
	must(t, s.TellAlert(ctx, "f", after(time.Second), telling))
	wantCode(t, "told twice", s.TellAlert(ctx, "f", base, quartet.Telling{}), quartet.ErrConflict)
	same(t, "jobs that tell and send", len(value(s.Jobs(ctx, "", "", 9))(t)), 3)
	note2 := note
	note2.ID = "n2"
	must(t, s.Tell(ctx, quartet.Telling{Notes: []quartet.InboxNote{note2}}))
	same(t, "unread", value(s.UnreadNotes(ctx, "a", "zhang"))(t), int64(2))
	must(t, s.ReadNotes(ctx, "a", "zhang", "n1", base))
	must(t, s.ReadNotes(ctx, "a", "zhang", "n1", after(time.Hour)))
	note.Read = base
	same(t, "as a person finds it", value(s.InboxNotes(ctx, "a", "zhang", "", 9))(t), []quartet.InboxNote{note2, note})
	same(t, "behind one", value(s.InboxNotes(ctx, "a", "zhang", "n2", 9))(t), []quartet.InboxNote{note})
	same(t, "by others", value(s.UnreadNotes(ctx, "a", "li"))(t), int64(2))
	same(t, "of others", value(s.UnreadNotes(ctx, "b", "zhang"))(t), int64(0))
	must(t, s.PruneInbox(ctx, after(time.Hour)))
	same(t, "forgotten", value(s.UnreadNotes(ctx, "a", "li"))(t), int64(0))
}

func webhooks(t *testing.T, open Database) {
	s, ctx, none := leased(t, open), t.Context(), quartet.AuditEntry{}
	addAccounts(t, s, "a", "b")
	w := quartet.Webhook{ID: "w", Account: "a", URL: "https://hooks.example.com/", Secret: []byte{1}, SecretAt: base, Created: base, By: "person zhang"}
	must(t, s.AddWebhook(ctx, w, 1, none))
	wantCode(t, "more than most", s.AddWebhook(ctx, quartet.Webhook{ID: "x", Account: "a"}, 1, none), quartet.ErrConflict)
	same(t, "as written", value(s.Webhooks(ctx, "a"))(t), []quartet.Webhook{w})
	_, err := s.ChangeWebhook(ctx, "b", "w", func(*quartet.Webhook) error { return nil }, none)
	wantCode(t, "another's", err, quartet.ErrNotFound)
	w = value(s.ChangeWebhook(ctx, "a", "w", func(w *quartet.Webhook) error {
		w.Old, w.OldUntil, w.Secret = w.Secret, after(time.Hour), []byte{2}
		return nil
	}, none))(t)
	same(t, "as changed", value(s.Webhook(ctx, "w"))(t), w)

	d := quartet.Delivery{ID: "d", Webhook: "w", Account: "a", Event: "e", Kind: "test", Body: "{}", State: quartet.DeliveryWaiting, Created: base}
	must(t, s.AddDelivery(ctx, d, none))
	failing := func(w *quartet.Webhook) quartet.Telling { w.Failing = base; return quartet.Telling{} }
	try := quartet.DeliveryTry{Delivery: "d", Place: 1, At: base, Latency: time.Millisecond, Status: 500, Fault: "it answered 500", Answer: "no"}
	must(t, s.Deliver(ctx, d, try, failing))
	same(t, "the webhook", value(s.Webhook(ctx, "w"))(t).Failing.Equal(base), true)
	d.State, d.Ended = quartet.DeliveryDelivered, after(time.Hour)
	second := try
	second.Place, second.Status, second.Fault = 2, 200, ""
	must(t, s.Deliver(ctx, d, second, func(w *quartet.Webhook) quartet.Telling { w.Failing = time.Time{}; return quartet.Telling{} }))
	wantCode(t, "what has ended", s.Deliver(ctx, d, second, failing), quartet.ErrConflict)
	same(t, "its tries", value(s.DeliveryTries(ctx, "d"))(t), []quartet.DeliveryTry{try, second})
	d.Tries = 2
	same(t, "the log", value(s.Deliveries(ctx, "w", "", 9))(t), []quartet.Delivery{d})
	must(t, s.EndDelivery(ctx, "d", base)) // it ended well
	same(t, "still", value(s.Delivery(ctx, "d"))(t), d)
	must(t, s.PruneDeliveries(ctx, after(2*time.Hour)))
	_, err = s.Delivery(ctx, "d")
	wantCode(t, "forgotten", err, quartet.ErrNotFound)
	must(t, s.AddDelivery(ctx, quartet.Delivery{ID: "d2", Webhook: "w", Account: "a", State: quartet.DeliveryWaiting, Created: base}, none))
	must(t, s.RemoveWebhook(ctx, "a", "w", none))
	same(t, "removed with its log", len(value(s.Deliveries(ctx, "w", "", 9))(t)), 0)
}
