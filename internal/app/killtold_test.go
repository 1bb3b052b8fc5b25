package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"quartet"
	"quartet/internal/alert"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/support"
)

// programLine is a program of a buyer that is told what happens, behind a line that can be cut
// when its answer is on its way.
type programLine struct {
	cutLine

	url  string
	came map[string]int // by event, under the mutex of the line
}

func (l *programLine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	l.mu.Lock()
	l.came[r.Header.Get("Quartet-Event-Id")]++
	l.mu.Unlock()
	l.pass(r.URL.Path, string(body))
	w.WriteHeader(http.StatusNoContent)
}

// withPrograms has a program of a buyer that outlives every process, and a mailbox of support.
func (h *shop) withPrograms(c config.Config) config.Config {
	h.t.Helper()
	h.program = &programLine{came: map[string]int{}}
	server := httptest.NewServer(h.program)
	h.t.Cleanup(server.Close)
	h.program.url = server.URL + "/told"
	c.Webhook.Private = true
	c.Support.Mail = "support@example.com"
	return c
}

// fired is a rule of the buyer that fired, of which nobody is told yet. It does not fire again
// while processes are killed.
func (h *shop) fired(r quartet.AlertRule) quartet.Alert {
	h.t.Helper()
	ctx := h.t.Context()
	r.Account, r.Product, r.Inbox, r.Cooldown = "buyer", "1887", true, 30*24*time.Hour
	r, err := h.house.Alerts.Add(ctx, "person li", r)
	must(h.t, err)
	a := quartet.Alert{ID: "alert-of-" + r.ID, Rule: r.ID, At: time.Now()}
	if fired, err := h.house.Store.FireAlert(ctx, a); err != nil || !fired {
		h.t.Fatalf("the rule fired: %v, %v", fired, err)
	}
	return a
}

// notes counts what the people of the buyer find of something.
func (h *shop) notes(n *app.House, kind, about string) (count int) {
	h.t.Helper()
	list, err := n.Alerts.Notes(h.t.Context(), "buyer", "li", "", 1000)
	must(h.t, err)
	for _, note := range list {
		if note.Kind == kind && (about == "" || note.About == about) {
			count++
		}
	}
	return count
}

// repurchase is of units that run out, of an account that wants more ordered by itself.
func (h *shop) repurchase() killed {
	ctx := h.t.Context()
	_, err := h.house.Alerts.Wish(ctx, "person li", quartet.Repurchase{Account: "buyer", Product: "1887", Plan: "1887-1200", Monthly: 9})
	must(h.t, err)
	a := h.fired(quartet.AlertRule{Kind: quartet.AlertRemaining, Units: 8})
	must(h.t, h.house.Alerts.Tell(ctx, a.ID))
	h.done(quartet.JobAlertTell)
	return killed{kind: alert.JobRepurchase, key: a.ID + " 1887", stands: func(n *app.House) {
		orders, err := n.Store.Orders(h.t.Context(), "buyer", "", "", 1000)
		must(h.t, err)
		var placed []quartet.Order
		for _, o := range orders {
			if o.Person == "" { // nobody ordered it
				placed = append(placed, o)
			}
		}
		if len(placed) != 1 || placed[0].State != quartet.OrderOpen {
			h.t.Errorf("ordered by itself: %+v, want one order that waits for money", placed)
		}
		if count := h.notes(n, "repurchase.placed", ""); count != 1 {
			h.t.Errorf("%d notes tell of what was ordered by itself", count)
		}
	}}
}

// tellAlert is of an alert that people and programs are told of.
func (h *shop) tellAlert() killed {
	ctx := h.t.Context()
	hook, _, err := h.house.Webhooks.Add(ctx, "person li", "buyer", h.program.url)
	must(h.t, err)
	a := h.fired(quartet.AlertRule{Kind: quartet.AlertErrors, Percent: 50, Minutes: 5, Floor: 100, Webhook: true})
	return killed{kind: quartet.JobAlertTell, key: a.ID, stands: func(n *app.House) {
		if now, err := n.Store.Alert(h.t.Context(), a.ID); err != nil || now.Told.IsZero() {
			h.t.Errorf("the alert is %+v, %v", now, err)
		}
		if count := h.notes(n, "alert.errors", a.ID); count != 1 {
			h.t.Errorf("%d notes tell of the alert", count)
		}
		sent, err := n.Webhooks.Log(h.t.Context(), "buyer", hook.ID, "", 1000)
		must(h.t, err)
		count := 0
		for _, d := range sent {
			if d.Event == a.ID {
				count++
			}
		}
		if count != 1 {
			h.t.Errorf("%d deliveries tell of the alert", count)
		}
	}}
}

