package api_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"github.com/pquerna/otp/totp"

	"quartet"
	"quartet/internal/notify"
	"quartet/internal/person"
	"quartet/internal/seal"
)

// letters are what was written to people.
type letters struct{ all map[string]notify.Letter }

func (l *letters) Reaches(quartet.Channel) bool { return true }

func (l *letters) Write(to quartet.Address, letter notify.Letter) quartet.Message {
	l.all[to.Reveal()] = letter
	return quartet.Message{ID: to.Reveal() + letter.Kind + time.Now().String(), Channel: to.Channel(), Kind: letter.Kind}
}

// withPeople is a house that people can register at.
func withPeople(t *testing.T, post *letters) func(*house) {
	post.all = map[string]notify.Letter{}
	return func(h *house) {
		ring, err := seal.Create(t.TempDir() + "/ring")
		if err != nil {
			t.Fatal(err)
		}
		desk, err := person.New(h.store, person.Options{Ring: ring, Post: post, Now: h.clock, House: "四要素", Site: "https://shop.example.com", Passwords: light})
		if err != nil {
			t.Fatal(err)
		}
		h.o.Persons, h.o.People = desk, desk
	}
}

func body(t *testing.T, v map[string]any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// register brings somebody in at a browser of their own.
func (h *house) register(post *letters, address string, with map[string]any) *browser {
	h.t.Helper()
	b := h.browser()
	a := read[struct{ ID, Address string }](h.t, b.want(http.StatusCreated, http.MethodPost, "/api/v1/codes", body(h.t, map[string]any{"purpose": "signup", "address": address})))
	if a.Address == address {
		h.t.Errorf("the address comes back as %s", a.Address)
	}
	with["code"], with["digits"], with["password"] = a.ID, post.all[address].Code, password
	b.want(http.StatusNoContent, http.MethodPost, "/api/v1/people", body(h.t, with))
	return b
}

type meView struct {
	ID, Name, Email, Mobile string
	Accounts                []struct {
		Account    string `json:"account_id"`
		Name, Role string
	}
}

func TestPeople_RegisterInviteAndLeave(t *testing.T) {
	post := &letters{}
	h := newHouse(t, withPeople(t, post))
	owner := h.register(post, "zhang@example.com", map[string]any{"name": "张三丰", "account_name": "三丰"})
	me := read[meView](t, owner.want(http.StatusOK, http.MethodGet, "/api/v1/me", ""))
	if me.Name != "张三丰" || me.Email != "z***@example.com" || len(me.Accounts) != 1 || me.Accounts[0].Role != "owner" || me.Accounts[0].Name != "三丰" {
		t.Fatalf("%+v", me)
	}
	account := "/api/v1/accounts/" + me.Accounts[0].Account
	if s := read[sessionView](t, owner.want(http.StatusOK, http.MethodGet, sessionPath, "")); s.Kind != "person" || s.Role != "owner" || s.SecondFactor != "none" {
		t.Errorf("%+v", s)
	}
	i := read[struct{ ID, Address, State string }](t, owner.want(http.StatusCreated, http.MethodPost, account+"/invitations", `{"address":"13900000001","role":"finance"}`))
	if i.Address != "139****0001" || i.State != "open" {
		t.Errorf("%+v", i)
	}
	h.browser().want(http.StatusNotFound, http.MethodPost, "/api/v1/people", body(t, map[string]any{"name": "x", "password": password, "account_name": "三丰", "code": "x", "digits": "1"})) // it does not tell who is a customer
	guest := h.register(post, "13900000001", map[string]any{"name": "王芳", "invitation_id": i.ID})
	other := read[meView](t, guest.want(http.StatusOK, http.MethodGet, "/api/v1/me", ""))
	if len(other.Accounts) != 1 || other.Accounts[0].Role != "finance" {
		t.Errorf("%+v", other)
	}
	guest.want(http.StatusForbidden, http.MethodPut, account+"/members/"+other.ID+"/role", `{"role":"owner"}`)
	type list struct {
		Items []struct{ ID, Name, Role, Mobile, State string }
	}
	if l := read[list](t, guest.want(http.StatusOK, http.MethodGet, account+"/members", "")); len(l.Items) != 2 || l.Items[1].Mobile != "139****0001" || l.Items[1].Role != "finance" {
		t.Errorf("%+v", l)
	}
	if l := read[list](t, owner.want(http.StatusOK, http.MethodGet, account+"/invitations", "")); len(l.Items) != 1 || l.Items[0].State != "taken" {
		t.Errorf("%+v", l)
	}
	owner.want(http.StatusConflict, http.MethodDelete, "/api/v1/me/accounts/"+me.Accounts[0].Account, "")
	owner.want(http.StatusOK, http.MethodPut, account+"/members/"+other.ID+"/role", `{"role":"owner"}`)
	owner.want(http.StatusNoContent, http.MethodDelete, "/api/v1/me/accounts/"+me.Accounts[0].Account, "")
	owner.want(http.StatusForbidden, http.MethodGet, account+"/members", "")
	guest.want(http.StatusOK, http.MethodGet, "/api/v1/me/invitations", "")
}

func TestPeople_ProveASecondFactorBeforeAnythingElse(t *testing.T) {
	post := &letters{}
	h := newHouse(t, withPeople(t, post))
	first := h.register(post, "zhang@example.com", map[string]any{"name": "张三丰", "account_name": "三丰"})
	secret := read[struct{ Secret, URL string }](t, first.want(http.StatusCreated, http.MethodPost, "/api/v1/me/totp", "")).Secret
	code := func() string {
		c, err := totp.GenerateCode(secret, h.clock())
		if err != nil {
			t.Fatal(err)
		}
		return `{"code":"` + c + `"}`
	}
	codes := read[struct {
		Codes []string `json:"recovery_codes"`
	}](t, first.want(http.StatusOK, http.MethodPut, "/api/v1/me/totp", code())).Codes
	if s := read[sessionView](t, first.want(http.StatusOK, http.MethodGet, sessionPath, "")); len(codes) != 10 || s.SecondFactor != "proved" {
		t.Errorf("%+v, %d codes", s, len(codes))
	}
	h.pass(time.Minute)
	b := h.browser()
	b.want(http.StatusUnauthorized, http.MethodPost, sessionPath, `{"address":"zhang@example.com","password":"wrong words in a row"}`)
	b.want(http.StatusNoContent, http.MethodPost, sessionPath, body(t, map[string]any{"address": "zhang@example.com", "password": password}))
	if s := read[sessionView](t, b.want(http.StatusOK, http.MethodGet, sessionPath, "")); s.SecondFactor != "needed" || len(s.Rights) != 0 {
		t.Errorf("%+v", s)
	}
	for _, op := range [][2]string{{http.MethodGet, "/me"}, {http.MethodDelete, "/me/totp"}, {http.MethodPost, "/me/passkeys/ceremony"}, {http.MethodPost, "/me/recovery-codes"}} {
		if a := b.want(http.StatusForbidden, op[0], "/api/v1"+op[1], ""); a.Code != "proof_needed" {
			t.Errorf("%v: %s", op, a.text)
		}
	}
	b.want(http.StatusForbidden, http.MethodPut, "/api/v1/me/password", `{"password":"other words in a row"}`)
	if kinds := read[struct{ Kinds []string }](t, b.want(http.StatusOK, http.MethodGet, sessionPath+"/factors", "")).Kinds; strings.Join(kinds, " ") != "totp recovery" {
		t.Errorf("%q", kinds)
	}
	half := b.copy()
	now := code()
	b.want(http.StatusNoContent, http.MethodPost, sessionPath+"/factors/totp", now)
	b.want(http.StatusOK, http.MethodGet, "/api/v1/me", "")
	half.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
	b.want(http.StatusConflict, http.MethodPost, sessionPath+"/factors/totp", now)

	h.pass(11 * time.Minute)
	if a := b.want(http.StatusForbidden, http.MethodDelete, "/api/v1/me/totp", ""); a.Code != "proof_needed" {
		t.Error(a.text)
	}
	b.want(http.StatusNoContent, http.MethodPost, sessionPath+"/proof", `{"password":"`+password+`"}`)
	b.want(http.StatusNoContent, http.MethodPut, "/api/v1/me/password", `{"password":"other words in a row"}`)
	b.want(http.StatusOK, http.MethodGet, "/api/v1/me", "")
	first.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
	b.want(http.StatusNoContent, http.MethodDelete, "/api/v1/me/totp", "")
	if log := h.log.String(); strings.Contains(log, "zhang@") || strings.Contains(log, secret) || strings.Contains(log, codes[0]) || strings.Contains(log, "words") {
		t.Error("the log says too much")
	}
}

// site is the house as authenticators know it.
var site = virtualwebauthn.RelyingParty{Name: "四要素", ID: "shop.example.com", Origin: "https://shop.example.com"}

// begun is a ceremony.
type begun struct {
	Ticket  string
	Options json.RawMessage
}

type addedPasskey struct {
	ID    string
	Codes []string `json:"recovery_codes"`
}

// addPasskey registers a passkey of whoever is signed in.
func (b *browser) addPasskey(t *testing.T) (virtualwebauthn.Authenticator, virtualwebauthn.Credential, addedPasskey) {
	t.Helper()
	me := read[meView](t, b.want(http.StatusOK, http.MethodGet, "/api/v1/me", ""))
	auth := virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(me.ID)})
	key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	for len(key.Key.AttestationData()) != 77 { // the virtual one leaves leading zeros of a coordinate away
		key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	c := read[begun](t, b.want(http.StatusOK, http.MethodPost, "/api/v1/me/passkeys/ceremony", ""))
	made, err := virtualwebauthn.ParseAttestationOptions(string(c.Options))
	if err != nil {
		t.Fatal(err)
	}
	answer := json.RawMessage(virtualwebauthn.CreateAttestationResponse(site, auth, key, *made))
	return auth, key, read[addedPasskey](t, b.want(http.StatusCreated, http.MethodPost, "/api/v1/me/passkeys", body(t, map[string]any{"ticket": c.Ticket, "name": "手机", "answer": answer})))
}

