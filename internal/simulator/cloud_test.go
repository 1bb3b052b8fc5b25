package simulator_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/simulator"
)

// withoutClouds leaves out the dialects that have tests of their own, since they charge by
// other rules and hold keys that only some questions need.
func withoutClouds(dialects []string) []string {
	return slices.DeleteFunc(dialects, func(d string) bool { return d == "aliyun" || d == "tencent" })
}

func hmacSHA256(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// speakTencent writes a request of Tencent Cloud about these fields.
func speakTencent(s map[string]string, host, action string, fields map[string]any, now time.Time) message {
	body, _ := json.Marshal(fields)
	stamp, day := strconv.FormatInt(now.Unix(), 10), now.UTC().Format(time.DateOnly)
	canonical := "POST\n/\n\ncontent-type:application/json\nhost:" + host + "\n\ncontent-type;host\n" + sum(sha256.New(), string(body))
	scope := day + "/faceid/tc3_request"
	text := "TC3-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + sum(sha256.New(), canonical)
	key := hmacSHA256(hmacSHA256(hmacSHA256([]byte("TC3"+s["secret_key"]), day), "faceid"), "tc3_request")
	return message{"POST", "/", map[string]string{
		"Content-Type": "application/json", "X-TC-Action": action, "X-TC-Version": "2018-03-01", "X-TC-Timestamp": stamp,
		"Authorization": fmt.Sprintf("TC3-HMAC-SHA256 Credential=%s/%s, SignedHeaders=content-type;host, Signature=%x", s["secret_id"], scope, hmacSHA256(key, text)),
	}, string(body)}
}

func fourOf(n int) map[string]any {
	return map[string]any{"Name": name, "IdCard": id, "BankCard": card(n), "Phone": mobile}
}

func TestTencent_SaysVerdictsAndFaultsByTheNumbersOfEachAction(t *testing.T) {
	undetermined := func(r quartet.Reason) simulator.Act {
		return simulator.Act{Verdict: quartet.Undetermined, Reason: r}
	}
	for i, c := range []struct {
		act              simulator.Act
		two, three, four string
		charged          bool
	}{
		{simulator.Act{}, "0", "0", "0", true},
		{simulator.Act{Verdict: quartet.Mismatch}, "-1", "-1", "-1", true},
		{simulator.Act{Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch}, "0", "0", "-1", true},
		{simulator.Act{Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch}, "-4", "-5", "-6", true},
		{undetermined(quartet.ReasonNotEnabled), "-5", "-6", "-7", true},
		{undetermined(quartet.ReasonDormant), "-9", "-10", "-11", true},
		{undetermined(quartet.ReasonCardLost), "-11", "-12", "-13", true},
		{undetermined(quartet.ReasonCardExpired), "-12", "-13", "-14", true},
		{undetermined(quartet.ReasonCardRestricted), "-13", "-14", "-15", true},
		{undetermined(""), "-18", "-14", "-21", true},
		{simulator.Act{Fault: simulator.FaultRejected}, "-3", "-4", "-4", false},
		{simulator.Act{Fault: simulator.FaultNoRecord}, "-8", "-9", "-10", true},
		{simulator.Act{Fault: simulator.FaultUnsupported}, "-15", "-16", "-17", true},
		{simulator.Act{Fault: simulator.FaultBusy}, "-16", "-17", "-18", false},
		{simulator.Act{Fault: simulator.FaultFrequency}, "-17", "-18", "-19", false},
		{simulator.Act{Fault: simulator.FaultUnknownCode}, "-99", "-99", "-99", false},
		{simulator.Act{Fault: simulator.FaultExhausted}, "UnauthorizedOperation.Arrears", "UnauthorizedOperation.Arrears", "UnauthorizedOperation.Arrears", false},
		{simulator.Act{Fault: simulator.FaultRateLimited}, "RequestLimitExceeded", "RequestLimitExceeded", "RequestLimitExceeded", false},
		{simulator.Act{Fault: simulator.FaultFailed}, "InternalError.UnKnown", "InternalError.UnKnown", "InternalError.UnKnown", false},
	} {
		s, base, secrets := start(t, "tencent", simulator.Script{Default: c.act})
		for action, want := range map[string]string{"BankCard2EVerification": c.two, "BankCardVerification": c.three, "BankCard4EVerification": c.four} {
			status, _, text := speak(t, base, speakTencent(secrets, host(base), action, fourOf(i), time.Now()))
			if status != 200 || !strings.Contains(text, `Result":"`+want+`"`) && !strings.Contains(text, `Code":"`+want+`"`) {
				t.Errorf("%v %s %s: %s got %d %s, want %s", c.act.Verdict, c.act.Reason, c.act.Fault, action, status, text, want)
			}
		}
		want := map[bool]int{true: 3}[c.charged]
		if s.Asked() != 3 || s.Charged() != want {
			t.Errorf("%v %s %s: charged %d of %d", c.act.Verdict, c.act.Reason, c.act.Fault, s.Charged(), s.Asked())
		}
	}
}

func TestTencent_ChecksWhoAsksAndWhat(t *testing.T) {
	s, base, secrets := start(t, "tencent", simulator.Script{})
	const four = "BankCard4EVerification"
	good := func() message { return speakTencent(secrets, host(base), four, fourOf(1), time.Now()) }
	with := func(field string, value any) message {
		fields := fourOf(1)
		fields[field] = value
		return speakTencent(secrets, host(base), four, fields, time.Now())
	}
	header := func(name, value string) message {
		m := good()
		m.header[name] = value
		return m
	}
	other := func(slot string) map[string]string {
		wrong := maps.Clone(secrets)
		wrong[slot] += "0"
		return wrong
	}
	tampered := good()
	tampered.body = strings.Replace(tampered.body, card(1), card(2), 1)
	got := good()
	got.method = "GET"
	for name, c := range map[string]struct {
		m    message
		want string
	}{
		"no signature":          {header("Authorization", ""), "AuthFailure.InvalidAuthorization"},
		"another key":           {speakTencent(other("secret_key"), host(base), four, fourOf(1), time.Now()), "AuthFailure.SignatureFailure"},
		"another buyer":         {speakTencent(other("secret_id"), host(base), four, fourOf(1), time.Now()), "AuthFailure.SecretIdNotFound"},
		"changed after signing": {tampered, "AuthFailure.SignatureFailure"},
		"an old one":            {speakTencent(secrets, host(base), four, fourOf(1), time.Now().Add(-6*time.Minute)), "AuthFailure.SignatureExpire"},
		"an early one":          {speakTencent(secrets, host(base), four, fourOf(1), time.Now().Add(6*time.Minute)), "AuthFailure.SignatureExpire"},
		"another time":          {header("X-TC-Timestamp", strconv.FormatInt(time.Now().Unix()+1, 10)), "AuthFailure.Signature"},
		"another host":          {speakTencent(secrets, "api.example.com", four, fourOf(1), time.Now()), "AuthFailure.SignatureFailure"},
		"another method":        {got, "UnsupportedProtocol"},
		"another action":        {speakTencent(secrets, host(base), "BankCard5EVerification", fourOf(1), time.Now()), "InvalidAction"},
		"another version":       {header("X-TC-Version", "2017-03-12"), "NoSuchVersion"},
		"a number for a name":   {with("Name", 7), "InvalidParameter"},
		"no mobile":             {with("Phone", ""), "MissingParameter"},
		"a blank name":          {with("Name", " "), `"Result":"-2"`},
		"a wrong check digit":   {with("IdCard", id[:17]+"X"), `"Result":"-3"`},
		"a short card":          {with("BankCard", "62000"), `"Result":"-4"`},
		"a landline":            {with("Phone", "02139000000"), `"Result":"-5"`},
		"a passport":            {with("CertType", 1), `"Result":"-20"`},
		"no such encryption":    {with("Encryption", map[string]any{"Algorithm": "ROT13", "CiphertextBlob": "", "EncryptList": []string{"Name"}}), "FailedOperation.DecryptSystemError"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, text := speak(t, base, c.m); !strings.Contains(text, c.want) {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
	if got := s.Totals(); got.Asked != 0 || got.Refused != got.Arrived {
		t.Errorf("counted %+v, want all refused", got)
	}
}

// speakAliyun writes a request of Alibaba Cloud in the older of its two signatures.
func speakAliyun(s map[string]string, n int, now time.Time, change func(url.Values)) message {
	v := values([]string{
		"Action", "BankMetaVerify", "Version", "2019-03-07", "Format", "JSON", "AccessKeyId", s["access_key_id"],
		"SignatureMethod", "HMAC-SHA1", "SignatureVersion", "1.0", "SignatureNonce", strconv.FormatInt(time.Now().UnixNano(), 36),
		"Timestamp", now.UTC().Format("2006-01-02T15:04:05Z"),
		"VerifyMode", "VERIFY_BANK_CARD", "ProductType", "BANK_CARD_4_META", "ParamType", "normal",
		"UserName", name, "IdentifyNum", id, "BankCard", card(n), "Mobile", mobile,
	})
	if change != nil {
		change(v)
	}
	encode := func(text string) string {
		return strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(url.QueryEscape(text))
	}
	var pairs []string
	for _, k := range slices.Sorted(maps.Keys(v)) {
		pairs = append(pairs, encode(k)+"="+encode(v.Get(k)))
	}
	mac := hmac.New(sha1.New, []byte(s["access_key_secret"]+"&"))
	mac.Write([]byte("POST&%2F&" + encode(strings.Join(pairs, "&"))))
	v.Set("Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return message{method: "POST", target: "/?" + v.Encode()}
}

func TestAliyun_SaysVerdictsAndFaultsInItsThreeLevels(t *testing.T) {
	undetermined := func(r quartet.Reason) simulator.Act {
		return simulator.Act{Verdict: quartet.Undetermined, Reason: r}
	}
	said := func(biz, sub string) string {
		return `"ResultObject":{"BizCode":"` + biz + `","SubCode":"` + sub + `"}`
	}
	s, base, secrets := start(t, "aliyun", simulator.Script{})
	for i, c := range []struct {
		act     simulator.Act
		status  int
		want    string
		charged bool
	}{
		{simulator.Act{}, 200, said("1", "101"), true},
		{simulator.Act{Verdict: quartet.Mismatch}, 200, said("2", "201"), true},
		{simulator.Act{Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch}, 200, said("2", "201"), true},
		{simulator.Act{Verdict: quartet.Mismatch, Differs: quartet.NeedMobile}, 200, said("2", "214"), true},
		{undetermined(quartet.ReasonNotEnabled), 200, said("2", "202"), true},
		{undetermined(quartet.ReasonCardExpired), 200, said("2", "203"), true},
		{undetermined(quartet.ReasonCardRestricted), 200, said("2", "204"), true},
		{undetermined(quartet.ReasonDormant), 200, said("2", "208"), true},
		{undetermined(quartet.ReasonCardLost), 200, said("2", "210"), true},
		{undetermined(""), 200, said("2", "213"), true},
		{undetermined(quartet.ReasonIssuerRefused), 200, said("3", "302"), false},
		{simulator.Act{Fault: simulator.FaultRejected}, 200, `"Code":"401"`, false},
		{simulator.Act{Fault: simulator.FaultNoRecord}, 200, said("3", ""), false},
		{simulator.Act{Fault: simulator.FaultUnsupported}, 200, said("3", "301"), false},
		{simulator.Act{Fault: simulator.FaultFrequency}, 200, said("3", "306"), false},
		{simulator.Act{Fault: simulator.FaultBusy}, 503, `"Code":"Throttling"`, false},
		{simulator.Act{Fault: simulator.FaultExhausted}, 200, `"Code":"412"`, false},
		{simulator.Act{Fault: simulator.FaultRateLimited}, 400, `"Code":"Throttling.User"`, false},
		{simulator.Act{Fault: simulator.FaultFailed}, 200, `"Code":"500"`, false},
		{simulator.Act{Fault: simulator.FaultUnknownCode}, 200, said("9", "999"), false},
	} {
		s.Set(card(i), c.act)
		status, _, text := speak(t, base, speakAliyun(secrets, i, time.Now(), nil))
		if status != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%v %s %s: got %d %s, want %d %s", c.act.Verdict, c.act.Reason, c.act.Fault, status, text, c.status, c.want)
		}
		if got := s.ChargedFor(card(i)) == 1; got != c.charged {
			t.Errorf("%v %s %s: charged %v", c.act.Verdict, c.act.Reason, c.act.Fault, got)
		}
	}
}

func TestAliyun_ChecksWhoAsksAndWhat(t *testing.T) {
	s, base, secrets := start(t, "aliyun", simulator.Script{})
	with := func(pairs ...string) message {
		return speakAliyun(secrets, 1, time.Now(), func(v url.Values) {
			for i := 0; i < len(pairs); i += 2 {
				v.Set(pairs[i], pairs[i+1])
			}
		})
	}
	other := func(slot string) message {
		wrong := maps.Clone(secrets)
		wrong[slot] += "0"
		return speakAliyun(wrong, 1, time.Now(), nil)
	}
	tampered := with()
	tampered.target = strings.Replace(tampered.target, card(1), card(2), 1)
	unsigned := with()
	unsigned.target = strings.Replace(unsigned.target, "Signature=", "Sign=", 1)
	newer := with()
	newer.header = map[string]string{"Authorization": "ACS3-HMAC-SHA256 Credential=" + secrets["access_key_id"] + ",SignedHeaders=host,Signature=" + strings.Repeat("0", 64)}
	for name, c := range map[string]struct {
		m      message
		status int
		want   string
	}{
		"no signature":          {unsigned, 400, "IncompleteSignature"},
		"another method":        {with("SignatureMethod", "HMAC-SHA256"), 400, "IncompleteSignature"},
		"another key":           {other("access_key_secret"), 400, "SignatureDoesNotMatch"},
		"another buyer":         {other("access_key_id"), 404, "InvalidAccessKeyId.NotFound"},
		"changed after signing": {tampered, 400, "SignatureDoesNotMatch"},
		"the newer one, wrong":  {newer, 400, "InvalidTimeStamp.Expired"},
		"an old one":            {speakAliyun(secrets, 1, time.Now().Add(-16*time.Minute), nil), 400, "InvalidTimeStamp.Expired"},
		"an early one":          {speakAliyun(secrets, 1, time.Now().Add(16*time.Minute), nil), 400, "InvalidTimeStamp.Expired"},
		"no nonce":              {with("SignatureNonce", ""), 400, "SignatureNonceUsed"},
		"another action":        {with("Action", "Id2MetaVerify"), 404, "InvalidAction.NotFound"},
		"another version":       {with("Version", "2020-06-18"), 404, "InvalidVersion"},
		"another product":       {with("ProductType", "BANK_CARD_5_META"), 200, `"Code":"401"`},
		"another mode":          {with("VerifyMode", ""), 200, `"Code":"401"`},
		"another form":          {with("ParamType", "sm2"), 200, `"Code":"401"`},
		"no mobile":             {with("Mobile", ""), 200, `"Code":"400"`},
		"no name":               {with("UserName", ""), 200, `"Code":"400"`},
		"a wrong check digit":   {with("IdentifyNum", id[:17]+"X"), 200, `"Code":"401"`},
		"a short card":          {with("BankCard", "62000"), 200, `"Code":"401"`},
		"plain for hashed":      {with("ParamType", "md5"), 200, `"Code":"401"`},
	} {
		t.Run(name, func(t *testing.T) {
			if status, _, text := speak(t, base, c.m); status != c.status || !strings.Contains(text, c.want) {
				t.Errorf("got %d %s, want %d %s", status, text, c.status, c.want)
			}
		})
	}
	if got := s.Totals(); got.Asked != 0 || got.Refused != got.Arrived {
		t.Errorf("counted %+v, want all refused", got)
	}
}

func TestAliyun_TakesWhatWasSignedOnce(t *testing.T) {
	s, base, secrets := start(t, "aliyun", simulator.Script{})
	m := speakAliyun(secrets, 1, time.Now(), nil)
	_, _, first := speak(t, base, m)
	status, _, second := speak(t, base, m)
	if !strings.Contains(first, `"BizCode":"1"`) || status != 400 || !strings.Contains(second, "SignatureNonceUsed") || s.Asked() != 1 {
		t.Errorf("got %s, then %d %s, and asked %d times", first, status, second, s.Asked())
	}
}
