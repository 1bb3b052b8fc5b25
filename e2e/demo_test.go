package e2e_test

import (
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestDemo_AnswersItsFourPeopleAsItSays(t *testing.T) {
	t.Parallel()
	binary(t) // its build is no part of the time
	begun := time.Now()
	n := startDemo(t, folder(t), environ())
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("the line came after %v, not within ten seconds", took)
	}
	if len(n.demo.People) != 4 {
		t.Fatalf("%d people, not four", len(n.demo.People))
	}
	exact := regexp.MustCompile(`^\{"code":"10000","message":"成功","data":\{"state":"[123]"\},"seqNo":"[0-9A-Z]{8}[0-9]{10}"\}$|` +
		`^\{"code":"10015","message":"未查询到数据","data":null,"seqNo":"[0-9A-Z]{8}[0-9]{10}"\}$`)
	for _, p := range n.demo.People {
		a := n.buyer().mustAsk(t, p.form())
		if a.status != http.StatusOK || a.result() != p.Expect || !exact.MatchString(a.body) {
			t.Errorf("expected %s, got %d %s", p.Expect, a.status, a.body)
		}
	}
	byKey := n.demo.People[0].form()
	byKey.Set("key", n.demo.Key)
	if a := newClient(n.url, "").mustAsk(t, byKey); a.result() != "1" {
		t.Errorf("with the key alone: %d %s", a.status, a.body)
	}
}

func TestDemo_RefusesAWrongAppCodeInTheGatewaysWords(t *testing.T) {
	t.Parallel()
	n := startDemo(t, folder(t), environ())
	a := newClient(n.url, "0123456789abcdef0123456789abcdef").mustAsk(t, n.demo.People[0].form())
	if a.gateway() != "400 A400AC" || a.body != "" {
		t.Errorf("got %s %q", a.gateway(), a.body)
	}
}

func TestDemo_EndsWhenTheUnitsDo(t *testing.T) {
	t.Parallel()
	n := startDemo(t, folder(t), environ(), "--units", "2")
	match, buyer := n.demo.People[0].form(), n.buyer()
	for i := range 2 {
		if a := buyer.mustAsk(t, match); a.result() != "1" {
			t.Fatalf("call %d: %d %s", i, a.status, a.body)
		}
	}
	if a := buyer.mustAsk(t, match); a.gateway() != "403 B403MQ" || a.body != "" {
		t.Errorf("the third of two: %s %q", a.gateway(), a.body)
	}
}

func TestDemo_AnswersItsSandboxByTheCardAndTakesNoUnit(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ(), "--units", "1")
	sandbox := newClient(n.url, n.demo.SandboxAppCode)
	for card, want := range map[string]string{"6200000000000000018": "1", "6200000000000000026": "2"} {
		form := n.demo.People[0].form()
		form.Set("acc_no", card)
		if a := sandbox.mustAsk(t, form); a.result() != want {
			t.Errorf("the card that says %s: %d %s", want, a.status, a.body)
		}
	}
	if g := lines[grant](t, must(t, environ(), "quota", "show", "--json", "--data", dir)); len(g) != 1 || g[0].Used != 0 {
		t.Errorf("the grant: %+v", g)
	}
}

func TestDemo_KeepsEverythingAcrossARestart(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ(), "--units", "3")
	first := n.buyer().mustAsk(t, n.demo.People[0].form())
	if code := n.stop(); code != 0 {
		t.Fatalf("exit %d\n%s", code, n.log)
	}
	again := startDemo(t, dir, environ(), "--units", "50")
	if was, is := n.demo, again.demo; is.AppCode != was.AppCode || is.Key != was.Key ||
		is.AppKey != was.AppKey || is.AppSecret != was.AppSecret || is.SandboxAppCode != was.SandboxAppCode {
		t.Error("the credentials changed")
	}
	second := again.buyer().mustAsk(t, again.demo.People[0].form())
	if second.result() != "1" || second.SeqNo == first.SeqNo {
		t.Errorf("after the restart: %s", second.body)
	}
	g := lines[grant](t, must(t, environ(), "quota", "show", "--json", "--data", dir))
	if len(g) != 1 || g[0].Units != 3 || g[0].Used != 2 {
		t.Errorf("the grant after two calls: %+v", g)
	}
}

func TestDemo_PrintsACurlThatWorks(t *testing.T) {
	t.Parallel()
	n, out := launch(t, []string{binary(t)}, environ(), "demo", "--empty", "--data", folder(t))
	text := readUntil(t, out, "Ctrl-C")
	from := strings.Index(text, "  curl ")
	to := strings.Index(text[from:], "\n\n")
	if from < 0 || to < 0 {
		t.Fatalf("no curl line in:\n%s", text)
	}
	got, err := exec.Command("sh", "-c", text[from:from+to]).CombinedOutput()
	if err != nil || !strings.Contains(string(got), `"data":{"state":"1"}`) {
		t.Errorf("the printed line answers %q, %v", got, err)
	}
	if code := n.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
}
