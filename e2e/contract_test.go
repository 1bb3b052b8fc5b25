package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"quartet/internal/simulator"
	"quartet/internal/source/httpjson"
)

// contractor is a supplier with a contract of its own and a book, over real HTTP. It knows
// under which of our numbers it was asked, and how often under each.
type contractor struct {
	*simulator.Server

	url     string
	mu      sync.Mutex
	orders  map[string]int
	arrived func() // at each question, before it is answered; nil: nothing
}

// newContractor makes a supplier that finds that all agree, after a while.
func newContractor(t *testing.T, delay time.Duration) *contractor {
	t.Helper()
	script, err := simulator.Parse([]byte("default: {verdict: match, delay: " + delay.String() + "}"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := simulator.New("acme", script, map[string]string{"app_key": "k-1", "app_secret": "s-1"})
	if err != nil {
		t.Fatal(err)
	}
	c := &contractor{Server: s, orders: map[string]int{}}
	server := httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *contractor) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	var question struct {
		Order string `json:"order_no"`
	}
	if r.URL.Path == "/v1/verify" && json.Unmarshal(body, &question) == nil {
		c.mu.Lock()
		c.orders[question.Order]++
		arrived := c.arrived
		c.mu.Unlock()
		if arrived != nil {
			arrived()
		}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c.ServeHTTP(w, r)
}

func (c *contractor) onArrival(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.arrived = f
}

// numbers are our numbers under which it was asked.
func (c *contractor) numbers() (list []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for order := range c.orders {
		list = append(list, order)
	}
	return list
}

// citizens are invented people with an ID card of the mainland: the supplier takes no other.
func citizens(t *testing.T, count int) []person {
	t.Helper()
	return slices.DeleteFunc(invent(t, count, demoSeed), func(p person) bool { return p.IDCard[0] > '6' })
}

// hire makes it the one who is asked, in a folder that is not served yet.
func (c *contractor) hire(t *testing.T, dir string, env []string) {
	t.Helper()
	manifest, err := httpjson.ShippedManifest("template")
	if err != nil {
		t.Fatal(err)
	}
	spec, secret := filepath.Join(t.TempDir(), "acme.yaml"), filepath.Join(t.TempDir(), "acme.secret.yaml")
	here := regexp.MustCompile(`(?m)^url: \S+`).ReplaceAll(manifest, []byte("url: "+c.url))
	here = regexp.MustCompile(`(?m)^qps: .*$`).ReplaceAll(here, nil) // as often as callers come
	for path, text := range map[string][]byte{spec: here, secret: []byte("app_key: k-1\napp_secret: s-1\n")} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must(t, env, "source", "add", "acme", "--kind", "httpjson", "--spec", spec, "--credentials", secret, "--price", "0.12", "--failures", "1000000", "--data", dir)
	must(t, env, "source", "disable", "registry", "--data", dir)
}

// billed is what the house's own books say of the supplier.
type billed struct {
	Questions int `json:"questions"`
	Yes       int `json:"charged_yes"`
	No        int `json:"charged_no"`
	Unknown   int `json:"charged_unknown"`
}

// agrees holds the house's books against the supplier's: what the house knows to be charged
// is charged, all that is charged the house knows of, and no number was asked about twice.
func (c *contractor) agrees(t *testing.T, dir string, env []string) billed {
	t.Helper()
	var b billed
	for _, line := range lines[billed](t, must(t, env, "report", "margin", "--by", "source", "--json", "--data", dir)) {
		b = line
	}
	if charged := c.Charged(); b.Yes > charged || charged > b.Yes+b.Unknown {
		t.Errorf("the supplier charges for %d questions, the house knows of %d and doubts %d", charged, b.Yes, b.Unknown)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for order, times := range c.orders {
		if times > 1 {
			t.Errorf("the supplier was asked %d times under %s", times, order)
		}
	}
	return b
}
