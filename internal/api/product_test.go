package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
)

type productView struct {
	ID           string `json:"id"`
	Path         string `json:"path"`
	Needs        string `json:"needs"`
	On           bool   `json:"on"`
	ReuseMinutes int64  `json:"reuse_minutes"`
	Units        units  `json:"units"`
	Announced    *struct {
		Units       units     `json:"units"`
		EffectiveAt time.Time `json:"effective_at"`
	} `json:"announced"`
}

type units struct{ Match, Mismatch, Undetermined int64 }

type offerView struct {
	Product   string   `json:"product_id"`
	Units     units    `json:"units"`
	Charges   []string `json:"charges"`
	Announced bool     `json:"announced"`
	Plans     []struct {
		ID string `json:"id"`
	} `json:"plans"`
	Page *struct {
		Units units `json:"units"`
	} `json:"page"`
}

func (o *offerView) sells(plan string) bool {
	for _, p := range o.Plans {
		if p.ID == plan {
			return true
		}
	}
	return false
}

const terms = `"name":"银行卡二要素核验","path":"/communication/personal/1979","needs":"name,card","detail":"reason","reuse_minutes":10`

func TestProducts_AreAddedAndChanged(t *testing.T) {
	h := newHouse(t)
	run, buyer := h.as(quartet.RoleAdministrator), h.as(quartet.RoleReader)
	const at = "/api/v1/products"
	p := read[productView](t, run.want(http.StatusCreated, http.MethodPost, at, `{"id":"1979","off":true,`+terms+`,"units":{"match":1,"mismatch":1,"undetermined":0}}`))
	if p.Needs != "name,card" || p.On || p.ReuseMinutes != 10 || p.Units != (units{1, 1, 0}) {
		t.Errorf("added: %+v", p)
	}
	run.want(http.StatusConflict, http.MethodPost, at, `{"id":"1979",`+terms+`,"units":{"match":1,"mismatch":1,"undetermined":0}}`)
	for body, field := range map[string]string{
		`{"id":"2e",` + strings.Replace(terms, "name,card", "name,id", 1) + `,"units":{"match":1,"mismatch":1,"undetermined":0}}`:              "#/needs",
		`{"id":"2e",` + strings.Replace(terms, "/communication", "/api", 1) + `,"units":{"match":1,"mismatch":1,"undetermined":0}}`:            "#/path",
		`{"id":"2e",` + strings.Replace(terms, "personal/1979", "2e", 1) + `,"units":{"match":1001,"mismatch":1,"undetermined":0}}`:            "#/units",
		`{"id":"2e",` + strings.Replace(terms, "personal/1979", "2e", 1) + `,"units":{"match":1,"mismatch":1,"undetermined":0},"price_fen":1}`: "#/price_fen",
	} {
		if a := run.want(http.StatusUnprocessableEntity, http.MethodPost, at, body); len(a.Errors) != 1 || a.Errors[0].Pointer != field {
			t.Errorf("%s: %s, want %s", body, a.text, field)
		}
	}
	// Nobody holds units of it: it may become dearer at once.
	p = read[productView](t, run.want(http.StatusOK, http.MethodPut, at+"/1979", `{`+terms+`,"units":{"match":2,"mismatch":1,"undetermined":0}}`))
	if p.Units != (units{2, 1, 0}) || p.On {
		t.Errorf("changed: %+v", p)
	}
	if p = read[productView](t, buyer.want(http.StatusOK, http.MethodGet, at+"/1979", "")); p.Path != "/communication/personal/1979" {
		t.Errorf("shown: %+v", p)
	}
	h.wantAudit(t, run.by()+" product.change", run.by()+" product.add")
	for _, other := range []quartet.Role{quartet.RoleOwner, quartet.RoleSupport, quartet.RoleTreasurer, quartet.RoleAuditor} {
		h.as(other).want(http.StatusForbidden, http.MethodPut, at+"/1979", `{`+terms+`,"units":{"match":2,"mismatch":1,"undetermined":0}}`)
	}
}

