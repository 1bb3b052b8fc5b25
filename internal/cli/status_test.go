package cli_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

func TestIncident_IsOpenedUpdatedAndShown(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "Acme")
	opened := must(t, "--data", dir, "incident", "open", "outage", "--product", "1887", "--severity", "degraded", "--title", "部分调用失败", "--text", "正在排查")
	id := strings.Fields(opened)[1]
	if opened != "incident "+id+" is investigating, update 1" {
		t.Error(opened)
	}
	if got := must(t, "--data", dir, "incident", "update", id, "--seen", "1", "--state", "resolved", "--text", "已恢复"); got != "incident "+id+" is resolved, update 2" {
		t.Error(got)
	}
	if got := must(t, "--data", dir, "incident", "show", id); strings.Count(got, "\n") != 2 || !strings.Contains(got, "command line") {
		t.Error(got)
	}
	if got := must(t, "--data", dir, "incident", "list", "--open", "--json"); got != "" {
		t.Error(got)
	}
	if got := must(t, "--data", dir, "incident", "list"); !strings.Contains(got, "部分调用失败") {
		t.Error(got)
	}
	if o := run(t, "", "--data", dir, "incident", "open", "outage", "--product", "1887", "--severity", "degraded", "--title", "x", "--text", "x", "--starts", "soon"); o.code != 2 || !strings.Contains(o.err, "--starts must be a time") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
}

// What is held does not become dearer by a command, but by an announcement.
func TestAnnouncement_IsTheWayToDearerCalls(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	must(t, "--data", dir, "account", "add", "acme")
	must(t, "--data", dir, "grant", "add", "--account", "acme", "--units", "10")
	if o := run(t, "", "--data", dir, "product", "set", "1887", "--charge", "2/1/0"); o.code != 1 || !strings.Contains(o.err, "announcement publish") {
		t.Errorf("exit %d: %s", o.code, o.err)
	}
	must(t, "--data", dir, "announcement", "publish", "--kind", "charge_table", "--title", "计费调整", "--text", "说明", "--charge", "1887=2/1/0")
	must(t, "--data", dir, "announcement", "publish", "--kind", "price", "--title", "价格调整", "--text", "说明", "--end", "1887-40000", "--follow", "1887-1200=1887-1000,1000,500,24,500元/1000次")
	var line struct{ ID, State string }
	for text := range strings.Lines(must(t, "--data", dir, "announcement", "list", "--json")) {
		if err := json.Unmarshal([]byte(text), &line); err != nil || line.State != "waiting" {
			t.Errorf("%s: %v", text, err)
		}
	}
	if got := must(t, "--data", dir, "announcement", "withdraw", line.ID); got != "announcement "+line.ID+" is withdrawn" {
		t.Error(got)
	}
	if got := must(t, "--data", dir, "product", "show", "1887"); !strings.Contains(got, "1 match, 1 mismatch") {
		t.Error(got)
	}
	for _, wrong := range [][]string{{"--charge", "1887"}, {"--follow", "1887-1200=1887-1000"}, {"--effective", "soon"}} {
		args := append([]string{"--data", dir, "announcement", "publish", "--kind", "price", "--title", "x", "--text", "x"}, wrong...)
		if o := run(t, "", args...); o.code != 2 || !strings.Contains(o.err, wrong[0]+" must be") {
			t.Errorf("%v: exit %d: %s", wrong, o.code, o.err)
		}
	}
}
