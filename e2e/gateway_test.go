package e2e_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"quartet/internal/web"
)

// knock is a call that the gateway turns away, and what it hears.
type knock struct {
	want string // status, X-Ca-Error-Code and X-Ca-Error-Message
	name string
	call func(d *door) answer
}

var knocks = []knock{
	{"403 I403PT Invalid protocol http unsupported", "plain HTTP at a port of TLS", func(d *door) answer {
		r := d.request(http.MethodPost, path, d.match.Encode())
		r.URL.Scheme = "http"
		return d.send(r)
	}},
	{"403 I403PT Invalid protocol http unsupported", "plain HTTP at a proxy", func(d *door) answer {
		return d.ask("X-Forwarded-Proto", "http")
	}},
	{"413 I413UL Request URL too Large", "a query of more than 8 KiB", func(d *door) answer {
		return d.send(d.request(http.MethodPost, path+"?x="+strings.Repeat("x", 8<<10), d.match.Encode()))
	}},
	{"404 I404NF API not found", "a path of no product", func(d *door) answer {
		return d.send(d.request(http.MethodPost, "/communication/personal/1888", d.match.Encode()))
	}},
	{"404 I404NF API not found", "another method", func(d *door) answer {
		return d.send(d.request(http.MethodGet, path+"?"+d.match.Encode(), ""))
	}},
	{"400 I400SG Invalid Stage", "an unknown stage", func(d *door) answer { return d.ask("X-Ca-Stage", "PROD") }},
	{"413 I413RL Request body too Large", "more than 64 KiB", func(d *door) answer {
		return d.send(d.request(http.MethodPost, path, strings.Repeat("x", 64<<10+1)))
	}},
	{"413 I413RL Request body too Large", "more than 64 KiB in chunks", func(d *door) answer {
		r := d.request(http.MethodPost, path, "")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("x", 64<<10+1))), -1
		return d.send(r)
	}},
	{"400 I400BD Invalid body", "a compressed body", func(d *door) answer {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, err := io.WriteString(w, d.match.Encode())
		d.must(err)
		d.must(w.Close())
		return d.send(d.request(http.MethodPost, path, packed.String(), "Content-Encoding", "gzip"))
	}},
	{"400 I400BD Invalid body", "a body that breaks off", (*door).breakOff},
	{"400 A400MA Need authorization", "nobody says who calls", func(d *door) answer { return d.ask("Authorization", "") }},
	{"400 A400AC Invalid AppCode `not exists`", "an AppCode of nobody", func(d *door) answer {
		return d.ask("Authorization", "APPCODE "+another(d.demo.AppCode))
	}},
	{"400 A400AC Invalid AppCode `not exists`", "a revoked AppCode", func(d *door) answer {
		c := issue(d.t, d.dir, d.env, "demo")
		must(d.t, d.env, "credential", "revoke", c.ID, "--data", d.dir)
		return d.askAs(c.Secret)
	}},
	{"400 A400IK Invalid AppKey", "an AppKey of nobody", func(d *door) answer {
		return d.sign(signer{another(d.demo.AppKey), d.demo.AppSecret})
	}},
	{"401 A401ES Empty Signature", "an AppKey without a signature", func(d *door) answer { return d.ask("X-Ca-Key", d.demo.AppKey) }},
	{"403 A403IS " + mistaken, "a signature of another secret", func(d *door) answer {
		r, text := signer{d.demo.AppKey, another(d.demo.AppSecret)}.request(d.t, d.url, d.match)
		a := d.send(r)
		a.header.Set("X-Ca-Error-Message", strings.ReplaceAll(a.header.Get("X-Ca-Error-Message"),
			web.SignatureMessage+"`"+strings.ReplaceAll(text, "\n", "#")+"`", mistaken))
		return a
	}},
	{"400 I400I5 Invalid Content-MD5", "the MD5 of another body", func(d *door) answer {
		sum := md5.Sum([]byte("another body"))
		return d.sign(d.signer(), "Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	}},
	{"400 S400IT Invalid Timestamp", "a time that is no number", func(d *door) answer {
		return d.sign(d.signer(), "X-Ca-Timestamp", time.Now().Format(time.RFC3339))
	}},
	{"400 S400TE Timestamp Expired", "a time of 16 minutes ago", func(d *door) answer { return d.signAt(-16 * time.Minute) }},
	{"400 S400TE Timestamp Expired", "a time in 16 minutes", func(d *door) answer { return d.signAt(16 * time.Minute) }},
	{"400 S400NU Nonce Used", "a nonce for the second time", func(d *door) answer {
		return d.after(d.sign(d.signer(), "X-Ca-Nonce", "once"), func() answer { return d.sign(d.signer(), "X-Ca-Nonce", "once") })
	}},
	{"429 T429SR Throttled by IP Flow Control", "the third failure of an address", func(d *door) answer {
		stranger := []string{"X-Forwarded-For", "203.0.113.250", "Authorization", "APPCODE " + another(d.demo.AppCode)}
		return d.until("429", func() answer { return d.ask(stranger...) })
	}},
	{"403 A403IP Access Denied by IP Control Policy", "an address that the credential is not for", func(d *door) answer {
		c := issue(d.t, d.dir, d.env, "demo", "--from", "198.51.100.0/24")
		within := d.askAs(c.Secret, "X-Forwarded-For", "203.0.113.9, 198.51.100.7")
		return d.after(within, func() answer { return d.askAs(c.Secret, "X-Forwarded-For", "198.51.100.7, 203.0.113.9") })
	}},
	{"403 I403AA Unauthorized", "another product's credential", func(d *door) answer {
		must(d.t, d.env, "product", "add", "two", "--path", "/card/two", "--name", "two", "--need", "card,name", "--data", d.dir)
		return d.askAs(issue(d.t, d.dir, d.env, "demo", "--products", "two").Secret)
	}},
	{"403 I403AA Unauthorized", "an account that never had units", func(d *door) answer { return d.askAs(d.open("never", 0)) }},
	{"403 B403MI Api Market Subscription invalid", "a suspended account", func(d *door) answer {
		code := d.open("suspended", 5)
		return d.after(d.askAs(code), func() answer {
			must(d.t, d.env, "account", "suspend", "suspended", "--data", d.dir)
			return d.askAs(code)
		})
	}},
	{"403 B403MI Api Market Subscription invalid", "frozen units", func(d *door) answer {
		code := d.open("frozen", 0)
		grant := strings.TrimSpace(must(d.t, d.env, "grant", "add", "--account", "frozen", "--units", "5", "--data", d.dir))
		return d.after(d.askAs(code), func() answer {
			must(d.t, d.env, "grant", "freeze", grant, "--data", d.dir)
			return d.askAs(code)
		})
	}},
	{"403 B403MQ Api Market Subscription quota exhausted", "the second of one unit", func(d *door) answer {
		code := d.open("poor", 1)
		return d.after(d.askAs(code), func() answer { return d.askAs(code) })
	}},
	{"403 B403ME Api Market Subscription expired", "units that were not used in time", func(d *door) answer {
		code, end := d.open("late", 0), time.Now().Add(2*time.Second)
		must(d.t, d.env, "grant", "add", "--account", "late", "--units", "5", "--expires", end.Format(time.RFC3339Nano), "--data", d.dir)
		time.Sleep(time.Until(end))
		return d.askAs(code)
	}},
	{"429 T429PA Throttled by API Flow Control", "faster than the credential may", func(d *door) answer {
		c := issue(d.t, d.dir, d.env, "demo", "--qps", "1")
		return d.until("429", func() answer { return d.askAs(c.Secret) })
	}},
	{"429 T429PR Throttled by APP Flow Control", "more a day than the credential may", func(d *door) answer {
		c := issue(d.t, d.dir, d.env, "demo", "--daily", "1")
		return d.until("429", func() answer { return d.askAs(c.Secret) })
	}},
	{"429 T429GR Throttled by GROUP Flow Control", "faster than the account may", func(d *door) answer {
		code := d.open("fast", 100)
		must(d.t, d.env, "account", "limit", "fast", "--qps", "1", "--data", d.dir)
		return d.until("429", func() answer { return d.askAs(code) })
	}},
}

// Every row of the table of gateway answers is met for its cause, costs nothing, leaves no
// row in the log of calls, and is counted.
func TestGateway_AnswersEachRowOfItsTableForItsCause(t *testing.T) {
	t.Parallel()
	d := openDoor(t)
	missing := map[string]bool{}
	for _, row := range web.Gateways() {
		g := row.Text()
		if g.Code == "A403IS" {
			g.Message = mistaken
		}
		missing[fmt.Sprintf("%d %s %s", g.Status, g.Code, g.Message)] = true
	}
	for _, k := range knocks {
		delete(missing, k.want)
		a := k.call(d)
		wait, err := strconv.Atoi(a.header.Get("Retry-After"))
		switch got := a.gateway() + " " + a.header.Get("X-Ca-Error-Message"); {
		case got != k.want:
			t.Errorf("%s: %s %s, want %s", k.name, got, a.body, k.want)
		case a.body != "" || !requestID.MatchString(a.header.Get("X-Ca-Request-Id")):
			t.Errorf("%s: body %q, request id %q", k.name, a.body, a.header.Get("X-Ca-Request-Id"))
		case (a.status == http.StatusTooManyRequests) != (err == nil && wait > 0 && wait <= 86_400):
			t.Errorf("%s: Retry-After is %q", k.name, a.header.Get("Retry-After"))
		}
	}
	for row := range missing {
		t.Errorf("no call meets %s", row)
	}
	d.check()
}

// door is a node that speaks TLS, believes the proxies of this machine and bears two
// failures of an address; and what it has answered so far.
type door struct {
	*node

	dir      string
	env      []string
	roots    *x509.CertPool
	client   *client
	match    url.Values
	callers  int             // a call comes from an address of its own unless it says otherwise
	answered map[string]int  // by X-Ca-Error-Code
	verdicts map[string]bool // by seqNo; each costs a unit
}

func openDoor(t *testing.T) *door {
	cert, key, roots := certificate(t)
	dir, env := folder(t), environ(guardOff, "QUARTET_TLS_CERT="+cert, "QUARTET_TLS_KEY="+key, "QUARTET_REQUIRE_HTTPS=true",
		"QUARTET_TRUSTED_PROXIES=127.0.0.0/8", "QUARTET_LIMITS_FAILED_AUTH=2")
	d := &door{node: startDemo(t, dir, env), dir: dir, env: env, roots: roots, answered: map[string]int{}, verdicts: map[string]bool{}}
	d.client, d.match = d.buyer(), d.demo.People[0].form()
	d.client.http.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	return d
}

func (d *door) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// request is a form sent with the demo's AppCode, its headers changed as the pairs say; an
// empty one is left out.
func (d *door) request(method, target, body string, header ...string) *http.Request {
	d.t.Helper()
	r, err := http.NewRequest(method, d.url+target, strings.NewReader(body))
	d.must(err)
	r.Header.Set("Content-Type", formKind)
	r.Header.Set("Authorization", "APPCODE "+d.demo.AppCode)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			r.Header.Del(header[i])
		}
	}
	return r
}

