package auth_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/seal"
	"quartet/internal/web"
)

// vector is a request as a client sent it, with what must come of it.
type vector struct {
	ID        string `json:"id"`
	AppKey    string `json:"app_key"`
	AppSecret string `json:"app_secret"`
	Request   struct {
		Method  string      `json:"method"`
		Target  string      `json:"target"`
		Headers [][2]string `json:"headers"`
		Body    string      `json:"body_base64"`
	} `json:"request"`
	Shown     string `json:"string_to_sign_in_error_message"`
	Timestamp int64  `json:"timestamp_ms"`
	JudgeAt   int64  `json:"judge_at_ms"`
	Expect    string `json:"expect"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/gateway.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Signature []vector `json:"signature_vectors"`
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all.Signature
}

// at is when a vector is judged.
func (v *vector) at() time.Time {
	if v.JudgeAt != 0 {
		return time.UnixMilli(v.JudgeAt)
	}
	return time.UnixMilli(v.Timestamp)
}

// request reads the vector's bytes as the server would.
func (v *vector) request(t testing.TB) *auth.Request {
	t.Helper()
	body, err := base64.StdEncoding.DecodeString(v.Request.Body)
	if err != nil {
		t.Fatal(err)
	}
	var raw bytes.Buffer
	fmt.Fprintf(&raw, "%s %s HTTP/1.1\r\n", v.Request.Method, v.Request.Target)
	for _, h := range v.Request.Headers {
		if !strings.EqualFold(h[0], "Content-Length") { // one vector's is wrong on purpose elsewhere; the body is what it is
			fmt.Fprintf(&raw, "%s: %s\r\n", h[0], h[1])
		}
	}
	fmt.Fprintf(&raw, "Content-Length: %d\r\n\r\n%s", len(body), body)
	r, err := http.ReadRequest(bufio.NewReader(&raw))
	if err != nil {
		t.Fatal(err)
	}
	return toJudge(t, r)
}

// toJudge takes a request to pieces as the road does.
func toJudge(t testing.TB, r *http.Request) *auth.Request {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	q := &auth.Request{Method: r.Method, Path: path, Host: r.Host, Header: r.Header, Body: body}
	q.Query, _, _ = web.AppendParams(nil, nil, []byte(r.URL.RawQuery))
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		q.Form, _, _ = web.AppendParams(nil, nil, body)
	}
	return q
}

// judges knows one AppKey.
func judges(appKey, secret string) *auth.Signatures {
	d := auth.New(hasher, plain)
	d.Replace([]quartet.Account{{ID: "alice"}}, []quartet.Credential{
		{ID: "c1", Account: "alice", Kind: quartet.KindAppKey, Hash: hasher.Sum("appkey", appKey), Sealed: []byte(secret)},
	})
	return auth.NewSignatures(d, seal.NewHasher([32]byte{8}), auth.NewNonces(1000))
}

func TestJudge_AgreesWithEveryRecordedRequest(t *testing.T) {
	t.Parallel()
	all := vectors(t)
	if len(all) != 37 {
		t.Fatalf("%d vectors", len(all))
	}
	for _, v := range all {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			s := judges(v.AppKey, v.AppSecret)
			j := s.Judge(v.request(t), v.at())
			want := web.NoGateway
			switch {
			case v.Expect == "accept":
			case v.ID == "neg-md5-mismatch":
				want = web.WrongMD5
			case v.ID == "neg-timestamp-expired":
				want = web.TimestampExpired
			default:
				want = web.WrongSignature
			}
			if j.Gateway != want {
				t.Fatalf("%q, want %q; the server's string: %s", j.Gateway.Text().Message, want.Text().Message, j.ToSign)
			}
			switch {
			case want == web.NoGateway && (j.Caller == nil || j.Caller.Credential != "c1"):
				t.Errorf("the caller is %+v", j.Caller)
			case want == web.WrongSignature && j.ToSign != "`"+v.Shown+"`":
				t.Errorf("shown\n%s\nwant\n`%s`", j.ToSign, v.Shown)
			case want != web.WrongSignature && j.ToSign != "":
				t.Errorf("a string is shown: %s", j.ToSign)
			}
		})
	}
}

// base is a request of the documented form, which the tests below spoil in one place.
func base(t testing.TB) (vector, *auth.Request) {
	t.Helper()
	for _, v := range vectors(t) {
		if v.ID == "hand-baseline" {
			return v, v.request(t)
		}
	}
	t.Fatal("the documented form is gone")
	return vector{}, nil
}

func TestJudge_RefusesWhatNoSecretStandsBehind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		spoil func(*auth.Request)
		want  web.Gateway
	}{
		{"an unknown AppKey", func(r *auth.Request) { r.Header.Set("X-Ca-Key", "nobody") }, web.UnknownAppKey},
		{"no AppKey", func(r *auth.Request) { r.Header.Del("X-Ca-Key") }, web.UnknownAppKey},
		{"no signature", func(r *auth.Request) { r.Header.Del("X-Ca-Signature") }, web.NoSignature},
		{"an empty signature", func(r *auth.Request) { r.Header.Set("X-Ca-Signature", "") }, web.NoSignature},
		{"a signature that is no base64", func(r *auth.Request) { r.Header.Set("X-Ca-Signature", "%%%") }, web.WrongSignature},
		{"a signature cut short", func(r *auth.Request) { r.Header.Set("X-Ca-Signature", "aGVsbG8=") }, web.WrongSignature},
		{"another method of the request", func(r *auth.Request) { r.Method = "PUT" }, web.WrongSignature},
		{"another path", func(r *auth.Request) { r.Path = "/communication/personal/1888" }, web.WrongSignature},
		{"another signature method", func(r *auth.Request) { r.Header.Set("X-Ca-Signature-Method", "HmacSHA1") }, web.WrongSignature},
		{"another timestamp", func(r *auth.Request) { r.Header.Set("X-Ca-Timestamp", "1795578400001") }, web.WrongSignature},
		{"a parameter more", func(r *auth.Request) { r.Query = append(r.Query, web.Param{Name: "x", Value: "1"}) }, web.WrongSignature},
		{"a header fewer in the list", func(r *auth.Request) { r.Header.Set("X-Ca-Signature-Headers", "X-Ca-Key") }, web.WrongSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, r := base(t)
			c.spoil(r)
			if j := judges(v.AppKey, v.AppSecret).Judge(r, v.at()); j.Gateway != c.want {
				t.Errorf("%q, want %q", j.Gateway.Text().Message, c.want.Text().Message)
			}
		})
	}
}

func TestJudge_TakesATimestampWithinAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		late time.Duration
		want web.Gateway
	}{
		{15 * time.Minute, web.NoGateway},
		{-15 * time.Minute, web.NoGateway},
		{15*time.Minute + time.Millisecond, web.TimestampExpired},
		{-15*time.Minute - time.Millisecond, web.TimestampExpired},
	} {
		v, r := base(t)
		if j := judges(v.AppKey, v.AppSecret).Judge(r, v.at().Add(c.late)); j.Gateway != c.want {
			t.Errorf("%v late: %q", c.late, j.Gateway.Text().Message)
		}
	}
}

func TestJudge_KnowsATimestampThatIsNone(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1795578400000)
	for _, stamp := range []string{"now", "1795578400000.5", "+1795578400000", "-1", "0x1A", "99999999999999999999", "１７９５"} {
		r := signed(t, map[string]string{"X-Ca-Timestamp": stamp})
		if j := judges("k", "s").Judge(r, now); j.Gateway != web.InvalidTimestamp {
			t.Errorf("%q: %q", stamp, j.Gateway.Text().Message)
		}
	}
}

// signed is a request that k signed with the secret s, as this program reads the rules.
func signed(t testing.TB, header map[string]string) *auth.Request {
	t.Helper()
	r := &auth.Request{Method: http.MethodPost, Path: "/p", Header: http.Header{"X-Ca-Key": {"k"}}}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "POST\n\n%s\n\n\n/p", r.Header.Get("Content-MD5"))
	r.Header.Set("X-Ca-Signature", sign("s", text.String()))
	return r
}

func TestJudge_LetsANonceBeUsedOnce(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1795578400000)
	s := judges("k", "s")
	use := func(at time.Time, header map[string]string) web.Gateway {
		return s.Judge(signed(t, header), at).Gateway
	}
	ahead := fmt.Sprint(now.Add(15 * time.Minute).UnixMilli())
	for _, c := range []struct {
		name string
		got  web.Gateway
		want web.Gateway
	}{
		{"the first time", use(now, map[string]string{"X-Ca-Nonce": "n"}), web.NoGateway},
		{"again", use(now.Add(time.Second), map[string]string{"X-Ca-Nonce": "n"}), web.NonceUsed},
		{"with another timestamp", use(now, map[string]string{"X-Ca-Nonce": "n", "X-Ca-Timestamp": ahead}), web.NonceUsed},
		{"another nonce", use(now, map[string]string{"X-Ca-Nonce": "m", "X-Ca-Timestamp": ahead}), web.NoGateway},
		{"none", use(now, nil), web.NoGateway},
		{"none again", use(now, nil), web.NoGateway},
		{"after a quarter of an hour", use(now.Add(15*time.Minute), map[string]string{"X-Ca-Nonce": "n"}), web.NonceUsed},
		{"a second later", use(now.Add(15*time.Minute+time.Second), map[string]string{"X-Ca-Nonce": "n"}), web.NoGateway},
		{"one whose timestamp lay ahead, as long as that is good", use(now.Add(30*time.Minute), map[string]string{"X-Ca-Nonce": "m", "X-Ca-Timestamp": ahead}), web.NonceUsed},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got.Text().Message, c.want.Text().Message)
		}
	}
}

func TestJudge_BurnsNoNonceOfAWrongSignature(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1795578400000)
	s := judges("k", "s")
	forged := signed(t, map[string]string{"X-Ca-Nonce": "n"})
	forged.Header.Set("X-Ca-Signature", sign("other", "POST\n\n\n\n\n/p"))
	if j := s.Judge(forged, now); j.Gateway != web.WrongSignature {
		t.Fatal(j.Gateway.Text().Message)
	}
	expired := signed(t, map[string]string{"X-Ca-Nonce": "n", "X-Ca-Timestamp": "1"})
	if j := s.Judge(expired, now); j.Gateway != web.TimestampExpired {
		t.Fatal(j.Gateway.Text().Message)
	}
	if j := s.Judge(signed(t, map[string]string{"X-Ca-Nonce": "n"}), now); j.Gateway != web.NoGateway {
		t.Error(j.Gateway.Text().Message)
	}
}

func TestJudge_ShowsItsStringWithoutWhatAHeaderCannotHold(t *testing.T) {
	t.Parallel()
	s := judges("k", "s")
	r := &auth.Request{Method: http.MethodPost, Path: "/p", Header: http.Header{"X-Ca-Key": {"k"}, "X-Ca-Signature": {"eA=="}}}
	r.Form = []web.Param{{Name: "a", Value: "x\r\ny\x00z\x7f"}, {Name: "b", Value: strings.Repeat("张", 3000)}}
	j := s.Judge(r, time.Now())
	if !strings.HasPrefix(j.ToSign, "`POST#####/p?a=x##y#z#&b=张") || !strings.HasSuffix(j.ToSign, "张`") {
		t.Errorf("shown: %.60q … %q", j.ToSign, j.ToSign[len(j.ToSign)-6:])
	}
	if len(j.ToSign) > 4098 || strings.ContainsAny(j.ToSign, "\r\n\x00") {
		t.Errorf("%d bytes", len(j.ToSign))
	}
}

// A list may name a header many times. A string that grows by that beyond all that a request
// can hold is not worked out: whoever knows an AppKey could keep the server busy with it.
func TestJudge_RefusesAStringThatIsLongerThanAnyRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		times int
		want  web.Gateway
	}{{2, web.NoGateway}, {4000, web.WrongSignature}} {
		value := strings.Repeat("x", 8000)
		r := &auth.Request{Method: http.MethodPost, Path: "/p", Header: http.Header{"X-Ca-Key": {"k"}, "A": {value}}}
		r.Header.Set("X-Ca-Signature-Headers", strings.Repeat("A,", c.times))
		r.Header.Set("X-Ca-Signature", sign("s", "POST\n\n\n\n\n"+strings.Repeat("A:"+value+"\n", c.times)+"/p"))
		j := judges("k", "s").Judge(r, time.UnixMilli(1795578400000))
		if j.Gateway != c.want || len(j.ToSign) > 4098 {
			t.Errorf("named %d times: %q and %d bytes", c.times, j.Gateway.Text().Message, len(j.ToSign))
		}
	}
}
