package storetest

import (
	"testing"
	"time"

	"quartet"
)

func registryImports(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	receiving, ready, running := []quartet.ImportState{quartet.ImportReceiving}, []quartet.ImportState{quartet.ImportReady}, []quartet.ImportState{quartet.ImportRunning}
	for _, id := range []string{"1", "2"} {
		must(t, s.AddRegistryImport(ctx, quartet.RegistryImport{ID: id, Name: "people.csv", By: "zhang", Created: base}, 2))
		must(t, s.AddRegistryPart(ctx, id, 0, []byte{1, 0, 255}))
	}
	wantCode(t, "one too many", s.AddRegistryImport(ctx, quartet.RegistryImport{ID: "3", Created: base}, 2), quartet.ErrConflict)
	wantCode(t, "a part out of its turn", s.AddRegistryPart(ctx, "1", 0, []byte{2}), quartet.ErrNotFound)
	if list := value(s.RegistryImports(ctx, "", 9))(t); len(list) != 0 {
		t.Errorf("what still comes is listed: %+v", list)
	}
	move := func(id string, to quartet.ImportState, from []quartet.ImportState) error {
		i := value(s.RegistryImport(ctx, id))(t)
		i.State, i.Size, i.Begun = to, 3, after(time.Second)
		if to != quartet.ImportReady && to != quartet.ImportRunning {
			i.Ended = after(time.Minute)
		}
		return s.MoveRegistryImport(ctx, i, from, nil, quartet.AuditEntry{})
	}
	must(t, move("1", quartet.ImportReady, receiving))
	must(t, move("2", quartet.ImportReady, receiving))
	must(t, move("1", quartet.ImportRunning, ready))
	wantCode(t, "two at once", move("2", quartet.ImportRunning, ready), quartet.ErrConflict)
	wantCode(t, "begun twice", move("1", quartet.ImportRunning, ready), quartet.ErrConflict)
	told := quartet.RegistryImport{ID: "1", Read: 3, Rows: 5, Loaded: 4, Damaged: 1, Report: 16, Told: after(2 * time.Second)}
	if going := value(s.TellRegistryImport(ctx, told))(t); !going {
		t.Error("it does not go on")
	}
	if is := value(s.CutRegistryReport(ctx, "1", 0))(t); is != 0 {
		t.Errorf("an empty report has %d bytes", is)
	}
	must(t, s.AddRegistryReport(ctx, "1", 0, "line\n"))
	must(t, s.AddRegistryReport(ctx, "1", 5, "7,card,x\n"))
	if is := value(s.CutRegistryReport(ctx, "1", 5))(t); is != 5 {
		t.Errorf("cut to 5 it has %d bytes", is)
	}
	if is := value(s.CutRegistryReport(ctx, "1", 9))(t); is != 5 {
		t.Errorf("it grew to %d bytes", is)
	}
	same(t, "the report", value(s.RegistryReport(ctx, "1", 0))(t), "line\n")
	same(t, "its end", value(s.RegistryReport(ctx, "1", 5))(t), "")
	must(t, move("1", quartet.ImportDone, running))
	if going := value(s.TellRegistryImport(ctx, told))(t); going {
		t.Error("what is over goes on")
	}
	must(t, move("2", quartet.ImportRunning, ready))
	if left := value(s.LeftRegistryImports(ctx, base, base))(t); len(left) != 1 || left[0].ID != "1" {
		t.Errorf("left are %+v", left)
	}
	must(t, s.EraseRegistryFile(ctx, "1"))
	_, err := s.RegistryPart(ctx, "1", 0)
	wantCode(t, "an erased part", err, quartet.ErrNotFound)
	same(t, "a part that stays", value(s.RegistryPart(ctx, "2", 0))(t), []byte{1, 0, 255})
	must(t, s.PruneRegistryReports(ctx, after(time.Hour)))
	same(t, "a forgotten report", value(s.RegistryReport(ctx, "1", 0))(t), "")
}

func drills(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	begin := func(id string, at, silent time.Time) error {
		return s.BeginDrill(ctx, quartet.Drill{ID: id, By: "zhang", Calls: 5, Callers: 2, Deadline: 1500 * time.Millisecond, Total: 35, Begun: at}, silent, quartet.AuditEntry{})
	}
	must(t, begin("1", base, base))
	wantCode(t, "two at once", begin("2", base, base), quartet.ErrConflict)
	if going := value(s.TellDrill(ctx, "1", 7, after(time.Second)))(t); !going {
		t.Error("it does not go on")
	}
	must(t, begin("3", after(time.Minute), after(2*time.Second)))
	if one := value(s.Drill(ctx, "1"))(t); one.State != quartet.DrillCutOff || one.Done != 7 {
		t.Errorf("what fell silent is %+v", one)
	}
	want := quartet.Drill{
		ID: "3", By: "zhang", State: quartet.DrillDone, Calls: 5, Callers: 2, Deadline: 1500 * time.Millisecond, Done: 35, Total: 35, Passed: true, Report: []byte(`{}`),
		Begun: after(time.Minute), Seen: after(time.Minute), Ended: after(2 * time.Minute),
	}
	must(t, s.EndDrill(ctx, want, quartet.AuditEntry{}))
	same(t, "done", value(s.Drill(ctx, "3"))(t), want)
	wantCode(t, "ended twice", s.EndDrill(ctx, want, quartet.AuditEntry{}), quartet.ErrConflict)
	if going := value(s.TellDrill(ctx, "3", 1, base))(t); going {
		t.Error("what is over goes on")
	}
	if list := value(s.Drills(ctx, "", 9))(t); len(list) != 2 || list[0].ID != "3" {
		t.Errorf("listed are %+v", list)
	}
}
