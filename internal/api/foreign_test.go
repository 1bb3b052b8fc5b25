package api_test

import (
	"cmp"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/billing"
)

// ofHouse are parameters that name what is no account's, or what no person may ask about.
var ofHouse = map[string]string{
	"product": "everybody sees what there is", "plan": "likewise", "provider": "of payments, for operators", "day": "of settlements, likewise",
	"market": "of the house", "operator": "of the house", "job": "of the house", "bank_account": "of the house", "adjustment": "of the house",
	"month":    "of whichever account the path names",
	"incident": "everybody sees it", "announcement": "likewise",
	"source": "of the house", "import": "of the house", "drill": "of the house", "manifest": "of the program",
	"claim": "of the house", "transfer": "of the house", "payout": "of the house",
	"kind": "of a file, whose owner is named before it", "code": "of results, about which the house answers alike, for operators",
}

// keeps makes the account at a path have what it is told by and what it asks, and gives the
// ids.
func (b *browser) keeps(t *testing.T, at string) map[string]string {
	t.Helper()
	made := func(path, body string, within ...string) string {
		t.Helper()
		return field(t, b.want(http.StatusCreated, http.MethodPost, at+path, body), append(within, "id")...)
	}
	ids := map[string]string{
		"rule":    made("/alert-rules", `{"kind":"remaining","units":8,"inbox":true}`),
		"webhook": made("/webhooks", `{"url":"https://hooks.example.com/told"}`),
		"ticket":  made("/tickets", askBody, "ticket"),
	}
	ids["alert"] = "alert of " + ids["rule"]
	fired, err := b.h.store.FireAlert(t.Context(), quartet.Alert{ID: ids["alert"], Rule: ids["rule"], At: b.h.clock()})
	if err != nil || !fired {
		t.Fatalf("the rule fired: %v, %v", fired, err)
	}
	ids["delivery"] = field(t, b.ask(http.MethodPost, at+"/webhooks/"+ids["webhook"]+"/test", ""), "id")
	sent := b.want(http.StatusOK, http.MethodPost, at+"/tickets/"+ids["ticket"]+"/files?id=file%200001&name=log.txt", "10007", "Content-Type", "application/octet-stream")
	ids["file"] = field(t, sent, "file", "id")
	brought := b.want(http.StatusCreated, http.MethodPost, at+"/batches?product_id=1887", "name,idcard,acc_no,mobile\n", "Content-Type", "application/octet-stream")
	ids["batch"] = field(t, brought, "id")
	return ids
}

// foreign are the ids of what another account has, by the parameter that names them.
func (h *house) foreign(t *testing.T, post *letters) map[string]string {
	t.Helper()
	ctx := t.Context()
	b := h.register(post, "wang@example.com", map[string]any{"name": "王芳", "account_name": "王芳"})
	me := read[meView](t, b.want(http.StatusOK, http.MethodGet, "/api/v1/me", ""))
	account := me.Accounts[0].Account
	h.approved[account] = "firm 2"
	at := "/api/v1/accounts/" + account
	made := func(path, body string) string {
		t.Helper()
		return field(t, b.want(http.StatusCreated, http.MethodPost, at+path, body), "id")
	}
	o := made("/orders", `{"plan_id":"1887-1200"}`)
	m, err := h.billing.BeginPayment(ctx, "person wang", o, "practice", "page")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.billing.Receive(ctx, "practice", billing.Money{Payment: m.ID, Reference: "R", Received: 500_00, At: h.clock()}); err != nil {
		t.Fatal(err)
	}
	_, _, key := b.addPasskey(t)
	ids := map[string]string{
		"account": account, "place": account, "person": me.ID, "order": o, "payment": m.ID, "passkey": key.ID,
		"rating":      made("/orders/"+o+"/rating", `{"stars":5}`),
		"refund":      made("/orders/"+o+"/refunds", `{"reason":"买多了"}`),
		"credential":  made("/credentials", `{"kind":"appcode"}`),
		"token":       made("/tokens", `{"name":"对账","scopes":["usage:read"]}`),
		"invitation":  made("/invitations", `{"address":"13900000009","role":"reader"}`),
		"application": field(t, b.want(http.StatusOK, http.MethodPut, at+"/firm", `{}`), "id"),
		"seq_no":      h.called(account, "c", 77, 1),
		"session":     field(t, b.want(http.StatusOK, http.MethodGet, sessionPath, ""), "id"),
	}
	ids["title"] = made("/invoice-titles", `{"kind":"personal","title":"王芳"}`)
	h.taxed(t)
	ids["invoice"] = made("/invoices", `{"kind":"ordinary","title_id":"`+ids["title"]+`","email":"wang@example.com","orders":[{"order_id":"`+o+`"}]}`)
	ids["red_letter"] = h.takenBack(t, ids["invoice"])
	maps.Copy(ids, b.keeps(t, at))
	for what, id := range ids {
		if id == "" {
			t.Fatalf("there is no other's %s", what)
		}
	}
	return ids
}

