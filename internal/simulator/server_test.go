package simulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"quartet"
	"quartet/internal/simulator"
)

func TestServer_SpoilsAnAnswerInTwoWaysInTurn(t *testing.T) {
	s, base, secrets := start(t, "direct", simulator.Script{Default: simulator.Act{Verdict: quartet.Mismatch, Fault: simulator.FaultMalformed}})
	var texts []string
	for range 2 {
		_, _, text := speak(t, base, speakDirect(secrets, about(1), "", time.Now()))
		texts = append(texts, text)
	}
	if json.Valid([]byte(texts[0])) || texts[1] != "[]" {
		t.Errorf("got %q, want half an answer and then one of another type", texts)
	}
	s.SetDefault(simulator.Act{Verdict: quartet.Undetermined, Fault: simulator.FaultCutAfter})
	for range 2 {
		if status, _, text := speak(t, base, speakDirect(secrets, about(1), "", time.Now())); status != 0 {
			t.Errorf("got %d %q, want a connection that ends", status, text)
		}
	}
	if s.Asked() != 4 || s.Charged() != 2 {
		t.Errorf("asked %d and charged %d, want all asked and the mismatches charged", s.Asked(), s.Charged())
	}
}

func TestServer_CutsAnAnswerInTheMiddleEachSecondTime(t *testing.T) {
	_, base, secrets := start(t, "direct", simulator.Script{Default: simulator.Act{Fault: simulator.FaultCutAfter}})
	var begun []bool
	for range 2 {
		_, head, _ := speak(t, base, speakDirect(secrets, about(1), "", time.Now()))
		begun = append(begun, head != nil)
	}
	if begun[0] || !begun[1] {
		t.Errorf("answers were begun: %v, want the second alone", begun)
	}
}

func TestServer_ProcessesNothingOfWhatNeverReachesIt(t *testing.T) {
	for _, fault := range []simulator.Fault{simulator.FaultCutBefore, simulator.FaultStatus500, simulator.FaultStatus502, simulator.FaultStatus503} {
		t.Run(string(fault), func(t *testing.T) {
			s, base, secrets := start(t, "acme", simulator.Script{Default: simulator.Act{Fault: fault}})
			acme(t, base, secrets, "/v1/verify", person(1, card(1)))
			if got := s.Totals(); got.Arrived != 1 || got.Asked != 0 || len(s.Lines(time.Now())) != 0 {
				t.Errorf("counted %+v", got)
			}
			if found := acme(t, base, secrets, "/v1/query", map[string]string{"order_no": order(1)}); found["found"] != false {
				t.Errorf("the inquiry got %v", found)
			}
		})
	}
}

func TestServer_KnowsAnOrderWhoseAnswerWasCut(t *testing.T) {
	_, base, secrets := start(t, "acme", simulator.Script{
		Default: simulator.Act{Verdict: quartet.Undetermined, Reason: quartet.ReasonCardExpired, Fault: simulator.FaultCutAfter},
	})
	acme(t, base, secrets, "/v1/verify", person(1, card(1)))
	found := acme(t, base, secrets, "/v1/query", map[string]string{"order_no": order(1)})
	if found["found"] != true || found["result"] != "unknown" || found["detail"] != "card_expired" || found["charged"] != false {
		t.Errorf("the inquiry got %v", found)
	}
}

func TestServer_AnOrderTurnedAwayMayComeAgain(t *testing.T) {
	s, base, secrets := start(t, "acme", simulator.Script{Default: simulator.Act{Fault: simulator.FaultBusy}})
	acme(t, base, secrets, "/v1/verify", person(1, card(1)))
	s.SetDefault(simulator.Act{})
	if again := acme(t, base, secrets, "/v1/verify", person(1, card(1))); again["result"] != "same" || again["charged"] != true {
		t.Errorf("got %v", again)
	}
}

func TestServer_AsksTheTestPersonForNothing(t *testing.T) {
	s, base, secrets := start(t, "acme", simulator.Script{})
	if free := acme(t, base, secrets, "/v1/verify", person(1, "6200000000000005")); free["result"] != "same" || free["charged"] != false {
		t.Errorf("got %v", free)
	}
	if s.Asked() != 1 || s.Charged() != 0 {
		t.Errorf("asked %d and charged %d", s.Asked(), s.Charged())
	}
}

