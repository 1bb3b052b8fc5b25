package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestBank_IsOpenedByAnAdministratorAlone(t *testing.T) {
	both(t, func(t *testing.T, dir string) {
		must(t, "--data", dir, "bank", "list")
		for _, o := range []outcome{
			run(t, words, "--data", dir, "operator", "add", "zhang"),
			run(t, words+"\n"+other, "--data", dir, "operator", "add", "li", "--role", "treasurer"),
		} {
			if o.code != 0 {
				t.Fatalf("%+v", o)
			}
		}
		open := []string{"--data", dir, "bank", "open", "--bank", "招商银行", "--holder", "四要素科技有限公司", "--number", "7559 0000 0000 001"}
		if o := run(t, other, append(open, "--as", "li")...); o.code != 1 || !strings.Contains(o.err, "li is treasurer and may not do this") {
			t.Errorf("by a treasurer: %+v", o)
		}
		if o := run(t, words, append(open, "--as", "zhang")...); o.code != 0 || !strings.Contains(o.out, "招商银行 755900000000001") {
			t.Errorf("%+v", o)
		}
		var line struct {
			Number, State string
			OpenedBy      string `json:"opened_by"`
		}
		if err := json.Unmarshal([]byte(must(t, "--data", dir, "bank", "list", "--json")), &line); err != nil || line.Number != "755900000000001" || line.State != "open" || line.OpenedBy != "zhang" {
			t.Errorf("%+v, %v", line, err)
		}
		if got := audited(t, dir)[0]; !strings.HasPrefix(got, "zhang|house_account.open|") || !strings.HasSuffix(got, "|招商银行 ****0001") {
			t.Errorf("the audit says %q", got)
		}
	})
}
