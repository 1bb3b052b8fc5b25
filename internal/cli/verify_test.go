package cli_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// api is a server that answers with the last digit of the mobile: 1, 2, 3 as a state, 9
// as a used-up quota, else 10015.
func api(t *testing.T) (url string, calls *atomic.Int64) {
	t.Helper()
	calls = new(atomic.Int64)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		mobile := r.PostFormValue("mobile")
		if r.Header.Get("Authorization") != "APPCODE c0de" || r.PostFormValue("name") == "" {
			t.Error("a call lacks what it needs")
		}
		switch last := mobile[len(mobile)-1:]; last {
		case "1", "2", "3":
			_, _ = fmt.Fprintf(w, `{"code":"10000","message":"成功","data":{"state":%q},"seqNo":"4XU29Z4D1704061618"}`, last)
		case "9":
			w.Header().Set("X-Ca-Error-Code", "B403MQ")
			w.Header().Set("X-Ca-Error-Message", "=quota exhausted")
			w.WriteHeader(http.StatusForbidden)
		default:
			_, _ = fmt.Fprint(w, `{"code":"10015","message":"未查询到数据","data":null,"seqNo":"4XU29Z4D1704061619"}`)
		}
	}))
	t.Cleanup(srv.Close)
	return srv.URL, calls
}

func TestVerify_AsksAboutOnePerson(t *testing.T) {
	url, _ := api(t)
	code := secretFile(t, "c0de")
	for _, tt := range []struct {
		name, in string
		code     int
		want     string
	}{
		{"four lines", "张三\nid\ncard\n13900000001\n", 0, "1 一致"},
		{"four lines without a last newline", "张三\nid\ncard\n13900000002", 0, "2 不一致"},
		{"JSON", ` {"name":"张三","idcard":"id","acc_no":"card","mobile":"13900000003"}`, 0, "3 异常"},
		{"a refusal", "张三\nid\ncard\n13900000005\n", 1, "10015"},
		{"three lines", "张三\nid\ncard\n", 2, "four lines"},
		{"JSON with a number", `{"name":"张三","mobile":13900000003}`, 2, "JSON object"},
		{"JSON with another key", `{"name":"张三","phone":"13900000003"}`, 2, "JSON object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := run(t, tt.in, "verify", "--url", url, "--appcode-file", code)
			if o.code != tt.code || !strings.Contains(o.out+o.err, tt.want) {
				t.Errorf("%+v", o)
			}
			if strings.Contains(o.out+o.err, "139000") || strings.Contains(o.out+o.err, "张三") {
				t.Errorf("it repeats an element: %+v", o)
			}
		})
	}
}

func TestVerify_WritesTheResultsOfAFileInItsOrder(t *testing.T) {
	url, _ := api(t)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.csv")
	text, want := "name,idcard,acc_no,mobile\n", "line,code,state,message,seq_no\n"
	for i := range 40 {
		state := i%3 + 1
		text += fmt.Sprintf("张三,id,card,1390000000%d\n", state)
		want += fmt.Sprintf("%d,10000,%d,成功,4XU29Z4D1704061618\n", i+2, state)
	}
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o := run(t, "", "verify", in, "--out", out, "--url", url, "--appcode-file", secretFile(t, "c0de"))
	if o.code != 0 {
		t.Fatalf("%+v", o)
	}
	got, err := os.ReadFile(out)
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestVerify_StopsAFileThatIsRefused(t *testing.T) {
	url, calls := api(t)
	in := filepath.Join(t.TempDir(), "in.csv")
	text := "name,idcard,acc_no,mobile\n张三,id,card,13900000001\n张三,id,card,13900000009\n" + strings.Repeat("张三,id,card,13900000001\n", 100)
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o := run(t, "", "verify", in, "--url", url, "--parallel", "2", "--appcode-file", secretFile(t, "c0de"))
	if o.code != 1 || !strings.Contains(o.err, "B403MQ") || !strings.Contains(o.out, "\n3,B403MQ,,'=quota exhausted,\n") {
		t.Errorf("%+v", o)
	}
	if calls.Load() > 20 {
		t.Errorf("%d calls after the refusal", calls.Load())
	}
	if got := int64(strings.Count(o.out, "\n")) - 1; got != calls.Load() {
		t.Errorf("%d results of %d calls: a charged answer is lost", got, calls.Load())
	}
}

// cutting is a way to a server that breaks: from some call on, answers are lost.
func cutting(t *testing.T, server string, at int64) (url string) {
	t.Helper()
	target, err := neturl.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	var calls atomic.Int64
	proxy.ModifyResponse = func(*http.Response) error {
		if calls.Add(1) >= at {
			panic(http.ErrAbortHandler) // the server has answered, and charged
		}
		return nil
	}
	srv := httptest.NewServer(proxy)
	t.Cleanup(srv.Close)
	return srv.URL
}

// The key of a row is its run and its line: whoever repeats a run that broke off pays for
// each row once, for the one whose answer was lost as well.
func TestVerify_ARunThatIsRepeatedPaysNothingTwice(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	_, d := startDemo(t, dir)
	people := filepath.Join(t.TempDir(), "people.csv")
	must(t, "registry", "synth", "--count", "20", "--seed", "1887", "--csv", people)
	code := secretFile(t, d.AppCode)
	used := func() string {
		return regexp.MustCompile(`"used":(\d+)`).FindStringSubmatch(must(t, "quota", "show", "--json", "--data", dir))[1]
	}

	first := run(t, "", "verify", people, "--url", cutting(t, d.BaseURL, 7), "--parallel", "1", "--appcode-file", code)
	charged := used()
	if n, err := strconv.Atoi(charged); err != nil || first.code != 1 || n < 7 || n > 9 {
		t.Fatalf("%+v, %s; want a run that breaks off after 7 calls", first, charged)
	}
	name := regexp.MustCompile(`--run (\S+)`).FindStringSubmatch(first.err)
	if name == nil {
		t.Fatalf("it does not say how to go on: %s", first.err)
	}
	second := run(t, "", "verify", people, "--url", d.BaseURL, "--run", name[1], "--appcode-file", code)
	if second.code != 0 || used() != "20" || strings.Count(second.out, ",10000,1,") != 20 {
		t.Errorf("%+v, %s; want 20 verdicts for 20 units", second, used())
	}
	if !strings.Contains(second.err, charged+" rows had been answered before") {
		t.Errorf("it does not tell what was free: %s", second.err)
	}
	if got := strings.Split(second.out, "\n")[1:7]; !slices.Equal(got, strings.Split(first.out, "\n")[1:7]) {
		t.Errorf("other answers: %q", got)
	}
	// Another run is another purchase.
	if o := run(t, "", "verify", people, "--url", d.BaseURL, "--appcode-file", code); o.code != 0 || used() != "40" {
		t.Errorf("%+v, %s", o, used())
	}
}

func TestVerify_RefusesAFlagThatWouldDoNothing(t *testing.T) {
	url, calls := api(t)
	people, _ := onePerson(t)
	for _, args := range [][]string{
		{people, "--json"},
		{"--out", "results.csv"},
		{"--parallel", "8"},
		{"--run", "x"},
		{people, "--run", "a b"},
		{people, "--run", strings.Repeat("x", 65)},
	} {
		o := run(t, "", append([]string{"verify", "--url", url, "--appcode-file", secretFile(t, "c0de")}, args...)...)
		if o.code != 2 || !strings.Contains(o.err, "--") {
			t.Errorf("%q: %+v", args, o)
		}
	}
	if calls.Load() > 0 {
		t.Error("it asked all the same")
	}
}
