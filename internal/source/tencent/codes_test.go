package tencent_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/tencent"
	"quartet/internal/source/wire"
)

// saying is a source whose cloud answers everything with this status and text.
func saying(t *testing.T, status int, text string) *tencent.Source {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	return newSource(t, "endpoint: "+server.URL, map[string]string{"secret_id": "id", "secret_key": "key"})
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
	return strings.TrimSpace(fmt.Sprint(a.Verdict, " ", a.Reason)) + ", charged " + a.Charged.String()
}

// The meanings in the order of the rows of the table below, and the number of each among
// two, three and four elements. No two columns are alike.
var meanings = []struct{ two, three, four, want string }{
	{"0", "0", "0", "match, charged yes"},
	{"-1", "-1", "-1", "mismatch, charged yes"},
	{"-4", "-5", "-6", "mismatch holder_mismatch, charged yes"},
	{"-5", "-6", "-7", "undetermined not_enabled, charged yes"},
	{"-6", "-7", "-8", "undetermined card_restricted, charged yes"},
	{"-7", "-8", "-9", "rejected, charged yes"},
	{"-8", "-9", "-10", "rejected, charged yes"},
	{"-9", "-10", "-11", "undetermined dormant, charged yes"},
	{"-10", "-11", "-12", "undetermined card_restricted, charged yes"},
	{"-11", "-12", "-13", "undetermined card_lost, charged yes"},
	{"-12", "-13", "-14", "undetermined card_expired, charged yes"},
	{"-13", "-14", "-15", "undetermined card_restricted, charged yes"},
	{"-14", "-15", "-16", "undetermined card_restricted, charged yes"},
	{"-15", "-16", "-17", "unsupported, charged yes"},
	{"-18", "", "-21", "undetermined card_restricted, charged yes"},
	{"-2", "-2", "-2", "rejected, charged no"},
	{"", "-3", "-3", "rejected, charged no"},
	{"-3", "-4", "-4", "rejected, charged no"},
	{"", "", "-5", "rejected, charged no"},
	{"-16", "-17", "-18", "busy, charged no, retry"},
	{"-17", "-18", "-19", "frequency, charged no"},
	{"", "-19", "-20", "unsupported, charged no"},
	{"-19", "-20", "-22", "not_understood, charged unknown"}, // numbers of the other actions
	{"1", "-99", "00", "not_understood, charged unknown"},
}

func TestTencent_ReadsEveryNumberOfEveryAction(t *testing.T) {
	for _, m := range meanings {
		for need, number := range map[quartet.ElementSet]string{wire.Two: m.two, wire.Three: m.three, wire.Four: m.four} {
			if number == "" {
				continue
			}
			s := saying(t, 200, fmt.Sprintf(`{"Response":{"Result":%q,"Description":"","RequestId":"n-1"}}`, number))
			if got := told(s.Verify(t.Context(), ask(t, need, 0))); got != m.want {
				t.Errorf("%s of %v: got %s, want %s", number, need, got, m.want)
			}
		}
	}
}

func TestTencent_ReadsTheCloudsErrors(t *testing.T) {
	for code, want := range map[string]string{
		"UnauthorizedOperation":                       "busy, charged no, retry",
		"UnauthorizedOperation.Arrears":               "busy, charged no, retry",
		"UnauthorizedOperation.Nonactivated":          "busy, charged no, retry",
		"UnauthorizedOperation.NonAuthorize":          "busy, charged no, retry",
		"UnauthorizedOperation.ChargeStatusException": "busy, charged no, retry",
		"RequestLimitExceeded":                        "busy, charged no, retry",
		"RequestLimitExceeded.UinLimitExceeded":       "busy, charged no, retry",
		"FailedOperation.RequestLimitExceeded":        "busy, charged no, retry",
		"FailedOperation.StsUnAuthErrError":           "busy, charged no, retry",
		"FailedOperation.DecryptSystemError":          "failed, charged no, retry",
		"FailedOperation.UnKnown":                     "failed, charged unknown",
		"InternalError":                               "failed, charged unknown",
		"InternalError.UnKnown":                       "failed, charged unknown",
		"InvalidParameter":                            "rejected, charged no",
		"InvalidParameter.UnsupportEncryptField":      "rejected, charged no",
		"InvalidParameterValue":                       "rejected, charged no",
		"MissingParameter":                            "rejected, charged no",
		"AuthFailure.SignatureExpire":                 "failed, charged no, retry",
		"AuthFailure.SignatureFailure":                "failed, charged no, retry",
		"UnsupportedOperation":                        "failed, charged no, retry",
		"SomethingNew":                                "not_understood, charged unknown",
		"SomethingNew.Arrears":                        "not_understood, charged unknown",
		"InvalidParameterOtherwise":                   "not_understood, charged unknown",
	} {
		s := saying(t, 200, fmt.Sprintf(`{"Response":{"Error":{"Code":%q,"Message":"whatever"},"RequestId":"n-1"}}`, code))
		answer, err := s.Verify(t.Context(), ask(t, wire.Four, 0))
		if got := told(answer, err); got != want {
			t.Errorf("%s: got %s, want %s", code, got, want)
		}
		if e, ok := err.(*source.Error); !ok || e.Code != code || e.Reference != "n-1" || !e.Sent { //nolint:errorlint // as above
			t.Errorf("%s: got %+v", code, err)
		}
	}
}

func TestTencent_TakesNothingUnclearForAVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		text   string
		want   string
	}{
		"no answer in it":       {200, `{"Response":{"RequestId":"n-1"}}`, "not_understood, charged unknown"},
		"a number for a text":   {200, `{"Response":{"Result":0}}`, "not_understood, charged unknown"},
		"nothing":               {200, ``, "not_understood, charged unknown"},
		"null":                  {200, `null`, "not_understood, charged unknown"},
		"a list":                {200, `[]`, "not_understood, charged unknown"},
		"half":                  {200, `{"Response":{"Result":"0"`, "not_understood, charged unknown"},
		"a page":                {200, `<html>busy</html>`, "not_understood, charged unknown"},
		"a match with an error": {200, `{"Response":{"Result":"0","Error":{"Code":"InternalError"}}}`, "failed, charged unknown"},
		"a match, status 500":   {500, `{"Response":{"Result":"0"}}`, "failed, charged unknown"},
		"a redirect":            {302, ``, "failed, charged unknown"},
		"too much":              {200, `{"Response":{"Result":"0"}}` + strings.Repeat(" ", wire.MaxAnswer), "not_understood, charged unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := told(saying(t, c.status, c.text).Verify(t.Context(), ask(t, wire.Four, 0))); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTencent_KeepsNothingThatRepeatsThePerson(t *testing.T) {
	q := ask(t, wire.Four, 0)
	for _, element := range []string{q.Elements.Name.Reveal(), q.Elements.ID.Reveal(), q.Elements.Card.Reveal(), q.Elements.Mobile.Reveal()} {
		for _, text := range []string{
			fmt.Sprintf(`{"Response":{"Result":"0","Description":%q,"RequestId":%q}}`, element, element),
			fmt.Sprintf(`{"Response":{"Result":%q,"RequestId":"n-%s"}}`, element, element),
			fmt.Sprintf(`{"Response":{"Error":{"Code":"InvalidParameter.%s","Message":%q},"RequestId":%q}}`, element, element, element),
			element, fmt.Sprintf(`{"Response":%q}`, element),
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