// deliver may come once more for each kill, and nobody can prevent it: the program knows a
// repeat by the id of its event. It is never none, and what came of it is written once. Its
// account has nothing else to tell, so that it waits for no other delivery.
func (h *shop) deliver() killed {
	ctx := h.t.Context()
	_, err := h.house.Desk.Open(ctx, "zhang", "told", "Told")
	must(h.t, err)
	hook, _, err := h.house.Webhooks.Add(ctx, "person li", "told", h.program.url)
	must(h.t, err)
	sent, err := h.house.Webhooks.Test(ctx, "person li", "told", hook.ID)
	must(h.t, err)
	return killed{kind: quartet.JobDeliver, key: sent.ID, line: h.program, asks: "/told", about: sent.Event, stands: func(n *app.House) {
		now, tries, err := n.Webhooks.Show(h.t.Context(), "told", hook.ID, sent.ID)
		if err != nil || now.State != quartet.DeliveryDelivered || len(tries) != 1 || tries[0].Fault != "" {
			h.t.Errorf("the delivery is %+v after %+v, %v", now, tries, err)
		}
		h.program.mu.Lock()
		defer h.program.mu.Unlock()
		if came := h.program.came[sent.Event]; came < 1 || came > 1+len(h.cases) {
			h.t.Errorf("it came %d times", came)
		}
	}}
}

// ticket is one of the buyer, with one message that nobody has seen.
func (h *shop) ticket(live bool) support.Opened {
	h.t.Helper()
	li := support.Who{ID: "li", By: "person li", Name: "李", Side: quartet.SideBuyer, Account: "buyer"}
	o, _, err := h.house.Support.Open(h.t.Context(), li, support.Question{Subject: "调用失败", Text: "为什么", Category: "call", Live: live})
	must(h.t, err)
	return o
}

// tellTicket is of a ticket that nobody of support has seen: one mail is written. That it is
// sent is another job.
func (h *shop) tellTicket() killed {
	o := h.ticket(false)
	return killed{kind: support.JobTell, key: o.ID + "/support/1", stands: func(n *app.House) {
		ctx := h.t.Context()
		if now, err := n.Store.Ticket(ctx, o.ID); err != nil || now.Support.Sent != 1 {
			h.t.Errorf("the ticket is %+v, %v", now, err)
		}
		jobs, err := n.Store.Jobs(ctx, "", "", 1000)
		must(h.t, err)
		count := 0
		for _, j := range jobs {
			if j.Kind != quartet.JobMailSend {
				continue
			}
			m, err := n.Store.Message(ctx, j.Key)
			must(h.t, err)
			if m.Kind == "ticket.question" {
				count++
			}
		}
		if count != 1 { // the other ticket was seen
			h.t.Errorf("%d mails tell support of the ticket", count)
		}
	}}
}

// fall is of a chat that somebody of support has seen, and nobody has answered.
func (h *shop) fall() killed {
	ctx := h.t.Context()
	wang := support.Who{ID: "wang", By: "wang", Name: "wang", Side: quartet.SideSupport}
	must(h.t, h.house.Support.SetPresent(ctx, wang, true))
	o := h.ticket(true)
	_, err := h.house.Support.Messages(ctx, wang, o.ID, 0, 9)
	must(h.t, err)
	return killed{kind: support.JobFall, key: o.ID + "/1", stands: func(n *app.House) {
		ctx := h.t.Context()
		if now, err := n.Store.Ticket(ctx, o.ID); err != nil || now.Live || now.State != quartet.TicketOpen {
			h.t.Errorf("the chat is %+v, %v", now, err)
		}
		said, err := n.Support.Messages(ctx, wang, o.ID, 0, 9)
		if err != nil || len(said) != 2 || said[1].Side != quartet.SideSystem {
			h.t.Errorf("said was %+v, %v, want the question, and one line that it is a ticket now", said, err)
		}
	}}
}
