package incident_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/incident"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// house is a desk on a real store, with a clock of its own.
type house struct {
	t     *testing.T
	store *store.Store
	desk  *incident.Desk
	now   time.Time
	calls uint64
}

// supplier is the name of a source, which buyers must never read.
const supplier = "planted-supplier"

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)}
	s, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	_, _, err = s.LeaseNode(t.Context(), "folder", "session", h.now)
	must(t, err)
	none := quartet.AuditEntry{}
	must(t, s.PutProduct(t.Context(), quartet.FourElements(), none))
	must(t, s.CreateAccount(t.Context(), quartet.Account{ID: "acme", Name: "测试贸易", CreatedAt: h.now}, none))
	must(t, s.CreateSource(t.Context(), quartet.Source{Name: supplier, Kind: quartet.SourceHTTPJSON, On: true}, none))
	h.store, h.desk = s, incident.New(s, func() time.Time { return h.now })
	return h
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

// called writes the rows of calls that ended so just now.
func (h *house) called(n int, code quartet.Code) {
	h.t.Helper()
	var calls []quartet.Call
	for range n {
		h.calls++
		c := quartet.Call{
			SeqNo: quartet.SeqNo{Second: h.now.Unix(), N: h.calls}, At: h.now, Account: "acme", Credential: "c", Product: "1887", Code: code, Source: supplier, Sent: true,
		}
		if code == quartet.CodeOK {
			c.Verdict = quartet.Match
		}
		calls = append(calls, c)
	}
	must(h.t, h.store.Commit(h.t.Context(), quartet.Reading{}, func(quartet.Book) quartet.Postings { return quartet.Postings{Calls: calls} }))
}

// pass lets minutes go by, in each of which calls end so and the house looks.
func (h *house) pass(minutes, calls int, code quartet.Code) {
	h.t.Helper()
	for range minutes {
		h.now = h.now.Add(time.Minute)
		if calls > 0 {
			h.called(calls, code)
		}
		must(h.t, h.desk.Look(h.t.Context()))
	}
}

// list is the incidents that are told, oldest first, as state and number of updates.
func (h *house) list() []quartet.Incident {
	h.t.Helper()
	list, err := h.desk.List(h.t.Context(), quartet.IncidentFilter{Limit: 99})
	must(h.t, err)
	slices.Reverse(list)
	return list
}

func (h *house) states() []quartet.IncidentState {
	var states []quartet.IncidentState
	for _, i := range h.list() {
		states = append(states, i.State)
	}
	return states
}

func (h *house) want(what string, states ...quartet.IncidentState) {
	h.t.Helper()
	if got := h.states(); !slices.Equal(got, states) {
		h.t.Errorf("%s: the incidents are %v, want %v", what, got, states)
	}
}

func (h *house) outage() quartet.Incident {
	h.t.Helper()
	i, err := h.desk.Open(h.t.Context(), "zhang", quartet.Incident{Kind: quartet.IncidentOutage, Title: "部分调用失败", Products: []string{"1887"}, Severity: quartet.SeverityDegraded}, incident.Words{Text: "正在排查"})
	must(h.t, err)
	return i
}

func TestLook_OpensAnOutageAndResolvesItWhenVerdictsFlow(t *testing.T) {
	h := newHouse(t)
	h.pass(5, 20, quartet.CodeOK)
	h.want("all is well")
	h.pass(1, 9, quartet.CodeSourcesFailed)
	h.want("some fail")
	h.pass(6, 20, quartet.CodeSourcesOff)
	h.want("all fail", quartet.IncidentInvestigating)
	i := h.list()[0]
	if i.Severity != quartet.SeverityUnavailable || !i.Automatic || i.Products[0] != "1887" {
		t.Errorf("the outage is %+v", i)
	}
	h.pass(6, 20, quartet.CodeOK)
	h.want("verdicts flow", quartet.IncidentMonitoring)
	h.pass(10, 20, quartet.CodeOK)
	h.want("for a while", quartet.IncidentResolved)
	_, history, err := h.desk.Find(t.Context(), i.ID)
	must(t, err)
	var told []quartet.IncidentState
	for k, u := range history {
		told = append(told, u.State)
		if u.Place != int64(k+1) || k > 0 && u.At.Before(history[k-1].At) || u.TextEN == "" {
			t.Errorf("update %d is %+v", k+1, u)
		}
	}
	if want := []quartet.IncidentState{quartet.IncidentInvestigating, quartet.IncidentInvestigating, quartet.IncidentMonitoring, quartet.IncidentResolved}; !slices.Equal(told, want) {
		t.Errorf("the history is %v, want %v", told, want)
	}
	h.pass(200, 20, quartet.CodeElement) // the callers' affair
	h.want("callers err", quartet.IncidentResolved)
	h.pass(6, 20, quartet.CodeDeadline)
	h.want("another day's", quartet.IncidentResolved, quartet.IncidentInvestigating)
}

