package e2e_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cloud is a market that sells at a node.
type cloud struct {
	t           *testing.T
	url, secret string
}

// sold is what a market is told.
type sold struct {
	status   int
	Instance string `json:"instance_id"`
	State    string `json:"state"`
	AppCode  string `json:"app_code"`
	Code     string `json:"code"`
}

// say signs a message as documented and sends it.
func (c cloud) say(body string) sold {
	c.t.Helper()
	a, err := c.try(body)
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// try is say where no answer may come.
func (c cloud) try(body string) (a sold, err error) {
	c.t.Helper()
	at := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(c.secret))
	mac.Write([]byte(at + "\n" + body))
	r, err := http.NewRequest(http.MethodPost, c.url+"/api/v1/market/yun", strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Market-Timestamp", at)
	r.Header.Set("X-Market-Signature", hex.EncodeToString(mac.Sum(nil)))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return a, err
	}
	a.status = resp.StatusCode
	if err := json.Unmarshal(text, &a); err != nil {
		c.t.Fatalf("%d %s", resp.StatusCode, text)
	}
	return a, nil
}

// What a market sells works at once, and goes the way that the market says.
func TestMarket_DrawsAnInstanceAlongItsLife(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ(guardOff))
	env := environ()
	c := cloud{t, n.url, strings.TrimSpace(must(t, env, "market", "add", "yun", "--data", dir))}
	tell := func(event, action string) sold {
		t.Helper()
		return c.say(fmt.Sprintf(`{"event_id":"%s","action":"%s","order_id":"o1","expires_on":"2090-12-31"}`, event, action))
	}
	const creation = `{"event_id":"e1","action":"create","order_id":"o1","buyer_id":"b1","buyer_name":"武当科技","plan_id":"1887-1200","trial":false}`

	forged := c
	forged.secret = strings.Repeat("0", 64)
	if a := forged.say(creation); a.status != http.StatusUnauthorized || a.Code != "unauthenticated" {
		t.Errorf("forged: %+v", a)
	}
	a := c.say(creation)
	if a.status != http.StatusOK || a.State != "active" || a.AppCode == "" {
		t.Fatalf("created: %+v", a)
	}
	if again := c.say(creation); again != a {
		t.Errorf("again: %+v", again)
	}
	if other := c.say(strings.Replace(creation, "o1", "o2", 1)); other.status != http.StatusConflict || other.Code != "replayed" {
		t.Errorf("with another body: %+v", other)
	}
	call := func() string {
		t.Helper()
		return said(newClient(n.url, a.AppCode).mustAsk(t, n.demo.People[0].form()))
	}
	for _, tt := range []struct{ event, action, state, call string }{
		{"", "", "", "1"},
		{"e2", "expire", "frozen", "403 B403MI"},
		{"e3", "renew", "active", "1"},
		{"e4", "release", "released", "403 B403MQ"},
	} {
		if tt.action != "" {
			if got := tell(tt.event, tt.action); got.status != http.StatusOK || got.Instance != a.Instance || got.State != tt.state {
				t.Errorf("%s: %+v", tt.action, got)
			}
		}
		if got := call(); got != tt.call {
			t.Errorf("after %q a call gets %s, want %s", tt.action, got, tt.call)
		}
	}
	if late := tell("e5", "renew"); late.status != http.StatusConflict {
		t.Errorf("renewed after its release: %+v", late)
	}
	if list := must(t, env, "market", "instances", "--json", "--data", dir); strings.Count(list, "\n") != 1 || !strings.Contains(list, `"state":"released"`) {
		t.Errorf("instances: %s", list)
	}
	must(t, env, "quota", "audit", "--data", dir)

	// What cannot be done yet waits, is seen, and survives the process.
	stuck := strings.NewReplacer(`"e1"`, `"e6"`, `"o1"`, `"o6"`, "1887-1200", "1887-900").Replace(creation)
	if a := c.say(stuck); a.status != http.StatusOK || a.Instance != "0" || a.State != "provisioning" {
		t.Errorf("of a plan that is missing: %+v", a)
	}
	messages := func() int {
		return strings.Count(must(t, env, "job", "list", "--json", "--data", dir), `"kind":"market.handle"`)
	}
	kept := messages()
	if kept == 0 {
		t.Error("nothing waits")
	}
	n.kill()
	before := n.log
	n = startDemo(t, dir, environ(guardOff))
	c.url = n.url
	if b := c.say(stuck); b.status != http.StatusOK || b.Instance != "0" || b.State != "provisioning" {
		t.Errorf("of a plan that is missing, after the kill: %+v", b)
	}
	if now := messages(); now != kept {
		t.Errorf("of %d messages that were kept %d are there after the kill", kept, now)
	}

	// The house is killed while the market tells of a sale: whenever that was, the market that
	// tells of it again is answered, and each sale is given once.
	sale := func(i int) string {
		return strings.NewReplacer(`"e1"`, fmt.Sprintf(`"s%d"`, i), `"o1"`, fmt.Sprintf(`"s%d"`, i), `"b1"`, `"b2"`, "武当科技", "少林科技").Replace(creation)
	}
	const most = 20
	sales, cut := 0, false
	for ; sales < most && !cut; sales++ {
		moment := time.AfterFunc(rand.N(30*time.Millisecond), n.kill)
		_, err := c.try(sale(sales))
		moment.Stop()
		n.kill()
		cut = err != nil
		n = startDemo(t, dir, environ(guardOff))
		c.url = n.url
		first := c.say(sale(sales))
		if again := c.say(sale(sales)); first.status != http.StatusOK || first.State != "active" || first.AppCode == "" || again != first {
			t.Errorf("told again after the kill: %+v, then %+v", first, again)
		}
		a.AppCode = first.AppCode
		if got := call(); got != "1" {
			t.Errorf("what was sold around the kill gets %s", got)
		}
	}
	if !cut {
		t.Error("no message was ever cut off: the test did not test that")
	}
	units := 0
	for _, g := range lines[grant](t, must(t, env, "quota", "show", "--json", "--data", dir)) {
		if strings.HasPrefix(g.Account, "m") && g.Withdrawn == 0 {
			units++
		}
	}
	if units != sales {
		t.Errorf("%d grants were given for %d sales", units, sales)
	}
	must(t, env, "quota", "audit", "--data", dir)
	for _, secret := range []string{c.secret, a.AppCode, "武当科技", "少林科技"} {
		if strings.Contains(before.String()+n.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}
