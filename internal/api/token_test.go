package api_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/api"
	"quartet/internal/store/storetest"
)

// program is somebody who calls by a token alone.
type program struct {
	*browser

	id, value string
}

// token makes one for a role of the account buyer or of the house, and a program that has it.
func (h *house) token(role quartet.Role, scopes ...quartet.Scope) program {
	h.t.Helper()
	who, account := fmt.Sprintf("%s %d", role, len(h.standings)), "buyer"
	h.stand(who, quartet.Standing{By: string(role) + " " + who, Name: string(role), Role: role})
	if role.OfHouse() {
		account = ""
	}
	storetest.Seat(h.t, h.store, account, who, role)
	v := quartet.NewTokenValue()
	err := h.store.CreateToken(h.t.Context(), quartet.Token{
		ID: v.ID(), Hash: v.Hash(), Account: account, Who: who, Name: "对账", Scopes: scopes, CreatedAt: h.clock(), ExpiresAt: h.clock().Add(time.Hour),
	}, quartet.AuditEntry{})
	if err != nil {
		h.t.Fatal(err)
	}
	return program{h.browser(), v.ID(), v.Reveal()}
}

// seated is somebody of the house who has a place in the store too, and so may make tokens.
func (h *house) seated(role quartet.Role) *browser {
	h.t.Helper()
	b := h.as(role)
	storetest.Seat(h.t, h.store, "", b.session.Who, role)
	return b
}

// call asks by the token.
func (p program) call(method, path, body string, headers ...string) answer {
	p.h.t.Helper()
	return p.ask(method, path, body, append(headers, "Authorization", "Bearer "+p.value)...)
}

func (p program) gets(status int, path string) answer {
	p.h.t.Helper()
	a := p.call(http.MethodGet, path, "")
	if a.status != status {
		p.h.t.Errorf("GET %s: %d %s, want %d", path, a.status, a.text, status)
	}
	return a
}

const ownUsage = "/api/v1/accounts/buyer/usage"

func TestTokens_AreMadeUsedListedAndRevoked(t *testing.T) {
	post := &letters{}
	h := newHouse(t, withPeople(t, post))
	owner := h.register(post, "wang@example.com", map[string]any{"name": "王芳", "account_name": "王芳"})
	me := read[meView](t, owner.want(http.StatusOK, http.MethodGet, "/api/v1/me", ""))
	at := "/api/v1/accounts/" + me.Accounts[0].Account
	made := owner.want(http.StatusCreated, http.MethodPost, at+"/tokens", `{"name":"夜间对账","scopes":["usage:read","alerts:write","alerts:read"],"networks":["127.0.0.0/8"]}`)
	if field(t, made, "person_name") != "王芳" || field(t, made, "state") != "active" || field(t, made, "expires_at") == "" {
		t.Errorf("made: %s", made.text)
	}
	h.wantAudit(t, "person "+me.ID+" token.create")
	p := program{h.browser(), field(t, made, "id"), field(t, made, "value")}
	p.gets(http.StatusOK, at+"/usage")
	if a := p.call(http.MethodPost, at+"/alert-rules", `{"kind":"remaining","units":8,"inbox":true}`, "Origin", "https://elsewhere.example.com", "Sec-Fetch-Site", "cross-site"); a.status != http.StatusCreated {
		t.Errorf("a token needs no page: %d %s", a.status, a.text)
	}
	h.wantAudit(t, "person "+me.ID+" alert_rule.add")
	if trail := owner.want(http.StatusOK, http.MethodGet, at+"/audit", ""); !strings.Contains(trail.text, `"origin":"127.0.0.1","token_name":"夜间对账"`) || !strings.Contains(trail.text, `{"name":"scopes","values":["alerts:read","alerts:write","usage:read"]}`) {
		t.Errorf("the audit of the account: %s", trail.text)
	}
	list := owner.want(http.StatusOK, http.MethodGet, at+"/tokens", "")
	if field(t, list, "items", "last_used_at") == "" || strings.Contains(list.text, p.value[20:]) || field(t, list, "items", "person_name") != "王芳" {
		t.Errorf("the list: %s", list.text)
	}

	owner.want(http.StatusNoContent, http.MethodDelete, at+"/tokens/"+p.id, "")
	a := p.gets(http.StatusUnauthorized, at+"/usage")
	if !strings.Contains(a.Detail, "was revoked") || a.header.Get("WWW-Authenticate") != `Bearer realm="quartet", error="invalid_token"` {
		t.Errorf("revoked: %s, %v", a.text, a.header)
	}
	owner.want(http.StatusConflict, http.MethodDelete, at+"/tokens/"+p.id, "")
	h.pass(11 * time.Minute)
	for _, op := range [][2]string{{http.MethodPost, at + "/tokens"}, {http.MethodDelete, at + "/tokens/" + p.id}} {
		if a := owner.ask(op[0], op[1], `{"name":"x","scopes":["usage:read"]}`); a.Code != "proof_needed" {
			t.Errorf("%v without a fresh proof: %d %s", op, a.status, a.text)
		}
	}
}

