package api_test

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"quartet"
	"quartet/internal/api"
)

const (
	keyed = "Idempotency-Key"
	open1 = `{"id":"firm-one","name":"示例甲公司"}`
)

// counted tells what becomes of keys.
type counted struct {
	api.Repeats

	claimed, answered, freed int
	sealed                   [][]byte
}

func (c *counted) ClaimRepeat(ctx context.Context, r quartet.Repeat, stale time.Time) (quartet.Repeat, error) {
	c.claimed++
	return c.Repeats.ClaimRepeat(ctx, r, stale)
}

func (c *counted) AnswerRepeat(ctx context.Context, r quartet.Repeat) error {
	c.answered++
	c.sealed = append(c.sealed, r.Sealed)
	return c.Repeats.AnswerRepeat(ctx, r)
}

func (c *counted) FreeRepeat(ctx context.Context, r quartet.Repeat) error {
	c.freed++
	return c.Repeats.FreeRepeat(ctx, r)
}

func TestRepeat_IsDoneOnceAndAnsweredAgain(t *testing.T) {
	seen := &counted{}
	h := newHouse(t, func(h *house) { seen.Repeats, h.o.Repeats = h.o.Repeats, seen })
	run := h.as(quartet.RoleAdministrator)
	first := run.want(http.StatusCreated, http.MethodPost, "/api/v1/accounts", open1, keyed, `"8e03978e-40d5-43dd-bc93-6894a57f9324"`)
	if first.header.Get("Idempotent-Replayed") != "" {
		t.Error("the first answer says that it is another one's")
	}
	again := run.want(http.StatusCreated, http.MethodPost, "/api/v1/accounts", open1, keyed, "8e03978e-40d5-43dd-bc93-6894a57f9324")
	if again.text != first.text || again.header.Get("Content-Type") != first.header.Get("Content-Type") || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the repeat got %q %v, the first %q", again.text, again.header, first.text)
	}
	h.wantAudit(t, run.by()+" account.open")
	for _, text := range seen.sealed {
		if strings.Contains(string(text), "firm-one") || strings.Contains(string(text), "示例甲公司") {
			t.Errorf("the answer is kept in clear: %q", text)
		}
	}

	const other = `{"id":"firm-two","name":"示例乙公司"}`
	a := run.want(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/accounts", other, keyed, "8e03978e-40d5-43dd-bc93-6894a57f9324")
	if len(a.Errors) != 1 || a.Errors[0].Parameter != keyed {
		t.Errorf("other content: %s", a.text)
	}
	run.want(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/accounts?x=1", open1, keyed, "8e03978e-40d5-43dd-bc93-6894a57f9324")
	// Keys are those of who asks: somebody else's is another one, and what was opened is there.
	h.as(quartet.RoleAdministrator).want(http.StatusConflict, http.MethodPost, "/api/v1/accounts", open1, keyed, "8e03978e-40d5-43dd-bc93-6894a57f9324")

	h.pass(api.RepeatLife - time.Minute)
	s := run.session
	s.CreatedAt, s.ProvedAt, s.SeenAt, s.EndsAt = h.clock(), h.clock(), h.clock(), h.clock().Add(time.Hour)
	if err := h.store.BeginSession(t.Context(), s, s.Hash, quartet.AuditEntry{}); err != nil {
		t.Fatal(err)
	}
	run.want(http.StatusCreated, http.MethodPost, "/api/v1/accounts", open1, keyed, "8e03978e-40d5-43dd-bc93-6894a57f9324")
	h.pass(2 * time.Minute)
	run.want(http.StatusConflict, http.MethodPost, "/api/v1/accounts", open1, keyed, "8e03978e-40d5-43dd-bc93-6894a57f9324")
}

func TestRepeat_ARefusalFreesTheKey(t *testing.T) {
	h := newHouse(t)
	run := h.as(quartet.RoleAdministrator)
	run.want(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/accounts", `{"id":"firm-one","name":""}`, keyed, "k1")
	run.want(http.StatusConflict, http.MethodPost, "/api/v1/accounts", `{"id":"buyer","name":"示例甲公司"}`, keyed, "k1")
	run.want(http.StatusCreated, http.MethodPost, "/api/v1/accounts", open1, keyed, "k1")
}

func TestRepeat_OfWhatIsOnItsWayOrDiedThereIsRefused(t *testing.T) {
	h := newHouse(t, func(h *house) { h.o.Accounts = dying{h.o.Accounts} })
	run := h.as(quartet.RoleAdministrator)
	run.want(http.StatusInternalServerError, http.MethodPost, "/api/v1/accounts", open1, keyed, "k1")
	a := run.want(http.StatusConflict, http.MethodPost, "/api/v1/accounts", open1, keyed, "k1")
	if !strings.Contains(a.Detail, "on its way") {
		t.Errorf("while it is on its way: %s", a.text)
	}
	h.pass(5 * time.Minute)
	if a = run.want(http.StatusConflict, http.MethodPost, "/api/v1/accounts", open1, keyed, "k1"); !strings.Contains(a.Detail, "nobody knows") {
		t.Errorf("after it has died: %s", a.text)
	}
	run.want(http.StatusInternalServerError, http.MethodPost, "/api/v1/accounts", open1, keyed, "k2")
}

// What stands is done twice for nobody, whatever failed after it.
func TestRepeat_OfWhatStandsIsNotDoneAgain(t *testing.T) {
	seen := &counted{}
	h := newHouse(t, func(h *house) {
		seen.Repeats, h.o.Repeats = h.o.Repeats, seen
		h.o.Changed = func(context.Context) error { return quartet.Errorf(quartet.ErrUnavailable, "the database went away") }
	})
	run := h.as(quartet.RoleAdministrator)
	run.want(http.StatusServiceUnavailable, http.MethodPost, "/api/v1/accounts", open1, keyed, "k1")
	if seen.freed != 0 {
		t.Error("its key was freed")
	}
	if a := run.want(http.StatusConflict, http.MethodPost, "/api/v1/accounts", open1, keyed, "k1"); !strings.Contains(a.Detail, "on its way") {
		t.Error(a.text)
	}
}

// leaving is a desk whose caller hangs up once an account is open.
type leaving struct {
	api.Accounts

	hangUp context.CancelFunc
}

func (l leaving) Open(ctx context.Context, by, id, name string) (quartet.Account, error) {
	a, err := l.Accounts.Open(ctx, by, id, name)
	l.hangUp()
	<-ctx.Done()
	return a, err
}

// told says which way a key went.
type told struct {
	api.Repeats

	way chan string
}

func (k told) AnswerRepeat(ctx context.Context, r quartet.Repeat) error {
	defer func() { k.way <- "answered" }()
	return k.Repeats.AnswerRepeat(ctx, r)
}

func (k told) FreeRepeat(ctx context.Context, r quartet.Repeat) error {
	defer func() { k.way <- "freed" }()
	return k.Repeats.FreeRepeat(ctx, r)
}

func TestRepeat_OfWhoHungUpIsAnsweredWhatStands(t *testing.T) {
	ctx, hangUp := context.WithCancel(t.Context())
	way := make(chan string, 9)
	h := newHouse(t, func(h *house) {
		h.o.Accounts, h.o.Repeats = leaving{h.o.Accounts, hangUp}, told{h.o.Repeats, way}
		h.o.Changed = func(ctx context.Context) error {
			if ctx.Err() != nil {
				return quartet.Errorf(quartet.ErrUnavailable, "the caller has gone")
			}
			return nil
		}
	})
	run := h.as(quartet.RoleAdministrator)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url+"/api/v1/accounts", strings.NewReader(open1))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(keyed, "k1")
	if resp, err := run.http.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Fatal("nobody hung up")
	}
	if got := <-way; got != "answered" {
		t.Errorf("its key was %s", got)
	}
	if a := run.want(http.StatusCreated, http.MethodPost, "/api/v1/accounts", open1, keyed, "k1"); a.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("it was done again: %s", a.text)
	}
}

