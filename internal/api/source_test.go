package api_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/intake"
	routing "quartet/internal/route"
	"quartet/internal/seal"
	"quartet/internal/simulator"
	"quartet/internal/source"
	"quartet/internal/sourcebook"
)

const plantedSecret = "planted-secret-8f0e12"

// watched is how sources do, as a node would know it.
type watched struct{ *house }

func (w watched) SourceHealth() []routing.Health {
	list, err := w.o.Sources.List(context.Background())
	if err != nil {
		return nil
	}
	var all []routing.Health
	for _, s := range list {
		all = append(all, routing.Health{Name: s.Name, Kind: s.Kind, On: s.On, Breaker: routing.BreakerHalfOpen, LastFailure: "busy", FailedAt: w.clock()})
	}
	return all
}

func (w watched) SourceSums(ctx context.Context, from, to int64) ([]quartet.SourceSum, error) {
	return w.store.SourceSums(ctx, from, to)
}

func withSources(h *house, ring *seal.Keyring) {
	settings := config.Default()
	settings.Data = h.dir
	bench := &app.House{Store: h.store, Ring: ring, Now: h.clock, Config: config.Loaded{Config: settings}}
	bench.Sources = sourcebook.New(h.store, ring, h.clock, func(s quartet.Source, credentials map[string]string) (facts sourcebook.Facts, err error) {
		if s.Kind == quartet.SourceRegistry {
			return facts, nil
		}
		built, err := bench.Build(s, credentials)
		if a, ok := built.(source.Addressed); ok {
			facts.Address = a.Address()
		}
		if c, ok := built.(io.Closer); ok {
			_ = c.Close()
		}
		return facts, err
	})
	bench.Imports = intake.New(h.store, ring, app.Loader{House: bench}, h.clock)
	h.o.Imports, h.o.Reconciliations = bench.Imports, bench
	bench.Numbers = quartet.NewSeqNoCipher([16]byte{1})
	h.o.Sources, h.o.SourcePolicy, h.o.SourceBench, h.o.SourceWatch = bench.Sources, bench.Sources, bench, watched{h}
}

const sources = "/api/v1/sources"

