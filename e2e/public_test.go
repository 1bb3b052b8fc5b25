package e2e_test

import (
	"strings"
	"testing"
)

// TestConsole_PublicPagesAreForEverybody walks through what can be seen without signing in.
func TestConsole_PublicPagesAreForEverybody(t *testing.T) {
	t.Parallel()
	n := startDemo(t, folder(t), environ())
	journey(t, func(t *testing.T, width int64) {
		b := sit(t, n.url, width)
		b.open("/")
		b.sees("银行卡四要素核验")
		b.sees("¥10,000")
		b.sees("约 0.42 元/次")
		b.looks("product")
		for _, path := range []string{"/docs/", "/docs/call", "/docs/signing", "/docs/elements", "/docs/result-codes", "/docs/gateway", "/docs/sandbox", "/status", "/sign-up", "/password-reset"} {
			b.open(path)
			b.looks("public" + strings.ReplaceAll(path, "/", "-"))
		}
		b.open("/")
		b.presses("English")
		b.sees("Plans")
		b.open("/docs/signing")
		b.sees("The string to sign")
		b.looks("signing-en")
	})
}
