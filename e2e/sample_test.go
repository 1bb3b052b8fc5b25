package e2e_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/sample"
)

// The samples are run as a buyer would: the file in an empty folder, and the command of
// examples/README.md.

// TestSamples_RunInEveryLanguage runs each sample with test credentials and with real ones, by
// AppCode and signed, and lets it be refused and kept waiting.
func TestSamples_RunInEveryLanguage(t *testing.T) {
	t.Parallel()
	dir, env := folder(t), environ(guardOff)
	n := startDemo(t, dir, env)
	test := issue(t, dir, env, "demo", "--test", "--kind", "appkey")
	rare := named(invent(t, 1, demoSeed+2)[0], "欧阳𬱖")
	learn(t, dir, env, rare)
	s := samples{n: n, rare: rare, testKey: test.AppKey, testSecret: test.Secret}
	verdicts := 0
	t.Run("languages", func(t *testing.T) {
		for _, l := range sample.Languages() {
			verdicts += 2
			t.Run(l.ID, func(t *testing.T) {
				t.Parallel()
				s.run(t, l)
			})
		}
	})
	if g := lines[grant](t, must(t, env, "quota", "show", "--json", "--data", dir)); len(g) != 1 || g[0].Used != int64(verdicts) {
		t.Errorf("%d real verdicts were given; the book says %+v", verdicts, g)
	}
}

type samples struct {
	n                   *node
	rare                person
	testKey, testSecret string
}

const noAnswer = "没有得到应答"

func (s *samples) run(t *testing.T, l sample.Language) {
	d := s.n.demo
	for name, c := range map[string]struct {
		proof   sample.Proof
		code    string
		out     string // a pattern of what is printed; "": the program fails
		refused string
	}{
		"a test AppCode":     {sample.AppCode, s.example(t, l, sample.AppCode, sample.PlaceAppCode, d.SandboxAppCode), "code=10000 state=1", ""},
		"a test signature":   {sample.Signature, s.example(t, l, sample.Signature, sample.PlaceAppKey, s.testKey, sample.PlaceAppSecret, s.testSecret), "code=10000 state=1", ""},
		"a real AppCode":     {sample.AppCode, s.console(t, l, sample.AppCode, d.People[1]), "code=10000 state=2", ""},
		"a real signature":   {sample.Signature, s.console(t, l, sample.Signature, s.rare), "code=10000 state=1", ""},
		"nobody's card":      {sample.AppCode, s.example(t, l, sample.AppCode, sample.PlaceAppCode, d.AppCode), "code=10015 message=未查询到数据", ""},
		"no AppCode put in":  {sample.AppCode, s.example(t, l, sample.AppCode), "", "网关拒绝：HTTP 400 Invalid AppCode `not exists`"},
		"a wrong secret":     {sample.Signature, s.example(t, l, sample.Signature, sample.PlaceAppKey, s.testKey), "", "网关拒绝：HTTP 403 Invalid Signature"},
		"an answer too late": {sample.AppCode, s.hasty(t, l), "", noAnswer},
	} {
		out, errs, ok := runSample(t, l, c.proof, c.code)
		want := "^$"
		if c.out != "" {
			want = "^" + c.out + " seqNo=[0-9A-Z]{8}[0-9]{10}\n$"
		}
		if ok != (c.out != "") || !regexp.MustCompile(want).MatchString(out) || !strings.Contains(errs, c.refused) {
			t.Errorf("%s: succeeded %t, printed %q, and to standard error %q", name, ok, out, errs)
		}
		// `go run` adds a line of its own.
		if said := strings.TrimSuffix(errs, "exit status 1\n"); c.refused != "" && c.refused != noAnswer && !strings.HasSuffix(said, c.refused+"\n") {
			t.Errorf("%s: says more than the refusal: %q", name, errs)
		}
		for _, f := range sample.For("/", quartet.FourElements().Need.Parameters(), c.proof).Form {
			if strings.Contains(out+errs, f.Value) {
				t.Errorf("%s: prints the element %s", name, f.Name)
			}
		}
	}
}

// example is the file of the repository, with the address and the credential put in.
func (s *samples) example(t *testing.T, l sample.Language, proof sample.Proof, places ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "examples", filepath.FromSlash(l.Path(proof))))
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(append([]string{sample.PlaceBaseURL, s.n.url}, places...)...).Replace(string(b))
}

// console is the sample as the console shows it, with the address and the credential filled in,
// about somebody else.
func (s *samples) console(t *testing.T, l sample.Language, proof sample.Proof, about person) string {
	t.Helper()
	r := sample.For(path, quartet.FourElements().Need.Parameters(), proof)
	r.BaseURL, r.AppCode, r.AppKey, r.AppSecret = s.n.url, s.n.demo.AppCode, s.n.demo.AppKey, s.n.demo.AppSecret
	for i, f := range r.Form {
		r.Form[i].Value = about.form().Get(f.Name)
	}
	made, err := sample.Render(&l, &r)
	if err != nil {
		t.Fatal(err)
	}
	return made.Code
}

// hasty is a sample that waits one second, about a card whose answer takes five.
func (s *samples) hasty(t *testing.T, l sample.Language) string {
	t.Helper()
	code := s.example(t, l, sample.AppCode, sample.PlaceAppCode, s.n.demo.SandboxAppCode, "6200000000000000018", "6200000000090000050")
	limit := regexp.MustCompile(`\b15(_?000)?\b`)
	if n := len(limit.FindAllString(code, -1)); n != 1 {
		t.Fatalf("%s has %d limits of time", l.ID, n)
	}
	return limit.ReplaceAllString(code, "1$1")
}

func runSample(t *testing.T, l sample.Language, proof sample.Proof, code string) (out, errs string, ok bool) {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Base(l.Path(proof))
	if err := os.WriteFile(filepath.Join(dir, name), []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	command := l.Run(proof)
	if l.ID == "wechat" {
		shim, err := filepath.Abs("clients/wechat/wx.js")
		if err != nil {
			t.Fatal(err)
		}
		command = "node '" + shim + "' " + name
	}
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	// The compilers start quicker so; what they make is the same.
	cmd.Env = environ("LANG=C.UTF-8", "CGO_ENABLED=0", "JAVA_TOOL_OPTIONS=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
	err := cmd.Run()
	return stdout.String(), stderr.String(), err == nil
}
