package aliyun_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/aliyun"
	"quartet/internal/source/wire"
)

// saying is a source whose cloud answers everything with this status and text.
func saying(t *testing.T, status int, text string) *aliyun.Source {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	return newSource(t, "endpoints: ["+server.URL+"]", map[string]string{"access_key_id": "id", "access_key_secret": "secret"})
}

// told is what became of a question, in one line.
func told(a source.Answer, err error) string {
	if e, ok := err.(*source.Error); ok { //nolint:errorlint // the contract is the type itself
		retry := ""
		if e.Retry {
			retry = ", retry"
		}
		return fmt.Sprintf("%v, charged %v%s", e.Kind, e.Charged, retry)
	}
	text := strings.TrimSpace(fmt.Sprint(a.Verdict, " ", a.Reason))
	if a.Differs != 0 {
		text += " in " + a.Differs.String()
	}
	return text + ", charged " + a.Charged.String()
}

func TestAliyun_ReadsEveryCode(t *testing.T) {
	for _, c := range []struct{ code, biz, sub, want string }{
		{"200", "1", "101", "match, charged yes"},
		{"200", "1", "", "match, charged yes"},
		{"200", "2", "201", "mismatch holder_mismatch, charged yes"},
		{"200", "2", "202", "undetermined not_enabled, charged yes"},
		{"200", "2", "203", "undetermined card_expired, charged yes"},
		{"200", "2", "204", "undetermined card_restricted, charged yes"},
		{"200", "2", "205", "undetermined card_restricted, charged yes"},
		{"200", "2", "206", "rejected, charged yes"},
		{"200", "2", "207", "rejected, charged yes"},
		{"200", "2", "208", "undetermined dormant, charged yes"},
		{"200", "2", "209", "undetermined card_restricted, charged yes"},
		{"200", "2", "210", "undetermined card_lost, charged yes"},
		{"200", "2", "211", "undetermined card_restricted, charged yes"},
		{"200", "2", "212", "unsupported, charged yes"},
		{"200", "2", "213", "undetermined card_restricted, charged yes"},
		{"200", "2", "214", "mismatch mobile_mismatch in mobile, charged yes"},
		{"200", "2", "215", "undetermined issuer_refused, charged yes"},
		{"200", "2", "216", "undetermined issuer_refused, charged yes"},
		{"200", "3", "301", "unsupported, charged no"},
		{"200", "3", "302", "undetermined issuer_refused, charged no"},
		{"200", "3", "303", "unsupported, charged no"},
		{"200", "3", "304", "rejected, charged no"},
		{"200", "3", "305", "failed, charged no"},
		{"200", "3", "306", "frequency, charged no"},
		{"200", "1", "201", "not_understood, charged yes"},
		{"200", "2", "", "not_understood, charged yes"},
		{"200", "2", "101", "not_understood, charged yes"},
		{"200", "2", "299", "not_understood, charged yes"},
		{"200", "3", "", "no_record, charged no"},
		{"200", "3", "201", "not_understood, charged no"},
		{"200", "4", "101", "not_understood, charged unknown"},
		{"200", "", "", "not_understood, charged unknown"},
		{"400", "", "", "rejected, charged no"},
		{"401", "", "", "rejected, charged no"},
		{"402", "", "", "failed, charged no"},
		{"403", "", "", "frequency, charged no"},
		{"410", "", "", "busy, charged no, retry"},
		{"411", "", "", "busy, charged no, retry"},
		{"412", "", "", "busy, charged no, retry"},
		{"500", "", "", "failed, charged unknown"},
		{"501", "1", "101", "not_understood, charged unknown"},
		{"", "1", "101", "not_understood, charged unknown"},
	} {
		quoted := fmt.Sprintf(`{"RequestId":"n-1","Code":%q,"ResultObject":{"BizCode":%q,"SubCode":%q}}`, c.code, c.biz, c.sub)
		if got := told(saying(t, 200, quoted).Verify(t.Context(), ask(t, wire.Four, 0))); got != c.want {
			t.Errorf("%s %s %s: got %s, want %s", c.code, c.biz, c.sub, got, c.want)
		}
	}
}

func TestAliyun_TakesNumbersForTexts(t *testing.T) {
	answer, err := saying(t, 200, `{"RequestId":7,"Code":200,"ResultObject":{"BizCode":1,"SubCode":101}}`).Verify(t.Context(), ask(t, wire.Four, 0))
	if err != nil || answer.Verdict != quartet.Match || answer.Code != "1-101" || answer.Reference != "7" {
		t.Errorf("got %+v, %v, want a match", answer, err)
	}
}

