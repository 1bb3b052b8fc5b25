package app_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/client"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/obs"
	"quartet/internal/password"
	"quartet/internal/source/registry"
	"quartet/internal/store/storetest"
)

// node is a running App with one buyer.
type node struct {
	*app.App
	log    *log
	lines  *obs.Lines
	client client.Client
}

type log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// settings of a node on free ports in a folder of its own.
func settings(t *testing.T) config.Config {
	t.Helper()
	c := config.Default()
	c.Listen, c.AdminListen, c.Data = "127.0.0.1:0", "127.0.0.1:0", storetest.Folder(t)
	return c
}

const (
	bySupplier = "default: {verdict: match}\n"
	paid       = "1" // the result of a verdict by it
)

// bySimulator lets a script answer instead of the registry.
func bySimulator(t *testing.T, c *config.Config, script string) {
	t.Helper()
	h, err := app.Open(t.Context(), app.Options{Config: config.Loaded{Config: *c}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Sources.Switch(t.Context(), "test", "registry", false, "")
	if err == nil {
		_, err = h.Sources.Add(t.Context(), "test", quartet.Source{Name: "sim", Kind: quartet.SourceSim, Spec: script, On: true}, nil)
	}
	if quartet.CodeOf(err) == quartet.ErrConflict {
		_, err = h.Sources.Change(t.Context(), "test", "sim", func(s *quartet.Source) { s.Spec = script }, nil)
	}
	if err = errors.Join(err, h.Close()); err != nil {
		t.Fatal(err)
	}
}

// start runs a node that must stop in good order; at the first start of its folder it
// gets a buyer with units.
func start(t *testing.T, c config.Config) *node {
	t.Helper()
	n := launch(t, c)
	t.Cleanup(func() {
		if err := n.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return n
}

// launch is start for a node that may fail.
func launch(t *testing.T, c config.Config) *node {
	t.Helper()
	n, err := launchWith(t, app.Options{Config: config.Loaded{Config: c}})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// launchWith is launch with options, for a node that may not even start. Its log is there
// all the same.
func launchWith(t *testing.T, o app.Options) (*node, error) {
	t.Helper()
	n := &node{log: &log{}}
	n.lines = obs.NewLines(n.log)
	t.Cleanup(func() { _ = n.lines.Close() })
	o.Log, o.Version = obs.NewLogger(n.lines, "debug", "json"), "test"
	o.Passwords = password.Work{MemoryKiB: 64, Iterations: 1} // of passwords that nobody wants to steal
	var err error
	if n.App, err = app.Start(t.Context(), o, n.lines, nil); err != nil {
		n.lines.Flush()
		return n, err
	}
	t.Cleanup(func() { _ = n.Stop(context.Background()) })
	n.client = client.Client{BaseURL: n.URL(), AppCode: n.buyer(t)}
	return n, nil
}

func (n *node) buyer(t *testing.T) string {
	t.Helper()
	ctx := t.Context()
	if list, err := n.Desk.Credentials(ctx, ""); err != nil {
		t.Fatal(err)
	} else if len(list) > 0 {
		_, secret, err := n.Desk.Reveal(ctx, "test", list[0].ID, "")
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	if _, err := n.Desk.Open(ctx, "test", "buyer", "Buyer"); err != nil {
		t.Fatal(err)
	}
	_, secret, err := n.Desk.Issue(ctx, "test", "buyer", quartet.Credential{Kind: quartet.KindAppCode})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Ledger.Give(ctx, quartet.Grant{ID: uuid.NewString(), Account: "buyer", Units: 100, ExpiresAt: n.Now().Add(time.Hour)}, "test"); err != nil {
		t.Fatal(err)
	}
	if err := n.Changed(ctx); err != nil {
		t.Fatal(err)
	}
	return secret
}

func person(i int64) client.Person {
	p := registry.Person(7, i)
	return client.Person{Name: p.Name, IDCard: p.ID, AccNo: p.Card, Mobile: p.Mobile}
}

// result is the state, else the code, else the gateway's code.
func (n *node) result(t *testing.T, p client.Person) string {
	t.Helper()
	a, err := n.client.Verify(t.Context(), p)
	var refused *client.GatewayError
	switch {
	case errors.As(err, &refused):
		return refused.Code
	case err != nil:
		t.Error(err)
		return err.Error()
	case a.State != "":
		return a.State
	}
	return a.Code
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestNode_TellsItsHealthAndFigures(t *testing.T) {
	c := settings(t)
	bySimulator(t, &c, "default: {verdict: match}\n")
	n := start(t, c)
	if got := n.result(t, person(1)); got != "1" {
		t.Fatalf("got %s\n%s", got, n.log)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if code, body := get(t, n.AdminURL()+path); code != http.StatusOK {
			t.Errorf("%s: %d %s", path, code, body)
		}
	}
	_, figures := get(t, n.AdminURL()+"/metrics")
	for _, want := range []string{`quartet_calls_total{code="10000"} 1`, `quartet_units_charged_total 1`, `quartet_build_info{version="test"} 1`, "quartet_ledger_flush_seconds_count"} {
		if !strings.Contains(figures, want) {
			t.Errorf("missing: %s", want)
		}
	}
	if code, _ := get(t, n.URL()+"/metrics"); code != http.StatusNotFound {
		t.Errorf("the API address shows metrics: %d", code)
	}
}

func TestChanged_IsInForceAtOnce(t *testing.T) {
	c := settings(t)
	bySimulator(t, &c, "default: {verdict: match}\n")
	n := start(t, c)
	ctx := t.Context()
	steps := []struct {
		what string
		do   func() error
		want string
	}{
		{"product off", func() error { return n.Store.SetProductOn(ctx, "1887", false, quartet.AuditEntry{}) }, "10014"},
		{"product on", func() error { return n.Store.SetProductOn(ctx, "1887", true, quartet.AuditEntry{}) }, "1"},
		{"account suspended", func() error { _, err := n.Desk.Suspend(ctx, "test", "buyer", "a test"); return err }, "B403MI"},
		{"account resumed", func() error { _, err := n.Desk.Resume(ctx, "test", "buyer"); return err }, "1"},
		{"credential revoked", func() error {
			list, err := n.Desk.Credentials(ctx, "buyer")
			return errors.Join(err, n.Desk.Revoke(ctx, "test", list[0].ID))
		}, "A400AC"},
	}
	for i, s := range steps {
		if err := errors.Join(s.do(), n.Changed(ctx)); err != nil {
			t.Fatal(err)
		}
		if got := n.result(t, person(int64(i))); got != s.want {
			t.Errorf("%s: got %s, want %s", s.what, got, s.want)
		}
	}
}

// Whoever typed a command may go away between its change and the telling of it. A revoked
// credential must not live on by that, all the less since it cannot be revoked again.
func TestChanged_IsInForceWhoeverGoesAway(t *testing.T) {
	c := settings(t)
	bySimulator(t, &c, bySupplier)
	n := start(t, c)
	list, err := n.Desk.Credentials(t.Context(), "buyer")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Desk.Revoke(t.Context(), "test", list[0].ID); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Changed(gone); err != nil {
		t.Error(err)
	}
	if got := n.result(t, person(1)); got != "A400AC" {
		t.Errorf("got %s", got)
	}
}

func TestChanged_IsInForceSoonWhenNobodyTellsOfIt(t *testing.T) {
	c := settings(t)
	bySimulator(t, &c, bySupplier)
	n := start(t, c)
	if _, err := n.Desk.Suspend(t.Context(), "test", "buyer", "a test"); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(15 * time.Second); n.result(t, person(1)) != "B403MI"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the account is not suspended")
		}
	}
}

func TestStop_AnswersTheCallsInFlightAndRefusesLaterOnes(t *testing.T) {
	c := settings(t)
	bySimulator(t, &c, "default: {verdict: match, delay: 700ms}\n")
	n := start(t, c)
	var wg sync.WaitGroup
	for i := range int64(3) {
		wg.Go(func() {
			if got := n.result(t, person(i)); got != "1" {
				t.Errorf("a call in flight got %s", got)
			}
		})
	}
	time.Sleep(200 * time.Millisecond) // the three are with the simulator
	admin := n.AdminURL()
	stopped := make(chan error, 1)
	go func() { stopped <- n.Stop(context.Background()) }()
	time.Sleep(100 * time.Millisecond)
	if got := n.result(t, person(9)); got != "10019" {
		t.Errorf("a later call got %s", got)
	}
	if code, _ := get(t, admin+"/readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("a stopping node is ready: %d", code)
	}
	wg.Wait()
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	h, err := app.Open(t.Context(), app.Options{Config: config.Loaded{Config: c}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close() }()
	grants, err := h.Store.Grants(t.Context(), "buyer")
	if err != nil || len(grants) != 1 || grants[0].Used != 3 || grants[0].Held != 0 {
		t.Errorf("%+v, %v", grants, err)
	}
	last := quartet.Code(0)
	if err := h.Store.Calls(t.Context(), quartet.CallFilter{}, func(c quartet.Call) error { last = c.Code; return nil }); err != nil {
		t.Fatal(err)
	}
	if last != quartet.CodeNotCommitted {
		t.Errorf("the refusal of the stopping node is not in the log of calls: %v", last)
	}
}

func TestStop_DoesNotWaitLongerThanItMay(t *testing.T) {
	c := settings(t)
	c.Drain = 200 * time.Millisecond
	bySimulator(t, &c, "default: {verdict: match, delay: 8s}\n")
	n := start(t, c)
	go func() { _, _ = n.client.Verify(context.Background(), person(1)) }()
	time.Sleep(200 * time.Millisecond)
	begun := time.Now()
	_ = n.Stop(context.Background())
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestNode_RunsOnPostgreSQL(t *testing.T) {
	c := settings(t)
	c.Store = storetest.Postgres(t)
	bySimulator(t, &c, "default: {verdict: match}\n")
	n := start(t, c)
	if got := n.result(t, person(1)); got != "1" {
		t.Fatalf("got %s\n%s", got, n.log)
	}
	second := c
	second.Data = filepath.Join(t.TempDir(), "data")
	second.Keyring = c.KeyringPath()
	_, err := app.Open(t.Context(), app.Options{Config: config.Loaded{Config: second}})
	if quartet.CodeOf(err) != quartet.ErrLocked {
		t.Errorf("a second node on one database: %v", err)
	}
	// Another process changes the database itself: within seconds it is in force.
	if err := n.Store.SetProductOn(t.Context(), "1887", false, quartet.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Second); n.result(t, person(2)) != "10014"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the change never came into force")
		}
	}
	if err := n.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := start(t, c).result(t, person(3)); got != "10014" {
		t.Errorf("after a restart: %s", got)
	}
}

func TestStart_SaysThatPlainHTTPIsOpenToOthers(t *testing.T) {
	c := settings(t)
	c.Listen, c.AllowPlainHTTP = "0.0.0.0:0", true
	bySimulator(t, &c, "default: {verdict: match}\n")
	n := start(t, c)
	n.lines.Flush()
	if !strings.Contains(n.log.String(), "serving plain HTTP") {
		t.Error("the log does not say so")
	}
}
