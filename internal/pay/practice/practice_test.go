package practice_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/pay"
	"quartet/internal/pay/practice"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)

func TestNew_IsRefusedOutsideTheDemo(t *testing.T) {
	if _, err := practice.New(practice.Options{Now: time.Now}); quartet.CodeOf(err) != quartet.ErrForbidden {
		t.Errorf("%v", err)
	}
}

type demo struct {
	*practice.Provider

	now     time.Time
	settled []string
	server  *httptest.Server
}

func newDemo(t *testing.T) *demo {
	t.Helper()
	d := &demo{now: noon}
	mux := http.NewServeMux()
	d.server = httptest.NewServer(mux)
	t.Cleanup(d.server.Close)
	var err error
	d.Provider, err = practice.New(practice.Options{Demo: true, Base: func() string { return d.server.URL }, Now: func() time.Time { return d.now }})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle(practice.PagePath, d.Pages(func(_ context.Context, payment string) error {
		d.settled = append(d.settled, payment)
		return nil
	}))
	return d
}

func (d *demo) open(t *testing.T, payment string) string {
	t.Helper()
	show, err := d.Open(t.Context(), pay.Attempt{Payment: payment, Method: "page", Subject: "<b>500元/1200次", Amount: 500_00, PayBy: d.now.Add(time.Hour), Back: "javascript:alert(1)"})
	if err != nil {
		t.Fatal(err)
	}
	return show
}

