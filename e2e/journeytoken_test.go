package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// asks is what the management API answers a program that sends a token.
func asks(t *testing.T, url, token string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestConsole_AProgramUsesATokenUntilItIsRevoked(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ())
	journey(t, func(t *testing.T, width int64) {
		b := sit(t, n.url, width)
		b.registers(dir, fmt.Sprintf("token%d@example.com", width))
		b.open("/console/tokens")
		b.looks("tokens-empty")
		b.open("/console/tokens/new")
		b.looks("token-new")
		b.types("name", "夜间对账")
		b.chooses("scopes", "products:read")
		b.presses("新建")
		b.proves()
		token := b.secretShown()
		b.looks("token-value")
		if status, body := asks(t, n.url+"/api/v1/products", token); status != http.StatusOK || !strings.Contains(body, `"1887"`) {
			t.Errorf("what its scope names: %d %s", status, body)
		}
		if status, body := asks(t, n.url+"/api/v1/me", token); status != http.StatusForbidden {
			t.Errorf("what is its maker's alone: %d %s", status, body)
		}
		b.open("/console/tokens")
		b.sees("夜间对账")
		b.seesNot(token)
		b.looks("tokens")
		b.presses("吊销")
		b.proves()
		b.sees("令牌已吊销，用它的请求从现在起被拒绝")
		if status, body := asks(t, n.url+"/api/v1/products", token); status != http.StatusUnauthorized || !strings.Contains(body, "was revoked") {
			t.Errorf("revoked: %d %s", status, body)
		}
		if strings.Contains(n.log.String(), token[20:40]) {
			t.Error("the log of the house holds the token")
		}
	})
}
