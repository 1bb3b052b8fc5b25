package console_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// field is a field that every form brings.
func (s seen) field(t *testing.T, action, name string) string {
	t.Helper()
	tag := regexp.MustCompile(`<form [^>]*action="` + regexp.QuoteMeta(action) + `"[^>]*>(.*)`).FindStringSubmatch(s.text)
	if tag == nil {
		t.Fatalf("no form for %s: %s", action, s.text)
	}
	found := regexp.MustCompile(`name="` + name + `" value="([^"]+)"`).FindStringSubmatch(s.text[strings.Index(s.text, tag[0]):])
	if found == nil {
		t.Fatalf("the form for %s has no %s: %s", action, name, tag[0])
	}
	return found[1]
}

func TestForms_AskUnderAKeyOfTheirOwn(t *testing.T) {
	f := debugFake(nil)
	page := f.look(t, "/console/debug")
	key := page.field(t, "/console/debug", "_key")
	if other := page.field(t, "/sign-out", "_key"); other == key {
		t.Errorf("two forms of a page have the key %s", key)
	}
	if other := f.look(t, "/console/debug").field(t, "/console/debug", "_key"); other == key {
		t.Errorf("the page has the key %s twice", key)
	}
	f.send(t, "/console/debug", "_key", key, "product_id", "1887", "credential_id", "c1", "with_secret", "on")
	if want := []string{key + ":1 POST /accounts/acme/credentials/c1/secret", key + ":2 POST /accounts/acme/debug-calls"}; !slices.Equal(f.keys, want) {
		t.Errorf("asked under %q and not under %q", f.keys, want)
	}
}

func TestForms_ThatWereRefusedAskUnderAnotherKey(t *testing.T) {
	f := debugFake(map[string]any{"POST /accounts/acme/debug-calls": refusal{409, "conflict", "this was done, and its answer was given once and is not kept; look at what stands, or send it under another key to do it again", "Idempotency-Key"}})
	page := f.send(t, "/console/debug", "_key", "K", "product_id", "1887", "credential_id", "c1").is(t, http.StatusConflict)
	page.says(t, "这个操作已经完成，不会重复执行")
	if key := page.field(t, "/console/debug", "_key"); key == "K" {
		t.Error("the form has the key that was used")
	}
}

// Between a form and what it asks for may stand the page that asks for the password.
func TestForms_KeepTheirKeyWhileTheyWaitForAProof(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/credentials": credentials, "POST /accounts/acme/credentials/c1/secret": proofNeeded}}
	page := f.send(t, "/console/credentials/c1/secret", "_key", "K", "_account", "acme", "_page", "/console/credentials/c1")
	for name, want := range map[string]string{"_key": "K", "_account": "acme", "_page": "/console/credentials/c1"} {
		if got := page.field(t, "/console/credentials/c1/secret", name); got != want {
			t.Errorf("the page sends %s %q on, not %q", name, got, want)
		}
	}
	page.says(t, "data-forget=", "but not", `name="_key" value="K"><input type="hidden" name="_key"`)
	f.answers["POST /accounts/acme/credentials/c1/secret"], f.keys = issued, nil
	f.send(t, "/console/credentials/c1/secret", "_key", "K", "_password", "four words in a row").says(t, "0123456789abcdef")
	if want := []string{"K:1 POST /accounts/acme/credentials/c1/secret"}; !slices.Equal(f.keys, want) {
		t.Errorf("asked under %q and not under %q", f.keys, want)
	}
}

func TestForms_WithAFileBringTheirKey(t *testing.T) {
	f := &fake{}
	f.upload(t, "/console/support/t1/files", "file", "log.txt", "text", "_key", "K", "_account", "acme", "id", "n1")
	if want := []string{"K:1 POST /accounts/acme/tickets/t1/files"}; !slices.Equal(f.keys, want) {
		t.Errorf("asked under %q and not under %q", f.keys, want)
	}
}

func TestForms_ForAnotherAccountThanTheOneActedForDoNothing(t *testing.T) {
	f := &fake{}
	if got := f.look(t, "/console/credentials/new").field(t, "/console/credentials", "_account"); got != "acme" {
		t.Errorf("the form is for %q", got)
	}
	f.send(t, "/console/credentials", "_account", "beta", "kind", "appcode", "name", "x").is(t, http.StatusConflict).says(t, "您已切换到另一账户")
	f.upload(t, "/console/firm/licence", "licence", "scan.png", "png", "_account", "beta").is(t, http.StatusConflict).says(t, "您已切换到另一账户")
	f.upload(t, "/console/support/t1/files", "file", "log.txt", "text", "_account", "beta").is(t, http.StatusConflict).says(t, "您已切换到另一账户")
	f.did(t)
}

// Nobody is in yet who could have a key; whoever lost the answer signs in again.
func TestForms_OfTheDoorHaveNoKey(t *testing.T) {
	f := &fake{answers: stranger}
	page := f.look(t, "/sign-in")
	page.says(t, `name="_page" value="/sign-in"`, "but not", `name="_key"`, `name="_account"`)
	f.send(t, "/sign-in", "address", "lin@example.com", "password", "four words in a row").leads(t, "/console/")
}

func TestForms_ThatWereRefusedLeadTheLanguageBackToTheirPage(t *testing.T) {
	f := &fake{}
	page := f.send(t, "/console/credentials", "_page", "/console/credentials/new", "kind", "key", "networks", "office")
	page.says(t, `name="next" value="/console/credentials/new"`)
	if got := page.field(t, "/console/credentials", "_page"); got != "/console/credentials/new" {
		t.Errorf("the form stands on %q after it was refused", got)
	}
	f.send(t, "/console/credentials", "_page", "https://example.com/", "kind", "key", "networks", "office").says(t, `name="next" value="/console/"`)
}

func TestForms_TellEveryFaultThatTheyHave(t *testing.T) {
	f := &fake{answers: map[string]any{"POST /accounts/acme/credentials": refusedFields{"name", "first", "name", "second", "elsewhere", "third"}}}
	f.send(t, "/console/credentials", "kind", "key", "name", "x").says(t, "first；second", `role="alert">third`)
}

func TestSecrets_AreGoneFromAPageThatWasLeft(t *testing.T) {
	s := serve(t)
	for _, name := range []string{"credential-secret", "credential-secret-rotated", "webhook-secret", "webhook-secret-rotated", "recovery", "proof", "house-payee", "token-value", "house-token-value"} {
		if page := get(t, s.URL+"/"+name); !strings.Contains(page, "data-forget=") {
			t.Errorf("%s keeps what it shows", name)
		}
	}
}
