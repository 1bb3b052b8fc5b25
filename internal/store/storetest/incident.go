package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"quartet"
)

// outage is the step that opens one of product 1887.
func outage(id, watched string, at time.Time) quartet.IncidentStep {
	i := quartet.Incident{
		ID: id, Kind: quartet.IncidentOutage, Title: "调用失败增多", TitleEN: "Calls fail", Products: []string{"1887"}, Severity: quartet.SeverityDegraded,
		State: quartet.IncidentInvestigating, Watched: watched, Automatic: watched != "", Starts: at, Last: 1, Created: at, Changed: at,
	}
	return quartet.IncidentStep{
		Incident: i,
		Update:   quartet.IncidentUpdate{Incident: id, Place: 1, State: i.State, Severity: i.Severity, Text: "正在排查", TextEN: "We look", By: "house", At: at},
		Circular: quartet.Circular{ID: "circular of " + id, Kind: "incident.opened", About: id, Products: i.Products, Subject: "故障", Text: "正在排查", Inbox: true, Mail: quartet.MayBuy, Data: "{}", Created: at},
		Entry:    quartet.AuditEntry{ID: "entry of " + id, At: at, Actor: "house", Action: "incident.open", Subject: id},
	}
}

// says is a step that takes an incident to a state.
func says(state quartet.IncidentState, at time.Time) func(quartet.Incident) (quartet.IncidentStep, error) {
	return func(i quartet.Incident) (quartet.IncidentStep, error) {
		u := quartet.IncidentUpdate{State: state, Severity: i.Severity, Text: "…", By: "zhang", At: at}
		next, err := i.Step(&u)
		return quartet.IncidentStep{Incident: next, Update: u}, err
	}
}

func incidents(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	must(t, s.PutProduct(ctx, quartet.FourElements(), quartet.AuditEntry{}))
	first := outage("i1", "", base)
	must(t, s.OpenIncident(ctx, first))
	same(t, "as written", value(s.Incident(ctx, "i1"))(t), first.Incident)
	unknown := outage("i0", "", base)
	unknown.Incident.Products = []string{"1887", "9999"}
	wantCode(t, "of a product that is not there", s.OpenIncident(ctx, unknown), quartet.ErrNotFound)
	_, err := s.Incident(ctx, "i0")
	wantCode(t, "nothing of it", err, quartet.ErrNotFound)

	_, err = s.StepIncident(ctx, "i9", says(quartet.IncidentResolved, base))
	wantCode(t, "a step of none", err, quartet.ErrNotFound)
	moved := value(s.StepIncident(ctx, "i1", says(quartet.IncidentResolved, after(time.Minute))))(t)
	same(t, "as it became", value(s.Incident(ctx, "i1"))(t), moved)
	same(t, "it is over", moved.Ended.Equal(after(time.Minute)), true)
	_, err = s.StepIncident(ctx, "i1", says(quartet.IncidentScheduled, base))
	wantCode(t, "a step that is none", err, quartet.ErrConflict)
	history := value(s.IncidentUpdates(ctx, "i1"))(t)
	same(t, "said first", history[0], first.Update)
	if len(history) != 2 || history[1].Place != 2 || history[1].By != "zhang" {
		t.Errorf("the history is %+v", history)
	}

	must(t, s.OpenIncident(ctx, outage("i2", "", after(time.Hour))))
	list := value(s.Incidents(ctx, quartet.IncidentFilter{Limit: 9}))(t)
	if len(list) != 2 || list[0].ID != "i2" || list[1].Products[0] != "1887" {
		t.Errorf("newest first: %+v", list)
	}
	same(t, "behind one", len(value(s.Incidents(ctx, quartet.IncidentFilter{Before: "i2", Limit: 9}))(t)), 1)
	same(t, "not over", value(s.Incidents(ctx, quartet.IncidentFilter{Open: true, Limit: 9}))(t)[0].ID, "i2")
	same(t, "of another product", len(value(s.Incidents(ctx, quartet.IncidentFilter{Product: "1979", Limit: 9}))(t)), 0)
	same(t, "jobs that carry them round", len(value(s.Jobs(ctx, quartet.JobWaiting, "", 9))(t)), 2)
}

