package e2e_test

import (
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/simulator"
)

// TestCloudClients_TakeTheSimulatorForTheirCloud asks the simulators of two clouds with the
// npm packages that these clouds publish, so that what the simulators check and say is what
// the clouds do.
func TestCloudClients_TakeTheSimulatorForTheirCloud(t *testing.T) {
	t.Parallel()
	node := talkTo(t, "node", filepath.Join(npm(t, "clients/cloud"), "buyer.js"))
	digits := func(n int) string {
		text := fmt.Sprintf("62000000%07d", n)
		return text + string(quartet.LuhnDigit(text))
	}
	acts := []simulator.Act{
		{},
		{Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch},
		{Verdict: quartet.Undetermined, Reason: quartet.ReasonCardLost},
		{Fault: simulator.FaultFrequency},
		{Fault: simulator.FaultRateLimited},
	}
	const wrongID, wrongSecret = 5, 6 // further columns of the table
	for _, c := range []struct {
		through, dialect, method string
		id, secret               string // slots
		want                     [7]string
	}{
		{"tencent", "tencent", "BankCard2EVerification", "secret_id", "secret_key", [7]string{
			"0", "-4", "-11", "-17", "RequestLimitExceeded", "AuthFailure.SecretIdNotFound", "AuthFailure.SignatureFailure",
		}},
		{"tencent", "tencent", "BankCardVerification", "secret_id", "secret_key", [7]string{
			"0", "-5", "-12", "-18", "RequestLimitExceeded", "AuthFailure.SecretIdNotFound", "AuthFailure.SignatureFailure",
		}},
		{"tencent", "tencent", "BankCard4EVerification", "secret_id", "secret_key", [7]string{
			"0", "-6", "-13", "-19", "RequestLimitExceeded", "AuthFailure.SecretIdNotFound", "AuthFailure.SignatureFailure",
		}},
		{"aliyun ACS3", "aliyun", "BANK_CARD_2_META", "access_key_id", "access_key_secret", [7]string{
			"1-101", "2-201", "2-210", "3-306", "Throttling.User", "InvalidAccessKeyId.NotFound", "SignatureDoesNotMatch",
		}},
		{"aliyun ACS3", "aliyun", "BANK_CARD_4_META", "access_key_id", "access_key_secret", [7]string{
			"1-101", "2-201", "2-210", "3-306", "Throttling.User", "InvalidAccessKeyId.NotFound", "SignatureDoesNotMatch",
		}},
		{"aliyun HMAC-SHA1", "aliyun", "BANK_CARD_3_META", "access_key_id", "access_key_secret", [7]string{
			"1-101", "2-201", "2-210", "3-306", "Throttling.User", "InvalidAccessKeyId.NotFound", "SignatureDoesNotMatch",
		}},
	} {
		t.Run(c.through+" "+c.method, func(t *testing.T) {
			secrets, err := simulator.Invent(c.dialect)
			if err != nil {
				t.Fatal(err)
			}
			s, err := simulator.New(c.dialect, simulator.Script{}, secrets)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(s)
			defer server.Close()
			for n, want := range c.want {
				q := question{
					Through: c.through, BaseURL: server.URL, Method: c.method, AppKey: secrets[c.id], AppSecret: secrets[c.secret],
					Name: "测试甲", IDCard: "110101199003070011", AccNo: digits(n), Mobile: "13900000001",
				}
				switch n {
				case wrongID:
					q.AppKey += "0"
				case wrongSecret:
					q.AppSecret += "0"
				default:
					s.Set(q.AccNo, acts[n])
				}
				r := node.ask(t, q)
				got := r.Body
				if r.Code != "" {
					got = r.Code
				}
				if r.Error != "" || got != want || r.RequestID == "" {
					t.Errorf("column %d: got %+v, want %s", n, r, want)
				}
				if n == wrongSecret && !strings.Contains(strings.ToLower(r.Message), "signature") {
					t.Errorf("the refusal says %q", r.Message)
				}
			}
			if got := s.Totals(); got.Asked != len(acts) || got.Charged != 3 || got.Refused != 2 {
				t.Errorf("counted %+v", got)
			}
		})
	}
}