// What gets worse for who holds units is looked at before it is announced, and seen by everybody
// until it is in force.
func TestProducts_TellWhatIsAnnouncedAndShowItBefore(t *testing.T) {
	h := newHouse(t)
	run := h.as(quartet.RoleAdministrator)
	if err := h.ledger.Give(t.Context(), quartet.Grant{ID: "g", Account: "buyer", Product: "1887", Units: 9, ExpiresAt: h.clock().Add(100 * 24 * time.Hour)}, "bought"); err != nil {
		t.Fatal(err)
	}
	four := `"name":"银行卡四要素核验","path":"/communication/personal/1887","needs":"name,id,card,mobile","detail":"state","reuse_minutes":0`
	if a := run.want(http.StatusConflict, http.MethodPut, "/api/v1/products/1887", `{`+four+`,"units":{"match":2,"mismatch":1,"undetermined":0}}`); !strings.Contains(a.Detail, "7 days") {
		t.Errorf("dearer at once: %s", a.text)
	}
	const change = `{"kind":"charge_table","title":"价格调整","text":"自下周起","changes":[
		{"kind":"charge_table","product_id":"1887","units":{"match":2,"mismatch":1,"undetermined":0}}]}`
	const follow = `{"kind":"price","title":"价格调整","text":"自下周起","changes":[
		{"kind":"plan_follow","plan_id":"1887-1200","next_plan":{"id":"1887-1000","name":"500元/1000次","units":1000,"price_fen":50000,"months":24}}]}`
	looked := func(body string) offerView {
		t.Helper()
		got := read[struct {
			Announcement struct {
				EffectiveAt time.Time `json:"effective_at"`
			} `json:"announcement"`
			Offers []offerView `json:"offers"`
		}](t, run.want(http.StatusOK, http.MethodPost, "/api/v1/announcements/preview", body))
		if len(got.Offers) != 1 || !got.Announcement.EffectiveAt.Equal(h.clock().Add(7*24*time.Hour)) {
			t.Fatalf("previewed: %+v", got)
		}
		return got.Offers[0]
	}
	if o := looked(change); o.Units != (units{2, 1, 0}) || o.Charges[0] != "四要素一致（state 1）：扣 2 次" || o.Page == nil || o.Page.Units != o.Units || !o.sells("1887-1200") {
		t.Errorf("a charge table: %+v", o)
	}
	if o := looked(follow); o.sells("1887-1200") || !o.sells("1887-1000") || o.Units != (units{1, 1, 0}) {
		t.Errorf("a plan: %+v", o)
	}
	if list := read[struct{ Items []struct{} }](t, run.want(http.StatusOK, http.MethodGet, "/api/v1/announcements", "")); len(list.Items) != 0 {
		t.Error("a preview publishes")
	}

	run.want(http.StatusCreated, http.MethodPost, "/api/v1/announcements", change)
	p := read[productView](t, h.as(quartet.RoleReader).want(http.StatusOK, http.MethodGet, "/api/v1/products/1887", ""))
	if p.Units != (units{1, 1, 0}) || p.Announced == nil || p.Announced.Units != (units{2, 1, 0}) || !p.Announced.EffectiveAt.Equal(h.clock().Add(7*24*time.Hour)) {
		t.Errorf("announced: %+v", p)
	}
	offer := func(after time.Duration) offerView {
		t.Helper()
		return read[offerView](t, run.want(http.StatusOK, http.MethodGet, "/api/v1/products/1887/offer?at="+h.clock().Add(after).UTC().Format(time.RFC3339), ""))
	}
	if o := offer(6 * 24 * time.Hour); o.Announced || o.Units != (units{1, 1, 0}) {
		t.Errorf("before it is in force: %+v", o)
	}
	if o := offer(8 * 24 * time.Hour); !o.Announced || o.Units != (units{2, 1, 0}) || o.Page.Units != o.Units {
		t.Errorf("once it is in force: %+v", o)
	}
}