func TestPeople_SignInByPasskey(t *testing.T) {
	post := &letters{}
	h := newHouse(t, withPeople(t, post))
	b := h.register(post, "zhang@example.com", map[string]any{"name": "张三丰", "account_name": "三丰"})
	auth, key, added := b.addPasskey(t)
	if added.ID == "" || len(added.Codes) != 10 {
		t.Errorf("%+v", added)
	}
	other := h.browser()
	c := read[begun](t, other.want(http.StatusOK, http.MethodPost, sessionPath+"/passkey/ceremony", ""))
	asked, err := virtualwebauthn.ParseAssertionOptions(string(c.Options))
	if err != nil {
		t.Fatal(err)
	}
	said := body(t, map[string]any{"ticket": c.Ticket, "answer": json.RawMessage(virtualwebauthn.CreateAssertionResponse(site, auth, key, *asked))})
	other.want(http.StatusNoContent, http.MethodPost, sessionPath+"/passkey", said)
	if s := read[sessionView](t, other.want(http.StatusOK, http.MethodGet, sessionPath, "")); s.SecondFactor != "proved" || s.Role != "owner" {
		t.Errorf("%+v", s)
	}
	h.browser().want(http.StatusConflict, http.MethodPost, sessionPath+"/passkey", said)
	other.want(http.StatusNoContent, http.MethodDelete, "/api/v1/me/passkeys/"+added.ID, "")
}

