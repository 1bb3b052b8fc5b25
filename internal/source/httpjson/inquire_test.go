package httpjson_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/httpjson"
)

// inquirer opens a manifest as its user does.
func inquirer(t *testing.T, m *httpjson.Manifest, given map[string]string) source.Inquirer {
	t.Helper()
	src, err := httpjson.Open(m, given, httpjson.Options{Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	in, ok := src.(source.Inquirer)
	if !ok {
		t.Fatalf("%s cannot be asked afterwards", m.Name())
	}
	return in
}

func TestOpen_GivesAnInquirerOnlyWhereThereIsAnInquiry(t *testing.T) {
	for _, name := range httpjson.Shipped() {
		m := manifest(t, name)
		src, err := httpjson.Open(m, credentials(m), httpjson.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := src.(source.Inquirer); ok != m.Inquires() || ok != (name == "template") {
			t.Errorf("%s: an inquirer is %v", name, ok)
		}
		var _ source.Scoped = src
		var _ source.Rehearser = src
	}
}

func TestInquire_LearnsWhatBecameOfAQuestion(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"a verdict", `{"status":"ok","found":true,"code":"OK","result":"different","detail":"name","charged":true,"trade_no":"T1"}`, "arrived: mismatch holder_mismatch differs=name charged=yes code=name reference=T1"},
		{"never arrived", `{"status":"ok","code":"OK","found":false}`, "not arrived"},
		{"it failed and is not charged", `{"status":"ok","found":true,"code":"SYSTEM","charged":false,"trade_no":"T2"}`, "arrived: none charged=no code=SYSTEM reference=T2"},
		{"it failed and is charged", `{"found":true,"code":"FREQUENT","charged":true}`, "arrived: none charged=yes code=FREQUENT"},
		{"nobody says whether it is charged", `{"found":true,"code":"SYSTEM"}`, "nothing: failed sent charged=unknown code=SYSTEM"},
		{"the inquiry itself failed", `{"status":"error","code":"SIGN","charged":false}`, "nothing: busy sent retry charged=no code=SIGN"},
		{"a verdict about nothing that was found", `{"code":"OK","result":"same","charged":true}`, "nothing: not_understood sent charged=unknown code=same"},
		{"not JSON", `<html>`, "nothing: not_understood sent charged=unknown"},
		{"a person in the answer", `{"found":true,"code":"OK","result":"same","trade_no":"13900000001"}`, "arrived: match charged=unknown code=same"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := manifest(t, "template")
			given := credentials(m)
			given["url"] = server(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.body) })
			f, err := inquirer(t, m, given).Inquire(t.Context(), source.Inquiry{Order: order, Need: quartet.NeedAll, At: noon()})
			got := "not arrived"
			switch {
			case err != nil:
				got = "nothing: " + told(source.Answer{}, err)
			case f.Arrived:
				got = "arrived: " + told(f.Answer, nil)
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if !f.Arrived && f.Answer != (source.Answer{}) {
				t.Errorf("an answer without arrival: %+v", f)
			}
		})
	}
}

