package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
)

type announcementView struct {
	ID          string    `json:"id"`
	EffectiveAt time.Time `json:"effective_at"`
	WithdrawnAt time.Time `json:"withdrawn_at"`
	Changes     []struct {
		Kind    string `json:"kind"`
		Product string `json:"product_id"`
		Units   struct{ Match, Mismatch, Undetermined int64 }
		Next    struct {
			ID       string `json:"id"`
			PriceFen int64  `json:"price_fen"`
		} `json:"next_plan"`
	} `json:"changes"`
}

// Who holds units is not surprised by a price: it is refused over the API, announced over it,
// read by everybody, and withdrawn.
func TestAnnouncements_CarryWhatIsForTheWorse(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	anybody, admin := h.browser(), h.as(quartet.RoleAdministrator)
	if err := h.ledger.Give(ctx, quartet.Grant{ID: "g", Account: "buyer", Product: "1887", Units: 9, ExpiresAt: h.clock().Add(100 * 24 * time.Hour)}, "bought"); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Minute)
	worse := `{"id":"1887-1000","name":"500元/1000次","units":1000,"price_fen":50000,"months":24}`
	for _, refused := range []answer{
		admin.want(http.StatusConflict, http.MethodPost, "/api/v1/plans/1887-1200/successor", worse),
		admin.want(http.StatusConflict, http.MethodPut, "/api/v1/plans/1887-1200/end", ""),
	} {
		if !strings.Contains(refused.text, "7 days") {
			t.Errorf("it does not say what to do: %s", refused.text)
		}
	}
	const announcements = "/api/v1/announcements"
	saying := `{"kind":"price","title":"价格调整","text":"自下周起","text_en":"From next week","changes":[
		{"kind":"charge_table","product_id":"1887","units":{"match":2,"mismatch":1,"undetermined":0}},
		{"kind":"plan_follow","plan_id":"1887-1200","next_plan":` + worse + `}]`
	anybody.want(http.StatusUnauthorized, http.MethodPost, announcements, saying+`}`)
	h.as(quartet.RoleSupport).want(http.StatusForbidden, http.MethodPost, announcements, saying+`}`)
	soon := admin.want(http.StatusUnprocessableEntity, http.MethodPost, announcements, saying+`,"effective_at":"`+h.clock().Add(time.Hour).Format(time.RFC3339)+`"}`)
	if !strings.Contains(soon.text, "effective_at") {
		t.Errorf("it does not say what is wrong: %s", soon.text)
	}
	a := read[announcementView](t, admin.want(http.StatusCreated, http.MethodPost, announcements, saying+`}`))
	admin.want(http.StatusConflict, http.MethodPost, announcements, saying+`}`)

	shown := anybody.want(http.StatusOK, http.MethodGet, announcements+"/"+a.ID, "")
	got := read[announcementView](t, shown)
	if len(got.Changes) != 2 || got.Changes[0].Units.Match != 2 || got.Changes[1].Next.PriceFen != 50000 || !got.EffectiveAt.Equal(h.clock().Add(7*24*time.Hour)) {
		t.Errorf("everybody reads %s", shown.text)
	}
	if strings.Contains(shown.text, string(quartet.RoleAdministrator)) {
		t.Errorf("everybody reads who wrote it: %s", shown.text)
	}
	anybody.want(http.StatusNotFound, http.MethodGet, announcements+"/nothing", "")
	type pageView struct {
		Items []announcementView `json:"items"`
		Next  string             `json:"next"`
	}
	admin.want(http.StatusCreated, http.MethodPost, announcements, `{"kind":"other","title":"春节安排","text":"照常服务"}`)
	first := read[pageView](t, anybody.want(http.StatusOK, http.MethodGet, announcements+"?limit=1&product_id=1887", ""))
	rest := read[pageView](t, anybody.want(http.StatusOK, http.MethodGet, announcements+"?limit=1&after="+first.Next, ""))
	if len(rest.Items) != 1 || rest.Items[0].ID != a.ID || rest.Next != "" {
		t.Errorf("the pages are %+v and %+v", first, rest)
	}
	admin.want(http.StatusOK, http.MethodPut, announcements+"/"+a.ID+"/withdrawal", "")
	admin.want(http.StatusConflict, http.MethodPut, announcements+"/"+a.ID+"/withdrawal", "")
	if got := read[announcementView](t, anybody.want(http.StatusOK, http.MethodGet, announcements+"/"+a.ID, "")); got.WithdrawnAt.IsZero() {
		t.Errorf("it stands: %+v", got)
	}
}