func TestTokens_EndWithThePlaceOfTheirMakerAndWithTheAccount(t *testing.T) {
	h := newHouse(t)
	p := h.token(quartet.RoleDeveloper, "usage:read")
	p.gets(http.StatusOK, ownUsage)
	tokens, err := h.o.Tokens.Tokens(t.Context(), "buyer")
	if err != nil {
		t.Fatal(err)
	}
	h.stand(tokens[0].Who, quartet.Standing{By: "x", Name: "x"}) // no place any more
	if a := p.gets(http.StatusUnauthorized, ownUsage); !strings.Contains(a.Detail, "no place here any more") {
		t.Errorf("%s", a.text)
	}
	h.stand(tokens[0].Who, quartet.Standing{By: "x", Name: "x", Role: quartet.RoleDeveloper})
	p.gets(http.StatusOK, ownUsage)
	h.as(quartet.RoleAdministrator).want(http.StatusOK, http.MethodPut, "/api/v1/accounts/buyer/suspension", `{"reason":"账款逾期"}`)
	p.gets(http.StatusUnauthorized, ownUsage)
	h.as(quartet.RoleAdministrator).want(http.StatusOK, http.MethodDelete, "/api/v1/accounts/buyer/suspension", "")
	p.gets(http.StatusUnauthorized, ownUsage)
}

func TestTokens_OfTheHouseAreTheOperatorsOwn(t *testing.T) {
	h := newHouse(t)
	boss, auditor := h.as(quartet.RoleAdministrator), h.seated(quartet.RoleAuditor)
	if can := auditor.want(http.StatusOK, http.MethodGet, "/api/v1/token-scopes", ""); !strings.Contains(can.text, `"audit:read"`) || strings.Contains(can.text, `"money:write"`) || strings.Contains(can.text, `"batches`) {
		t.Errorf("an auditor may choose %s", can.text)
	}
	auditor.want(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/tokens", `{"name":"外送","scopes":["money:write"]}`)
	made := auditor.want(http.StatusCreated, http.MethodPost, "/api/v1/tokens", `{"name":"外送","scopes":["audit:read"]}`)
	p := program{h.browser(), field(t, made, "id"), field(t, made, "value")}
	p.gets(http.StatusOK, "/api/v1/audit")
	if a := p.call(http.MethodPost, "/api/v1/audit/verification", ""); a.status != http.StatusOK {
		t.Errorf("proving changes nothing: %d %s", a.status, a.text)
	}
	if a := h.as(quartet.RoleSupport).want(http.StatusOK, http.MethodGet, "/api/v1/tokens", ""); strings.Contains(a.text, p.id) {
		t.Errorf("support sees it: %s", a.text)
	}
	h.as(quartet.RoleSupport).want(http.StatusNotFound, http.MethodDelete, "/api/v1/tokens/"+p.id, "")
	if a := boss.want(http.StatusOK, http.MethodGet, "/api/v1/tokens", ""); !strings.Contains(a.text, p.id) {
		t.Errorf("who runs the house does not see it: %s", a.text)
	}
	boss.want(http.StatusNoContent, http.MethodDelete, "/api/v1/tokens/"+p.id, "")
	p.gets(http.StatusUnauthorized, "/api/v1/audit")
}

// Where two people must agree, a token is its maker: whoever asked by one cannot confirm.
func TestTokens_AreNoSecondPerson(t *testing.T) {
	h := newHouse(t)
	treasurer := h.seated(quartet.RoleTreasurer)
	made := treasurer.want(http.StatusCreated, http.MethodPost, "/api/v1/tokens", `{"name":"补偿","scopes":["units:write"]}`)
	p := program{h.browser(), field(t, made, "id"), field(t, made, "value")}
	a := p.call(http.MethodPost, "/api/v1/adjustments", `{"kind":"give","account_id":"buyer","product_id":"1887","units":50,"until_at":"2027-01-01T00:00:00+08:00","reason":"补偿"}`)
	if a.status != http.StatusCreated {
		t.Fatalf("%d %s", a.status, a.text)
	}
	h.wantAudit(t, treasurer.by()+" adjustment.propose")
	if a := treasurer.ask(http.MethodPost, "/api/v1/adjustments/"+field(t, a, "id")+"/confirmation", ""); a.status < http.StatusBadRequest {
		t.Errorf("one person gave units away: %d %s", a.status, a.text)
	}
}

// keepsNowhere searches every file of the store.
func (h *house) keepsNowhere(t *testing.T, secret string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(h.dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v %v", files, err)
	}
	for _, f := range files {
		if b, err := os.ReadFile(f); err != nil || strings.Contains(string(b), secret) {
			t.Errorf("%s holds a value, or %v", f, err)
		}
	}
}

func TestTokens_AreSentInTheHeaderAlone(t *testing.T) {
	h := newHouse(t, behindProxy)
	p := h.token(quartet.RoleOwner, "usage:read")
	for _, path := range []string{ownUsage + "?access_token=" + p.value, ownUsage + "?x=%71tk_" + p.value[4:], "/api/v1/accounts/" + p.value} {
		if a := p.ask(http.MethodGet, path, ""); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.Detail, "revoke this one") {
			t.Errorf("%s: %d %s", path[:40], a.status, a.text)
		}
	}
	// A cookie beside a token counts for nothing: pages of other sites send cookies.
	owner := h.as(quartet.RoleOwner)
	if a := owner.ask(http.MethodGet, ownUsage, "", "Authorization", "Bearer nothing"); a.status != http.StatusUnauthorized {
		t.Errorf("with a cookie and a wrong token: %d %s", a.status, a.text)
	}
	if a := owner.ask(http.MethodPost, "/api/v1/accounts/buyer/alert-rules", "{}", "Authorization", "Bearer ", "Sec-Fetch-Site", "cross-site"); a.status != http.StatusUnauthorized {
		t.Errorf("from another site: %d %s", a.status, a.text)
	}
	if a := h.browser().ask(http.MethodGet, ownUsage, ""); a.header.Get("WWW-Authenticate") != `Bearer realm="quartet"` {
		t.Errorf("nobody is told how to come in: %v", a.header)
	}
	if a := p.call(http.MethodGet, ownUsage+"?product_id=1887", "", "X-Forwarded-For", "192.0.2.7"); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.text)
	}
}