func TestAliyun_CallsNoMobileWrongThatNobodyAskedAbout(t *testing.T) {
	s := saying(t, 200, `{"Code":"200","ResultObject":{"BizCode":"2","SubCode":"214"}}`)
	if got, want := told(s.Verify(t.Context(), ask(t, wire.Three, 0))), "not_understood, charged yes"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAliyun_ReadsTheErrorsOfTheGateway(t *testing.T) {
	for _, c := range []struct {
		status     int
		code, want string
	}{
		{400, "Throttling", "busy, charged no, retry"},
		{400, "Throttling.User", "busy, charged no, retry"},
		{503, "Throttling.Api", "busy, charged no, retry"},
		{200, "Throttling.User", "busy, charged no, retry"},
		{503, "ServiceUnavailable", "failed, charged unknown"},
		{500, "InternalError", "failed, charged unknown"},
		{500, "SomethingNew", "failed, charged unknown"},
		{404, "InvalidAccessKeyId.NotFound", "failed, charged no, retry"},
		{400, "SignatureDoesNotMatch", "failed, charged no, retry"},
		{400, "InvalidTimeStamp.Expired", "failed, charged no, retry"},
		{400, "SignatureNonceUsed", "failed, charged unknown"},
		{403, "Forbidden.RAM", "busy, charged no, retry"},
		{403, "NoPermission", "busy, charged no, retry"},
		{400, "MissingBankCard", "rejected, charged no"},
		{400, "MissingParameter", "rejected, charged no"},
		{400, "InvalidParameter.Mobile", "rejected, charged no"},
		{400, "SomethingNew", "not_understood, charged unknown"},
		{400, "200", "not_understood, charged unknown"},
	} {
		text := fmt.Sprintf(`{"RequestId":"n-1","HostId":"h","Code":%q,"Message":"whatever","ResultObject":{"BizCode":"1","SubCode":"101"}}`, c.code)
		answer, err := saying(t, c.status, text).Verify(t.Context(), ask(t, wire.Four, 0))
		if got := told(answer, err); got != c.want {
			t.Errorf("%d %s: got %s, want %s", c.status, c.code, got, c.want)
		}
		if e, ok := err.(*source.Error); !ok || e.Code != c.code || e.Reference != "n-1" || !e.Sent { //nolint:errorlint // as above
			t.Errorf("%s: got %+v", c.code, err)
		}
	}
}

func TestAliyun_TakesNothingUnclearForAVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		text   string
		want   string
	}{
		"nothing":            {200, ``, "not_understood, charged unknown"},
		"null":               {200, `null`, "not_understood, charged unknown"},
		"a list":             {200, `[{"Code":"200"}]`, "not_understood, charged unknown"},
		"half":               {200, `{"Code":"200","ResultObject":{"BizCode":"1","SubCode":"101"}`, "not_understood, charged unknown"},
		"a result in a text": {200, `{"Code":"200","ResultObject":"{\"BizCode\":\"1\"}"}`, "not_understood, charged unknown"},
		"a page":             {200, `<html>busy</html>`, "not_understood, charged unknown"},
		"a page, 502":        {502, `<html>busy</html>`, "failed, charged unknown"},
		"a redirect":         {302, ``, "failed, charged unknown"},
		"a match, 500":       {500, `{"Code":"200","ResultObject":{"BizCode":"1","SubCode":"101"}}`, "failed, charged unknown"},
		"a number for an id": {400, `{"Code":"InternalError","RequestId":5}`, "failed, charged unknown"},
		"too much":           {200, `{"Code":"200","ResultObject":{"BizCode":"1","SubCode":"101"}}` + strings.Repeat(" ", wire.MaxAnswer), "not_understood, charged unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := told(saying(t, c.status, c.text).Verify(t.Context(), ask(t, wire.Four, 0))); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestAliyun_KeepsNothingThatRepeatsThePerson(t *testing.T) {
	q := ask(t, wire.Four, 0)
	for _, element := range []string{q.Elements.Name.Reveal(), q.Elements.ID.Reveal(), q.Elements.Card.Reveal(), q.Elements.Mobile.Reveal()} {
		quoted, err := json.Marshal(element)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{
			strings.ReplaceAll(`{"RequestId":E,"Code":"200","Message":E,"ResultObject":{"BizCode":"1","SubCode":"101"}}`, "E", string(quoted)),
			strings.ReplaceAll(`{"RequestId":"n","Code":"200","ResultObject":{"BizCode":E,"SubCode":E}}`, "E", string(quoted)),
			strings.ReplaceAll(`{"RequestId":E,"Code":E,"Message":E}`, "E", string(quoted)),
			strings.ReplaceAll(`{"Code":"InvalidParameter.`+element+`","Message":E}`, "E", string(quoted)),
			element,
		} {
			for _, status := range []int{200, 400, 502} {
				answer, err := saying(t, status, text).Verify(t.Context(), q)
				if all := fmt.Sprintf("%+v %#v %+v %#v", answer, answer, err, err); strings.Contains(all, element) {
					t.Errorf("status %d: the answer to %s tells the person", status, text)
				}
			}
		}
	}
}