// A source goes from being added switched off to being asked, all by the API, and nothing that
// it answers holds a secret.
func TestSources_AreAddedChangedAndSwitchedWithoutTellingASecret(t *testing.T) {
	told := 0
	h := newHouse(t, func(h *house) { h.o.Changed = func(context.Context) error { told++; return nil } })
	boss, support := h.as(quartet.RoleAdministrator), h.as(quartet.RoleSupport)
	var seen strings.Builder
	want := func(b *browser, status int, method, path, body string) answer {
		t.Helper()
		a := b.want(status, method, path, body)
		seen.WriteString(a.text)
		return a
	}
	a := want(boss, http.StatusUnprocessableEntity, http.MethodPost, sources, `{"id":"acme","kind":"httpjson","manifest":"template","credentials":{"app_key":"`+plantedSecret+`"},"off":true}`)
	if len(a.Errors) != 1 || a.Errors[0].Pointer != "#/credentials/url" {
		t.Errorf("without an address: %s", a.text)
	}
	a = want(boss, http.StatusUnprocessableEntity, http.MethodPost, sources, `{"id":"acme","kind":"httpjson","manifest":"template","credentials":{"app_key":"`+plantedSecret+`","url":"http://127.0.0.1:1"},"off":true}`)
	if len(a.Errors) != 1 || a.Errors[0].Pointer != "#/credentials/app_secret" || !strings.Contains(a.Detail, "lacks app_secret") {
		t.Errorf("without a secret: %s", a.text)
	}
	a = want(boss, http.StatusCreated, http.MethodPost, sources, `{"id":"acme","kind":"httpjson","manifest":"template","off":true,"weight":3,"qps":20,"timeout_ms":3000,"authorised_from":"2026-01-01","authorised_until":"2026-12-31",
		"purposes":["payroll"],"card_kinds":["dc"],"maintenance":["daily 23:30-01:00"],"prices":[{"cost_fen":22},{"from":"2026-03-01","needs":"card,name","cost_fen":10.125}],
		"credentials":{"app_key":"`+plantedSecret+`","app_secret":"`+plantedSecret+`","url":"http://127.0.0.1:1"}}`)
	for _, part := range []string{
		`"on":false`, `"address":"http://127.0.0.1:1"`, `"credentials":["app_key","app_secret","url"]`, `"weight":3`, `"timeout_ms":3000`, `"authorised_from":"2026-01-01","authorised_until":"2026-12-31","authorised":true`,
		`"card_kinds":["DC"]`, `"prices":[{"cost_fen":22},{"from":"2026-03-01","needs":"name,card","cost_fen":10.125}]`, `"cost_fen":22,"health":{"breaker":"half_open"`, `"last_failure":"busy"`,
	} {
		if !strings.Contains(a.text, part) {
			t.Errorf("%s is not told in %s", part, a.text)
		}
	}
	want(boss, http.StatusConflict, http.MethodPost, sources, `{"id":"acme","kind":"sim"}`)
	// What is given changes, the rest stays.
	a = want(boss, http.StatusOK, http.MethodPut, sources+"/acme", `{"share":5,"authorised_until":"","prices":[{"cost_fen":23}]}`)
	if !strings.Contains(a.text, `"share":5`) || !strings.Contains(a.text, `"weight":3`) || strings.Contains(a.text, "authorised_until") || !strings.Contains(a.text, `"prices":[{"cost_fen":23}]`) {
		t.Errorf("changed: %s", a.text)
	}
	before := read[struct {
		Hash string `json:"spec_sha256"`
	}](t, a).Hash
	want(boss, http.StatusOK, http.MethodPut, sources+"/acme/credentials", `{"credentials":{"app_key":"other","app_secret":"`+plantedSecret+`2","url":"http://127.0.0.1:2"}}`)
	want(boss, http.StatusUnprocessableEntity, http.MethodPut, sources+"/acme/credentials", `{"credentials":{}}`)
	want(boss, http.StatusUnprocessableEntity, http.MethodPut, sources+"/acme/state", `{"on":true}`) // without a reason
	told = 0
	if a = want(boss, http.StatusOK, http.MethodPut, sources+"/acme/state", `{"on":true,"reason":"contract signed"}`); !strings.Contains(a.text, `"on":true`) || told != 1 {
		t.Errorf("%s, told %d times", a.text, told)
	}
	if a = want(support, http.StatusOK, http.MethodGet, sources+"/acme", ""); field(t, a, "address") != "http://127.0.0.1:2" || field(t, a, "spec_sha256") != before {
		t.Errorf("seen by support: %s", a.text)
	}
	want(h.as(quartet.RoleAuditor), http.StatusOK, http.MethodGet, sources, "")
	want(support, http.StatusForbidden, http.MethodGet, sources+"/acme/spec", "")
	if a = want(boss, http.StatusOK, http.MethodGet, sources+"/acme/spec", ""); !strings.Contains(a.text, "verify") {
		t.Errorf("its spec: %s", a.text)
	}
	for _, ask := range [][2]string{{http.MethodPut, sources + "/acme"}, {http.MethodPut, sources + "/acme/credentials"}, {http.MethodPut, sources + "/acme/state"}, {http.MethodPost, sources}} {
		support.want(http.StatusForbidden, ask[0], ask[1], `{}`)
	}
	entries, err := h.store.AuditEntries(t.Context(), 50)
	if err != nil {
		t.Fatal(err)
	}
	var trail strings.Builder
	for _, e := range entries {
		trail.WriteString(strings.Join([]string{e.Action, e.Subject, e.Detail}, "|") + "\n")
	}
	for _, line := range []string{"source.enable|acme|contract signed", "source.change|acme|credentials, address http://127.0.0.1:1 → http://127.0.0.1:2", "source.add|acme|httpjson, off"} {
		if !strings.Contains(trail.String(), line) {
			t.Errorf("the audit does not tell %q:\n%s", line, trail.String())
		}
	}
	for where, text := range map[string]string{"an answer": seen.String(), "the audit": trail.String(), "the log": h.log.String()} {
		if strings.Contains(text, plantedSecret) {
			t.Errorf("%s tells a secret", where)
		}
	}
}

