package simulator_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/simulator"
)

// The person whom all tests ask about, invented.
const (
	name   = "测试甲"
	id     = "110101199003070011"
	mobile = "13900000001"
)

// card gives an invented card of sixteen digits with its check digit.
func card(n int) string {
	digits := fmt.Sprintf("62000000%07d", n)
	return digits + string(quartet.LuhnDigit(digits))
}

// start serves a dialect with invented credentials.
func start(t *testing.T, dialect string, script simulator.Script) (*simulator.Server, string, map[string]string) {
	t.Helper()
	secrets, err := simulator.Invent(dialect)
	if err != nil {
		t.Fatal(err)
	}
	s, err := simulator.New(dialect, script, secrets)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL, secrets
}

// do sends a request and reads its answer; a connection that ends gives no answer.
func do(t *testing.T, method, address string, header map[string]string, body string) (status int, head http.Header, text string) {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}).Do(r)
	if err != nil {
		return 0, nil, ""
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, answer.Header, ""
	}
	if answer.Header.Get(simulator.Header) != simulator.HeaderValue {
		t.Error("the answer does not say that it is a simulator's")
	}
	return answer.StatusCode, answer.Header, string(read)
}

// market asks the founding contract behind its gateway.
func market(t *testing.T, base, appcode, card string) (int, http.Header, string) {
	t.Helper()
	form := url.Values{"name": {name}, "idcard": {id}, "acc_no": {card}, "mobile": {mobile}}
	return do(t, "POST", base+"/communication/personal/1887", map[string]string{
		"Authorization": "APPCODE " + appcode,
		"Content-Type":  "application/x-www-form-urlencoded; charset=UTF-8",
	}, form.Encode())
}

// acme asks the invented supplier, or what became of an order.
func acme(t *testing.T, base string, secrets map[string]string, path string, fields map[string]string) map[string]any {
	t.Helper()
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	signed := maps.Clone(fields)
	signed["time"] = stamp
	var pairs []string
	for _, k := range slices.Sorted(maps.Keys(signed)) {
		pairs = append(pairs, k+"="+signed[k])
	}
	mac := hmac.New(sha256.New, []byte(secrets["app_secret"]))
	mac.Write([]byte(strings.Join(pairs, "&")))
	body, _ := json.Marshal(fields)
	_, _, text := do(t, "POST", base+path, map[string]string{
		"Content-Type": "application/json", "X-Acme-Key": secrets["app_key"], "X-Acme-Time": stamp,
		"X-Acme-Sign": hex.EncodeToString(mac.Sum(nil)),
	}, string(body))
	var answer map[string]any
	if text != "" {
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			return nil
		}
	}
	return answer
}

func order(n int) string { return fmt.Sprintf("ORDER%013d", n) }

func person(n int, card string) map[string]string {
	return map[string]string{"order_no": order(n), "name": name, "id_no": id, "card_no": card, "mobile": mobile}
}

func TestMarket_SaysVerdictsAndFaultsAsTheFoundingContractDoes(t *testing.T) {
	cases := []struct {
		name    string
		act     simulator.Act
		status  int
		want    string // in the body, or the header X-Ca-Error-Code
		charged bool
	}{
		{"match", simulator.Act{}, 200, `"code":"10000","message":"成功","data":{"state":"1"}`, true},
		{"mismatch", simulator.Act{Verdict: quartet.Mismatch}, 200, `"state":"2"`, true},
		{"undetermined", simulator.Act{Verdict: quartet.Undetermined, Reason: quartet.ReasonCardLost}, 200, `"state":"3"`, false},
		{"rejected", simulator.Act{Fault: simulator.FaultRejected}, 200, `"code":"10001","message":"参数传入有误","data":null`, false},
		{"no record", simulator.Act{Fault: simulator.FaultNoRecord}, 200, `"code":"10015"`, false},
		{"unsupported", simulator.Act{Fault: simulator.FaultUnsupported}, 200, `"code":"10013"`, false},
		{"frequency", simulator.Act{Fault: simulator.FaultFrequency}, 200, `"code":"10020"`, false},
		{"busy", simulator.Act{Fault: simulator.FaultBusy}, 200, `"code":"10017"`, false},
		{"failed", simulator.Act{Fault: simulator.FaultFailed}, 200, `"code":"10007"`, false},
		{"unknown code", simulator.Act{Fault: simulator.FaultUnknownCode}, 200, `"code":"10099"`, false},
		{"exhausted", simulator.Act{Fault: simulator.FaultExhausted}, 403, "B403MQ", false},
		{"rate limited", simulator.Act{Fault: simulator.FaultRateLimited}, 429, "T429PA", false},
		{"status 500", simulator.Act{Fault: simulator.FaultStatus500}, 500, "", false},
		{"status 502", simulator.Act{Fault: simulator.FaultStatus502}, 502, "", false},
		{"status 503", simulator.Act{Fault: simulator.FaultStatus503}, 503, "", false},
		{"cut before", simulator.Act{Fault: simulator.FaultCutBefore}, 0, "", false},
		{"cut after", simulator.Act{Fault: simulator.FaultCutAfter}, 0, "", true},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s, base, secrets := start(t, "market", simulator.Script{})
			s.Set(card(i), c.act)
			status, head, text := market(t, base, secrets["appcode"], card(i))
			if status != c.status || !strings.Contains(text+head.Get("X-Ca-Error-Code"), c.want) {
				t.Errorf("got %d %s %v, want %d with %s", status, text, head, c.status, c.want)
			}
			if got := s.ChargedFor(card(i)) == 1; got != c.charged || s.Charged() != s.ChargedFor(card(i)) {
				t.Errorf("charged %v, want %v", got, c.charged)
			}
		})
	}
}