// Whoever asks for what is another account's is answered as if there were none: for every
// operation that names something, whatever the way to it. What lies within another thing is
// asked for within one of one's own, where there is one. The queue of support names tickets of
// every account, and no account before them: it is the operators', and the door stops any
// person whatever they name.
func TestIDs_OfAnotherAccountAreAsUnknownOnes(t *testing.T) {
	post := &letters{}
	h := newHouse(t, withPeople(t, post))
	ids := h.foreign(t, post)
	owner := h.register(post, "zhang@example.com", map[string]any{"name": "张三丰", "account_name": "三丰"})
	mine := read[meView](t, owner.want(http.StatusOK, http.MethodGet, "/api/v1/me", "")).Accounts[0].Account
	h.approved[mine] = "firm 1"
	own := owner.keeps(t, "/api/v1/accounts/"+mine)
	own["account"] = mine
	named := regexp.MustCompile(`\{([a-z_]+)\}`)
	tried := 0
	for _, r := range routes(t) {
		params := named.FindAllStringSubmatch(r.path, -1)
		within := strings.Contains(r.path, "{account}") // the path of the account that the person acts for
		for _, p := range params {
			name := p[1]
			if ofHouse[name] != "" {
				continue
			}
			foreign, known := ids[name]
			if !known {
				t.Errorf("%s names a %s: tell in this test what is another account's, or why nothing is", r.id, name)
				continue
			}
			if name != "account" && within {
				tried++
			}
			at := func(id string) string {
				return named.ReplaceAllStringFunc(r.path, func(p string) string {
					if p = strings.Trim(p, "{}"); p == name {
						return id
					}
					return cmp.Or(own[p], "nothing")
				})
			}
			theirs, none := r.send(owner, at(foreign)), r.send(owner, at("nothing"))
			if theirs.status != none.status || theirs.text != none.text {
				t.Errorf("%s tells another's %s (%d %s) from none (%d %s)", r.id, name, theirs.status, theirs.text, none.status, none.text)
			}
			if theirs.status != http.StatusNotFound && !stops(theirs) {
				t.Errorf("%s of another's %s: %d %s", r.id, name, theirs.status, theirs.text)
			}
		}
	}
	if tried < 10 {
		t.Errorf("only %d operations on what an account has were tried", tried)
	}
	// What a body names is no other matter.
	for _, ask := range []struct{ method, path, body string }{
		{http.MethodPut, "/api/v1/session/account", `{"account_id":"ID"}`},
		{http.MethodPost, "/api/v1/accounts/" + mine + "/orders", `{"plan_id":"1887-1200","renews_grant_id":"ID"}`},
		{http.MethodPost, "/api/v1/accounts/" + mine + "/debug-calls", `{"product_id":"1887","credential_id":"ID"}`},
		{http.MethodPost, "/api/v1/accounts/" + mine + "/batches/" + own["batch"] + "/start", `{"max_units":1,"credential_id":"ID"}`},
	} {
		id := ids["account"]
		if strings.Contains(ask.body, "credential") {
			id = ids["credential"]
		}
		if strings.Contains(ask.body, "grant") {
			grants, err := h.billing.Grants(t.Context(), id)
			if err != nil || len(grants) == 0 {
				t.Fatalf("no grants, %v", err)
			}
			id = grants[0].ID
		}
		theirs := owner.ask(ask.method, ask.path, strings.Replace(ask.body, "ID", id, 1))
		none := owner.ask(ask.method, ask.path, strings.Replace(ask.body, "ID", "nothing", 1))
		if theirs.status != http.StatusNotFound || theirs.text != none.text {
			t.Errorf("%s %s: another's %d %s, none %d %s", ask.method, ask.path, theirs.status, theirs.text, none.status, none.text)
		}
	}
	if _, err := h.billing.Find(t.Context(), ids["order"]); quartet.CodeOf(err) != "" {
		t.Errorf("the order is gone: %v", err)
	}
}