func TestTokens_AreUsedFromTheirNetworksAlone(t *testing.T) {
	h := newHouse(t, behindProxy)
	who := "wang"
	h.stand(who, quartet.Standing{By: "person wang", Name: "王芳", Role: quartet.RoleOwner})
	storetest.Seat(t, h.store, "buyer", who, quartet.RoleOwner)
	_, value, err := h.o.Tokens.Issue(t.Context(), "test", quartet.Token{
		Account: "buyer", Who: who, Name: "对账", Scopes: []quartet.Scope{"usage:read"}, Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
	})
	if err != nil {
		t.Fatal(err)
	}
	p := program{h.browser(), "", value}
	for from, status := range map[string]int{"192.0.2.7": http.StatusOK, "198.51.100.1": http.StatusForbidden} {
		if a := p.call(http.MethodGet, ownUsage, "", "X-Forwarded-For", from); a.status != status {
			t.Errorf("from %s: %d %s", from, a.status, a.text)
		}
	}
}

// A program with an old token shuts nobody out who signs in from the same address.
func TestTokens_ThatAreWrongLeaveTheSignInOfTheirAddressAlone(t *testing.T) {
	h := newHouse(t, behindProxy)
	stranger := h.browser()
	for range 40 {
		stranger.ask(http.MethodGet, ownUsage, "", "Authorization", "Bearer qtk_old", "X-Forwarded-For", "198.51.100.1")
	}
	if a := stranger.ask(http.MethodPost, "/api/v1/session/operator", `{"name":"zhang","password":"`+password+`"}`, "X-Forwarded-For", "198.51.100.1"); a.status == http.StatusTooManyRequests {
		t.Errorf("%d %s", a.status, a.text)
	}
}

