package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quartet/internal/sandbox"
)

func TestSandboxList_ShowsEveryCardAndNeedsNoFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	list := strings.Split(must(t, "sandbox", "list", "--data", dir), "\n")[1:]
	rows := sandbox.Rows()
	if len(list) != len(rows) {
		t.Fatalf("%d lines for %d rows", len(list), len(rows))
	}
	for i, r := range rows {
		if !strings.HasPrefix(list[i], r.Card+"  "+r.Outcome.String()+" ") || !strings.HasSuffix(list[i], "  "+r.Meaning) {
			t.Errorf("%s is listed as %q", r.Card, list[i])
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("it made a data folder")
	}
}

func TestSandboxList_TellsInJSONWhatIsOnTheWire(t *testing.T) {
	told := map[string]string{}
	for line := range strings.Lines(must(t, "sandbox", "list", "--json")) {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		answers, ok := row["answers"].(string)
		if zh, _ := row["meaning_zh"].(string); !ok || zh == "" {
			t.Errorf("not whole: %s", line)
		}
		told[answers] = line
	}
	if len(told) != len(sandbox.Rows()) {
		t.Errorf("%d different answers, %d rows", len(told), len(sandbox.Rows()))
	}
	for answers, parts := range map[string]string{
		"state 1":                                `"status":200,"code":"10000","state":"1","reason":"","differs":[],"gateway":"","message":"成功","retry_after_s":0,"delay_s":0`,
		"state 2, holder_mismatch: name, idcard": `"state":"2","reason":"holder_mismatch","differs":["name","idcard"]`,
		"10020":                                  `"status":200,"code":"10020","state":""`,
		"403 B403MQ":                             `"status":403,"code":"","state":"","reason":"","differs":[],"gateway":"B403MQ","message":"Api Market Subscription quota exhausted"`,
		"403 A403IS":                             "\"message\":\"Invalid Signature, Server StringToSign:`POST#",
		"429 T429PA, Retry-After: 1":             `"gateway":"T429PA","message":"Throttled by API Flow Control","retry_after_s":1`,
		"state 1 after 5s":                       `"delay_s":5`,
	} {
		if !strings.Contains(told[answers], parts) {
			t.Errorf("%s is told as %s", answers, told[answers])
		}
	}
}