func TestServer_HangsUntilTheClientGoesAndChargesWhatIsLate(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s, err := simulator.New("market", simulator.Script{}, map[string]string{"appcode": "code"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	defer server.Close() // waits for every request: a hang that outlived its client would hang the test
	ask := func(n int) error {
		m := speakMarket(map[string]string{"appcode": "code"}, about(n), "", time.Now())
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		r, _ := http.NewRequestWithContext(ctx, m.method, server.URL+m.target, strings.NewReader(m.body))
		for k, v := range m.header {
			r.Header.Set(k, v)
		}
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		answer, err := client.Do(r)
		if err == nil {
			_ = answer.Body.Close()
		}
		return err
	}
	s.Set(card(1), simulator.Act{Fault: simulator.FaultHang})
	s.Set(card(2), simulator.Act{Delay: time.Hour})
	if ask(1) == nil || ask(2) == nil {
		t.Error("there was an answer")
	}
	if s.AskedAbout(card(1)) != 0 || s.ChargedFor(card(2)) != 1 {
		t.Errorf("asked %d of the hanging one, charged %d of the late one", s.AskedAbout(card(1)), s.ChargedFor(card(2)))
	}
}

func TestServer_DownEndsAllConnectionsAndProcessesNothing(t *testing.T) {
	s, base, secrets := start(t, "market", simulator.Script{
		Default: simulator.Act{Fault: simulator.FaultHang},
		Cards:   map[string]simulator.Act{card(2): {Fault: simulator.FaultStatus503, Delay: time.Hour}},
	})
	ended := make(chan int, 2)
	for _, c := range []string{card(1), card(2)} {
		go func() {
			status, _, _ := market(t, base, secrets["appcode"], c)
			ended <- status
		}()
	}
	for s.Totals().Arrived < 2 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond) // so that they wait; those that do not are cut as well
	s.Down(true)
	s.Down(true)
	for range 2 {
		select {
		case status := <-ended:
			if status != 0 {
				t.Errorf("one that waited got %d", status)
			}
		case <-time.After(15 * time.Second): // the client would give up after 30
			t.Fatal("one that waited still waits")
		}
	}
	s.SetDefault(simulator.Act{})
	if status, _, _ := market(t, base, secrets["appcode"], card(1)); status != 0 {
		t.Errorf("while down: got %d", status)
	}
	s.Down(false)
	if status, _, _ := market(t, base, secrets["appcode"], card(1)); status != 200 || s.Asked() != 1 {
		t.Errorf("back again: got %d, asked %d", status, s.Asked())
	}
}

func TestServer_CountsFromManyGoroutines(t *testing.T) {
	s, base, secrets := start(t, "acme", simulator.Script{})
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for i := range 10 {
				acme(t, base, secrets, "/v1/verify", person(n*10+i, card(n+1)))
				s.Set(card(n+1), simulator.Act{Verdict: quartet.Mismatch})
				acme(t, base, secrets, "/v1/verify", person(n*10+i, card(n+1)))
			}
		})
	}
	wg.Wait()
	if s.Asked() != 80 || s.Charged() != 80 || s.AskedAbout(card(1)) != 10 {
		t.Errorf("asked %d, charged %d, of the first card %d", s.Asked(), s.Charged(), s.AskedAbout(card(1)))
	}
}

func TestServer_RefusesABodyWithoutEnd(t *testing.T) {
	s, base, _ := start(t, "market", simulator.Script{})
	if status, _, _ := do(t, "POST", base+"/communication/personal/1887", nil, strings.Repeat("x", 70_000)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d", status)
	}
	if s.Totals().Refused != 1 {
		t.Errorf("counted %+v", s.Totals())
	}
}

func TestStatement_ListsTheMonthInTheSuppliersColumns(t *testing.T) {
	s, base, secrets := start(t, "acme", simulator.Script{Cards: map[string]simulator.Act{card(2): {Fault: simulator.FaultNoRecord}}})
	now := time.Date(2026, 3, 31, 23, 59, 59, 0, quartet.Shanghai)
	s.Price = 22_500
	s.Now = func() time.Time { return now }
	for n := 1; n <= 2; n++ {
		m := speakAcme(secrets, about(n), "", now)
		speak(t, base, m)
	}
	now = now.Add(time.Second)
	speak(t, base, speakAcme(secrets, about(3), "", now))

	lines := s.Lines(now.Add(-time.Hour))
	if len(lines) != 2 || len(s.Lines(now)) != 1 {
		t.Fatalf("March has %d lines, April %d", len(lines), len(s.Lines(now)))
	}
	var all, own bytes.Buffer
	if err := simulator.WriteStatement(&all, lines); err != nil {
		t.Fatal(err)
	}
	want := "reference,order,time,result,charged,amount\n" +
		lines[0].Reference + "," + order(1) + ",2026-03-31 23:59:59,match,yes,0.225\n" +
		lines[1].Reference + "," + order(2) + ",2026-03-31 23:59:59,no_record,no," + quartet.Millifen(0).String() + "\n"
	if all.String() != want {
		t.Errorf("got\n%swant\n%s", all.String(), want)
	}
	if err := simulator.WriteStatement(&own, lines[:1], simulator.Column{Head: "订单号", Field: "order"}, simulator.Column{Head: "金额", Field: "amount"}); err != nil {
		t.Fatal(err)
	}
	if want := "订单号,金额\n" + order(1) + ",0.225\n"; own.String() != want {
		t.Errorf("got\n%swant\n%s", own.String(), want)
	}
	if err := simulator.WriteStatement(&own, nil, simulator.Column{Head: "x", Field: "card"}); quartet.CodeOf(err) != quartet.ErrInvalid {
		t.Errorf("a field that is none: got %v", err)
	}
}

func TestNew_NamesTheCredentialThatIsWrongAndNeverItsValue(t *testing.T) {
	cases := []struct {
		name, dialect string
		secrets       map[string]string
		code          quartet.ErrorCode
		want          string
	}{
		{"no such dialect", "nobody", nil, quartet.ErrNotFound, "market"},
		{"missing", "submail", map[string]string{"appid": "planted"}, quartet.ErrInvalid, "appkey"},
		{"one too many", "market", map[string]string{"appcode": "planted", "other": "planted"}, quartet.ErrInvalid, "other"},
		{"no key", "yunzhanghu", map[string]string{
			"dealer_id": "d", "app_key": "a", "aes_key": strings.Repeat("k", 32), "private_key": "planted",
		}, quartet.ErrInvalid, "private_key"},
		{"a short key", "yunzhanghu", map[string]string{
			"dealer_id": "d", "app_key": "a", "aes_key": "planted", "private_key": "p",
		}, quartet.ErrInvalid, "aes_key"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := simulator.New(c.dialect, simulator.Script{}, c.secrets)
			if quartet.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "planted") {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := simulator.Invent("nobody"); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("got %v", err)
	}
}