func (d *door) send(r *http.Request) answer {
	d.t.Helper()
	if r.Header.Get("X-Forwarded-For") == "" {
		d.callers++
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", d.callers))
	}
	a, err := d.client.send(r)
	d.must(err)
	return d.note(a)
}

// note keeps what an answer should have left in the book and the figures.
func (d *door) note(a answer) answer {
	if code := a.header.Get("X-Ca-Error-Code"); code != "" {
		d.answered[code]++
	}
	if a.SeqNo != "" {
		d.verdicts[a.SeqNo] = true
	}
	return a
}

func (d *door) ask(header ...string) answer {
	d.t.Helper()
	return d.send(d.request(http.MethodPost, path, d.match.Encode(), header...))
}

func (d *door) askAs(appcode string, header ...string) answer {
	d.t.Helper()
	return d.ask(append(header, "Authorization", "APPCODE "+appcode)...)
}

func (d *door) sign(s signer, header ...string) answer {
	d.t.Helper()
	r, _ := s.request(d.t, d.url, d.match, header...)
	return d.send(r)
}

func (d *door) signAt(off time.Duration) answer {
	return d.sign(d.signer(), "X-Ca-Timestamp", strconv.FormatInt(time.Now().Add(off).UnixMilli(), 10))
}

// after is what comes after a call that had to be answered with a verdict.
func (d *door) after(first answer, then func() answer) answer {
	d.t.Helper()
	if first.result() != "1" {
		d.t.Errorf("before: %s %s", first.gateway(), first.body)
	}
	return then()
}

