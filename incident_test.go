package quartet_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
)

var allIncidentStates = []quartet.IncidentState{
	quartet.IncidentInvestigating, quartet.IncidentIdentified, quartet.IncidentMonitoring, quartet.IncidentResolved,
	quartet.IncidentScheduled, quartet.IncidentUnderWay, quartet.IncidentDone, quartet.IncidentCancelled,
}

// Whatever people try, an incident stays one of its kind, its history has no gap, and it is
// over exactly when its state is an end.
func TestIncident_KeepsToTheStatesOfItsKind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := quartet.Incident{ID: "i", Kind: rapid.SampledFrom([]quartet.IncidentKind{quartet.IncidentOutage, quartet.IncidentMaintenance}).Draw(t, "kind")}
		i.State = i.Kind.First()
		outage := map[quartet.IncidentState]bool{quartet.IncidentInvestigating: true, quartet.IncidentIdentified: true, quartet.IncidentMonitoring: true, quartet.IncidentResolved: true}
		now := time.Date(2026, 3, 2, 9, 0, 0, 0, quartet.Shanghai)
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "hours")) * time.Hour)
			u := quartet.IncidentUpdate{State: rapid.SampledFrom(allIncidentStates).Draw(t, "state"), Severity: quartet.SeverityDegraded, Text: "…", At: now}
			next, err := i.Step(&u)
			if err != nil {
				if next.State != i.State || next.Last != i.Last {
					t.Fatalf("a refusal changed %+v to %+v", i, next)
				}
				continue
			}
			switch {
			case outage[next.State] != (i.Kind == quartet.IncidentOutage):
				t.Fatalf("%s came to %s", i.Kind, next.State)
			case next.Last != i.Last+1 || u.Place != next.Last:
				t.Fatalf("update %d is written in place %d", next.Last, u.Place)
			case next.State.Over() == next.Ended.IsZero():
				t.Fatalf("%s, ended %v", next.State, next.Ended)
			case i.State.Over() && (i.State != quartet.IncidentResolved || now.Sub(i.Ended) > quartet.ReopenFor):
				t.Fatalf("%s since %v came to %s at %v", i.State, i.Ended, next.State, now)
			}
			i = next
		}
	})
}

func TestIncident_IsRefusedWhereItTellsNothing(t *testing.T) {
	good := quartet.Incident{Kind: quartet.IncidentOutage, Title: "调用失败", Products: []string{"1887"}, Severity: quartet.SeverityDegraded}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*quartet.Incident){
		"kind":        func(i *quartet.Incident) { i.Kind = "fire" },
		"title":       func(i *quartet.Incident) { i.Title = " " },
		"title_en":    func(i *quartet.Incident) { i.TitleEN = strings.Repeat("x", 121) },
		"product_ids": func(i *quartet.Incident) { i.Products = nil },
		"severity":    func(i *quartet.Incident) { i.Severity = "bad" },
		"ends_at":     func(i *quartet.Incident) { i.Kind = quartet.IncidentMaintenance },
	} {
		i := good
		change(&i)
		err := i.Check()
		if e, ok := errors.AsType[*quartet.Error](err); !ok || e.Code != quartet.ErrInvalid || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestNamesSource_FindsASupplierAndNoOtherWord(t *testing.T) {
	sources := []quartet.Source{
		{Name: "acme", Kind: quartet.SourceHTTPJSON}, {Name: "ten", Kind: quartet.SourceTencent}, {Name: "registry", Kind: quartet.SourceRegistry},
	}
	for text, want := range map[string]bool{
		"渠道acme暂时不可用": true, "Acme is down": true, "(ACME)": true, "腾讯云故障": true, "ten calls": true,
		"acmed": false, "often": false, "the registry is full": false, "阿里云": false, "部分调用失败": false,
	} {
		if got := quartet.NamesSource(text, sources); got != want {
			t.Errorf("%q names a supplier: %v", text, got)
		}
	}
}
