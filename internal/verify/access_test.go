package verify_test

import (
	"bufio"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/sandbox"
	"quartet/internal/seal"
	"quartet/internal/web"
)

// gateway is the answer of the gateway layer as "status code message", else the code.
func (a answer) gateway() string {
	if a.status == http.StatusOK {
		return a.code()
	}
	return fmt.Sprintf("%d %s %s", a.status, a.header.Get("X-Ca-Error-Code"), a.header.Get("X-Ca-Error-Message"))
}

// signed is a request as its sender signs it in the documented form.
func signed(secret, nonce, body string) request {
	kind := "application/x-www-form-urlencoded; charset=UTF-8"
	var plain []string
	for pair := range strings.SplitSeq(body, "&") { // url.Values.Encode sorts by name
		plain = append(plain, decoded(pair))
	}
	text := "POST\n*/*\n\n" + kind + "\n\nX-Ca-Key:" + appKey + "\nX-Ca-Nonce:" + nonce + "\n" + path + "?" + strings.Join(plain, "&")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return request{auth: "-", contentType: kind, body: body, header: map[string]string{
		"Accept": "*/*", "X-Ca-Key": appKey, "X-Ca-Nonce": nonce, "X-Ca-Signature-Headers": "X-Ca-Key,X-Ca-Nonce",
		"X-Ca-Signature": base64.StdEncoding.EncodeToString(mac.Sum(nil)),
	}}
}

func decoded(pair string) string {
	r, err := http.NewRequest(http.MethodGet, "http://x/?"+pair, nil)
	if err != nil {
		panic(err)
	}
	for name, values := range r.URL.Query() {
		return name + "=" + values[0]
	}
	return ""
}

func TestRoad_AnswersASignedCallOnceForItsNonce(t *testing.T) {
	for _, local := range []bool{true, false} {
		w := newWorld(t, options{local: local})
		first := w.do(signed(appSecret, "n1", form(cardMatch)))
		if first.code() != "10000" {
			t.Fatalf("%s", first.gateway())
		}
		if again := w.do(signed(appSecret, "n1", form(cardMatch))); again.gateway() != "400 S400NU Nonce Used" || again.body != "" {
			t.Errorf("replayed: %s %s", again.gateway(), again.body)
		}
		if next := w.do(signed(appSecret, "n2", form(cardMatch))); next.code() != "10000" {
			t.Errorf("with another nonce: %s", next.gateway())
		}
		if used := w.used(); used != 2 {
			t.Errorf("used %d, want 2", used)
		}
		for _, c := range w.rows() {
			if c.Nonce == 0 {
				t.Error("a row does not hold its nonce")
			}
		}
	}
}

// What a signature covers and does not hold is not rescued by an AppCode that does.
func TestRoad_LetsASignatureAloneDecide(t *testing.T) {
	w := newWorld(t, options{local: true})
	wrong := signed("another secret", "n1", form(cardMatch))
	wrong.auth = "APPCODE " + appCode
	a := w.do(wrong)
	prefix := "403 A403IS Invalid Signature, Server StringToSign:`POST#*/*##application/x-www-form-urlencoded; charset=UTF-8##X-Ca-Key:" + appKey + "#"
	if got := a.gateway(); !strings.HasPrefix(got, prefix) || !strings.Contains(got, "name="+goodName) || !strings.HasSuffix(got, "`") || a.body != "" {
		t.Errorf("%s", got)
	}
	unknown := request{header: map[string]string{"X-Ca-Key": "nobody", "X-Ca-Signature": "eA=="}, body: form(cardMatch)}
	if got := w.do(unknown).gateway(); got != "400 A400IK Invalid AppKey" {
		t.Errorf("an unknown AppKey beside a good AppCode: %s", got)
	}
	if got := w.do(request{header: map[string]string{"X-Ca-Key": appKey}, body: form(cardMatch)}).gateway(); got != "401 A401ES Empty Signature" {
		t.Errorf("no signature: %s", got)
	}
	if used := w.used(); used != 0 {
		t.Errorf("used %d", used)
	}
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	if len(w.log.events) != 0 || len(w.log.faults) != 0 {
		t.Errorf("logged: %v %v", w.log.events, w.log.faults)
	}
}