func TestSources_RefuseWhatNoTermsMayBe(t *testing.T) {
	h := newHouse(t)
	boss := h.as(quartet.RoleAdministrator)
	boss.want(http.StatusCreated, http.MethodPost, sources, `{"id":"slow","kind":"sim"}`)
	for body, pointer := range map[string]string{
		`{"timeout_ms":70000}`:             "#/timeout_ms",
		`{"burst":5}`:                      "#/burst",
		`{"authorised_from":"2026-02-30"}`: "#/authorised_from",
		`{"authorised_from":"2027-01-01","authorised_until":"2026-01-01"}`: "#/authorised_until",
		`{"maintenance":["nightly"]}`:                                      "#/maintenance",
		`{"card_kinds":["gold"]}`:                                          "#/card_kinds",
		`{"id_types":["library"]}`:                                         "#/id_types",
		`{"purposes":["Pay Roll"]}`:                                        "#/purposes",
		`{"prices":[{"cost_fen":0.0001}]}`:                                 "#/prices",
		`{"prices":[{"cost_fen":1,"needs":"shoe"}]}`:                       "#/prices",
		`{"prices":[{"cost_fen":1},{"cost_fen":2}]}`:                       "#/prices",
		`{"spec":"default: {verdict: perhaps}"}`:                           "#/spec",
	} {
		a := boss.ask(http.MethodPut, sources+"/slow", body)
		if a.status != http.StatusUnprocessableEntity || len(a.Errors) != 1 || a.Errors[0].Pointer != pointer {
			t.Errorf("%s: %d %s", body, a.status, a.text)
		}
	}
	boss.want(http.StatusNotFound, http.MethodPut, sources+"/none", `{"share":5}`)
	if a := boss.ask(http.MethodPost, sources, `{"id":"Slow One","kind":"sim"}`); len(a.Errors) != 1 || a.Errors[0].Pointer != "#/id" {
		t.Errorf("a name: %s", a.text)
	}
}

func TestSourcePolicy_IsSetAndAccountsArePinned(t *testing.T) {
	h := newHouse(t)
	boss := h.as(quartet.RoleAdministrator)
	boss.want(http.StatusCreated, http.MethodPost, sources, `{"id":"slow","kind":"sim"}`)
	const policy, pin = "/api/v1/source-policy", "/api/v1/accounts/buyer/source-pin"
	if a := boss.want(http.StatusOK, http.MethodPut, policy, `{"rule":"cheapest"}`); a.text != `{"rule":"cheapest","pins":[]}`+"\n" {
		t.Error(a.text)
	}
	if a := boss.want(http.StatusOK, http.MethodPut, pin, `{"source_id":"slow"}`); a.text != `{"rule":"cheapest","pins":[{"account_id":"buyer","source_id":"slow"}]}`+"\n" {
		t.Error(a.text)
	}
	boss.want(http.StatusNotFound, http.MethodPut, pin, `{"source_id":"none"}`)
	boss.want(http.StatusNotFound, http.MethodPut, "/api/v1/accounts/nobody/source-pin", `{"source_id":"slow"}`)
	h.as(quartet.RoleOwner).want(http.StatusForbidden, http.MethodPut, pin, `{"source_id":"slow"}`)
	if a := boss.want(http.StatusOK, http.MethodDelete, pin, ""); !strings.Contains(a.text, `"pins":[]`) {
		t.Error(a.text)
	}
	h.wantAudit(t, boss.by()+" source.unpin", boss.by()+" source.pin", boss.by()+" source.order")
}

