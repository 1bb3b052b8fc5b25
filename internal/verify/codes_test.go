package verify_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/guard"
	"quartet/internal/quota"
	"quartet/internal/verify"
)

func TestRoad_VerdictsAreByteExact(t *testing.T) {
	for _, local := range []bool{true, false} {
		w := newWorld(t, options{local: local})
		for card, state := range map[string]string{cardMatch: "1", cardMismatch: "2", cardLost: "3"} {
			a := w.do(request{body: form(card)})
			head, tail := `{"code":"10000","message":"成功","data":{"state":"`+state+`"},"seqNo":"`, `"}`
			if a.status != 200 || !strings.HasPrefix(a.body, head) || !strings.HasSuffix(a.body, tail) || len(a.body) != len(head)+quartet.SeqNoLen+len(tail) {
				t.Errorf("state %s: %d %s", state, a.status, a.body)
			}
			if got := a.header.Get("Content-Type"); got != "application/json; charset=UTF-8" {
				t.Errorf("content type %q", got)
			}
			if len(a.header.Get("X-Ca-Request-Id")) != 36 {
				t.Error("no X-Ca-Request-Id")
			}
		}
		if used := w.used(); used != 2 {
			t.Errorf("local %v: used %d, want 2: verdict 3 is free", local, used)
		}
	}
}

// failing is a ledger whose commits fail in a chosen way.
type failing struct {
	verify.Ledger
	code quartet.ErrorCode
}

func (f failing) Charge(context.Context, *quartet.Call, int64, quartet.Claim) error {
	return quartet.Errorf(f.code, "made to fail")
}

func (f failing) Reserve(context.Context, quartet.Hold) (quartet.Hold, error) {
	return quartet.Hold{}, quartet.Errorf(f.code, "made to fail")
}

func TestRoad_EveryCodeIsReachedByItsOneCauseAndCostsNothing(t *testing.T) {
	suppliers := newWorld(t, options{})
	limited := newWorld(t, options{local: true, guard: guard.Config{Enabled: true, Identical: 1}})
	stopped := newWorld(t, options{local: true, ledger: func(l *quota.Ledger) verify.Ledger { return failing{l, quartet.ErrUnavailable} }})
	off := newWorld(t, options{})
	off.router.Replace(nil, quartet.Policy{})
	productOff := newWorld(t, options{})
	closed := quartet.FourElements()
	closed.On = false
	productOff.service.SetProducts([]quartet.Product{closed})
	suspended := newWorld(t, options{})
	suspended.accounts[0].SuspendedAt = time.Now()
	suspended.callers.Replace(suspended.accounts, suspended.creds)
	limited.do(request{body: form(cardMatch)})
	idem := map[string]string{"Idempotency-Key": "k1"}
	suppliers.do(request{body: form(cardMatch), header: idem})

	reached := map[string]bool{"10000": true}
	for _, c := range []struct {
		name string
		w    *world
		r    request
		code string
	}{
		{"an ID number with a wrong check digit", suppliers, request{body: strings.Replace(form(cardMatch), goodID, "110101199003078671", 1)}, "10001"},
		{"a security code", suppliers, request{body: form(cardMatch, "cvv2", "123")}, "10001"},
		{"a name encoded twice", suppliers, request{body: strings.Replace(form(cardMatch), "%E5%BC%A0", "%25E5%25BC%25A0", 1)}, "10001"},
		{"no connection to the supplier", suppliers, request{body: form(cardUnreachable)}, "10002"},
		{"a supplier that does not answer in time", suppliers, request{body: form(cardTimeout)}, "10003"},
		{"a panic", suppliers, request{body: form(cardPanic)}, "10004"},
		{"an unknown key", suppliers, request{auth: "-", body: form(cardMatch, "key", "nobody")}, "10005"},
		{"a blank key", suppliers, request{auth: "-", body: form(cardMatch, "key", "")}, "10005"},
		{"an element twice", suppliers, request{body: form(cardMatch, "mobile", "13900139000")}, "10006"},
		{"an element differing between query and body", suppliers, request{path: path + "?mobile=13900139000", body: form(cardMatch)}, "10006"},
		{"a supplier that fails", suppliers, request{body: form(cardFailed)}, "10007"},
		{"a missing element", suppliers, request{body: "acc_no=" + cardMatch + "&idcard=" + goodID + "&mobile=" + goodPhone}, "10008"},
		{"a blank element", suppliers, request{body: "name=+&acc_no=" + cardMatch + "&idcard=" + goodID + "&mobile=" + goodPhone}, "10008"},
		{"an empty body", suppliers, request{}, "10008"},
		{"GBK bytes", suppliers, request{body: "name=%D5%C5%C8%FD&acc_no=" + cardMatch}, "10009"},
		{"broken percent-encoding", suppliers, request{body: "name=%E5%BC%A&acc_no=" + cardMatch}, "10009"},
		{"more parameters than anybody sends", suppliers, request{body: form(cardMatch) + strings.Repeat("&a", 1000)}, "10009"},
		{"broken JSON", suppliers, request{contentType: "application/json", body: `{"name":"` + goodName}, "10009"},
		{"a JSON number for an element", suppliers, request{contentType: "application/json", body: `{"name":"张三","acc_no":` + cardMatch + `}`}, "10009"},
		{"a declared GBK", suppliers, request{contentType: "application/x-www-form-urlencoded; charset=GBK", body: form(cardMatch)}, "10009"},
		{"multipart", suppliers, request{contentType: "multipart/form-data; boundary=x", body: "--x--"}, "10009"},
		{"a key of a suspended account", suspended, request{auth: "-", body: form(cardMatch, "key", key)}, "10010"},
		{"every source off", off, request{body: form(cardMatch)}, "10011"},
		{"an idempotency key with other parameters", suppliers, request{body: form(cardMismatch), header: idem}, "10012"},
		{"an unsupported card", suppliers, request{body: form(cardUnsupported)}, "10013"},
		{"a product that is off", productOff, request{body: form(cardMatch)}, "10014"},
		{"a card nobody knows", suppliers, request{body: form(cardNoRecord)}, "10015"},
		{"an answer nobody understands", suppliers, request{body: form(cardUnknown)}, "10016"},
		{"a busy supplier", suppliers, request{body: form(cardBusy)}, "10017"},
		{"a supplier that refuses the parameters", suppliers, request{body: form(cardRejected)}, "10018"},
		{"a store that cannot commit", stopped, request{body: form(cardMatch)}, "10019"},
		{"the same parameters too often", limited, request{body: form(cardMatch)}, "10020"},
		{"a supplier's frequency limit", suppliers, request{body: form(cardFrequency)}, "10020"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := c.w.used()
			a := c.w.do(c.r)
			if a.status != http.StatusOK || a.code() != c.code {
				t.Fatalf("answered %d %s, want %s", a.status, a.body, c.code)
			}
			if !strings.Contains(a.body, `","data":null,"seqNo":"`) {
				t.Errorf("a refusal has the wrong shape: %s", a.body)
			}
			if used := c.w.used(); used != before {
				t.Errorf("a refusal cost %d units", used-before)
			}
			reached[c.code] = true
		})
	}
	for _, row := range quartet.Codes() {
		if !reached[row.Code.String()] {
			t.Errorf("no test reaches %s", row.Code)
		}
	}
}

