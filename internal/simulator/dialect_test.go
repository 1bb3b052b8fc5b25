package simulator_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/simulator"
)

// speak sends a message of a dialect.
func speak(t *testing.T, base string, m message) (int, http.Header, string) {
	t.Helper()
	return do(t, m.method, base+m.target, m.header, m.body)
}

func about(n int) asked { return asked{name, id, card(n), mobile, order(n)} }

func host(base string) string { return strings.TrimPrefix(base, "http://") }

// words lists, for each dialect, how it says each of acts: pieces of the body, the status or
// the gateway's code, parted by blanks.
func words() map[string][]string {
	// match, mismatch, undetermined, rejected, no_record, unsupported, frequency, busy,
	// exhausted, rate_limited, failed, unknown_code
	return map[string][]string{
		"acme": {
			`"result":"same" "charged":true`, `"result":"different" "detail":"mobile" "charged":true`,
			`"result":"unknown" "detail":"card_lost" "charged":false`, `"code":"PARAM"`, `"code":"NO_RECORD"`, `"code":"UNSUPPORTED"`,
			`"code":"FREQUENT"`, `"code":"BUSY"`, `"code":"BALANCE"`, `"code":"LIMIT"`, `"code":"SYSTEM"`, `"code":"E_777" "status":"error"`,
		},
		"cftg": plain(`"result_code":"200" "result":"1"`, `"result_code":"200" "result":"2"`, `"result_code":"200" "result":"3"`,
			`"result_code":"200" "result":"9"`, `"result_code":"N"`),
		"chuanglan": plain(`"chargeStatus":1 "result":"01"`, `"chargeStatus":1 "result":"02"`, `"chargeStatus":0 "result":"03"`,
			`"chargeStatus":0 "result":"09"`, `"chargeStatus":0 "code":"N"`),
		"direct": {
			`"state":"1"`, `"state":"2"`, `"state":"3"`, "10001", "10015", "10013", "10020", "10017", `"10017"`,
			"429 T429PA", "10007", "10099",
		},
		"haoservice": replace(plain(`"result":"T" "idcardCode":"`+id, `"result":"F"`, `"result":"N"`, `"result":"X"`, `"error_code":N`), 10, `"result":"P"`),
		"juhe":       plain(`"res":"1" "realname":"`+name, `"res":"2"`, `"error_code":300`, `"res":"9"`, `"error_code":N`),
		"jumdata": plain(`"result":"1" "code":200`, `"result":"2" "detail":"mobile"`, `"result":"3"`,
			`"result":"9"`, `"code":N`),
		"lfv2": plain(`"code":0 "result":1`, `"code":0 "result":2`, `"code":0 "result":3`, `"result":9`, `"code":N`),
		"lundear": {
			`"code":"0"`, `"code":"1"`, `"code":"3"`, `"code":"2"`, `"code":"404"`, `"code":"415"`, `"code":"95"`, `"code":"96"`,
			"403 B403MQ", "429 T429PA", `"code":"500"`, `"code":"999"`,
		},
		"market": {
			`"state":"1"`, `"state":"2"`, `"state":"3"`, "10001", "10015", "10013", "10020", "10017", "403 B403MQ",
			"429 T429PA", "10007", "10099",
		},
		"onecloudsp": plain(`"ret":0 "res":1`, `"ret":0 "res":2`, `"ret":300`, `"res":9`, `"ret":N`),
		"payease": {
			`"status":"PASS" "errorMessage":""`, `"status":"NOPASS" RZ000001|`, `"status":"NOPASS" RZ000002|`, "RZ000005|", "RZ000003|",
			"RZ000004|", "RZ000008|", "RZ000009|", "RZ000010|", "RZ000011|", "RZ000099|", "RZ000077|",
		},
		"qiniu": plain(`"match":true "result_code":0 {\"checkResultDetail\":\"1\"}`, `"match":false {\"checkResultDetail\":\"3\"}`, `"result_code":300`,
			`"result_code":999`, `"result_code":N`),
		"shumaidata":    plain(`"result":"0" "success":true`, `"result":"1" "success":true`, `"result":"3"`, `"result":"7"`, `"code":N "success":false`),
		"submail":       plain(`"identical":true "status":"success"`, `"identical":false`, `"code":300`, `"code":999`, `"code":N "status":"error"`),
		"tencentmarket": plain(`"res":"1"`, `"res":"2"`, `"error_code":300`, `"res":"9"`, `"error_code":N`),
		"yunzhanghu":    plain(`"code":"0000"`, `"code":"2001"`, `"code":"2002"`, `"code":"6999"`, `"code":"6N"`),
	}
}