// until asks until the status comes; on a slow machine that is not the second time.
func (d *door) until(status string, ask func() answer) (a answer) {
	for range 100 {
		if a = ask(); strconv.Itoa(a.status) == status {
			break
		}
	}
	return a
}

// open makes an account with so many units, or one that never had any, and its AppCode.
func (d *door) open(id string, units int) string {
	if units > 0 {
		return openAccount(d.t, d.dir, d.env, id, units)
	}
	must(d.t, d.env, "account", "add", "--id", id, id, "--data", d.dir)
	return issue(d.t, d.dir, d.env, id).Secret
}

// breakOff ends its sending in the middle of a body, and listens.
func (d *door) breakOff() answer {
	conn, err := tls.Dial("tcp", strings.TrimPrefix(d.url, "https://"), &tls.Config{RootCAs: d.roots})
	d.must(err)
	defer conn.Close()
	d.must(conn.SetDeadline(time.Now().Add(20 * time.Second)))
	_, err = io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: quartet\r\nAuthorization: APPCODE "+d.demo.AppCode+
		"\r\nContent-Type: "+formKind+"\r\nContent-Length: 100\r\n\r\nname=")
	d.must(err)
	d.must(conn.CloseWrite())
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	d.must(err)
	a, err := read(resp)
	d.must(err)
	return d.note(a)
}

