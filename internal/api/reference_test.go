package api_test

import (
	"net/http"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/sandbox"
	"quartet/internal/web"
)

func TestReference_TellsAnybodyAllThatCallsAreAnswered(t *testing.T) {
	anybody := newHouse(t).browser()
	codes := anybody.want(http.StatusOK, http.MethodGet, "/api/v1/result-codes", "").text
	for _, c := range quartet.Codes() {
		if !strings.Contains(codes, `"code":"`+c.Code.String()+`"`) || !strings.Contains(codes, c.CauseZH) {
			t.Errorf("%s is not told", c.Code)
		}
	}
	gateway := anybody.want(http.StatusOK, http.MethodGet, "/api/v1/gateway-answers", "").text
	for _, g := range web.Gateways() {
		if !strings.Contains(gateway, `"code":"`+g.Text().Code+`"`) {
			t.Errorf("%s is not told", g.Text().Code)
		}
	}
	cards := anybody.want(http.StatusOK, http.MethodGet, "/api/v1/sandbox-cards?limit=200", "").text
	for _, r := range sandbox.Rows() {
		if !strings.Contains(cards, `"card":"`+r.Card+`"`) {
			t.Errorf("%s is not told", r.Card)
		}
	}
	for _, kind := range []string{"verdict", "refusal", "gateway", "slow"} {
		if !strings.Contains(cards, `"kind":"`+kind+`"`) {
			t.Errorf("no card is a %s", kind)
		}
	}
}

func TestPages_OfAllProductsAreListedForAnybody(t *testing.T) {
	a := newHouse(t).browser().want(http.StatusOK, http.MethodGet, "/api/v1/pages", "")
	if field(t, a, "items", "path") != "/communication/personal/1887" || !strings.Contains(a.text, `"units":{"match":1,"mismatch":1,"undetermined":0}`) || !strings.Contains(a.text, `"parameters":["name","idcard","acc_no","mobile"]`) {
		t.Errorf("listed are %s", a.text)
	}
}