// plain is the list of a dialect with the plain codes; N stands for the code.
func plain(match, mismatch, undetermined, unheardOf, failure string) []string {
	list := []string{match, mismatch, undetermined}
	for _, code := range []string{"400", "404", "415", "420", "503", "402", "429", "500"} {
		list = append(list, strings.ReplaceAll(failure, "N", code))
	}
	return append(list, unheardOf)
}

func replace(list []string, at int, want string) []string {
	list[at] = want
	return list
}

func acts() []simulator.Act {
	return []simulator.Act{
		{},
		{Verdict: quartet.Mismatch, Differs: quartet.NeedMobile},
		{Verdict: quartet.Undetermined, Reason: quartet.ReasonCardLost},
		{Fault: simulator.FaultRejected},
		{Fault: simulator.FaultNoRecord},
		{Fault: simulator.FaultUnsupported},
		{Fault: simulator.FaultFrequency},
		{Fault: simulator.FaultBusy},
		{Fault: simulator.FaultExhausted},
		{Fault: simulator.FaultRateLimited},
		{Fault: simulator.FaultFailed},
		{Fault: simulator.FaultUnknownCode},
	}
}

func TestDialects_SayEveryVerdictAndFaultInTheirOwnWords(t *testing.T) {
	if got := slices.Sorted(maps.Keys(words())); !slices.Equal(got, withoutClouds(simulator.Dialects())) {
		t.Fatalf("tested are %v, there are %v", got, simulator.Dialects())
	}
	for dialect, list := range words() {
		t.Run(dialect, func(t *testing.T) {
			s, base, secrets := start(t, dialect, simulator.Script{})
			for i, act := range acts() {
				if dialect == "haoservice" && act.Verdict == quartet.Mismatch { // it does not ask for the mobile
					act.Differs = quartet.NeedName
				}
				s.Set(card(i+1), act)
				status, head, text := speak(t, base, speakers()[dialect](secrets, about(i+1), host(base), time.Now()))
				text = http.StatusText(status) + " " + strings.Join([]string{text, head.Get("X-Ca-Error-Code")}, " ")
				for piece := range strings.FieldsSeq(list[i]) {
					if code := statusOf(piece); code != 0 && code != status || code == 0 && !strings.Contains(text, piece) {
						t.Errorf("%v %s: got %d %s, want %s", act.Verdict, act.Fault, status, text, list[i])
					}
				}
				if want := act.Fault == "" && act.Verdict != quartet.Undetermined; want != (s.ChargedFor(card(i+1)) == 1) {
					t.Errorf("%v %s: charged %d", act.Verdict, act.Fault, s.ChargedFor(card(i+1)))
				}
			}
			if got := s.Totals(); got.Asked != len(acts()) || got.Charged != 2 || got.Refused != 0 {
				t.Errorf("counted %+v", got)
			}
		})
	}
}

func statusOf(piece string) int {
	switch piece {
	case "403":
		return 403
	case "429":
		return 429
	default:
		return 0
	}
}

func TestDialects_RefuseAnyOtherCredential(t *testing.T) {
	for dialect, speaker := range speakers() {
		for _, slot := range simulator.Slots(dialect) {
			t.Run(dialect+" "+slot, func(t *testing.T) {
				s, base, secrets := start(t, dialect, simulator.Script{})
				others, err := simulator.Invent(dialect)
				if err != nil {
					t.Fatal(err)
				}
				wrong := maps.Clone(secrets)
				wrong[slot] = others[slot]
				_, _, text := speak(t, base, speaker(wrong, about(1), host(base), time.Now()))
				if got := s.Totals(); got.Refused != 1 || got.Asked != 0 {
					t.Errorf("answered %s and counted %+v", text, got)
				}
			})
		}
	}
}