func TestRoad_ReadsEveryRecordedWayToSendAnAppCode(t *testing.T) {
	text, err := os.ReadFile("../auth/testdata/gateway.json")
	must(t, err)
	var all struct {
		Vectors []struct {
			ID      string `json:"id"`
			AppCode string `json:"app_code"`
			Expect  string `json:"expect"`
			Request struct {
				Method  string      `json:"method"`
				Target  string      `json:"target"`
				Headers [][2]string `json:"headers"`
				Body    string      `json:"body_base64"`
			} `json:"request"`
			Status  int    `json:"status"`
			Code    string `json:"error_code"`
			Message string `json:"error_message"`
		} `json:"appcode_vectors"`
	}
	must(t, json.Unmarshal(text, &all))
	if len(all.Vectors) != 14 {
		t.Fatalf("%d vectors", len(all.Vectors))
	}
	for _, inQuery := range []bool{false, true} {
		w := newWorld(t, options{local: true, inQuery: inQuery})
		w.creds[0].Hash = seal.NewHasher([32]byte{1}).Sum("appcode", all.Vectors[0].AppCode)
		w.callers.Replace(w.accounts, w.creds)
		for _, v := range all.Vectors {
			body, err := base64.StdEncoding.DecodeString(v.Request.Body)
			must(t, err)
			r := request{method: v.Request.Method, path: v.Request.Target, auth: "-", contentType: "-", body: string(body), header: map[string]string{}}
			for _, h := range v.Request.Headers {
				if h[0] != "Host" && h[0] != "Connection" {
					r.header[h[0]] = h[1]
				}
			}
			// Its person is nobody of ours: to be answered by the source is to be let in.
			want := "10015"
			switch {
			case v.Code != "":
				want = fmt.Sprintf("%d %s %s", v.Status, v.Code, v.Message)
			case v.Expect == "reject", strings.Contains(v.Expect, "when query mode") && !inQuery:
				want = "400 A400MA Need authorization"
			}
			got := w.do(r).gateway()
			if want == "10015" && (got == "10000" || got == "10001" || got == "10015") {
				continue
			}
			if got != want {
				t.Errorf("query allowed %v, %s: %s, want %s", inQuery, v.ID, got, want)
			}
		}
	}
}

// limited is a world in which c1 (AppCode) and c2 (key) are bound as change says.
func limited(t *testing.T, o options, change func(c *quartet.Credential)) *world {
	t.Helper()
	o.local = true
	w := newWorld(t, o)
	for i := range w.creds {
		change(&w.creds[i])
	}
	w.callers.Replace(w.accounts, w.creds)
	return w
}

func byKey() request {
	return request{auth: "-", body: form(cardMatch, "key", key)}
}