func TestSources_AreTriedBeforeTheyAreAsked(t *testing.T) {
	h := newHouse(t)
	boss := h.as(quartet.RoleAdministrator)
	secrets, err := simulator.Invent("acme")
	if err != nil {
		t.Fatal(err)
	}
	supplier, err := simulator.New("acme", simulator.Script{}, secrets)
	if err != nil {
		t.Fatal(err)
	}
	line := httptest.NewServer(supplier)
	t.Cleanup(line.Close)
	secrets["url"] = line.URL
	body, err := json.Marshal(map[string]any{"id": "acme", "kind": "httpjson", "manifest": "template", "credentials": secrets, "off": true, "prices": []map[string]any{{"cost_fen": 22}}})
	if err != nil {
		t.Fatal(err)
	}
	boss.want(http.StatusCreated, http.MethodPost, sources, string(body))
	a := boss.want(http.StatusOK, http.MethodPost, sources+"/acme/rehearsal", "")
	if !strings.Contains(a.text, "‹app_key›") || strings.Contains(a.text, secrets["app_secret"]) || supplier.Asked() != 0 {
		t.Errorf("asked %d times: %s", supplier.Asked(), a.text)
	}
	a = boss.want(http.StatusOK, http.MethodPost, sources+"/acme/test", "")
	if field(t, a, "verdict") != "match" || !strings.HasPrefix(field(t, a, "order_number"), "TEST") || supplier.Asked() != 1 {
		t.Errorf("asked %d times: %s", supplier.Asked(), a.text)
	}
	supplier.SetDefault(simulator.Act{Fault: "busy"})
	if a = boss.want(http.StatusOK, http.MethodPost, sources+"/acme/test?needs=name,card", ""); !strings.Contains(a.text, `"passed":`) {
		t.Error(a.text)
	}
	if a = boss.ask(http.MethodPost, sources+"/acme/test?needs=shoe", ""); len(a.Errors) != 1 || a.Errors[0].Parameter != "needs" {
		t.Error(a.text)
	}
	boss.want(http.StatusCreated, http.MethodPost, sources, `{"id":"slow","kind":"sim","off":true}`)
	if a = boss.want(http.StatusUnprocessableEntity, http.MethodPost, sources+"/slow/test", ""); a.Code != "unsupported" || !strings.Contains(a.Detail, "nothing was sent") {
		t.Error(a.text)
	}
}

func TestManifests_AreListedAndChecked(t *testing.T) {
	h := newHouse(t)
	boss := h.as(quartet.RoleAdministrator)
	a := boss.want(http.StatusOK, http.MethodGet, "/api/v1/source-manifests", "")
	if !strings.Contains(a.text, `"name":"template"`) || !strings.Contains(a.text, `"address_needed":true`) {
		t.Error(a.text)
	}
	text := read[struct{ Spec string }](t, boss.want(http.StatusOK, http.MethodGet, "/api/v1/source-manifests/template", "")).Spec
	shipped, err := os.ReadFile("../source/httpjson/manifests/template.yaml")
	if err != nil || text != string(shipped) {
		t.Errorf("it is another text, %v", err)
	}
	boss.want(http.StatusNotFound, http.MethodGet, "/api/v1/source-manifests/none", "")
	check := func(spec string) answer {
		body, err := json.Marshal(map[string]string{"spec": spec})
		if err != nil {
			t.Fatal(err)
		}
		return boss.want(http.StatusOK, http.MethodPost, "/api/v1/source-manifests/check", string(body))
	}
	if a = check(text); !strings.HasPrefix(a.text, `{"ok":true,"manifest":{`) {
		t.Error(a.text)
	}
	if a = check(strings.Replace(text, "url:", "uri:", 1)); !strings.HasPrefix(a.text, `{"ok":false,"faults":[{"line":`) {
		t.Error(a.text)
	}
}