func TestRoad_GatewayAnswersHaveAnEmptyBodyAndTheirHeaders(t *testing.T) {
	good := newWorld(t, options{local: true})
	empty := newWorld(t, options{local: true, units: 1})
	empty.do(request{body: form(cardMatch)})
	expired := newWorld(t, options{local: true})
	must(t, expired.ledger.SetExpiry(context.Background(), "grant", time.Now().Add(-time.Second), "test"))
	suspended := newWorld(t, options{local: true})
	suspended.accounts[0].SuspendedAt = time.Now()
	suspended.callers.Replace(suspended.accounts, suspended.creds)
	for _, c := range []struct {
		name          string
		w             *world
		r             request
		status        int
		code, message string
	}{
		{"an unknown path", good, request{path: "/communication/personal/1", body: form(cardMatch)}, 404, "I404NF", "API not found"},
		{"a wrong method", good, request{method: "GET", body: form(cardMatch)}, 404, "I404NF", "API not found"},
		{"a large body", good, request{body: form(cardMatch, "pad", strings.Repeat("x", 70000))}, 413, "I413RL", "Request body too Large"},
		{"a compressed body", good, request{body: form(cardMatch), header: map[string]string{"Content-Encoding": "gzip"}}, 400, "I400BD", "Invalid body"},
		{"no credential", good, request{auth: "-", body: form(cardMatch)}, 400, "A400MA", "Need authorization"},
		{"another scheme", good, request{auth: "Bearer x", body: form(cardMatch)}, 400, "A400MA", "Need authorization"},
		{"an unknown AppCode", good, request{auth: "APPCODE nobody", body: form(cardMatch)}, 400, "A400AC", "Invalid AppCode `not exists`"},
		{"an unknown AppCode with a good key", good, request{auth: "APPCODE nobody", body: form(cardMatch, "key", key)}, 400, "A400AC", "Invalid AppCode `not exists`"},
		{"a suspended account", suspended, request{body: form(cardMatch)}, 403, "B403MI", "Api Market Subscription invalid"},
		{"no unit left", empty, request{body: form(cardMatch)}, 403, "B403MQ", "Api Market Subscription quota exhausted"},
		{"no unit left, by key", empty, request{auth: "-", body: form(cardMatch, "key", key)}, 403, "B403MQ", "Api Market Subscription quota exhausted"},
		{"units that expired", expired, request{body: form(cardMatch)}, 403, "B403ME", "Api Market Subscription expired"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := c.w.do(c.r)
			if a.status != c.status || a.body != "" {
				t.Errorf("answered %d %q, want %d and nothing", a.status, a.body, c.status)
			}
			if got := a.header["X-Ca-Error-Code"]; len(got) != 1 || got[0] != c.code {
				t.Errorf("X-Ca-Error-Code %q, want %q", got, c.code)
			}
			if got := a.header.Get("X-Ca-Error-Message"); got != c.message {
				t.Errorf("X-Ca-Error-Message %q, want %q", got, c.message)
			}
		})
	}
}

