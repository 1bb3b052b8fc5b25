package notify_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/notify"
)

const manifest = `name: example
url: URL
timeout: 2s
secrets: [token, sign]
headers:
  Authorization: "Bearer {secret.token}"
json:
  to: ["{mobile}"]
  sign: "{secret.sign}"
  params: {code: "{code}", text: "{text}"}
  count: 1
success: {path: result.code, is: "OK"}
`

// provider answers and remembers what it was asked.
type provider struct {
	*httptest.Server
	status int
	answer string
	asked  []string
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{status: 200, answer: `{"result":{"code":"OK"}}`}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.asked = append(p.asked, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization")+" "+r.Header.Get("Content-Type")+" "+string(body))
		if p.status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(p.status)
		_, _ = io.WriteString(w, p.answer)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) texter(t *testing.T, text string) *notify.HTTP {
	t.Helper()
	m, err := notify.ParseManifest([]byte(strings.ReplaceAll(text, "URL", p.URL+"/send")))
	if err != nil {
		t.Fatal(err)
	}
	h, err := notify.NewHTTP(m, map[string]string{"token": "s3cret", "sign": `qu"ote`})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHTTP_AsksAsTheManifestSays(t *testing.T) {
	p := newProvider(t)
	text := notify.Text{ID: "1", To: address(t, "13900000001"), Text: `【四要素】"482913" {code} {secret.token}`, Code: "482913"}
	if err := p.texter(t, manifest).Text(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	form := "name: example\nurl: URL\nform: {m: \"{mobile}\", c: \"{code}\"}\nsuccess: {path: result.code, is: OK}\n"
	if err := p.texter(t, form).Text(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	if err := p.texter(t, form+"method: GET\n").Text(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`POST /send Bearer s3cret application/json {"count":1,"params":{"code":"482913","text":"【四要素】\"482913\" {code} {secret.token}"},"sign":"qu\"ote","to":["13900000001"]}`,
		`POST /send  application/x-www-form-urlencoded; charset=UTF-8 c=482913&m=13900000001`,
		`GET /send?c=482913&m=13900000001  ` + ` `,
	}
	for i, line := range p.asked {
		if strings.TrimSpace(line) != strings.TrimSpace(want[i]) {
			t.Errorf("asked\n%s\nwant\n%s", line, want[i])
		}
	}
}

func TestHTTP_TakesOnlyTheNamedAnswerForSuccess(t *testing.T) {
	p := newProvider(t)
	h := p.texter(t, manifest)
	text := notify.Text{ID: "1", To: address(t, "13900000001"), Text: "验证码 482913", Code: "482913"}
	for _, tt := range []struct {
		name   string
		status int
		answer string
		shows  string
	}{
		{"another code", 200, `{"result":{"code":"LIMIT"}}`, "LIMIT"},
		{"a number for the text", 200, `{"result":{"code":0}}`, "status 200"},
		{"a failure with the right words", 500, `{"result":{"code":"OK"}}`, "status 500"},
		{"a redirection", 302, `{"result":{"code":"OK"}}`, "status 302"},
		{"no JSON", 200, `{"result":{"code":"OK"}`, "status 200"},
		{"nothing", 200, ``, "status 200"},
		{"an echo of the code", 200, `{"result":{"code":"482913"}}`, "nothing that may be repeated"},
		{"an echo of the number", 200, `{"result":{"code":"13900000001"}}`, "nothing that may be repeated"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p.status, p.answer = tt.status, tt.answer
			err := h.Text(t.Context(), text)
			if quartet.CodeOf(err) != quartet.ErrUnavailable || !strings.Contains(err.Error(), tt.shows) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "482913") || strings.Contains(err.Error(), "13900000001") {
				t.Errorf("%v", err)
			}
		})
	}
	p.Close()
	err := h.Text(t.Context(), text)
	if quartet.CodeOf(err) != quartet.ErrUnavailable || strings.Contains(err.Error(), "http") {
		t.Errorf("nobody there: %v", err)
	}
}

func TestHTTP_DoesNotWaitForEver(t *testing.T) {
	stop := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer slow.Close()
	defer close(stop)
	m, err := notify.ParseManifest([]byte("name: slow\nurl: " + slow.URL + "\ntimeout: 20ms\nform: {m: \"{mobile}\", t: \"{text}\"}\nsuccess: {path: a, is: b}\n"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := notify.NewHTTP(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := h.Text(t.Context(), notify.Text{To: address(t, "13900000001"), Text: "x"}); quartet.CodeOf(err) != quartet.ErrTimeout || time.Since(began) > 5*time.Second {
		t.Errorf("got %v", err)
	}
}

func TestNewHTTP_WantsEverySecret(t *testing.T) {
	m, err := notify.ParseManifest([]byte(strings.ReplaceAll(manifest, "URL", "https://sms.example/send")))
	if err != nil {
		t.Fatal(err)
	}
	for _, secrets := range []map[string]string{nil, {"token": "x"}, {"token": "x", "sign": "a\r\nB: c"}} {
		if _, err := notify.NewHTTP(m, secrets); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%v: %v", secrets, err)
		}
	}
}

func TestParseManifest_SaysWhereItIsWrong(t *testing.T) {
	const good = "name: a\nurl: https://sms.example/send\nform:\n  m: '{mobile}'\n  t: '{text}'\nsuccess:\n  path: code\n  is: '0'\n"
	if _, err := notify.ParseManifest([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"an unknown key", "name: a", "nam: a", `1:1: unknown field "nam"`},
		{"a key twice", "name: a", "name: a\nname: b", "2:1: "},
		{"no YAML", "name: a", "name: [", "1:"},
		{"a name with capitals", "name: a", "name: A", "1:7: name: "},
		{"plain HTTP", "https:", "http:", "2:6: url: codes would cross"},
		{"a password in the address", "https://", "https://u:p@", "2:6: url: "},
		{"a placeholder in the address", "/send", "/{mobile}", "2:6: url: "},
		{"an unknown placeholder", "{text}", "{txt}", "5:6: form.t: {txt} is not known"},
		{"a secret without a name", "{text}", "{text}{secret.k}", "5:6: form.t: {secret.k} is not among"},
		{"a secret without a use", "name: a", "name: a\nsecrets:\n  - k", "3:5: secrets.#0: nothing uses"},
		{"nobody to send to", "{mobile}", "1", "1:"},
		{"nothing to send", "{text}", "1", "1:"},
		{"two bodies", "form:", "json: {a: b}\nform:", "3:7: json: "},
		{"a GET with a body", "form:", "method: GET\njson:", "3:9: method: "},
		{"another method", "form:", "method: DELETE\nform:", "3:9: method: "},
		{"a header that is ours", "form:", "headers:\n  host: x\nform:", "4:9: headers.host: "},
		{"the text in a header", "form:", "headers:\n  X-T: '{text}'\nform:", "4:8: headers.X-T: {text} belongs"},
		{"no success", "path: code", "path: ''", "7:9: success.path: "},
		{"a path that is a program", "path: code", "path: 'a.#(b==1)'", "7:9: success.path: "},
		{"a value that never comes", "is: '0'", "is: ''", "8:7: success.is: "},
		{"an endless wait", "form:", "timeout: 1h\nform:", "3:10: timeout: "},
		{"two manifests", "name: a", "name: a\n---\nname: b", "1:1: a file holds one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := notify.ParseManifest([]byte(strings.Replace(good, tt.old, tt.new, 1)))
			if quartet.CodeOf(err) != quartet.ErrInvalid || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(strings.ReplaceAll(manifest, "URL", "https://sms.example/send")))
	f.Add([]byte("name: a\nurl: https://a.example\nform: {m: '{mobile}', t: '{code}'}\nsuccess: {path: a, is: b}\n"))
	f.Add([]byte("json: &a [*a]"))
	f.Add([]byte("a: b: c"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := notify.ParseManifest(text)
		if err != nil {
			if quartet.CodeOf(err) != quartet.ErrInvalid {
				t.Errorf("got %v", err)
			}
			return
		}
		secrets := map[string]string{}
		for _, name := range m.Secrets() {
			secrets[name] = "x"
		}
		if _, err := notify.NewHTTP(m, secrets); err != nil {
			t.Errorf("it was read and cannot be used: %v", err)
		}
	})
}