func TestSourceHours_TellWhatCameOfQuestions(t *testing.T) {
	h := newHouse(t)
	support := h.as(quartet.RoleSupport)
	if _, err := h.o.Sources.Add(t.Context(), "zhang", quartet.Source{Name: "slow", Kind: quartet.SourceSim, On: true}, nil); err != nil {
		t.Fatal(err)
	}
	h.paidBy("buyer")
	c := quartet.Call{
		SeqNo: quartet.SeqNo{Second: h.clock().Unix(), N: 7}, At: h.clock(), Account: "buyer", Product: "1887", Code: quartet.CodeOK, Verdict: quartet.Match, Source: "slow", Sent: true,
		Attempts: []quartet.Attempt{
			{Source: "slow", At: h.clock(), Latency: 40 * time.Millisecond, Sent: true, Failure: "timeout", Charged: quartet.ChargedYes, Cost: 22_500},
			{Source: "slow", At: h.clock(), Latency: 20 * time.Millisecond, Sent: true, Verdict: quartet.Match, Charged: quartet.ChargedNo},
		},
	}
	if err := h.ledger.Charge(t.Context(), &c, 1, quartet.Claim{}); err != nil {
		t.Fatal(err)
	}
	const want = `"asked":2,"verdicts":1,"failures":{"timeout":1},"success_rate":0.5,"latency_ms":30,"slowest_ms":40,"cost_fen":22.5`
	if a := support.want(http.StatusOK, http.MethodGet, sources+"/slow/hours", ""); !strings.Contains(a.text, `{"at":"2026-03-02T01:00:00Z",`+want) {
		t.Error(a.text)
	}
	if a := support.want(http.StatusOK, http.MethodGet, sources, ""); !strings.Contains(a.text, want) {
		t.Error(a.text)
	}
	if a := support.want(http.StatusOK, http.MethodGet, sources+"/slow/hours?day=2026-03-01", ""); a.text != `{"items":[]}`+"\n" {
		t.Error(a.text)
	}
}

// A statement is shown first, and settles what is open only as it was shown.
func TestSourceStatements_AreComparedAndSettled(t *testing.T) {
	h := newHouse(t)
	treasurer := h.as(quartet.RoleTreasurer)
	if _, err := h.o.Sources.Add(t.Context(), "zhang", quartet.Source{Name: "slow", Kind: quartet.SourceSim, On: true}, nil); err != nil {
		t.Fatal(err)
	}
	h.paidBy("buyer")
	c := quartet.Call{
		SeqNo: quartet.SeqNo{Second: h.clock().Unix(), N: 7}, At: h.clock(), Account: "buyer", Product: "1887", Code: quartet.CodeOK, Verdict: quartet.Match, Source: "slow", Sent: true,
		Attempts: []quartet.Attempt{{Source: "slow", At: h.clock(), Sent: true, Failure: "timeout", Charged: quartet.ChargedUnknown, Cost: 22_000}},
	}
	if err := h.ledger.Charge(t.Context(), &c, 1, quartet.Claim{}); err != nil {
		t.Fatal(err)
	}
	const path = sources + "/slow/statements"
	file := "订单号,是否计费,金额\n" + h.numbers.Text(c.SeqNo) + ",是,0.22\n"
	ask := func(status int, path string) answer {
		return treasurer.want(status, http.MethodPost, path, file, "Content-Type", "application/octet-stream")
	}
	a := ask(http.StatusOK, path+"/preview?month=2026-03")
	if !strings.Contains(a.text, `"open":1,"settled":0`) || !strings.Contains(a.text, `"seq_no":"`+h.numbers.Text(c.SeqNo)+`"`) || !strings.Contains(a.text, `"theirs_fen":22`) {
		t.Errorf("the preview: %s", a.text)
	}
	ask(http.StatusUnprocessableEntity, path+"?month=2026-03&digest="+strings.Repeat("0", 64))
	a = ask(http.StatusOK, path+"?month=2026-03&digest="+field(t, a, "digest"))
	if !strings.Contains(a.text, `"agrees":true`) || !strings.Contains(a.text, `"open":1,"settled":1`) {
		t.Errorf("settled: %s", a.text)
	}
	h.wantAudit(t, treasurer.by()+" attempt.settle")
	if a = treasurer.ask(http.MethodPost, path+"/preview?month=2026-03", "a,b\n1,2\n", "Content-Type", "application/octet-stream"); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.Detail, "reference_column") {
		t.Errorf("without numbers: %s", a.text)
	}
	h.as(quartet.RoleSupport).want(http.StatusForbidden, http.MethodPost, path+"/preview?month=2026-03", file, "Content-Type", "application/octet-stream")
}
