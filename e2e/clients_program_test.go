package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// question is what a program of clients is told to ask, and how. All values are texts: not
// every program has a library that reads JSON. An empty nonce or timestamp is made by the
// client itself.
type question struct {
	Through   string `json:"through"`
	BaseURL   string `json:"base_url"`
	Body      string `json:"encoding"`
	AppCode   string `json:"appcode"`
	Key       string `json:"key"`
	AppKey    string `json:"app_key"`
	AppSecret string `json:"app_secret"`
	Method    string `json:"method"`
	Nonce     string `json:"nonce"`
	Timestamp string `json:"timestamp"`
	Name      string `json:"name"`
	IDCard    string `json:"idcard"`
	AccNo     string `json:"acc_no"`
	Mobile    string `json:"mobile"`
}

// reply is what the client was answered, as far as it lets its user see.
type reply struct {
	Status    json.Number `json:"status"`
	Code      string      `json:"code"`       // X-Ca-Error-Code
	Message   string      `json:"message"`    // X-Ca-Error-Message
	RequestID string      `json:"request_id"` // X-Ca-Request-Id
	Body      string      `json:"body"`
	Signed    string      `json:"signed"` // the string that the client signed
	Error     string      `json:"error"`  // what made the client fail
}

var (
	productBody = regexp.MustCompile(`^\{"code":"(\d{5})","message":"[^"]+","data":(?:null|\{"state":"([123])"\}),"seqNo":"[0-9A-Z]{8}[0-9]{10}"\}$`)
	requestID   = regexp.MustCompile(`^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$`)
)

// comesTo is the state of a verdict or the code of a refusal, or status, code and message
// of a gateway answer. Whatever breaks the form of either is told instead.
func (r reply) comesTo(c realClient) string {
	switch {
	case r.Error != "":
		return "failed: " + r.Error
	case !requestID.MatchString(r.RequestID) && (c.program != "node" || r.Status != "200"): // the package keeps a good answer's to itself
		return "strange request id " + r.RequestID
	case r.Status == "200":
		m := productBody.FindStringSubmatch(r.Body)
		switch {
		case m == nil || r.Code+r.Message != "":
			return "strange answer " + r.Body + r.Code + r.Message
		case m[1] == "10000":
			return m[2]
		}
		return m[1]
	case r.Body != "":
		return "strange body " + r.Body
	}
	if r.Message == "Invalid Signature, Server StringToSign:`"+strings.ReplaceAll(r.Signed, "\n", "#")+"`" {
		r.Message = mistaken
	}
	return r.Status.String() + " " + r.Code + " " + r.Message
}

// program asks in the way of one kind of client.
type program interface {
	ask(t *testing.T, q question) reply
}

// startPrograms starts every program of clients; a tool that is missing fails the test.
func startPrograms(t *testing.T) map[string]program {
	t.Helper()
	for _, tool := range []string{"node", "npm", "python3", "java", "javac", "curl", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing; make deps installs it", tool)
		}
	}
	java := talkTo(t, "java", "clients/java/Buyer.java")
	return map[string]program{
		"node": talkTo(t, "node", filepath.Join(npm(t, "clients/node"), "buyer.js")), "python": talkTo(t, "python3", "clients/python/buyer.py"),
		"java": java, "curl": shell{},
	}
}

// npm copies a client with its packages, as its lock file has them, into a folder of its own.
func npm(t *testing.T, client string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(client)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return dir
}

// talk is a program that answers lines of JSON.
type talk struct {
	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	errs *buffer
}

func talkTo(t *testing.T, line ...string) *talk {
	t.Helper()
	p := &talk{name: line[0], cmd: exec.Command(line[0], line[1:]...), errs: &buffer{}}
	p.cmd.Env, p.cmd.Stderr = environ(), p.errs
	in, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.in, p.out = in, bufio.NewReader(out)
	t.Cleanup(func() {
		_ = p.in.Close() // it ends with its input
		hung := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
		defer hung.Stop()
		if err := p.cmd.Wait(); err != nil {
			t.Errorf("%s ended with %v\n%s", p.name, err, p.errs)
		}
	})
	return p
}

func (p *talk) ask(t *testing.T, q question) (r reply) {
	t.Helper()
	line, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	hung := time.AfterFunc(time.Minute, func() { _ = p.cmd.Process.Kill() })
	defer hung.Stop()
	_, werr := p.in.Write(append(line, '\n'))
	answer, err := p.out.ReadBytes('\n')
	if err := errors.Join(werr, err); err != nil {
		t.Fatalf("%s does not answer: %v\n%s", p.name, err, p.errs)
	}
	if err := json.Unmarshal(answer, &r); err != nil {
		t.Fatalf("%s says %s: %v", p.name, answer, err)
	}
	return r
}

// shell runs the script of the curl client, once for every question.
type shell struct{}

func (shell) ask(t *testing.T, q question) reply {
	t.Helper()
	cmd := exec.Command("sh", "clients/curl/buyer.sh")
	cmd.Env = environ("THROUGH="+q.Through, "BASE_URL="+q.BaseURL, "ENCODING="+q.Body, "APPCODE="+q.AppCode, "KEY="+q.Key,
		"APP_KEY="+q.AppKey, "APP_SECRET="+q.AppSecret, "NONCE="+q.Nonce, "TIMESTAMP="+q.Timestamp,
		"NAME="+q.Name, "IDCARD="+q.IDCard, "ACC_NO="+q.AccNo, "MOBILE="+q.Mobile)
	var signed bytes.Buffer
	cmd.Stderr = &signed
	out, err := cmd.Output()
	if err != nil {
		return reply{Error: err.Error() + " " + signed.String()}
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(out)), nil)
	if err != nil {
		return reply{Error: err.Error() + " in " + string(out)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{Error: err.Error() + " in " + string(out)}
	}
	return reply{
		Status: json.Number(strconv.Itoa(resp.StatusCode)), Code: resp.Header.Get("X-Ca-Error-Code"), Message: resp.Header.Get("X-Ca-Error-Message"),
		RequestID: resp.Header.Get("X-Ca-Request-Id"), Body: string(body), Signed: signed.String(),
	}
}