// TestInquire_ReadsTheAnswerAsOneToTheSameElements is about a supplier whose words mean one
// thing of four elements and another of three.
func TestInquire_ReadsTheAnswerAsOneToTheSameElements(t *testing.T) {
	const (
		four  = quartet.NeedAll
		three = quartet.NeedName | quartet.NeedID | quartet.NeedCard
	)
	const table = `table: {"0": match, "1": mismatch}`
	differs := strings.Replace(small, table, "table: {ok: match, name: {is: mismatch, differs: [name]}, both: {is: mismatch, differs: [name, mobile]}, mobile: mobile_mismatch}", 1)
	perNeed := strings.Replace(small, table, "needs: {name+id+card+mobile: {ok: match, no: mobile_mismatch}, name+id+card: {ok: mismatch, no: match}}", 1)
	for _, c := range []struct {
		name, manifest, answer string
		need                   quartet.ElementSet
		want                   string
	}{
		{"of four", perNeed, `{"code":"no","paid":1}`, four, "arrived: mismatch mobile_mismatch differs=mobile charged=yes code=no"},
		{"of three", perNeed, `{"code":"no","paid":1}`, three, "arrived: match charged=yes code=no"},
		{"of three, the other word", perNeed, `{"code":"ok","paid":1}`, three, "arrived: mismatch charged=yes code=ok"},
		{"of nobody knows how many", perNeed, `{"code":"no","paid":1}`, 0, "arrived: none charged=yes code=no"},
		{"of nobody knows how many, and not whether it is charged", perNeed, `{"code":"no"}`, 0, "nothing: not_understood sent charged=unknown code=no"},
		{"of two, which it does not compare", perNeed, `{"code":"ok","paid":1}`, quartet.NeedName | quartet.NeedCard, "arrived: none charged=yes code=ok"},
		{"one table, and nobody knows how many", differs, `{"code":"name","paid":0}`, 0, "arrived: none charged=no code=name"},
		{"one table", differs, `{"code":"name","paid":0}`, three, "arrived: mismatch holder_mismatch differs=name charged=no code=name"},
		{"one differs that was asked about, one that was not", differs, `{"code":"both","paid":1}`, three, "arrived: mismatch holder_mismatch differs=name charged=yes code=both"},
		{"what differs was not asked about", differs, `{"code":"mobile","paid":1}`, three, "arrived: none charged=yes code=mobile"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(c.manifest, "needs: [name+card]", "needs: [name+id+card+mobile, name+id+card]", 1)
			m, err := httpjson.Parse([]byte(text + `  charged: {path: paid, yes: [1], no: [0]}
inquiry:
  request:
    method: GET
    path: /find
    fields:
      - {name: order, value: order}
  not_arrived:
    - {path: code, is: gone}
`))
			if err != nil {
				t.Fatal(err)
			}
			given := map[string]string{"key": "K", "url": server(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.answer) })}
			f, err := inquirer(t, m, given).Inquire(t.Context(), source.Inquiry{Order: order, Need: c.need, At: noon()})
			got := "arrived: " + told(f.Answer, nil)
			if err != nil {
				got = "nothing: " + told(source.Answer{}, err)
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestInquire_AsksByOurNumberOrItsOwn(t *testing.T) {
	m, err := httpjson.Parse([]byte(small + `inquiry:
  request:
    method: GET
    path: /find
    fields:
      - {name: day, value: asked.date}
      - {name: order, value: order}
      - {name: ref, value: reference}
  not_arrived:
    - {path: code, is: gone}
`))
	if err != nil {
		t.Fatal(err)
	}
	var got string
	in := inquirer(t, m, map[string]string{"key": "K", "url": server(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.RequestURI()
		fmt.Fprint(w, `{"code":"gone"}`)
	})})
	f, err := in.Inquire(t.Context(), source.Inquiry{Order: order, Need: quartet.NeedAll, Reference: "R1", At: noon()})
	if err != nil || f.Arrived || got != "/find?day=20261126&order="+order+"&ref=R1" {
		t.Errorf("asked %s, got %+v, %v", got, f, err)
	}
	if _, err := in.Inquire(t.Context(), source.Inquiry{Order: order}); err == nil || err.(*source.Error).Sent { //nolint:errorlint // the contract is the type itself
		t.Errorf("asked without its number: %v", err)
	}
}

func TestRehearse_ShowsTheRequestAndNobody(t *testing.T) {
	for _, name := range httpjson.Shipped() {
		t.Run(name, func(t *testing.T) {
			m := manifest(t, name)
			given := credentials(m)
			given["url"] = server(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
			src, err := httpjson.New(m, given, httpjson.Options{Now: noon, Rand: sevens{}})
			if err != nil {
				t.Fatal(err)
			}
			q := ask(t, 1, src.Scope().Needs[0])
			text, err := src.Rehearse(q)
			if err != nil {
				t.Fatal(err)
			}
			for slot, secret := range given {
				if slot != "url" && strings.Contains(text, secret) {
					t.Errorf("the secret %s is in\n%s", slot, text)
				}
			}
			e := q.Elements
			for _, element := range []string{e.Name.Reveal(), e.ID.Reveal(), e.Card.Reveal(), e.Mobile.Reveal()} {
				if strings.Contains(text, element) {
					t.Errorf("an element is in\n%s", text)
				}
			}
			golden(t, "testdata/rehearsals/"+name+".golden", strings.ReplaceAll(text, given["url"], "http://host"))
		})
	}
	src := open(t, manifest(t, "haoservice"), "https://host.example", httpjson.Options{})
	if _, err := src.Rehearse(ask(t, 1, quartet.NeedAll)); quartet.CodeOf(err) != quartet.ErrUnsupported {
		t.Errorf("a question that is never put is rehearsed: %v", err)
	}
	if _, there := src.TestPerson(); there {
		t.Error("a person is offered whom the supplier does not know")
	}
	p, there := open(t, manifest(t, "template"), "https://host.example", httpjson.Options{}).TestPerson()
	if _, f := quartet.Parse(p, quartet.NeedAll, noon()); !there || len(f.Reject) != 0 {
		t.Errorf("the test person is refused by our rules: %v", f.Reject)
	}
}