func TestRoad_KeepsACredentialToItsProductsAndNetworks(t *testing.T) {
	w := limited(t, options{proxies: web.NewProxies([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")})}, func(c *quartet.Credential) {
		c.Limits = quartet.Limits{Products: []string{"1887"}, Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}
	})
	within, without := map[string]string{"X-Forwarded-For": "192.0.2.7"}, map[string]string{"X-Forwarded-For": "192.0.2.7, 198.51.100.7"}
	if got := w.do(request{body: form(cardMatch), header: within}).gateway(); got != "10000" {
		t.Errorf("from within: %s", got)
	}
	if got := w.do(request{body: form(cardMatch), header: without}).gateway(); got != "403 A403IP Access Denied by IP Control Policy" {
		t.Errorf("from without: %s", got)
	}
	key := byKey()
	key.header = without
	if got := w.do(key).gateway(); got != "10010" {
		t.Errorf("from without, by key: %s", got)
	}
	w = limited(t, options{}, func(c *quartet.Credential) { c.Limits.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	if got := w.do(request{body: form(cardMatch), header: within}).gateway(); got != "403 A403IP Access Denied by IP Control Policy" {
		t.Errorf("by the word of nobody: %s", got)
	}
	w = limited(t, options{}, func(c *quartet.Credential) { c.Limits.Products = []string{"other"} })
	if got := w.do(request{body: form(cardMatch)}).gateway(); got != "403 I403AA Unauthorized" {
		t.Errorf("another product: %s", got)
	}
	if got := w.do(byKey()).gateway(); got != "10010" {
		t.Errorf("another product, by key: %s", got)
	}
	if w.used() != 0 {
		t.Error("a unit was used")
	}
}

func TestRoad_EndsACredentialWhenItsTimeIsOver(t *testing.T) {
	w := limited(t, options{}, func(c *quartet.Credential) { c.ExpiresAt = time.Now().Add(-time.Second) })
	for name, c := range map[string]struct {
		r    request
		want string
	}{
		"AppCode": {request{body: form(cardMatch)}, "400 A400AC Invalid AppCode `not exists`"},
		"key":     {byKey(), "10005"},
		"AppKey":  {signed(appSecret, "n", form(cardMatch)), "400 A400IK Invalid AppKey"},
	} {
		if got := w.do(c.r).gateway(); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// stopped is a clock that stands still, an hour before midnight in Shanghai.
func stopped() time.Time {
	return time.Unix(quartet.DayStart(quartet.DayOf(time.Now().Unix())+1), 0).Add(-time.Hour)
}

func TestRoad_ThrottlesInTheGatewaysWordsAndSaysWhenToComeAgain(t *testing.T) {
	two := quartet.Rate{QPS: 1, Burst: 2}
	for _, c := range []struct {
		name  string
		bound func(w *world)
		want  string
		wait  string // seconds until the next
	}{
		{"the credential", func(w *world) { w.creds[0].Limits.Rate = two }, "429 T429PA Throttled by API Flow Control", "1"},
		{"the account", func(w *world) { w.accounts[0].Rate = two }, "429 T429GR Throttled by GROUP Flow Control", "1"},
		{"the day", func(w *world) { w.creds[0].Limits.Daily = 2 }, "429 T429PR Throttled by APP Flow Control", "3600"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, options{local: true, now: stopped})
			c.bound(w)
			w.callers.Replace(w.accounts, w.creds)
			for i := range 2 {
				if got := w.do(request{body: form(cardMatch)}).gateway(); got != "10000" {
					t.Fatalf("call %d: %s", i+1, got)
				}
			}
			a := w.do(request{body: form(cardMatch)})
			if wait := a.header.Get("Retry-After"); a.gateway() != c.want || a.body != "" || wait != c.wait {
				t.Errorf("the third: %s, Retry-After %q", a.gateway(), wait)
			}
			if w.used() != 2 {
				t.Error("what was throttled was charged")
			}
		})
	}
}

// Strangers who try too often hear one answer whatever they try; who is known passes.
func TestRoad_TiresOfAnAddressThatNeverSaysWhoCalls(t *testing.T) {
	w := newWorld(t, options{local: true, now: stopped, failures: quartet.Rate{QPS: 1, Burst: 3}})
	strangers := []request{
		{auth: "APPCODE nobody", body: form(cardMatch)}, {auth: "-", body: form(cardMatch, "key", "nobody")}, {auth: "-", body: form(cardMatch)},
	}
	for i, want := range []string{"400 A400AC Invalid AppCode `not exists`", "10005", "400 A400MA Need authorization"} {
		if got := w.do(strangers[i]).gateway(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	rows := len(w.rows())
	for _, r := range append(strangers, signed("wrong", "n", form(cardMatch))) {
		if a := w.do(r); a.gateway() != "429 T429SR Throttled by IP Flow Control" || a.header.Get("Retry-After") == "" {
			t.Errorf("%s", a.gateway())
		}
	}
	if now := len(w.rows()); now != rows {
		t.Errorf("%d rows after %d", now, rows)
	}
	if got := w.do(request{body: form(cardMatch)}).gateway(); got != "10000" {
		t.Errorf("who is known, from the same address: %s", got)
	}
}

func TestRoad_TellsUnitsThatWereNeverBoughtFromThoseThatAreFrozen(t *testing.T) {
	w := newWorld(t, options{local: true})
	hasher := seal.NewHasher([32]byte{1})
	w.accounts = append(w.accounts, quartet.Account{ID: "poor"})
	w.creds = append(w.creds, quartet.Credential{ID: "c9", Account: "poor", Kind: quartet.KindAppCode, Hash: hasher.Sum("appcode", "poor")})
	w.callers.Replace(w.accounts, w.creds)
	if got := w.do(request{auth: "APPCODE poor", body: form(cardMatch)}).gateway(); got != "403 I403AA Unauthorized" {
		t.Errorf("never bought: %s", got)
	}
	must(t, w.ledger.Freeze(t.Context(), "grant", "test"))
	if got := w.do(request{body: form(cardMatch)}).gateway(); got != "403 B403MI Api Market Subscription invalid" {
		t.Errorf("frozen: %s", got)
	}
}

func TestRoad_KnowsTheStagesAndNoOther(t *testing.T) {
	w := newWorld(t, options{local: true})
	for stage, want := range map[string]string{"RELEASE": "10000", "PRE": "10000", "TEST": "10000", "release": "400 I400SG Invalid Stage", "X": "400 I400SG Invalid Stage"} {
		if got := w.do(request{body: form(cardMatch), header: map[string]string{"X-Ca-Stage": stage}}).gateway(); got != want {
			t.Errorf("%s: %s", stage, got)
		}
	}
}

func TestRoad_AsksTheSandboxForATestCredentialAndNobodyElse(t *testing.T) {
	w := limited(t, options{}, func(c *quartet.Credential) { c.Test = true })
	for _, row := range sandbox.Rows() {
		o := row.Outcome
		want := o.Code.String()
		if text := o.Gateway.Text(); text.Status != 0 {
			want = fmt.Sprintf("%d %s %s", text.Status, text.Code, cmp.Or(o.Message, text.Message))
		}
		if o.Delay > 0 { // longer than the deadline of this world
			want = "10003"
		}
		a := w.do(request{body: form(row.Card)})
		if got := a.gateway(); got != want {
			t.Errorf("%s: %s, want %s", row.Card, got, want)
		}
		wait := ""
		if o.RetryAfter > 0 {
			wait = strconv.Itoa(int(o.RetryAfter / time.Second))
		}
		if got := a.header.Get("Retry-After"); got != wait {
			t.Errorf("%s: Retry-After %q, want %q", row.Card, got, wait)
		}
	}
	if got := w.do(request{body: "name=x"}).code(); got != "10008" {
		t.Errorf("a missing element: %s", got)
	}
	if got := w.do(request{body: form("6212262703560104793")}).code(); got != "10015" {
		t.Errorf("a card of nobody: %s", got)
	}
	if w.used() != 0 {
		t.Error("the sandbox used a unit")
	}
	for _, c := range w.rows() {
		if c.Sent || c.Charged != 0 || c.Code == quartet.CodeOK && c.Source != "sandbox" {
			t.Errorf("a row of the sandbox: %+v", c)
		}
	}
}

// A client that takes this for a proxy writes the whole address where the path belongs. It
// signs the path.
func TestRoad_ReadsThePathOfAWholeAddress(t *testing.T) {
	w := newWorld(t, options{local: true})
	r := signed(appSecret, "n1", form(cardMatch))
	host := strings.TrimPrefix(w.url, "http://")
	conn, err := net.Dial("tcp", host)
	must(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s%s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n", w.url, path, host, r.contentType, len(r.body))
	for name, value := range r.header {
		fmt.Fprintf(conn, "%s: %s\r\n", name, value)
	}
	fmt.Fprintf(conn, "\r\n%s", r.body)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("%d %s", res.StatusCode, res.Header.Get("X-Ca-Error-Message"))
	}
}
