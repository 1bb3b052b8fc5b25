package console_test

import (
	"net/http"
	"testing"
)

const (
	credentials = `{"items":[{"id":"c1","kind":"appcode","name":"主","state":"active","expires_at":"2026-06-30T15:59:59.123456Z"}]}`
	issued      = `{"id":"c2","kind":"appcode","state":"active","secret":"0123456789abcdef"}`
)

func TestCredential_IsIssuedAndItsSecretIsShownOnThatPageAlone(t *testing.T) {
	f := &fake{answers: map[string]any{"POST /accounts/acme/credentials": issued}}
	page := f.send(t, "/console/credentials", "_form", "terms", "kind", "appcode", "name", " 主 ", "qps", "1,000",
		"networks", "192.0.2.7\n2001:db8::/32，198.51.100.0/24", "products", "1887", "expires_at", "2026-12-31T00:00")
	page.says(t, `value="0123456789abcdef"`)
	if page.header.Get("Cache-Control") != "no-store" {
		t.Errorf("a browser may keep it: %v", page.header)
	}
	f.did(t, `POST /accounts/acme/credentials {"burst":0,"daily":0,"expires_at":"2026-12-31T00:00:00+08:00","kind":"appcode","name":"主",`+
		`"networks":["192.0.2.7/32","2001:db8::/32","198.51.100.0/24"],"products":["1887"],"qps":1000}`)
}

func TestCredential_WithWordsForANetworkIsSentNowhere(t *testing.T) {
	f := &fake{}
	f.send(t, "/console/credentials", "_form", "terms", "kind", "key", "name", "测试", "networks", "office").is(t, http.StatusUnprocessableEntity).
		says(t, "单个地址写成 192.0.2.7", ">office<", `value="测试"`, `value="key" required checked`)
	f.did(t)
}

func TestCredential_KeepsAnEndThatNobodyTouched(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/credentials": credentials}}
	f.send(t, "/console/credentials/c1", "_form", "terms", "name", "新", "expires_at", "2026-06-30T23:59:59").leads(t, "/console/credentials/c1?done=changed")
	f.did(t, `PUT /accounts/acme/credentials/c1 {"burst":0,"daily":0,"expires_at":"2026-06-30T15:59:59.123456Z","name":"新","qps":0}`)
}

func TestCredential_AsksForTheProofThatTheAPIWants(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/credentials": credentials, "POST /accounts/acme/credentials/c1/secret": proofNeeded}}
	f.send(t, "/console/credentials/c1/secret").says(t, `action="/console/credentials/c1/secret"`, `name="_password"`, "but not", "0123456789abcdef")
	f.answers["POST /accounts/acme/credentials/c1/secret"] = issued
	f.send(t, "/console/credentials/c1/secret", "_password", "four words in a row").says(t, "0123456789abcdef", "but not", "four words")
}

// The old one is over: the secret is told now or never.
func TestCredential_ThatWasRotatedIsShownThoughTheOldOneCannotBeRead(t *testing.T) {
	f := &fake{answers: map[string]any{"POST /accounts/acme/credentials/c1/rotation": issued, "GET /accounts/acme/credentials": refusal{503, "unavailable", "the store cannot be reached", ""}}}
	f.send(t, "/console/credentials/c1/rotation", "overlap_seconds", "0").is(t, http.StatusOK).says(t, "0123456789abcdef", "but not", "旧密钥可用到")
}
