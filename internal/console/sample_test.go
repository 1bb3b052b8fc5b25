package console_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"quartet"
)

const secretAppCode = "0f0e0d0c0b0a09080706050403020100"

// sampleFake knows one product, and of whoever is signed in a credential of each kind.
func sampleFake(others map[string]any) *fake {
	const product = `{"product_id":"1887","path":"/communication/personal/1887","parameters":["name","idcard","acc_no","mobile"],"content":{"name":"银行卡四要素核验"}}`
	return &fake{answers: but(map[string]any{
		"GET /products/1887/page": product, "GET /pages": `{"items":[` + product + `]}`,
		"GET /accounts/acme/credentials": `{"items":[{"id":"c1","name":"正式环境","kind":"appcode","state":"active"},{"id":"c2","name":"签名","kind":"appkey","app_key":"204000001","state":"active"},{"id":"c3","name":"作废的","kind":"appcode","state":"revoked"}]}`,
	}, others)}
}

var sampleCode = regexp.MustCompile(`(?s)<pre class="code[^>]*>(.*?)</pre>`)

// programOn is the code on a page.
func programOn(t *testing.T, page string) string {
	t.Helper()
	m := sampleCode.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no program on the page:\n%s", page)
	}
	return html.UnescapeString(m[1])
}

func TestSamples_AreForEverybodyAndLeadToTheHouse(t *testing.T) {
	for at, c := range map[string]struct{ site, base string }{
		"http://127.0.0.1:8080":   {"", "http://127.0.0.1:8080"},
		"http://localhost:8080":   {"", "http://localhost:8080"},
		"http://verify.example":   {"", "https://verify.example"},
		"https://verify.example":  {"https://api.verify.example/", "https://api.verify.example"},
		"http://verify.example:1": {"", "https://verify.example:1"},
		"http://a'b.example":      {"", "https://api.example.com"}, // a host that is no name: the place for one
	} {
		f := sampleFake(stranger)
		f.site = c.site
		page := f.look(t, at+"/products/1887/samples?language=python&proof=signed").is(t, http.StatusOK)
		if got := programOn(t, page.text); !strings.Contains(got, `BASE_URL = "`+c.base+"\"\n") || !strings.Contains(got, `APP_SECRET = "YOUR_APPSECRET"`) {
			t.Errorf("at %s:\n%s", at, got)
		}
		page.says(t, "/sign-in?next=%2Fconsole%2Fsamples", "but not", `method="post" action="/console/samples"`)
	}
}

func TestSamples_AreLinkedFromTheProductWithoutADoor(t *testing.T) {
	sold := map[string]any{"GET /products/1887/page": `{"product_id":"1887","path":"/communication/personal/1887","on":true,"content":{"name":"银行卡四要素核验"}}`}
	(&fake{answers: but(stranger, sold)}).look(t, "/products/1887").says(t, `href="/products/1887/samples"`, "去调试（需登录）")
	(&fake{answers: sold}).look(t, "/products/1887").says(t, `href="/products/1887/samples"`, "去调试", "but not", "需登录")
}

func TestSamples_ShowTheFirstOneForWordsThatMeanNone(t *testing.T) {
	page := sampleFake(stranger).look(t, "http://127.0.0.1/products/1887/samples?language=cobol&proof=smile")
	if got := programOn(t, page.text); !strings.HasPrefix(got, "#!/bin/sh\n") || !strings.Contains(got, "APPCODE $APP_CODE") {
		t.Errorf("shown:\n%s", got)
	}
}

func TestSamples_CanBeTakenAsFiles(t *testing.T) {
	file := sampleFake(stranger).look(t, "https://verify.example/products/1887/samples/file?language=java&proof=signed")
	file.says(t, "public class SignedSample {", `"https://verify.example"`)
	if got := file.header.Get("Content-Disposition"); got != `attachment; filename="SignedSample.java"` {
		t.Errorf("it is %s", got)
	}
	none := sampleFake(map[string]any{"GET /products/1000/page": refusal{404, "not_found", "there is no product 1000", ""}})
	none.look(t, "https://verify.example/products/1000/samples/file").is(t, http.StatusNotFound)
}

func TestSamples_HoldTheOwnCredentialOnlyWhenAskedAndProven(t *testing.T) {
	const secret = "POST /accounts/acme/credentials/c1/secret"
	f := sampleFake(map[string]any{secret: proofNeeded})
	f.look(t, "http://127.0.0.1/console/samples?language=node").says(t, `<option value="c1"`, "but not", secretAppCode, `value="c2"`, `value="c3"`)
	f.did(t)

	form := []string{"product", "1887", "language", "node", "proof", "appcode", "credential", "c1"}
	f.send(t, "http://127.0.0.1/console/samples", form...).says(t, `name="_password"`, `name="credential" value="c1"`, "but not", secretAppCode)
	f.did(t, secret)

	f = sampleFake(map[string]any{secret: `{"id":"c1","kind":"appcode","secret":"` + secretAppCode + `"}`})
	page := f.send(t, "http://127.0.0.1/console/samples", append(form, "_password", "four words in a row")...)
	f.did(t, `POST /session/proof {"password":"four words in a row"}`, secret)
	if got := programOn(t, page.text); !strings.Contains(got, "const APP_CODE = '"+secretAppCode+"';") || strings.Contains(got, "YOUR_") || page.header.Get("Cache-Control") != "no-store" {
		t.Errorf("with a proof: %v\n%s", page.header, got)
	}
	page.says(t, ` data-forget="离开后不再显示。"`)
	if strings.Count(page.text, secretAppCode) != 1 {
		t.Error("the AppCode stands outside the program, too")
	}
}

func TestSamples_ShowASigningCredentialInASignedProgram(t *testing.T) {
	f := sampleFake(map[string]any{"POST /accounts/acme/credentials/c2/secret": `{"id":"c2","kind":"appkey","app_key":"204000001","secret":"` + secretAppCode + `"}`})
	page := f.send(t, "http://127.0.0.1/console/samples", "product", "1887", "language", "php", "proof", "appcode", "credential", "c2")
	if got := programOn(t, page.text); !strings.Contains(got, "APP_KEY = '204000001'") || !strings.Contains(got, "APP_SECRET = '"+secretAppCode+"'") {
		t.Errorf("shown:\n%s", got)
	}
}

func TestSamples_OfferNoSecretsToWhoMayNotSeeThem(t *testing.T) {
	f := sampleFake(nil)
	f.role = quartet.RoleReader
	page := f.look(t, "http://127.0.0.1/console/samples")
	if strings.Contains(page.text, `<option`) || !strings.Contains(programOn(t, page.text), "YOUR_APPCODE") {
		t.Errorf("shown:\n%s", page.text)
	}
}

func TestSamples_LeadAStrangerToTheDoor(t *testing.T) {
	f := sampleFake(stranger)
	f.look(t, "http://127.0.0.1/console/samples").leads(t, "/sign-in?next=%2Fconsole%2Fsamples")
	f.send(t, "http://127.0.0.1/console/samples", "credential", "c1").leads(t, "/sign-in?next=%2Fconsole%2F")
	f.did(t)
}