// A source that comes and goes for hours is one incident, and few words.
func TestLook_FlappingOpensOneIncident(t *testing.T) {
	h := newHouse(t)
	for range 12 {
		h.pass(8, 30, quartet.CodeSourcesFailed)
		h.pass(18, 30, quartet.CodeOK)
	}
	if list := h.list(); len(list) != 1 || list[0].Last > 12*4 {
		t.Fatalf("%d incidents, the first with %d updates", len(list), list[0].Last)
	}
	for range 60 { // every minute
		h.pass(1, 30, quartet.CodeSourcesFailed)
		h.pass(1, 30, quartet.CodeOK)
	}
	if list := h.list(); len(list) != 1 {
		t.Fatalf("%d incidents", len(list))
	}
}

func TestLook_SilenceIsNoProofForHalfAnHour(t *testing.T) {
	h := newHouse(t)
	h.pass(40, 20, quartet.CodeSourcesOff)
	h.pass(30, 0, 0)
	h.want("nobody calls", quartet.IncidentInvestigating)
	h.pass(1, 0, 0)
	h.want("half an hour", quartet.IncidentMonitoring)
	h.pass(29, 0, 0)
	h.want("not yet", quartet.IncidentMonitoring)
	h.pass(1, 0, 0)
	h.want("an hour", quartet.IncidentResolved)
}

func TestLook_LeavesToPeopleWhatPeopleTell(t *testing.T) {
	h := newHouse(t)
	i := h.outage()
	h.pass(8, 20, quartet.CodeSourcesOff)
	h.want("somebody tells of it", quartet.IncidentInvestigating)
	h.pass(30, 20, quartet.CodeOK)
	h.want("and says when it is over", quartet.IncidentInvestigating)
	h.pass(5, 20, quartet.CodeSourcesOff)
	_, err := h.desk.Update(t.Context(), "zhang", i.ID, incident.Change{State: quartet.IncidentResolved, Words: incident.Words{Text: "已恢复"}, Seen: 1})
	must(t, err)
	h.pass(5, 20, quartet.CodeOK)
	h.want("calls of minutes ago open none", quartet.IncidentResolved)

	h.pass(20, 20, quartet.CodeOK)
	h.pass(6, 20, quartet.CodeSourcesOff)
	h.want("the house's own", quartet.IncidentResolved, quartet.IncidentInvestigating)
	own := h.list()[1]
	taken, err := h.desk.Update(t.Context(), "li", own.ID, incident.Change{State: quartet.IncidentIdentified, Words: incident.Words{Text: "已定位"}, Seen: own.Last})
	must(t, err)
	h.pass(60, 20, quartet.CodeOK)
	h.want("is a person's from then on", quartet.IncidentResolved, quartet.IncidentIdentified)
	if taken.Automatic {
		t.Errorf("it is still the house's: %+v", taken)
	}
}

