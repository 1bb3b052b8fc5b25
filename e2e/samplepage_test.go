package e2e_test

import (
	"strings"
	"testing"
)

func TestConsole_ShowsEverybodySamplesInTheirLanguage(t *testing.T) {
	t.Parallel()
	n := startDemo(t, folder(t), environ())
	journey(t, func(t *testing.T, width int64) {
		b := sit(t, n.url, width)
		b.open("/products/1887/samples")
		b.sees("APP_CODE='YOUR_APPCODE'")
		b.presses("Java")
		b.sees("public class AppCodeSample {")
		b.until(`location.search.includes("language=java")`)
		b.presses("签名（AppKey）")
		b.sees("public class SignedSample {")
		if code := b.text("#code"); !strings.Contains(code, `BASE_URL = "`+n.url+`"`) {
			t.Errorf("the program leads elsewhere:\n%s", code)
		}
		b.looks("samples")
		b.presses("复制")
		b.sees("已复制")
		b.clicks(`[name=theme]`)
		b.until(`document.documentElement.dataset.theme === "dark"`)
		b.presses("微信小程序")
		b.sees("其中的密钥人人可读")
		b.looks("samples-dark")
	})
}
