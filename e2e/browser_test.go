package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// chromium is the one browser of all journeys. Each has a profile of its own in it. It is the
// build without a window: a whole Chromium draws its own tool bars for every tab, which costs
// more than the pages do, and at last hangs.
var chromium = sync.OnceValues(func() (context.Context, error) {
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("lang", "zh-CN"),
		chromedp.Flag("force-prefers-reduced-motion", true), // a page that still glides is clicked where the button was
	)
	path := os.Getenv("CHROMIUM")
	if path == "" {
		path = "chromium-headless-shell"
	}
	options = append(options, chromedp.ExecPath(path))
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...)
	browser, _ := chromedp.NewContext(allocator)
	return browser, chromedp.Do(browser)
})

// The widths that every journey is taken at.
const (
	narrow = 360
	wide   = 1440
)

// tab is a person at a browser. What goes wrong in the page fails the test.
type tab struct {
	t     *testing.T
	ctx   context.Context //nolint:containedctx // to chromedp this is the tab
	url   string
	width int64

	mu       sync.Mutex
	faults   []string
	forgiven []refusal
}

// journey takes the same way at both widths, one after the other: parallel ones would wait for a
// turn behind whole tests, until those who signed in before have been away too long.
func journey(t *testing.T, walk func(t *testing.T, width int64)) {
	t.Helper()
	for _, width := range []int64{narrow, wide} {
		t.Run(fmt.Sprintf("%d pixels", width), func(t *testing.T) { walk(t, width) })
	}
}

// sit opens a tab in a fresh profile on the pages of a node.
func sit(t *testing.T, url string, width int64) *tab {
	t.Helper()
	const height = 900
	browser, err := chromium()
	if err != nil {
		t.Fatalf("Chromium does not start; `make deps` installs it: %v", err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	ctx, stop := context.WithTimeout(ctx, 4*time.Minute)
	b := &tab{t: t, ctx: ctx, url: url, width: width}
	b.must(chromedp.Do(ctx)) // the tab lives as long as the context that first asks for it
	b.run(chromedp.EmulateViewport(width, height))
	b.hear()
	t.Cleanup(func() {
		if t.Failed() {
			b.picture(strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()) + "-failed")
		}
		stop()
		cancel()
		for _, fault := range b.unforgiven() {
			t.Errorf("the browser complains: %s", fault)
		}
	})
	return b
}

// hear collects what the console of the browser is told: errors and warnings, failed requests,
// and what the policy of the page forbids. Questions of the page are answered with yes.
func (b *tab) hear() {
	messages := chromedp.Console(b.ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == "error" || m.Type == "warning" || m.Type == chromedp.ConsoleException {
				b.mu.Lock()
				b.faults = append(b.faults, fmt.Sprintf("%s %s %s %s", m.Type, m.Source, m.Text, m.URL))
				b.mu.Unlock()
			}
		}
	}()
	b.must(chromedp.Listen(b.ctx, func(event any) {
		if _, asks := event.(*page.EventJavascriptDialogOpening); asks {
			go func() {
				_, _ = chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
			}()
		}
	}))
}

// refusal is a status that a page of this path, or below it, is answered with; 0: none, its server
// is gone.
type refusal struct {
	status int
	path   string
}

// forgive says that a page may be refused so: a browser complains of every status of 4xx,
// wanted or not.
func (b *tab) forgive(status int, path string) {
	b.forgiven = append(b.forgiven, refusal{status, path})
}

// outlives says that the server is killed and comes back while the page looks after something: a
// browser complains that it is gone, and of the one request that was cut off.
func (b *tab) outlives() { b.forgiven = append(b.forgiven, refusal{path: "/console/batches/"}) }

// is reports whether a complaint of the browser is about this refusal, on a site.
func (r refusal) is(fault, site string) bool {
	if r.status == 0 {
		return strings.Contains(fault, "net::ERR_") && strings.Contains(fault, " "+site+r.path) || strings.Contains(fault, "htmx:error: Failed to fetch")
	}
	return strings.Contains(fault, fmt.Sprintf("status of %d (", r.status)) && strings.Contains(fault, " "+site+r.path)
}

func (b *tab) unforgiven() (list []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range b.faults {
		ok := false
		for _, r := range b.forgiven {
			ok = ok || r.is(fault, b.url)
		}
		if !ok {
			list = append(list, fault)
		}
	}
	return list
}

func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, 30*time.Second)
	defer stop()
	b.must(chromedp.Do(ctx, actions...))
}

func (b *tab) must(err error) {
	b.t.Helper()
	if err == nil {
		return
	}
	ctx, stop := context.WithTimeout(b.ctx, 5*time.Second)
	defer stop()
	where, _ := chromedp.Run(ctx, chromedp.Location())
	said, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	b.t.Fatalf("%v, at %s:\n%s", err, where, said)
}

// evaluate is what an expression comes to in the page.
func evaluate[T any](b *tab, expression string, args ...any) T {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, 30*time.Second)
	defer stop()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](fmt.Sprintf(expression, args...), chromedp.EvalAwaitPromise))
	b.must(err)
	return value
}

// open goes to a path.
func (b *tab) open(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.url+path), chromedp.WaitReady(chromedp.CSS("body")))
}