// endless is a body that never ends.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.read.Add(int64(len(p)))
	return len(p), nil
}

func TestRepeat_ReadsLittleOfWhatIsRefused(t *testing.T) {
	h := newHouse(t)
	run := h.as(quartet.RoleAdministrator)
	body := &endless{}
	const card = "6200000000000000018"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+imports+"?name="+card, io.LimitReader(body, 512<<20))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set(keyed, "k1")
	if resp, err := run.http.Do(req); err == nil { // else the server hung up on it
		_ = resp.Body.Close()
	}
	if read := body.read.Load(); read > 64<<20 {
		t.Errorf("%d bytes were read", read)
	}
}

// dying is a desk that dies in the middle of what it does.
type dying struct{ api.Accounts }

func (dying) Open(context.Context, string, string, string) (quartet.Account, error) {
	panic("the process dies")
}

func TestRepeat_KeepsNoSecretAndNoSession(t *testing.T) {
	h := newHouse(t)
	run := h.as(quartet.RoleAdministrator)
	const at = "/api/v1/accounts/buyer/credentials"
	run.want(http.StatusCreated, http.MethodPost, at, `{"kind":"key"}`, keyed, "k1")
	a := run.want(http.StatusConflict, http.MethodPost, at, `{"kind":"key"}`, keyed, "k1")
	if !strings.Contains(a.Detail, "is not kept") {
		t.Errorf("a secret: %s", a.text)
	}
	if got := len(read[struct {
		Items []struct{} `json:"items"`
	}](t, run.want(http.StatusOK, http.MethodGet, at, "")).Items); got != 1 {
		t.Errorf("%d credentials were issued", got)
	}
	stranger := h.browser()
	const door, who = "/api/v1/session/operator", `{"name":"zhang","password":"` + password + `"}`
	stranger.want(http.StatusNoContent, http.MethodPost, door, who, keyed, "k2")
	other := h.browser()
	if other.want(http.StatusConflict, http.MethodPost, door, who, keyed, "k2"); len(other.cookies()) > 0 {
		t.Error("a repeat signs in")
	}
}