func TestPeople_OfTheHouseFindAndDisable(t *testing.T) {
	post := &letters{}
	h := newHouse(t, withPeople(t, post))
	b := h.register(post, "zhang@example.com", map[string]any{"name": "张三丰", "account_name": "三丰"})
	if a := h.as(quartet.RoleAdministrator); true {
		found := read[struct{ ID, Email string }](t, a.want(http.StatusOK, http.MethodPost, "/api/v1/people/search", `{"address":"zhang@example.com"}`))
		if found.Email != "z***@example.com" {
			t.Errorf("%+v", found)
		}
		a.want(http.StatusNotFound, http.MethodPost, "/api/v1/people/search", `{"address":"nobody@example.com"}`)
		h.wantSearches(t, "|n***@example.com", found.ID+"|z***@example.com")
		a.want(http.StatusOK, http.MethodPut, "/api/v1/people/"+found.ID+"/disablement", `{"reason":"设备遗失"}`)
		b.want(http.StatusUnauthorized, http.MethodGet, sessionPath, "")
		h.browser().want(http.StatusForbidden, http.MethodPost, sessionPath, body(t, map[string]any{"address": "zhang@example.com", "password": password}))
		a.want(http.StatusOK, http.MethodDelete, "/api/v1/people/"+found.ID+"/disablement", "")
	}
	h.browser().want(http.StatusNoContent, http.MethodPost, sessionPath, body(t, map[string]any{"address": "zhang@example.com", "password": password}))
}

// wantSearches compares who searched for whom, as subject and detail, newest first.
func (h *house) wantSearches(t *testing.T, want ...string) {
	t.Helper()
	list, err := h.store.AuditEntries(t.Context(), len(want))
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range list {
		if got := e.Subject + "|" + e.Detail; e.Action != "person.search" || !strings.HasPrefix(e.Actor, "administrator") || got != want[i] || strings.Contains(e.Before+e.After, "@") {
			t.Errorf("the audit says %+v, want %s", e, want[i])
		}
	}
}

func TestPeople_ResetAForgottenPassword(t *testing.T) {
	post := &letters{}
	h := newHouse(t, withPeople(t, post))
	h.register(post, "zhang@example.com", map[string]any{"name": "张三丰", "account_name": "三丰"})
	b := h.browser()
	known := b.want(http.StatusCreated, http.MethodPost, "/api/v1/codes", `{"purpose":"reset","address":"zhang@example.com"}`)
	strange := b.want(http.StatusCreated, http.MethodPost, "/api/v1/codes", `{"purpose":"reset","address":"zhang@example.org"}`)
	id := regexp.MustCompile(`"id":"[^"]+"`)
	if same := strings.ReplaceAll(id.ReplaceAllString(strange.text, ""), ".org", ".com"); same != id.ReplaceAllString(known.text, "") {
		t.Errorf("%s tells itself from %s", known.text, strange.text)
	}
	code := read[struct{ ID string }](t, known).ID
	reset := body(t, map[string]any{"code": code, "digits": post.all["zhang@example.com"].Code, "password": "other words in a row"})
	b.want(http.StatusNoContent, http.MethodPost, "/api/v1/password-resets", reset)
	b.want(http.StatusConflict, http.MethodPost, "/api/v1/password-resets", reset)
	b.want(http.StatusNoContent, http.MethodPost, sessionPath, `{"address":"zhang@example.com","password":"other words in a row"}`)
}