// until waits until an expression holds in the page.
func (b *tab) until(expression string, args ...any) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, 30*time.Second)
	defer stop()
	expression = fmt.Sprintf(expression, args...)
	for {
		held, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState !== "loading" && Boolean(`+expression+`)`))
		switch {
		case err == nil && held:
			return
		case ctx.Err() != nil:
			b.must(fmt.Errorf("it never held that %s: %w", expression, ctx.Err()))
		}
		time.Sleep(50 * time.Millisecond) // the page may be on its way to another one meanwhile
	}
}

// at waits until the browser is at a path.
func (b *tab) at(path string) {
	b.t.Helper()
	b.until("location.pathname === %q", path)
}

// sees waits until the page says something.
func (b *tab) sees(words string) {
	b.t.Helper()
	b.until("document.body.innerText.includes(%q)", words)
}

// seesNot fails if the page says something now.
func (b *tab) seesNot(words string) {
	b.t.Helper()
	if strings.Contains(b.text("body"), words) {
		b.t.Errorf("the page says %q", words)
	}
}

// text is what an element says.
func (b *tab) text(selector string) string {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, 30*time.Second)
	defer stop()
	for {
		said, err := chromedp.Run(ctx, chromedp.Evaluate[*string](fmt.Sprintf("document.querySelector(%q)?.innerText ?? null", selector)))
		switch {
		case err == nil && said != nil:
			return strings.TrimSpace(*said)
		case ctx.Err() != nil:
			b.must(fmt.Errorf("there is no %s: %w", selector, ctx.Err()))
		}
		time.Sleep(50 * time.Millisecond) // the page may be on its way to another one meanwhile
	}
}

// types writes into the field of a name in place of what is there, key by key.
func (b *tab) types(name, value string) {
	b.t.Helper()
	field := fmt.Sprintf(`main [name="%s"]:not([type=hidden])`, name)
	b.until("document.querySelector(%q)", field)
	evaluate[bool](b, `(() => { const e = document.querySelector(%q); e.focus(); e.value = ""; return true; })()`, field)
	b.run(chromedp.SendKeys(chromedp.CSS(field), value))
}

// chooses sets a select, or checks a box or a radio of a value.
func (b *tab) chooses(name, value string) {
	b.t.Helper()
	b.until(`document.querySelector('main [name="%s"]')`, name)
	if !evaluate[bool](b, `(() => {
		const all = [...document.querySelectorAll('main [name="%[1]s"]')];
		const one = all.find((e) => e.type === "radio" || e.type === "checkbox" ? e.value === %[2]q : e.type !== "hidden");
		if (!one) return false;
		if (one.type === "radio" || one.type === "checkbox") one.checked = true; else one.value = %[2]q;
		one.dispatchEvent(new Event("change", { bubbles: true }));
		return true;
	})()`, name, value) {
		b.t.Fatalf("%s cannot be %s", name, value)
	}
}

// pressable marks the button, link or the like that says something, and reports whether it did.
const pressable = `(() => {
	const words = %q;
	const kinds = "a, button, summary, label, [role=button]";
	const all = [...document.querySelectorAll("main :is(" + kinds + ")"), ...document.querySelectorAll(kinds)].filter((e) => e.checkVisibility() && !e.disabled);
	const says = (e) => (e.innerText || e.getAttribute("aria-label") || "").trim();
	const one = all.find((e) => says(e) === words) ?? all.find((e) => says(e).includes(words) || e.getAttribute("aria-label") === words);
	document.querySelectorAll("[data-pressed]").forEach((e) => e.removeAttribute("data-pressed"));
	one?.setAttribute("data-pressed", "");
	return Boolean(one);
})()`

// presses clicks on what says something.
func (b *tab) presses(words string) {
	b.t.Helper()
	b.until(pressable, words)
	b.clicks("[data-pressed]")
}

// clicks is presses by a selector.
func (b *tab) clicks(selector string) {
	b.t.Helper()
	b.run(chromedp.ScrollIntoView(chromedp.CSS(selector)))
	evaluate[bool](b, `document.documentElement.dataset.clicked = true`)
	b.run(chromedp.Click(chromedp.CSS(selector)))
}

// leads waits until the page has given way to another one since the last click.
func (b *tab) leads() {
	b.t.Helper()
	b.until(`!document.documentElement.dataset.clicked && document.querySelector("main h1")`)
}

// fits fails if the page is wider than the window.
func (b *tab) fits() {
	b.t.Helper()
	if over := evaluate[int64](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		b.t.Errorf("the page is %d pixels wider than the window", over)
	}
}

// picture keeps how the page looks: build/screens.
func (b *tab) picture(name string) {
	// What sticks to the window would stick to the middle of a page that is scrolled.
	ctx, stop := context.WithTimeout(b.ctx, 20*time.Second) // of a tab that hangs there is none
	defer stop()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[any](`scrollTo({ top: 0, behavior: "instant" })`)); err != nil {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return
	}
	dir := filepath.Join("..", "build", "screens")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, b.width)), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// axe is the script of axe-core, which judges pages for people who use a screen reader or the
// keyboard alone.
func axe(t *testing.T) string {
	t.Helper()
	axeOnce.Do(func() {
		b, err := os.ReadFile(filepath.Join(npm(t, "clients/axe"), "node_modules", "axe-core", "axe.min.js"))
		if err != nil {
			t.Fatal(err)
		}
		axeScript = string(b)
	})
	return axeScript
}

// looks takes a picture of the page, and fails if it is too wide or if axe finds something
// serious in it.
func (b *tab) looks(name string) {
	b.t.Helper()
	b.fits()
	b.picture(name)
	_, err := chromedp.Run(b.ctx, chromedp.Evaluate[any](axe(b.t)+"; 1"))
	b.must(err)
	for _, fault := range evaluate[[]string](b, `axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations.filter((v) => v.impact === "serious" || v.impact === "critical")
		.map((v) => v.id + ": " + v.help + " at " + v.nodes.map((n) => n.target.join(" ")).slice(0, 5).join("; ")))`) {
		b.t.Errorf("%s: %s", name, fault)
	}
}

var (
	axeOnce   sync.Once
	axeScript string
)
