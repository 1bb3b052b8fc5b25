package app_test

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/sandbox"
	"quartet/internal/web"
)

func TestPages_TellEverythingThatCallsAreAnswered(t *testing.T) {
	n, err := launchWith(t, app.Options{Config: config.Loaded{Config: settings(t)}, KeyringInside: true})
	if err != nil {
		t.Fatal(err)
	}
	page := func(path string) string {
		t.Helper()
		code, body := get(t, n.URL()+path)
		if code != http.StatusOK {
			t.Fatalf("%s: %d", path, code)
		}
		return html.UnescapeString(body)
	}
	for _, path := range []string{"/docs/result-codes", "/"} {
		text := page(path)
		for _, c := range quartet.Codes() {
			if !strings.Contains(text, c.Code.String()) || !strings.Contains(text, c.Message) || !strings.Contains(text, c.CauseZH) {
				t.Errorf("%s does not tell %s", path, c.Code)
			}
		}
	}
	for _, path := range []string{"/docs/gateway", "/products/1887"} {
		text := page(path)
		for _, g := range web.Gateways() {
			if a := g.Text(); !strings.Contains(text, a.Code) || !strings.Contains(text, a.Message) || !strings.Contains(text, a.CauseZH) {
				t.Errorf("%s does not tell %s", path, a.Code)
			}
		}
	}
	cards := page("/docs/sandbox")
	for _, r := range sandbox.Rows() {
		if !strings.Contains(cards, r.Card) || !strings.Contains(cards, r.MeaningZH) {
			t.Errorf("the page of the sandbox does not tell %s", r.Card)
		}
	}
	for path, words := range map[string]string{
		"/docs/": "http://", "/docs/call": n.URL() + "/communication/personal/1887", "/docs/signing": "X-Ca-Signature-Headers", "/docs/elements": "id_checksum", "/status": "银行卡四要素核验",
	} {
		if text := page(path); !strings.Contains(text, words) || strings.Contains(text, "127.0.0.1:8080") {
			t.Errorf("%s does not say %q", path, words)
		}
	}
}
