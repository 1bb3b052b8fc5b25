package httpjson_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/httpjson"
	"quartet/internal/source/sourcetest"
)

// spoken are answers of a supplier by card: 1 match, 2 mismatch, 3 undetermined, 4 no record,
// 5 an element for a code, 6 no balance, 7 down, 8 never; %s is the mobile number.
type spoken map[int]string

// supplier answers by the card in a request, wherever it stands.
func supplier(says spoken) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		text := r.URL.RawQuery + string(body)
		for n, answer := range says {
			switch {
			case !strings.Contains(text, card(n)):
			case answer == "never":
				hangs(w, r)
			case answer == "down":
				w.WriteHeader(http.StatusBadGateway)
			default:
				fmt.Fprint(w, strings.ReplaceAll(answer, "%s", "13900000001"))
			}
		}
	}
}

// obeys runs the law of sources over a shipped manifest.
func obeys(t *testing.T, name string, says spoken) {
	t.Helper()
	m := manifest(t, name)
	sourcetest.Run(t, func(t *testing.T) sourcetest.Subject {
		src := open(t, m, server(t, supplier(says)), httpjson.Options{Idle: 20 * time.Millisecond})
		need := src.Scope().Needs[0]
		q := func(n int) source.Query { return ask(t, n, need) }
		return sourcetest.Subject{
			Source: src, Hanging: src, Hang: q(8), Dead: open(t, m, nobody(t), httpjson.Options{}),
			Cases: []sourcetest.Case{
				{Name: "match", Query: q(1), Verdict: quartet.Match},
				{Name: "mismatch", Query: q(2), Verdict: quartet.Mismatch},
				{Name: "undetermined, with an echo", Query: q(3), Verdict: quartet.Undetermined},
				{Name: "no record", Query: q(4), Kind: source.NoRecord, Sent: true},
				{Name: "an element for a code", Query: q(5), Kind: source.NotUnderstood, Sent: true},
				{Name: "no balance", Query: q(6), Kind: source.Busy, Sent: true},
				{Name: "down", Query: q(7), Kind: source.Failed, Sent: true},
				{Name: "unheard of", Query: ask(t, 1, quartet.NeedCard), Kind: source.Unsupported},
			},
		}
	})
}

func TestMarket_ObeysTheLawOfSources(t *testing.T) {
	obeys(t, "market", spoken{
		1: `{"code":"10000","message":"成功","data":{"state":"1"},"seqNo":"4XU29Z4D1704061618"}`,
		2: `{"code":10000,"data":{"state":2}}`,
		3: `{"code":"10000","data":{"state":"3"},"seqNo":"%s"}`,
		4: `{"code":"10015","data":null}`, 5: `{"code":"%s"}`, 6: `{"code":"10017"}`, 7: "down", 8: "never",
	})
}

func TestTemplate_ObeysTheLawOfSources(t *testing.T) {
	obeys(t, "template", spoken{
		1: `{"code":"OK","result":"same","charged":true,"trade_no":"T1"}`, 2: `{"code":"OK","result":"different"}`,
		3: `{"code":"OK","result":"unknown","trade_no":"%s"}`,
		4: `{"code":"NO_RECORD"}`, 5: `{"code":"%s"}`, 6: `{"code":"BALANCE"}`, 7: "down", 8: "never",
	})
}

func TestJuhe_ObeysTheLawOfSources(t *testing.T) {
	obeys(t, "juhe", spoken{
		1: `{"error_code":0,"result":{"res":"1","mobile":"%s"}}`, 2: `{"error_code":0,"result":{"res":"2"}}`,
		3: `{"error_code":300,"result":{"jobid":"%s"}}`,
		4: `{"error_code":404}`, 5: `{"error_code":%s}`, 6: `{"error_code":402}`, 7: "down", 8: "never",
	})
}

func TestQiniu_ObeysTheLawOfSources(t *testing.T) {
	obeys(t, "qiniu", spoken{
		1: `{"result_code":0,"match":true}`, 2: `{"result_code":0,"match":false,"request_id":"%s"}`,
		3: `{"result_code":300}`,
		4: `{"result_code":404}`, 5: `{"result_code":"%s"}`, 6: `{"result_code":402}`, 7: "down", 8: "never",
	})
}

// TestSource_KeepsNothingThatAnAnswerRepeats plants the person into every value that is read
// and searches for it in all that comes back.
func TestSource_KeepsNothingThatAnAnswerRepeats(t *testing.T) {
	q := ask(t, 1, quartet.NeedAll)
	e := q.Elements
	for _, planted := range []string{
		e.Name.Reveal(), e.ID.Reveal(), e.Card.Reveal(), e.Mobile.Reveal(), strings.ToLower(e.ID.Reveal()),
		"6200-0000-0000-0013", "ID " + e.ID.Reveal(), e.Card.Reveal()[:12], fmt.Sprintf("%x", e.Name.Reveal()), "a\nb", "<b>",
	} {
		quoted, _ := json.Marshal(planted)
		for _, body := range []string{
			`{"code":"0","data":{"bankName":` + string(quoted) + `,"cardType":` + string(quoted) + `}}`,
			`{"code":` + string(quoted) + `}`,
		} {
			src := open(t, manifest(t, "lundear"), server(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }), httpjson.Options{})
			a, err := src.Verify(t.Context(), q)
			if a.Card != (source.CardInfo{}) && planted != "<b>" && planted != "a\nb" || a.Reference != "" {
				t.Errorf("kept %+v of %q", a, planted)
			}
			if err != nil {
				if f := err.(*source.Error); f.Code != "" || strings.Contains(fmt.Sprint(f.Cause), planted) { //nolint:errorlint // the contract is the type itself
					t.Errorf("kept %q and %v of %q", f.Code, f.Cause, planted)
				}
			}
		}
	}
}
