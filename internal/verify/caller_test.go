package verify_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/seal"
)

// people of two accounts, one of them suspended, with credentials in every state.
func newCallers(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, options{local: true})
	hasher := seal.NewHasher([32]byte{1})
	revoked := quartet.Credential{ID: "c3", Account: "acc", Kind: quartet.KindKey, Hash: hasher.Sum("key", "revoked"), RevokedAt: time.Now()}
	gone := revoked
	gone.ID, gone.Kind, gone.Hash = "c4", quartet.KindAppCode, hasher.Sum("appcode", "revoked")
	w.accounts = append(w.accounts, quartet.Account{ID: "idle", SuspendedAt: time.Now()})
	w.creds = append(
		w.creds, revoked, gone,
		quartet.Credential{ID: "c5", Account: "idle", Kind: quartet.KindKey, Hash: hasher.Sum("key", "idle")},
		quartet.Credential{ID: "c6", Account: "idle", Kind: quartet.KindAppCode, Hash: hasher.Sum("appcode", "idle")},
	)
	w.callers.Replace(w.accounts, w.creds)
	return w
}

func TestRoad_TellsEveryCallerWhoHeIs(t *testing.T) {
	w := newCallers(t)
	withKey := func(keys ...string) string {
		var more []string
		for _, k := range keys {
			more = append(more, "key", k)
		}
		return form(cardMatch, more...)
	}
	for _, c := range []struct {
		name string
		r    request
		want string // the code, or the gateway's
	}{
		{"an AppCode", request{body: withKey()}, "10000"},
		{"the word in another case, several blanks", request{auth: "aPPcODE   " + appCode, body: withKey()}, "10000"},
		{"the word without a blank", request{auth: "APPCODE" + appCode, body: withKey()}, "A400MA"},
		{"the word alone", request{auth: "APPCODE", body: withKey()}, "A400AC"},
		{"a revoked AppCode", request{auth: "APPCODE revoked", body: withKey()}, "A400AC"},
		{"an AppCode of a suspended account", request{auth: "APPCODE idle", body: withKey()}, "B403MI"},
		{"a key shown as an AppCode", request{auth: "APPCODE " + key, body: withKey()}, "A400AC"},
		{"a key", request{auth: "-", body: withKey(key)}, "10000"},
		{"a key in the query", request{auth: "-", path: path + "?key=" + key, body: withKey()}, "10000"},
		{"a key twice alike", request{auth: "-", path: path + "?key=" + key, body: withKey(key)}, "10000"},
		{"two keys", request{auth: "-", body: withKey(key, "other")}, "10005"},
		{"two keys, the wrong one first", request{auth: "-", path: path + "?key=other", body: withKey(key)}, "10005"},
		{"a blank key", request{auth: "-", body: withKey(" ")}, "10005"},
		{"an unknown key", request{auth: "-", body: withKey("nobody")}, "10005"},
		{"a revoked key", request{auth: "-", body: withKey("revoked")}, "10005"},
		{"a key of a suspended account", request{auth: "-", body: withKey("idle")}, "10010"},
		{"an AppCode shown as a key", request{auth: "-", body: withKey(appCode)}, "10005"},
		{"neither", request{auth: "-", body: withKey()}, "A400MA"},
		{"another scheme and a key", request{auth: "Bearer x", body: withKey(key)}, "10000"},
		{"both, both good", request{body: withKey(key)}, "10000"},
		{"a good AppCode and an unknown key", request{body: withKey("nobody")}, "10000"},
		{"a good AppCode and two keys", request{body: withKey(key, "other")}, "10000"},
		{"a good AppCode and a key of a suspended account", request{body: withKey("idle")}, "10000"},
		{"a wrong AppCode and a good key", request{auth: "APPCODE nobody", body: withKey(key)}, "A400AC"},
		{"an AppCode of a suspended account and a good key", request{auth: "APPCODE idle", body: withKey(key)}, "B403MI"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := w.used()
			a := w.do(c.r)
			got := a.code()
			if a.status != http.StatusOK {
				got = a.header.Get("X-Ca-Error-Code")
			}
			if got != c.want {
				t.Errorf("%d %s %s, want %s", a.status, got, a.body, c.want)
			}
			if cost := w.used() - before; cost != map[string]int64{"10000": 1}[c.want] {
				t.Errorf("it cost %d units", cost)
			}
		})
	}
}

// Nothing of what a message holds is told to somebody who is not known.
func TestRoad_TellsAStrangerNothingOfHisMessage(t *testing.T) {
	w := newCallers(t)
	for name, body := range map[string]string{
		"a good one": form(cardMatch), "broken": "name=%", "contradictory": form(cardMatch, "mobile", "13900139000"),
		"with a secret": form(cardMatch, "cvv", "123"), "empty": "",
	} {
		if a := w.do(request{auth: "-", body: strings.TrimSuffix(body+"&key=nobody", "&")}); a.code() != "10005" {
			t.Errorf("%s, with an unknown key: %s", name, a.body)
		}
		if a := w.do(request{auth: "APPCODE nobody", body: body}); a.header.Get("X-Ca-Error-Code") != "A400AC" || a.body != "" {
			t.Errorf("%s, with an unknown AppCode: %d %s", name, a.status, a.body)
		}
	}
}
