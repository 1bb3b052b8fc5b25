package cli_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"quartet/client"
	"quartet/internal/cli"
)

// Whoever asks for a few calls asks for the last ones.
func TestCallList_LimitMeansTheNewest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s, d := startDemo(t, dir)
	c := client.Client{BaseURL: d.BaseURL, AppCode: d.AppCode}
	for i, p := range d.People {
		if i == 2 { // they lie in seconds of their own
			time.Sleep(1100 * time.Millisecond)
		}
		_ = expected(t, c, client.Person{Name: p.Name, IDCard: p.IDCard, AccNo: p.AccNo, Mobile: p.Mobile})
	}
	if s.stop() != 0 {
		t.Fatal("it did not end well")
	}
	list := func(now time.Time, args ...string) []string {
		var out, errw bytes.Buffer
		code := cli.Run(t.Context(), &cli.Env{
			Args: append([]string{"call", "list", "--json", "--data", dir}, args...),
			In:   strings.NewReader(""), Out: &out, Err: &errw, Version: "test", Now: func() time.Time { return now },
		})
		if code != 0 {
			t.Fatalf("exit %d: %s", code, errw.String())
		}
		return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	}
	now := time.Now()
	all := list(now)
	if len(all) != 4 {
		t.Fatalf("%d calls", len(all))
	}
	// Whatever the clock says: calls may be of long ago, or ahead of a clock that was set back.
	for _, at := range []time.Time{now, now.AddDate(3, 0, 0), now.AddDate(0, 0, -3), time.Unix(0, 0)} {
		for limit, want := range map[string][]string{"1": all[3:], "3": all[1:], "4": all, "9": all, "0": all} {
			if got := list(at, "--limit", limit); !slices.Equal(got, want) {
				t.Errorf("at %v, limit %s: %d lines\n%s\nwant\n%s", at, limit, len(got), strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
	if got := list(now, "--limit", "2", "--account", "demo"); !slices.Equal(got, all[2:]) {
		t.Errorf("of one account: %q", got)
	}
}

func TestCallList_KeepsItsColumnsBelowEachOther(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	_, d := startDemo(t, dir)
	long := strings.Repeat("long-", 6) + "id"
	must(t, "--data", dir, "account", "add", "--id", long, "Long")
	must(t, "--data", dir, "grant", "add", "--account", long, "--units", "1")
	other := must(t, "--data", dir, "credential", "add", "--account", long)
	p := d.People[0]
	for _, code := range []string{d.AppCode, other} {
		c := client.Client{BaseURL: d.BaseURL, AppCode: code}
		_ = expected(t, c, client.Person{Name: p.Name, IDCard: p.IDCard, AccNo: p.AccNo, Mobile: p.Mobile})
	}
	lines := strings.Split(must(t, "--data", dir, "call", "list"), "\n")
	column := strings.Index(lines[0], "PRODUCT")
	for _, line := range lines[1:] {
		if len(lines) != 3 || line[column-1:column+5] != " 1887 " {
			t.Errorf("not below PRODUCT:\n%s", strings.Join(lines, "\n"))
		}
	}
}