// What opens nothing is counted and refused; whoever has a token goes on meanwhile. No value is
// written anywhere.
func TestTokens_ThatAreGuessedAreBoundedAndWrittenNowhere(t *testing.T) {
	h := newHouse(t, behindProxy)
	p := h.token(quartet.RoleOwner, "usage:read")
	wrong := p.value[:30] + strings.Repeat("b", len(p.value)-30)
	last := answer{}
	for range 40 {
		last = p.ask(http.MethodGet, ownUsage, "", "Authorization", "Bearer "+wrong, "X-Forwarded-For", "198.51.100.1")
		if last.status == http.StatusTooManyRequests {
			break
		}
		if last.status != http.StatusUnauthorized || last.Code != "unauthenticated" {
			t.Fatalf("%d %s", last.status, last.text)
		}
	}
	if last.status != http.StatusTooManyRequests {
		t.Error("forty guesses were looked at")
	}
	if a := p.call(http.MethodGet, ownUsage, "", "X-Forwarded-For", "198.51.100.1"); a.status != http.StatusOK {
		t.Errorf("the right one, from there: %d %s", a.status, a.text)
	}
	p.ask(http.MethodGet, ownUsage+"?access_token="+p.value, "")
	p.call(http.MethodPost, "/api/v1/accounts/buyer/tokens", `{"name":"x","scopes":["usage:read"]}`, "Idempotency-Key", "k")
	for _, secret := range []string{p.value[20:], p.value[24:60], wrong[24:]} {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("the log holds a value")
		}
		for _, e := range h.audit(t, 100) {
			if strings.Contains(fmt.Sprintf("%+v", e), secret) {
				t.Errorf("the audit holds a value: %+v", e)
			}
		}
		h.keepsNowhere(t, secret)
	}
}

// For every role and every operation: a token with its one scope does what its maker may do, and
// one with every other scope nothing. What no scope names no token does.
func TestTokens_DoWhatTheirScopeAndTheRoleOfTheirMakerAllow(t *testing.T) {
	post := &letters{}
	h := newHouse(t, withPeople(t, post), func(h *house) { h.o.People = roll{h, h.o.Persons.(api.Roll)} })
	all := quartet.Scopes()
	seen := map[quartet.Scope]bool{}
	list := routes(t)
	for _, role := range roles[1:] {
		whole := h.token(role, all...)
		only, but := map[quartet.Scope]program{}, map[quartet.Scope]program{}
		for _, s := range all {
			only[s] = h.token(role, s)
			but[s] = h.token(role, slices.DeleteFunc(slices.Clone(all), func(o quartet.Scope) bool { return o == s })...)
		}
		for _, r := range list {
			if strings.HasSuffix(r.path, "/events") {
				continue // it goes on; its door is that of all
			}
			ask := func(p program) answer {
				path, body, kind := r.request(r.at("buyer"))
				if kind == "" {
					return p.call(r.method, path, body)
				}
				return p.call(r.method, path, body, "Content-Type", kind)
			}
			refused := func(what string, a answer) {
				if a.status != http.StatusForbidden {
					t.Errorf("%s as %s, %s: %d %s", r.id, role, what, a.status, a.text)
				}
			}
			switch {
			case r.scope != "":
				seen[r.scope] = true
				refused("every other scope", ask(but[r.scope]))
				session, token := stops(r.send(h.as(role), r.at("buyer"))), ask(only[r.scope])
				if stops(token) != session || strings.HasPrefix(token.Detail, "this token lacks") {
					t.Errorf("%s as %s: a session is stopped: %t; its token got %d %s", r.id, role, session, token.status, token.text)
				}
			case slices.Contains(r.rights, "anybody") && r.method == http.MethodGet && !strings.Contains(r.path, "sign-on"):
				if a := ask(whole); a.status == http.StatusForbidden || a.status == http.StatusUnauthorized {
					t.Errorf("%s as %s: %d %s", r.id, role, a.status, a.text)
				}
			default:
				h.pass(2 * time.Second) // strangers have a limit by address
				refused("every scope", ask(whole))
			}
			if r.fresh && r.scope != "" {
				t.Errorf("%s asks for a fresh proof, and a token could do it", r.id)
			}
		}
	}
	for _, s := range all {
		if !seen[s] {
			t.Errorf("nothing asks for the scope %s", s)
		}
	}
	if len(seen) != len(all) {
		t.Errorf("operations ask for %d scopes of %d", len(seen), len(all))
	}
}

// A noun that is new is decided upon: it gets a scope, or stands here because it is for people.
func TestTokens_EveryNounHasAScopeOrIsForPeople(t *testing.T) {
	people := []string{"debug", "me", "members", "operators", "people", "reference", "registration", "session", "tokens"}
	nouns := map[string]bool{}
	for _, r := range routes(t) {
		nouns[r.op.Tags[0]] = nouns[r.op.Tags[0]] || r.scope != ""
	}
	for noun, scoped := range nouns {
		if scoped == slices.Contains(people, noun) {
			t.Errorf("operations on %s have a scope: %t; see scope.go", noun, scoped)
		}
	}
}
