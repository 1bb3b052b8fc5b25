package api_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/intake"
	"quartet/internal/source/registry"
)

const imports = "/api/v1/registry-imports"

// people is a file of invented people, of which the last row is damaged.
func people(t *testing.T, n int64) string {
	t.Helper()
	var b bytes.Buffer
	if err := registry.WritePeople(&b, n, 5); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(strings.TrimSpace(b.String())+"\n", "\n")
	lines[n] = strings.Replace(lines[n], ",", ",1", 1)
	return strings.Join(lines, "")
}

// send sends a file.
func (b *browser) send(status int, name, body string) answer {
	b.h.t.Helper()
	return b.want(status, http.MethodPost, imports+"?name="+name, body, "Content-Type", "application/octet-stream")
}

// lies reports whether a text lies in clear in the folder of the house, or in what it logged.
func (h *house) lies(t *testing.T, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(h.dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err == nil && bytes.Contains(content, []byte(text)) {
			return true
		}
	}
	return strings.Contains(h.log.String(), text)
}

func TestRegistryImports_AreSentBegunAndErased(t *testing.T) {
	h := newHouse(t)
	desk := h.o.Imports.(*intake.Desk)
	boss, support := h.as(quartet.RoleAdministrator), h.as(quartet.RoleSupport)
	if a := support.want(http.StatusOK, http.MethodGet, "/api/v1/registry", ""); a.text != `{"generation":0,"records":0,"bytes":0}`+"\n" {
		t.Errorf("before: %s", a.text)
	}
	file := people(t, 1000)
	support.send(http.StatusForbidden, "people.csv", file)
	id := field(t, boss.send(http.StatusCreated, "people.csv", file), "id")
	if h.lies(t, registry.Person(5, 7).Card) || h.lies(t, registry.Person(5, 7).Name) {
		t.Error("the file lies here in clear")
	}
	one := imports + "/" + id
	if a := support.want(http.StatusOK, http.MethodGet, one, ""); field(t, a, "state") != "ready" || !strings.Contains(a.text, `"by":"administrator`) {
		t.Errorf("sent: %s", a.text)
	}
	support.want(http.StatusForbidden, http.MethodPost, one+"/start", `{"replace":true}`)
	boss.want(http.StatusOK, http.MethodPost, one+"/start", `{"replace":true}`)
	boss.want(http.StatusConflict, http.MethodPost, one+"/start", `{"replace":true}`)
	second := field(t, boss.send(http.StatusCreated, "more.csv", file), "id")
	if a := boss.want(http.StatusConflict, http.MethodPost, imports+"/"+second+"/start", `{"replace":false}`); !strings.Contains(a.Detail, "another import is under way") {
		t.Errorf("two at once: %s", a.text)
	}
	h.pass(10 * time.Second)
	for range 2 { // it is safe to repeat
		if err := desk.Run(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	a := support.want(http.StatusOK, http.MethodGet, one, "")
	if !strings.Contains(a.text, `"state":"done","replace":true`) || !strings.Contains(a.text, `"rows":1000,"loaded":999,"damaged":1,"rows_per_second":100,`) {
		t.Errorf("done: %s", a.text)
	}
	if _, err := h.store.RegistryPart(t.Context(), id, 0); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("the file is not erased: %v", err)
	}
	report := support.want(http.StatusOK, http.MethodGet, one+"/report.csv", "")
	if lines := strings.Split(report.text, "\n"); len(lines) != 3 || lines[0] != "line,field,code" || !strings.HasPrefix(lines[1], "1001,") {
		t.Errorf("the report: %q", report.text)
	}
	if a = support.want(http.StatusOK, http.MethodGet, "/api/v1/registry", ""); !strings.Contains(a.text, `"records":999`) {
		t.Errorf("after: %s", a.text)
	}
	boss.want(http.StatusConflict, http.MethodPost, one+"/cancellation", "")
	if a = boss.want(http.StatusOK, http.MethodGet, imports+"?limit=1", ""); field(t, a, "items", "id") != second || !strings.Contains(a.text, `"next":`) {
		t.Errorf("listed: %s", a.text)
	}
	entries, err := h.store.AuditEntries(t.Context(), 9)
	if err != nil {
		t.Fatal(err)
	}
	var actions []string
	for _, e := range entries {
		actions = append(actions, e.Action)
	}
	if got := strings.Join(actions, " "); !strings.HasPrefix(got, "registry.imported registry.upload registry.import registry.upload") {
		t.Errorf("the audit says %s", got)
	}
}

// What is cancelled goes no further, whether it waits or runs; what runs finds out by itself.
func TestRegistryImports_AreCancelled(t *testing.T) {
	h := newHouse(t)
	desk := h.o.Imports.(*intake.Desk)
	boss := h.as(quartet.RoleAdministrator)
	for _, begun := range []bool{false, true} {
		one := imports + "/" + field(t, boss.send(http.StatusCreated, "people.csv", people(t, 10)), "id")
		if begun {
			boss.want(http.StatusOK, http.MethodPost, one+"/start", `{"replace":false}`)
		}
		if a := boss.want(http.StatusOK, http.MethodPost, one+"/cancellation", ""); field(t, a, "state") != "cancelled" {
			t.Error(a.text)
		}
		if err := desk.Run(t.Context(), strings.TrimPrefix(one, imports+"/")); err != nil {
			t.Error(err)
		}
		if _, err := h.store.RegistryPart(t.Context(), strings.TrimPrefix(one, imports+"/"), 0); quartet.CodeOf(err) != quartet.ErrNotFound {
			t.Errorf("the file is not erased: %v", err)
		}
	}
	if a := boss.want(http.StatusOK, http.MethodGet, "/api/v1/registry", ""); !strings.Contains(a.text, `"records":0`) {
		t.Error(a.text)
	}
}

func TestRegistryImports_RefuseWhatNamesNoPeopleAndKeepNothingOfIt(t *testing.T) {
	h := newHouse(t)
	boss := h.as(quartet.RoleAdministrator)
	for name, body := range map[string]string{"nothing": "", "other columns": "colour,size\nred,5\n", "no card": "name,idcard,mobile\n王小明,1,2\n", "no table": "\x00\x01\x02"} {
		if a := boss.ask(http.MethodPost, imports+"?name=x.csv", body, "Content-Type", "application/octet-stream"); a.status != http.StatusUnprocessableEntity || strings.Contains(a.text, "王小明") {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if a := boss.want(http.StatusOK, http.MethodGet, imports, ""); a.text != `{"items":[]}`+"\n" {
		t.Error(a.text)
	}
	// One that holds no good row fails when it is imported, and says why.
	id := field(t, boss.send(http.StatusCreated, "bad.csv", "name,idcard,acc_no,mobile\n王小明,1,2,3\n"), "id")
	boss.want(http.StatusOK, http.MethodPost, imports+"/"+id+"/start", `{"replace":true}`)
	if err := h.o.Imports.(*intake.Desk).Run(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if a := boss.want(http.StatusOK, http.MethodGet, imports+"/"+id, ""); field(t, a, "state") != "failed" || !strings.Contains(field(t, a, "reason"), "no good row") {
		t.Error(a.text)
	}
}

func TestRegistryImports_ExpireWhenNobodyBeginsThem(t *testing.T) {
	h := newHouse(t)
	desk := h.o.Imports.(*intake.Desk)
	boss := h.as(quartet.RoleAdministrator)
	for range 3 {
		boss.send(http.StatusCreated, "people.csv", people(t, 10))
	}
	boss.send(http.StatusConflict, "people.csv", people(t, 10))
	h.pass(25 * time.Hour)
	if err := desk.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := desk.List(t.Context(), "", 9)
	if err != nil || len(list) != 3 {
		t.Fatalf("%d imports, %v", len(list), err)
	}
	for _, i := range list {
		if _, err := h.store.RegistryPart(t.Context(), i.ID, 0); quartet.CodeOf(err) != quartet.ErrNotFound || i.State != quartet.ImportExpired {
			t.Errorf("%s, %v", i.State, err)
		}
	}
}

// A process that was killed while a file came leaves nothing that keeps others out for long.
func TestRegistryImports_OfWhichOneBrokeOffMakeRoom(t *testing.T) {
	h := newHouse(t)
	desk := h.o.Imports.(*intake.Desk)
	boss := h.as(quartet.RoleAdministrator)
	leave := func(ids ...string) {
		t.Helper()
		for _, id := range ids {
			if err := h.store.AddRegistryImport(t.Context(), quartet.RegistryImport{ID: id, Name: "x.csv", By: "zhang", Created: h.clock()}, 3); err != nil {
				t.Fatal(err)
			}
			if err := h.store.AddRegistryPart(t.Context(), id, 0, []byte("sealed")); err != nil {
				t.Fatal(err)
			}
		}
	}
	gone := func(after string, ids ...string) {
		t.Helper()
		for _, id := range ids {
			if _, err := h.store.RegistryPart(t.Context(), id, 0); quartet.CodeOf(err) != quartet.ErrNotFound {
				t.Errorf("%s, the file of %s is there: %v", after, id, err)
			}
		}
	}
	leave("b1", "b2", "b3")
	boss.send(http.StatusConflict, "people.csv", people(t, 10))
	boss.want(http.StatusOK, http.MethodPost, imports+"/b1/cancellation", "")
	gone("cancelled", "b1")
	h.pass(intake.ReceiveWithin + 2*time.Minute)
	if err := desk.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone("after its time", "b2", "b3")
	leave("b4")
	h.pass(time.Second)
	if err := desk.Alone(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone("after a start", "b4")
	boss = h.as(quartet.RoleAdministrator)
	boss.send(http.StatusCreated, "people.csv", people(t, 10))
}

func TestRegistryImports_TakeNoElementAsAName(t *testing.T) {
	h := newHouse(t)
	boss := h.as(quartet.RoleAdministrator)
	const card = "6200000000000000018"
	if a := boss.send(http.StatusUnprocessableEntity, card+".csv", people(t, 10)); strings.Contains(a.text, card) {
		t.Error(a.text)
	}
	entries, err := h.store.AuditEntries(t.Context(), 9)
	if err != nil || len(entries) != 0 && strings.Contains(entries[0].Detail, card) {
		t.Errorf("%+v, %v", entries, err)
	}
}
