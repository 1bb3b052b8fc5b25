package e2e_test

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"
)

// magic is a line of `quartet sandbox list --json`.
type magic struct {
	Card       string   `json:"card"`
	Status     int      `json:"status"`
	Code       string   `json:"code"`
	State      string   `json:"state"`
	Reason     string   `json:"reason"`
	Differs    []string `json:"differs"`
	Gateway    string   `json:"gateway"`
	Message    string   `json:"message"`
	RetryAfter int64    `json:"retry_after_s"`
	Delay      int64    `json:"delay_s"`
}

// magicCards are the lines of the list that nobody has to wait long for.
func magicCards(t *testing.T) []magic {
	t.Helper()
	all := lines[magic](t, must(t, environ(), "sandbox", "list", "--json"))
	quick := slices.DeleteFunc(slices.Clone(all), func(m magic) bool { return m.Delay > 1 })
	if len(quick) < 50 || len(all) > len(quick)+2 {
		t.Fatalf("%d cards, %d of them quick", len(all), len(quick))
	}
	return quick
}

// is compares an answer with what the list says of its card.
func (m magic) is(t *testing.T, who string, a answer, took time.Duration) {
	t.Helper()
	retry := ""
	if m.RetryAfter > 0 {
		retry = strconv.FormatInt(m.RetryAfter, 10)
	}
	want := `{"code":"` + m.Code + `","message":"` + m.Message + `","data":null,"seqNo":"` + a.SeqNo + `"}`
	switch {
	case m.Gateway != "":
		want = ""
		if a.header.Get("X-Ca-Error-Message") != m.Message {
			t.Errorf("%s, card %s: the message is %q, not %q", who, m.Card, a.header.Get("X-Ca-Error-Message"), m.Message)
		}
	case m.State != "":
		want = `{"code":"10000","message":"` + m.Message + `","data":{"state":"` + m.State + `"},"seqNo":"` + a.SeqNo + `"}`
	}
	if a.status != m.Status || a.header.Get("X-Ca-Error-Code") != m.Gateway || a.body != want || a.header.Get("Retry-After") != retry {
		t.Errorf("%s, card %s: %s, Retry-After %q, %s; want %+v", who, m.Card, a.gateway(), a.header.Get("Retry-After"), a.body, m)
	}
	if delay := time.Duration(m.Delay) * time.Second; took < delay {
		t.Errorf("%s, card %s: answered after %v, not %v", who, m.Card, took, delay)
	}
}

// sandboxRow is a row of the log as the list of cards foretells it.
type sandboxRow struct {
	row

	Reason  string   `json:"reason"`
	Differs []string `json:"differs"`
	Source  string   `json:"source"`
}

func TestSandbox_AnswersEachCardAsItsListSays(t *testing.T) {
	t.Parallel()
	dir, env := folder(t), environ()
	n := startDemo(t, dir, env, "--units", "3")
	b := &sandboxBook{t: t, dir: dir, env: env, who: n.demo.People[0].form(), want: map[string]magic{}}
	demo := newClient(n.url, n.demo.SandboxAppCode)
	for _, m := range magicCards(t) {
		b.ask(m, "the demo's AppCode", func(form url.Values) answer { return demo.mustAsk(t, form) })
	}
	b.check()
}

// An account that never had a unit may try everything, with each kind of credential.
func TestSandbox_OpensToEveryTestCredentialWithoutUnits(t *testing.T) {
	t.Parallel()
	dir, env := folder(t), environ()
	n := startDemo(t, dir, env)
	must(t, env, "account", "add", "--id", "bare", "Bare", "--data", dir)
	code, key, signing := issue(t, dir, env, "bare", "--test"), issue(t, dir, env, "bare", "--test", "--kind", "key"), issue(t, dir, env, "bare", "--test", "--kind", "appkey")
	b := &sandboxBook{t: t, dir: dir, env: env, who: n.demo.People[0].form(), want: map[string]magic{}}
	for _, m := range magicCards(t) {
		if m.Delay > 0 { // thrice would be long
			continue
		}
		b.ask(m, "an AppCode", func(form url.Values) answer { return newClient(n.url, code.Secret).mustAsk(t, form) })
		b.ask(m, "a key", func(form url.Values) answer {
			form.Set("key", key.Secret)
			return newClient(n.url, "").mustAsk(t, form)
		})
		b.ask(m, "an AppKey", func(form url.Values) answer {
			r, _ := signer{signing.AppKey, signing.Secret}.request(t, n.url, form, "X-Ca-Nonce", fresh())
			a, err := newClient(n.url, "").send(r)
			if err != nil {
				t.Fatal(err)
			}
			return a
		})
	}
	b.check()
}

func TestSandbox_MeansNothingToALiveCredential(t *testing.T) {
	t.Parallel()
	dir, env := folder(t), environ()
	n := startDemo(t, dir, env, "--units", "3")
	live := n.buyer()
	for _, m := range magicCards(t) {
		form := n.demo.People[0].form()
		form.Set("acc_no", m.Card)
		if a := live.mustAsk(t, form); a.result() != "10015" {
			t.Errorf("card %s: %s %s", m.Card, a.gateway(), a.body)
		}
	}
	if used := unitsUsed(t, dir, env); used != 0 {
		t.Errorf("%d units were used", used)
	}
}

// sandboxBook is what was asked of the sandbox, and what the book should say of it.
type sandboxBook struct {
	t    *testing.T
	dir  string
	env  []string
	who  url.Values
	want map[string]magic // by seqNo
}

func (b *sandboxBook) ask(m magic, who string, send func(url.Values) answer) {
	b.t.Helper()
	form := maps.Clone(b.who)
	form.Set("acc_no", m.Card)
	begun := time.Now()
	a := send(form)
	m.is(b.t, who, a, time.Since(begun))
	if m.Gateway == "" {
		b.want[a.SeqNo] = m
	}
}

// check finds each answer with a number in the log, and nothing taken for it.
func (b *sandboxBook) check() {
	t := b.t
	t.Helper()
	var rows []sandboxRow
	for range 500 { // nobody waits for their rows
		if rows = lines[sandboxRow](t, must(t, b.env, "call", "list", "--json", "--data", b.dir)); len(rows) >= len(b.want) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if len(rows) != len(b.want) {
		t.Errorf("%d rows of %d answers", len(rows), len(b.want))
	}
	for _, r := range rows {
		m, known := b.want[r.SeqNo]
		if !known || r.Code != m.Code || r.State != m.State || r.Reason != m.Reason || !slices.Equal(r.Differs, m.Differs) {
			t.Errorf("the row %+v was answered as %+v", r, m)
		}
		if r.Source != "sandbox" || r.Charged != 0 || r.Grant != "" {
			t.Errorf("the row %+v is not one of the sandbox, or is charged", r)
		}
	}
	if used := unitsUsed(t, b.dir, b.env); used != 0 {
		t.Errorf("%d units were used", used)
	}
	must(t, b.env, "quota", "audit", "--data", b.dir)
}
