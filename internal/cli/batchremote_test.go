package cli_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quartet/internal/cli"
)

// elsewhere is a house that has one batch of the account acme and knows one token.
func elsewhere(t *testing.T) (url string, asked *safeBuffer) {
	t.Helper()
	asked = &safeBuffer{}
	state := "checked"
	show := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"id":"b-1","account_id":"acme","product_id":"1887","created_by":"wang","state":%q,"bytes":90,"rows":{"total":3,"broken":1,"duplicates":0,"ready":0,"sent":0,"match":1,"mismatch":1,`+
			`"undetermined":0,"refused":0,"unknown":0},"max_units":2,"charged_units":2,"reserved_units":0,"created_at":"2026-03-02T01:00:00Z","most_units":2,"left_units":7}`, state)
	}
	const at = "/api/v1/accounts/acme"
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+at+"/batches", func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(asked, " with %d bytes for %s", len(text), r.URL.Query().Get("product_id"))
		w.WriteHeader(http.StatusCreated)
		show(w)
	})
	mux.HandleFunc("GET "+at+"/credentials", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"items":[{"id":"c-1","kind":"appcode"},{"id":"c-2","kind":"appcode","test":true},{"id":"c-3","kind":"appcode","revoked_at":"2026-01-01T00:00:00Z"}]}`)
	})
	mux.HandleFunc("POST "+at+"/batches/b-1/start", func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		_, _ = asked.Write(text)
		state = "done"
		show(w)
	})
	mux.HandleFunc("GET "+at+"/batches", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"items":[{"id":"b-1","account_id":"acme","product_id":"1887","created_by":"wang","state":"done","bytes":90,"rows":{"total":3,"match":2},"max_units":2,"charged_units":2,"created_at":"2026-03-02T01:00:00Z"}]}`)
	})
	mux.HandleFunc("GET "+at+"/batches/b-1", func(w http.ResponseWriter, _ *http.Request) { show(w) })
	mux.HandleFunc("GET "+at+"/batches/b-1/results.csv", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		_, _ = io.WriteString(w, "row,verdict\n1,match\n")
	})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(asked, "\n%s %s", r.Method, r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		if _, pattern := mux.Handler(r); r.Header.Get("Authorization") != "Bearer qtk_good" || pattern == "" {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"status":404,"code":"not_found","detail":"there is no such batch"}`)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, asked
}

func TestBatch_WorksOnAHouseSomewhereElse(t *testing.T) {
	url, _ := elsewhere(t)
	there := []string{"--url", url, "--account", "acme", "--token-file", secretFile(t, "qtk_good\n")}
	at := func(args ...string) string { return must(t, append(append([]string{"batch"}, args...), there...)...) }
	if got := at("list"); !strings.Contains(got, "b-1  acme     done") {
		t.Errorf("the list says\n%s", got)
	}
	if got := at("show", "b-1"); !strings.Contains(got, "rows      3: 0 to ask about, 1 against the rules, 0 twice\nunits     2 charged, at most 2; 7 left") {
		t.Errorf("it shows\n%s", got)
	}
	if got := at("show", "b-1", "--json"); !strings.Contains(got, `"state":"checked","reason":"","rows":3,"broken":1`) {
		t.Errorf("as JSON it is %s", got)
	}
	if got := at("results", "b-1"); got != "row,verdict\n1,match" {
		t.Errorf("the results are %s", got)
	}
	if o := run(t, "", append([]string{"batch", "pause", "other"}, there...)...); o.code != 1 || !strings.Contains(o.err, "there is no such batch") {
		t.Errorf("%+v", o)
	}
}

func TestVerify_TakesAFileThroughAHouseSomewhereElse(t *testing.T) {
	url, asked := elsewhere(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "people.csv"), []byte("name,idcard\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errw bytes.Buffer
	code := cli.Run(t.Context(), &cli.Env{
		Args: []string{"verify", "people.csv", "--account", "acme", "--url", url, "--yes", "--max-units", "5"}, Dir: dir, Environ: []string{"QUARTET_TOKEN=qtk_good"},
		In: strings.NewReader(""), Out: &out, Err: &errw, Version: "test",
	})
	if code != 0 || out.String() != "row,verdict\n1,match\n" || !strings.Contains(errw.String(), "done: 1 match, 1 mismatch") {
		t.Errorf("%d %s\n%s", code, out.String(), errw.String())
	}
	for _, want := range []string{"with 12 bytes for 1887", `{"credential_id":"c-1","max_units":5}`} {
		if !strings.Contains(asked.String(), want) {
			t.Errorf("it asked%s\nnot %s", asked, want)
		}
	}
}

func TestBatch_AsksNoHouseSomewhereElseWithoutWhatItTakes(t *testing.T) {
	url, asked := elsewhere(t)
	for want, args := range map[string][]string{
		"give its id as --account": {"batch", "list", "--url", url},
		"QUARTET_TOKEN":            {"batch", "list", "--url", url, "--account", "acme"},
		"give --url":               {"batch", "list", "--token-file", "x"},
		"in clear":                 {"batch", "list", "--url", "http://house.example", "--account", "acme", "--token-file", secretFile(t, "qtk_good")},
	} {
		if o := run(t, "", args...); o.code != 2 || !strings.Contains(o.err, want) {
			t.Errorf("%q: %+v", args, o)
		}
	}
	if asked.String() != "" {
		t.Errorf("it asked%s", asked)
	}
}