// However many nodes find an outage at once, one tells of it; and of many who write at once,
// each writes in a place of its own or not at all.
func racingIncidents(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	must(t, s.PutProduct(ctx, quartet.FourElements(), quartet.AuditEntry{}))
	var (
		racers        sync.WaitGroup
		found, solved atomic.Int64
	)
	for k := range 8 {
		racers.Go(func() {
			switch err := s.OpenIncident(ctx, outage("i"+string(rune('0'+k)), "1887", base)); quartet.CodeOf(err) {
			case "":
				found.Add(1)
			case quartet.ErrConflict:
			default:
				t.Error(err)
			}
		})
	}
	racers.Wait()
	list := value(s.Incidents(ctx, quartet.IncidentFilter{Limit: 9}))(t)
	if found.Load() != 1 || len(list) != 1 {
		t.Fatalf("%d nodes opened %d incidents", found.Load(), len(list))
	}
	for k := range 8 {
		racers.Go(func() {
			state := quartet.IncidentIdentified
			if k == 0 {
				state = quartet.IncidentResolved
			}
			switch _, err := s.StepIncident(ctx, list[0].ID, says(state, after(time.Minute))); quartet.CodeOf(err) {
			case "":
				solved.Add(1)
			case quartet.ErrConflict: // it was resolved before
			default:
				t.Error(err)
			}
		})
	}
	racers.Wait()
	history := value(s.IncidentUpdates(ctx, list[0].ID))(t)
	for k, u := range history {
		if u.Place != int64(k+1) {
			t.Errorf("place %d follows %d", u.Place, k)
		}
	}
	if int64(len(history)) != 1+solved.Load() || history[len(history)-1].State != quartet.IncidentResolved {
		t.Errorf("%d wrote, and the history is %+v", solved.Load(), history)
	}
	must(t, s.OpenIncident(ctx, outage("j", "1887", after(time.Hour)))) // the one before is over
}

func supply(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	addAccounts(t, s, "a")
	for n, c := range []struct {
		second int64
		code   quartet.Code
		source string
	}{
		{99, quartet.CodeSourcesOff, ""}, // too long ago
		{100, quartet.CodeOK, "s"},
		{101, quartet.CodeNoRecord, "s"},
		{101, quartet.CodeSourcesFailed, ""},
		{102, quartet.CodeDeadline, "s"},
		{102, quartet.CodeElement, ""}, // the caller's affair
		{103, quartet.CodeOK, "sandbox"},
	} {
		row := call(c.second, uint64(n), "a")
		row.Code, row.Source = c.code, c.source
		if c.code != quartet.CodeOK {
			row.Verdict = quartet.NoVerdict
		}
		mustPost(t, s, quartet.Postings{Calls: []quartet.Call{row}})
	}
	same(t, "since second 100", value(s.Supply(ctx, time.Unix(100, 0)))(t), []quartet.Supply{{Product: "1887", Answered: 2, Failed: 2}})
	same(t, "later", len(value(s.Supply(ctx, time.Unix(200, 0)))(t)), 0)
}

func circulars(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	must(t, s.PutProduct(ctx, quartet.FourElements(), quartet.AuditEntry{}))
	addAccounts(t, s, "a", "b", "c", "d", "e")
	of := func(id, account, product string) quartet.Grant {
		g := grant(id, account, 10, base)
		g.Product = product
		return g
	}
	used := of("used", "d", "1887")
	used.Used = 10
	ended := of("ended", "e", "1887")
	ended.ExpiresAt = base
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{of("1", "a", "1887"), of("2", "a", "1887"), of("3", "b", ""), of("4", "c", "1979"), used, ended}})
	same(t, "of a product", value(s.Holders(ctx, []string{"1887"}, "", base, 9))(t), []string{"a", "b"})
	same(t, "of two", value(s.Holders(ctx, []string{"1887", "1979"}, "", base, 2))(t), []string{"a", "b"})
	same(t, "of any, behind one", value(s.Holders(ctx, nil, "a", base, 9))(t), []string{"b", "c"})

	step := outage("i", "", base)
	must(t, s.OpenIncident(ctx, step))
	want := step.Circular
	same(t, "as written", value(s.Circular(ctx, want.ID))(t), want)
	note := func(id, account string) quartet.Telling {
		return quartet.Telling{Notes: []quartet.InboxNote{{ID: id, Account: account, Kind: want.Kind, Created: base}}}
	}
	must(t, s.TellCircular(ctx, want.ID, "", "a", time.Time{}, note("n1", "a")))
	wantCode(t, "told twice", s.TellCircular(ctx, want.ID, "", "a", time.Time{}, note("n2", "a")), quartet.ErrConflict)
	must(t, s.TellCircular(ctx, want.ID, "a", "b", base, note("n3", "b")))
	wantCode(t, "after its end", s.TellCircular(ctx, want.ID, "b", "c", base, note("n4", "b")), quartet.ErrConflict)
	for _, account := range []string{"a", "b"} {
		same(t, "notes of "+account, value(s.UnreadNotes(ctx, account, "zhang"))(t), int64(1))
	}
}