func TestDialects_RefuseWhatWasChangedAfterSigning(t *testing.T) {
	for _, dialect := range []string{"acme", "payease", "qiniu", "submail", "yunzhanghu"} {
		t.Run(dialect, func(t *testing.T) {
			s, base, secrets := start(t, dialect, simulator.Script{})
			m := speakers()[dialect](secrets, about(1), host(base), time.Now())
			m.body = strings.Replace(strings.Replace(m.body, card(1), card(2), 1), "mess=word", "mess=other", 1)
			if _, _, text := speak(t, base, m); s.Totals().Refused != 1 {
				t.Errorf("answered %s", text)
			}
		})
	}
}

func TestDialects_RefuseWhatIsTooOldOrTooEarly(t *testing.T) {
	for _, dialect := range []string{"acme", "jumdata", "lfv2", "tencentmarket", "yunzhanghu"} {
		for _, shift := range []time.Duration{-time.Hour, time.Hour} {
			t.Run(dialect+" "+shift.String(), func(t *testing.T) {
				s, base, secrets := start(t, dialect, simulator.Script{})
				if _, _, text := speak(t, base, speakers()[dialect](secrets, about(1), host(base), time.Now().Add(shift))); s.Totals().Refused != 1 {
					t.Errorf("answered %s", text)
				}
			})
		}
	}
}

func TestDialects_RefuseElementsWithoutForm(t *testing.T) {
	for dialect, speaker := range speakers() {
		t.Run(dialect, func(t *testing.T) {
			s, base, secrets := start(t, dialect, simulator.Script{})
			faulty := []asked{
				{" ", id, card(1), mobile, order(1)}, {name, id[:17] + "X", card(1), mobile, order(1)}, {name, id, "62x", mobile, order(1)},
			}
			if dialect != "haoservice" {
				faulty = append(faulty, asked{name, id, card(1), "2390000", order(1)})
			}
			for _, a := range faulty {
				if _, _, text := speak(t, base, speaker(secrets, a, host(base), time.Now())); text == "" {
					t.Error("no answer")
				}
			}
			if got := s.Totals(); got.Refused != len(faulty) || got.Asked != 0 {
				t.Errorf("counted %+v", got)
			}
		})
	}
}

func TestDialects_AnswerARepeatedOrderFromTheBookWhereItIsUnique(t *testing.T) {
	unique := []string{"acme", "juhe", "tencentmarket"}
	for dialect, speaker := range speakers() {
		t.Run(dialect, func(t *testing.T) {
			s, base, secrets := start(t, dialect, simulator.Script{})
			for range 2 {
				speak(t, base, speaker(secrets, about(1), host(base), time.Now()))
			}
			want := 2
			if slices.Contains(unique, dialect) {
				want = 1
			}
			if s.Asked() != want || s.Charged() != want {
				t.Errorf("asked %d and charged %d, want %d", s.Asked(), s.Charged(), want)
			}
		})
	}
}

func TestDialects_RefuseOrderNumbersAgainstTheirRule(t *testing.T) {
	for dialect, orders := range map[string][]string{
		"acme": {"", "SHORT", strings.Repeat("1", 19), "ORDER-00000000001X"}, "juhe": {"1234567", strings.Repeat("1", 33)},
		"tencentmarket": {"1234567"}, "cftg": {"", strings.Repeat("1", 41)}, "payease": {""}, "yunzhanghu": {""},
	} {
		t.Run(dialect, func(t *testing.T) {
			s, base, secrets := start(t, dialect, simulator.Script{})
			for _, o := range orders {
				speak(t, base, speakers()[dialect](secrets, asked{name, id, card(1), mobile, o}, host(base), time.Now()))
			}
			if got := s.Totals(); got.Refused != len(orders) || got.Asked != 0 {
				t.Errorf("counted %+v", got)
			}
		})
	}
}
