package e2e_test

import (
	"net/http"
	"testing"
)

func TestConsole_LetsABuyerInByPasswordAndSaysWhenItIsWrong(t *testing.T) {
	t.Parallel()
	n := startDemo(t, folder(t), environ())
	journey(t, func(t *testing.T, width int64) {
		b := sit(t, n.url, width)
		b.forgive(http.StatusUnauthorized, "/sign-in")
		b.open("/console/")
		b.at("/sign-in")
		b.looks("sign-in")
		b.types("address", "nobody@example.com")
		b.types("password", "not the password")
		b.presses("登录")
		b.sees("账号或密码不正确")
		b.until(`document.querySelector("[name=address]").value === "nobody@example.com"`)
	})
}