func get(t *testing.T, res *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func (d *demo) wantState(t *testing.T, payment string, want pay.TradeState) {
	t.Helper()
	got, err := d.Query(t.Context(), payment)
	if err != nil || got.State != want {
		t.Errorf("it is %+v, %v, want %s", got, err, want)
	}
}

func TestPage_SaysThatNoMoneyMovesAndPays(t *testing.T) {
	d := newDemo(t)
	d.wantState(t, "p1", pay.Absent)
	show := d.open(t, "p1")
	if again := d.open(t, "p1"); again != show {
		t.Errorf("opened again: %s and %s", show, again)
	}
	res, err := http.Get(show)
	status, body := get(t, res, err)
	for _, want := range []string{"演练支付", "不会发生任何资金往来", "500.00", "&lt;b&gt;"} {
		if status != 200 || !strings.Contains(body, want) {
			t.Errorf("%d, the page lacks %q", status, want)
		}
	}
	if strings.Contains(body, "javascript:") {
		t.Error("the page leads wherever it is told")
	}
	d.wantState(t, "p1", pay.Waiting)
	for range 2 {
		res, err = http.Post(show, "application/x-www-form-urlencoded", nil)
		if status, body = get(t, res, err); status != 200 || !strings.Contains(body, "演练付款已完成") {
			t.Errorf("%d %s", status, body)
		}
	}
	if len(d.settled) == 0 || d.settled[0] != "p1" {
		t.Errorf("nobody was told: %v", d.settled)
	}
	got, err := d.Query(t.Context(), "p1")
	if err != nil || got.State != pay.Paid || got.Received != 500_00 || !got.At.Equal(noon) || got.Reference == "" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestPage_HasTheOneStyleThatItsPolicyLetsStand(t *testing.T) {
	d := newDemo(t)
	res, err := http.Get(d.open(t, "p1"))
	_, body := get(t, res, err)
	_, style, _ := strings.Cut(body, "<style>")
	style, _, found := strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !found || !strings.Contains(res.Header.Get("Content-Security-Policy"), want) {
		t.Errorf("the policy is %s, the style %q", res.Header.Get("Content-Security-Policy"), style)
	}
}

func TestPage_OfAnotherSitePaysNothing(t *testing.T) {
	d := newDemo(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.open(t, "p1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(req)
	if status, _ := get(t, res, err); status != 403 {
		t.Errorf("answered %d", status)
	}
	d.wantState(t, "p1", pay.Waiting)
	res, err = http.Get(d.server.URL + practice.PagePath + "none")
	if status, body := get(t, res, err); status != 404 || !strings.Contains(body, "不会发生任何资金往来") {
		t.Errorf("answered %d %s", status, body)
	}
}

func TestPage_IsClosedWithItsTime(t *testing.T) {
	d := newDemo(t)
	late, closed := d.open(t, "late"), d.open(t, "closed")
	if err := d.Close(t.Context(), "closed"); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Hour)
	for name, show := range map[string]string{"late": late, "closed": closed} {
		res, err := http.Post(show, "", nil)
		if _, body := get(t, res, err); !strings.Contains(body, "已关闭") {
			t.Errorf("%s: %s", name, body)
		}
		d.wantState(t, name, pay.Closed)
	}
	if len(d.settled) > 0 {
		t.Error("something was paid")
	}
}

func TestRefund_IsDoneOnce(t *testing.T) {
	d := newDemo(t)
	res, err := http.Post(d.open(t, "p1"), "", nil)
	get(t, res, err)
	r := pay.Return{Refund: "r1", Payment: "p1", Amount: 200_00, Total: 500_00}
	if got, err := d.QueryRefund(t.Context(), r); err != nil || got.State != pay.ReturnAbsent {
		t.Errorf("%+v, %v", got, err)
	}
	for range 2 {
		if got, err := d.Refund(t.Context(), r); err != nil || got.State != pay.ReturnDone || got.Amount != 200_00 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	d.wantState(t, "p1", pay.Returned)
	over := pay.Return{Refund: "r2", Payment: "p1", Amount: 300_01}
	if got, err := d.Refund(t.Context(), over); err != nil || got.State != pay.ReturnRefused {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := d.Bill(t.Context(), noon); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("a bill of a day that is not over: %v", err)
	}
	d.now = d.now.Add(24 * time.Hour)
	lines, err := d.Bill(t.Context(), noon)
	if err != nil || len(lines) != 2 || lines[0].Amount+lines[1].Amount != 700_00 {
		t.Errorf("%+v, %v", lines, err)
	}
	if lines, err := d.Bill(t.Context(), noon.Add(-24*time.Hour)); err != nil || len(lines) != 0 {
		t.Errorf("%+v, %v", lines, err)
	}
}

// The demo is stopped and started again: what was opened can be paid, and what was paid goes
// back once.
func TestTrades_OutliveTheProcess(t *testing.T) {
	now, file := noon, filepath.Join(t.TempDir(), "practice.jsonl")
	start := func() *practice.Provider {
		t.Helper()
		p, err := practice.New(practice.Options{Demo: true, File: file, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	press := func(p *practice.Provider, show string) int {
		t.Helper()
		w := httptest.NewRecorder()
		p.Pages(func(context.Context, string) error { return nil }).ServeHTTP(w, httptest.NewRequest(http.MethodPost, show, nil))
		return w.Code
	}
	want := func(p *practice.Provider, payment string, state pay.TradeState) {
		t.Helper()
		if got, err := p.Query(t.Context(), payment); err != nil || got.State != state || state == pay.Paid && !got.At.Equal(noon) {
			t.Errorf("%s is %+v, %v, want %s", payment, got, err, state)
		}
	}
	p := start()
	shows := map[string]string{}
	for _, payment := range []string{"open", "paid", "closed"} {
		show, err := p.Open(t.Context(), pay.Attempt{Payment: payment, Method: "page", Subject: "500元/1200次", Amount: 500_00, PayBy: noon.Add(time.Hour), Back: "https://shop.example/orders/1"})
		if err != nil {
			t.Fatal(err)
		}
		shows[payment] = show
	}
	press(p, shows["paid"])
	if err := p.Close(t.Context(), "closed"); err != nil {
		t.Fatal(err)
	}

	now = now.Add(time.Minute)
	p = start()
	want(p, "open", pay.Waiting)
	want(p, "paid", pay.Paid)
	want(p, "closed", pay.Closed)
	if code := press(p, shows["open"]); code != http.StatusSeeOther {
		t.Errorf("what was open: %d", code)
	}
	r := pay.Return{Refund: "r1", Payment: "paid", Amount: 300_00, Total: 500_00}
	for range 2 {
		if got, err := p.Refund(t.Context(), r); err != nil || got.State != pay.ReturnDone {
			t.Fatalf("%+v, %v", got, err)
		}
		p = start()
	}
	if got, err := p.QueryRefund(t.Context(), r); err != nil || got.State != pay.ReturnDone {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := p.Refund(t.Context(), pay.Return{Refund: "r2", Payment: "paid", Amount: 200_01}); err != nil || got.State != pay.ReturnRefused {
		t.Errorf("more than is left: %+v, %v", got, err)
	}

	// A crash in the middle of a line: nobody has heard of what it says.
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(data, `{"payment":"half","amo`...), 0o600); err != nil {
		t.Fatal(err)
	}
	p = start()
	want(p, "half", pay.Absent)
	if _, err := p.Refund(t.Context(), pay.Return{Refund: "r3", Payment: "paid", Amount: 100_00}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(24 * time.Hour)
	if lines, err := start().Bill(t.Context(), noon); err != nil || len(lines) != 4 {
		t.Errorf("the bill is %+v, %v", lines, err)
	}
}

func TestNotices_AreAllForged(t *testing.T) {
	d := newDemo(t)
	if _, err := d.Read(t.Context(), pay.Raw{}); quartet.CodeOf(err) != quartet.ErrForbidden {
		t.Errorf("%v", err)
	}
}