func TestRoad_TakesEveryBodyThatCallersSend(t *testing.T) {
	w := newWorld(t, options{local: true})
	json := `{"acc_no":"` + cardMatch + `","idcard":"` + goodID + `","mobile":"` + goodPhone + `","name":"` + goodName + `","remark":{"a":[1]}}`
	for name, r := range map[string]request{
		"a form":                       {body: form(cardMatch)},
		"a form without charset":       {contentType: "application/x-www-form-urlencoded", body: form(cardMatch)},
		"a form of raw UTF-8":          {body: "name=" + goodName + "&acc_no=" + cardMatch + "&idcard=" + goodID + "&mobile=" + goodPhone},
		"JSON":                         {contentType: "application/json", body: json},
		"JSON with charset":            {contentType: "application/json; charset=utf-8", body: json},
		"JSON under the form's type":   {body: json},
		"a form without a type":        {contentType: "-", body: form(cardMatch)},
		"JSON without a type":          {contentType: "-", body: " " + json},
		"everything in the query":      {path: path + "?" + form(cardMatch)},
		"an element repeated alike":    {body: form(cardMatch, "mobile", goodPhone)},
		"the key alone":                {auth: "-", body: form(cardMatch, "key", key)},
		"the word in lower case, tabs": {auth: "appcode \t " + appCode, body: form(cardMatch)},
		"blanks within the card":       {body: strings.Replace(form(cardMatch), cardMatch, "6200+0000+0000+0000+018", 1)},
		"a card in full-width digits":  {body: strings.Replace(form(cardMatch), "acc_no=6", "acc_no=%EF%BC%96", 1)},
	} {
		if a := w.do(r); a.code() != "10000" || !strings.Contains(a.body, `"state":"1"`) {
			t.Errorf("%s: %d %s %v", name, a.status, a.body, a.header)
		}
	}
}

func TestRoad_AKeyInFlightIsRefused(t *testing.T) {
	w := newWorld(t, options{deadline: 2 * time.Second})
	r := request{body: form(cardSlow), header: map[string]string{"Idempotency-Key": "slow"}}
	done := make(chan answer)
	go func() { done <- w.do(r) }()
	time.Sleep(100 * time.Millisecond)
	if a := w.do(r); a.code() != "10012" {
		t.Errorf("a repeat in flight: %s", a.body)
	}
	if a := <-done; a.code() != "10000" {
		t.Errorf("the first: %s", a.body)
	}
}

func TestRoad_ADrainingNodeAnswers10019AndFinishesWhatItBegan(t *testing.T) {
	w := newWorld(t, options{deadline: 2 * time.Second})
	done := make(chan answer)
	go func() { done <- w.do(request{body: form(cardSlow)}) }()
	time.Sleep(100 * time.Millisecond)
	w.service.Drain()
	if a := w.do(request{body: form(cardMatch)}); a.code() != "10019" {
		t.Errorf("while draining: %s", a.body)
	}
	if a := <-done; a.code() != "10000" {
		t.Errorf("begun before: %s", a.body)
	}
}

func TestRoad_NothingOfAPersonIsLogged(t *testing.T) {
	w := newWorld(t, options{})
	for _, card := range []string{cardMatch, cardMismatch, cardPanic, cardFailed, cardTimeout} {
		w.do(request{body: form(card)})
		w.do(request{body: form(card, "mobile", "13900139000")})
		w.do(request{auth: "-", body: form(card, "key", "nobody")})
	}
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	if len(w.log.events) == 0 || len(w.log.faults) == 0 {
		t.Fatal("nothing was logged at all")
	}
	for _, e := range w.log.events {
		if text := strings.Join([]string{e.SeqNo, e.Account, e.Credential, e.Source, string(e.Reason)}, " "); strings.Contains(text, goodPhone) {
			t.Errorf("an event tells %s", text)
		}
	}
	for _, f := range w.log.faults {
		for _, secret := range []string{goodName, goodID, goodPhone, cardPanic, "张"} {
			if strings.Contains(f, secret) {
				t.Errorf("a fault tells %q: %s", secret, f)
			}
		}
	}
}
