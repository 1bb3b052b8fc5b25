package e2e_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"quartet/internal/story"
)

// view keeps what a window shows of the page, for the README: build/screens.
func (b *tab) view(name string) {
	b.t.Helper()
	evaluate[bool](b, `(window.scrollTo(0, 0), true)`)
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	b.must(err)
	dir := filepath.Join("..", "build", "screens")
	b.must(os.MkdirAll(dir, 0o755))
	b.must(os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}

// What a demo opens is worth showing, and the README shows it.
func TestConsole_OfADemoIsWorthShowing(t *testing.T) {
	t.Parallel()
	n := startStory(t, folder(t))
	n.pastTold(t)
	b := sit(t, n.url, wide)
	b.open("/")
	b.sees("银行卡四要素核验")
	b.view("readme-product")
	b.open("/sign-in")
	b.types("address", story.Email)
	b.types("password", story.Password)
	b.presses("登录")
	b.at("/console/")
	b.until(`document.querySelector("[data-chart] canvas")`)
	b.looks("demo-overview")
	b.view("readme-overview")
	b.open("/console/debug")
	b.presses("填入虚构的人")
	b.presses("发送")
	b.sees("HTTP/1.1 200 OK")
	b.looks("demo-debug")
	b.view("readme-debug")
}