func TestLook_ManyNodesAreAsOne(t *testing.T) {
	h := newHouse(t)
	h.now = h.now.Add(time.Minute)
	h.called(50, quartet.CodeSourcesFailed)
	look := func() {
		var nodes sync.WaitGroup
		for range 6 {
			nodes.Go(func() {
				if err := h.desk.Look(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
	}
	look()
	h.want("found by all", quartet.IncidentInvestigating)
	h.now = h.now.Add(10 * time.Minute)
	h.called(50, quartet.CodeOK)
	look()
	if i := h.list()[0]; i.State != quartet.IncidentMonitoring || i.Last != 2 {
		t.Errorf("it is %+v", i)
	}
}

func TestUpdate_OfTwoAtOnceOneIsRefused(t *testing.T) {
	h := newHouse(t)
	i := h.outage()
	var (
		two     sync.WaitGroup
		answers [2]quartet.ErrorCode
	)
	for k, who := range []string{"zhang", "li"} {
		two.Go(func() {
			_, err := h.desk.Update(t.Context(), who, i.ID, incident.Change{Words: incident.Words{Text: "我是" + who}, Seen: 1})
			answers[k] = quartet.CodeOf(err)
		})
	}
	two.Wait()
	if answers != [2]quartet.ErrorCode{"", quartet.ErrConflict} && answers != [2]quartet.ErrorCode{quartet.ErrConflict, ""} {
		t.Errorf("they were answered %q", answers)
	}
	_, history, err := h.desk.Find(t.Context(), i.ID)
	must(t, err)
	if len(history) != 2 {
		t.Errorf("the history is %+v", history)
	}
}

func TestMaintenance_BeginsWhenPlannedAndEndsWhenSaid(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	plan := quartet.Incident{
		Kind: quartet.IncidentMaintenance, Title: "系统升级", Products: []string{"1887", "1887"}, Severity: quartet.SeverityUnavailable,
		Starts: h.now.Add(time.Hour), Ends: h.now.Add(2 * time.Hour),
	}
	i, err := h.desk.Open(ctx, "zhang", plan, incident.Words{Text: "升级期间不可用"})
	must(t, err)
	status := func() incident.Status {
		s, err := h.desk.Status(ctx)
		must(t, err)
		return s
	}
	if s := status(); len(s.Planned) != 1 || len(s.Open) != 0 || s.Products[0].State != incident.Operational {
		t.Errorf("planned: %+v", s)
	}
	later := h.now.Add(90 * time.Minute)
	i, err = h.desk.Update(ctx, "zhang", i.ID, incident.Change{Words: incident.Words{Text: "推迟半小时"}, Starts: later, Seen: 1})
	must(t, err)
	h.pass(89, 0, 0)
	h.want("before its time", quartet.IncidentScheduled)
	h.pass(1, 0, 0)
	h.want("at its time", quartet.IncidentUnderWay)
	h.pass(40, 20, quartet.CodeSourcesOff)
	h.want("what fails meanwhile was told", quartet.IncidentUnderWay)
	if s := status(); len(s.Open) != 1 || s.Open[0].Latest.Place != 3 || s.Products[0].State != incident.Maintained {
		t.Errorf("under way: %+v", s)
	}
	_, err = h.desk.Update(ctx, "zhang", i.ID, incident.Change{Words: incident.Words{Text: "…"}, Starts: later, Seen: 3})
	wantCode(t, "its begin is over", err, quartet.ErrInvalid)
	_, err = h.desk.Update(ctx, "zhang", i.ID, incident.Change{Words: incident.Words{Text: "完成"}, State: quartet.IncidentDone, Seen: 3})
	must(t, err)
	_, err = h.desk.Update(ctx, "zhang", i.ID, incident.Change{Words: incident.Words{Text: "…"}, Seen: 4})
	wantCode(t, "it is over", err, quartet.ErrConflict)
	plan.Starts = h.now.Add(-time.Minute)
	_, err = h.desk.Open(ctx, "zhang", plan, incident.Words{Text: "…"})
	wantCode(t, "planned for the past", err, quartet.ErrInvalid)
}

// Nothing that buyers read names a supplier, whoever writes it.
func TestWords_NameNoSupplier(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	i := h.outage()
	for what, err := range map[string]error{
		"in a title": func() error {
			_, err := h.desk.Open(ctx, "zhang", quartet.Incident{Kind: quartet.IncidentOutage, Title: supplier + "故障", Products: []string{"1887"}, Severity: quartet.SeverityDegraded}, incident.Words{Text: "…"})
			return err
		}(),
		"in the words": func() error {
			_, err := h.desk.Update(ctx, "zhang", i.ID, incident.Change{Words: incident.Words{Text: "渠道" + strings.ToUpper(supplier) + "超时"}, Seen: 1})
			return err
		}(),
		"in English": func() error {
			_, err := h.desk.Update(ctx, "zhang", i.ID, incident.Change{Words: incident.Words{Text: "…", TextEN: supplier + " is down"}, Seen: 1})
			return err
		}(),
	} {
		wantCode(t, what, err, quartet.ErrInvalid)
	}
	_, err := h.desk.Update(ctx, "zhang", i.ID, incident.Change{Words: incident.Words{Text: "好了"}, State: quartet.IncidentResolved, Seen: 1})
	must(t, err)
	named := quartet.FourElements()
	named.Name = supplier + " 四要素"
	must(t, h.store.PutProduct(ctx, named, quartet.AuditEntry{}))
	h.pass(30, 20, quartet.CodeSourcesOff)
	if n := len(h.list()); n != 2 {
		t.Fatalf("%d incidents", n)
	}
	s, err := h.desk.Status(ctx)
	must(t, err)
	for _, i := range h.list() {
		_, history, err := h.desk.Find(ctx, i.ID)
		must(t, err)
		for _, u := range history {
			if strings.Contains(u.Text+u.TextEN+i.Title+i.TitleEN+s.Products[0].Name, supplier) {
				t.Errorf("buyers read of %s: %+v %+v", supplier, i, u)
			}
		}
	}
	jobs, err := h.store.Jobs(ctx, quartet.JobWaiting, "", 99)
	must(t, err)
	for _, j := range jobs {
		c, err := h.store.Circular(ctx, j.Key)
		must(t, err)
		if strings.Contains(c.Subject+c.Text+c.Data, supplier) {
			t.Errorf("buyers are told of %s: %+v", supplier, c)
		}
	}
}