func TestMarket_BooksAKeyAsTheBuyersNumberAndChargesARepeat(t *testing.T) {
	s, base, secrets := start(t, "market", simulator.Script{})
	head := map[string]string{"Authorization": "APPCODE " + secrets["appcode"], "Content-Type": "application/x-www-form-urlencoded"}
	body := url.Values{"name": {name}, "idcard": {id}, "acc_no": {card(1)}, "mobile": {mobile}}.Encode()
	for _, key := range []string{"4XU29Z4D1704061618", "4XU29Z4D1704061618", ""} {
		if head["Idempotency-Key"] = key; key == "" {
			delete(head, "Idempotency-Key")
		}
		do(t, "POST", base+"/communication/personal/1887", head, body)
	}
	var orders []string
	for _, l := range s.Lines(time.Now()) {
		orders = append(orders, l.Order)
	}
	if got := strings.Join(orders, ","); got != "4XU29Z4D1704061618,4XU29Z4D1704061618," || s.Charged() != 3 {
		t.Errorf("booked are %q, charged %d", got, s.Charged())
	}
}

func TestMarket_ChecksWhoAsksAndWhat(t *testing.T) {
	s, base, secrets := start(t, "market", simulator.Script{})
	path := base + "/communication/personal/1887"
	form := map[string]string{"Authorization": "APPCODE " + secrets["appcode"], "Content-Type": "application/x-www-form-urlencoded"}
	whole := url.Values{"name": {name}, "idcard": {id}, "acc_no": {card(1)}, "mobile": {mobile}}
	with := func(field, value string) string {
		v := maps.Clone(whole)
		v[field] = []string{value}
		return v.Encode()
	}
	cases := []struct {
		name, method, path string
		header             map[string]string
		body, want         string
	}{
		{"another method", "GET", path, form, "", "I404NF"},
		{"another path", "POST", base + "/other", form, whole.Encode(), "I404NF"},
		{"no AppCode", "POST", path, nil, whole.Encode(), "A400MA"},
		{"a wrong AppCode", "POST", path, map[string]string{"Authorization": "APPCODE nobody"}, whole.Encode(), "A400AC"},
		{"no form", "POST", path, map[string]string{"Authorization": form["Authorization"]}, whole.Encode(), "10008"},
		{"a blank name", "POST", path, form, with("name", " "), "10001"},
		{"a wrong check digit", "POST", path, form, with("idcard", "11010119900307001X"), "10001"},
		{"a short card", "POST", path, form, with("acc_no", "62000"), "10001"},
		{"a landline", "POST", path, form, with("mobile", "02139000000"), "10001"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, head, text := do(t, c.method, c.path, c.header, c.body)
			if !strings.Contains(text+head.Get("X-Ca-Error-Code"), c.want) {
				t.Errorf("got %s %v, want %s", text, head, c.want)
			}
		})
	}
	if got := s.Totals(); got.Arrived != len(cases) || got.Refused != len(cases) || got.Asked != 0 {
		t.Errorf("counted %+v, want all refused", got)
	}
}

func TestAcme_AnswersAnOrderOnceAndTellsAfterwards(t *testing.T) {
	s, base, secrets := start(t, "acme", simulator.Script{Default: simulator.Act{Verdict: quartet.Mismatch, Differs: quartet.NeedMobile}})
	first := acme(t, base, secrets, "/v1/verify", person(1, card(1)))
	if first["status"] != "ok" || first["result"] != "different" || first["detail"] != "mobile" || first["charged"] != true {
		t.Fatalf("got %v", first)
	}
	s.SetDefault(simulator.Act{})
	again := acme(t, base, secrets, "/v1/verify", person(1, card(1)))
	if again["result"] != "different" || again["charged"] != false || again["trade_no"] != first["trade_no"] {
		t.Errorf("the repeat got %v, want the first answer uncharged", again)
	}
	if other := acme(t, base, secrets, "/v1/verify", person(1, card(2))); other["code"] != "PARAM" {
		t.Errorf("another person under the same order got %v", other)
	}
	found := acme(t, base, secrets, "/v1/query", map[string]string{"order_no": order(1)})
	if found["found"] != true || found["result"] != "different" || found["charged"] != true || found["trade_no"] != first["trade_no"] {
		t.Errorf("the inquiry got %v", found)
	}
	if none := acme(t, base, secrets, "/v1/query", map[string]string{"order_no": order(2)}); none["found"] != false {
		t.Errorf("the inquiry for nothing got %v", none)
	}
	if got := s.Totals(); got.Asked != 1 || got.Charged != 1 || got.Inquired != 2 {
		t.Errorf("counted %+v", got)
	}
}