var counted = regexp.MustCompile(`(?m)^quartet_gateway_answers_total\{code="(\w+)"\} (\d+)$`)

// check compares book, log of calls and figures with what was answered.
func (d *door) check() {
	d.t.Helper()
	for _, r := range lines[row](d.t, must(d.t, d.env, "call", "list", "--json", "--data", d.dir)) {
		if !d.verdicts[r.SeqNo] || r.Charged != 1 {
			d.t.Errorf("a row of no verdict: %+v", r)
		}
	}
	if used := unitsUsed(d.t, d.dir, d.env); used != int64(len(d.verdicts)) {
		d.t.Errorf("%d units were used by %d verdicts", used, len(d.verdicts))
	}
	figures := map[string]int{}
	metrics := get(d.t, d.admin+"/metrics")
	for _, m := range counted.FindAllStringSubmatch(metrics, -1) {
		if n, _ := strconv.Atoi(m[2]); n > 0 {
			figures[m[1]] = n
		}
	}
	if !maps.Equal(figures, d.answered) {
		d.t.Errorf("the figures say %v; what was answered is %v", figures, d.answered)
	}
	if want := fmt.Sprintf("\nquartet_calls_total{code=\"10000\"} %d\n", len(d.verdicts)); !strings.Contains(metrics, want) {
		d.t.Errorf("the figures lack %s", want)
	}
}