func TestRepeat_ReadsNoNonsenseAsAKey(t *testing.T) {
	h := newHouse(t)
	run := h.as(quartet.RoleAdministrator)
	for _, key := range []string{"", `""`, "a b", "一", `a"b`, strings.Repeat("k", 256)} {
		if a := run.want(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/accounts", open1, keyed, key); a.Code != "invalid" || len(a.Errors) != 1 || a.Errors[0].Parameter != keyed {
			t.Errorf("%q: %s", key, a.text)
		}
	}
}

// Every POST takes a key, does nothing twice for it, and forgets it after a refusal.
func TestRepeat_IsTakenByEveryPOST(t *testing.T) {
	seen := &counted{}
	h := newHouse(t, withPeople(t, &letters{}), func(h *house) {
		h.o.People = roll{h, h.o.Persons.(api.Roll)}
		seen.Repeats, h.o.Repeats = h.o.Repeats, seen
	})
	shown := regexp.MustCompile(`^(secret|recovery_codes)$`)
	posts := 0
	for _, r := range routes(t) {
		described := false
		for _, p := range r.op.Parameters {
			described = described || p.Value.Name == keyed && p.Value.In == openapi3.ParameterInHeader
		}
		if described != (r.method == http.MethodPost) {
			t.Errorf("%s tells of the key: %v", r.id, described)
		}
		if r.method != http.MethodPost {
			continue
		}
		posts++
		if once := r.op.Extensions["x-quartet-once"] == true; !once {
			for status, answer := range r.op.Responses.Map() {
				if m := answer.Value.Content.Get("application/json"); status != "default" && m != nil {
					for name := range m.Schema.Value.Properties {
						if shown.MatchString(name) {
							t.Errorf("%s shows its %s again to a repeat", r.id, name)
						}
					}
				}
			}
		}
		for _, role := range roles {
			caller := h.browser()
			if role != "" {
				caller = h.as(role)
			}
			*seen = counted{Repeats: seen.Repeats}
			path, body, kind := r.request(r.at("buyer"))
			headers := []string{keyed, r.id + string(role)}
			if kind != "" {
				headers = append(headers, "Content-Type", kind)
			}
			first := caller.ask(r.method, path, body, headers...)
			switch {
			case seen.claimed == 0: // the door has turned the caller away
				if first.status != http.StatusUnauthorized && first.status != http.StatusForbidden && first.status != http.StatusTooManyRequests {
					t.Errorf("%s as %q: %d, and no key was claimed", r.id, role, first.status)
				}
				continue
			case first.status >= 400 && first.status < 500:
				if seen.freed != 1 || seen.answered != 0 {
					t.Errorf("%s as %q: the refusal %s did not free its key", r.id, role, first.text)
				}
				continue
			case seen.answered != 1:
				t.Errorf("%s as %q: %d was not written", r.id, role, first.status)
			}
			if len(first.header["Set-Cookie"]) > 0 {
				continue // whoever sends it again may be somebody else by now
			}
			again := caller.ask(r.method, path, body, headers...)
			same := again.status == first.status && again.text == first.text && again.header.Get("Idempotent-Replayed") == "true"
			if kept := len(seen.sealed[0]) > 0; kept != same || !kept && again.status != http.StatusConflict {
				t.Errorf("%s as %q: first %d %q, then %d %q", r.id, role, first.status, first.text, again.status, again.text)
			}
			if seen.answered != 1 {
				t.Errorf("%s as %q was done twice", r.id, role)
			}
		}
	}
	if posts < 60 {
		t.Errorf("%d operations were looked at", posts)
	}
}
