package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A line is crossed by callers who come at once, while the program that is told is down and
// the server is killed: there is one alert, and it arrives under one id.
func TestAlert_IsTold(t *testing.T) {
	for engine, env := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			var (
				up     atomic.Bool
				mu     sync.Mutex
				failed = map[string]int{}
				taken  = map[string]int{}
			)
			receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				mu.Lock()
				defer mu.Unlock()
				if up.Load() {
					taken[r.Header.Get("Quartet-Event-Id")]++
					return
				}
				failed[r.Header.Get("Quartet-Event-Id")]++
				w.WriteHeader(http.StatusServiceUnavailable)
			}))
			defer receiver.Close()

			w := newWalk(t, append(env, "QUARTET_WEBHOOK_PRIVATE=true", "QUARTET_WEBHOOK_WAIT=100ms"))
			s := &steps{w: w}
			w.register(s, w.buyer)
			w.issue(s)
			if s.err != nil {
				t.Fatal(s.err)
			}
			must(t, w.env, "grant", "add", "--account", w.buyer.account, "--units", "60", "--data", w.dir)
			buyer := w.buyer.visitor
			hook := got[struct{ ID, Secret string }](buyer, http.StatusCreated, http.MethodPost, w.of("webhooks"), map[string]string{"url": receiver.URL})
			if hook.Secret == "" {
				t.Error("the secret is not shown")
			}
			buyer.ask(http.StatusCreated, http.MethodPost, w.of("alert-rules"), map[string]any{
				"kind": "remaining", "units": 30, "inbox": true, "webhook": true, "mail_to": "order.buy",
			})

			var callers sync.WaitGroup
			for i := range 16 {
				callers.Go(func() {
					c := newClient(w.node.url, w.appcode)
					for j := range 3 {
						if a, err := c.ask(w.people[(i+j)%len(w.people)].form(), "alert-"+strconv.Itoa(i)+"-"+strconv.Itoa(j)); err != nil || a.result() != "1" {
							t.Errorf("%v %s", err, a.body)
						}
					}
				})
			}
			callers.Wait()
			w.node.kill() // whatever it was doing
			w.start()
			buyer.url = w.node.url + "/api/v1"

			type alert struct {
				ID, Kind    string
				Line, Value int64
			}
			alerts := got[struct{ Items []alert }](buyer, http.StatusOK, http.MethodGet, w.of("alerts"), nil).Items
			if len(alerts) != 1 || alerts[0].Kind != "remaining" || alerts[0].Line != 30 || alerts[0].Value > 30 {
				t.Fatalf("fired %+v", alerts)
			}
			event := alerts[0].ID
			soon := func(what string, ready func() bool) {
				t.Helper()
				for end := time.Now().Add(time.Minute); !ready(); time.Sleep(20 * time.Millisecond) {
					if time.Now().After(end) {
						t.Fatalf("%s does not come\n%s", what, w.node.log)
					}
				}
			}
			soon("a try that fails", func() bool { mu.Lock(); defer mu.Unlock(); return failed[event] > 1 })
			up.Store(true)
			soon("the event", func() bool { mu.Lock(); defer mu.Unlock(); return taken[event] > 0 })
			mu.Lock()
			if len(taken) != 1 || len(failed) != 1 {
				t.Errorf("events came as %v, and failed as %v", taken, failed)
			}
			mu.Unlock()
			type delivery struct {
				Event string `json:"event_id"`
				State string
				Tries int64
			}
			soon("the end of the delivery", func() bool {
				d := got[struct{ Items []delivery }](buyer, http.StatusOK, http.MethodGet, w.of("webhooks/"+hook.ID+"/deliveries"), nil).Items
				if len(d) != 1 || d[0].Event != event {
					t.Fatalf("sent %+v", d)
				}
				return d[0].State == "delivered" && d[0].Tries > 1
			})
			unread := got[struct{ Unread int }](buyer, http.StatusOK, http.MethodGet, w.of("inbox/unread"), nil)
			if unread.Unread != 1 {
				t.Errorf("%d notes are unread", unread.Unread)
			}
			// One that the mail server took as the kill came goes out once more, under the same Message-ID.
			soon("the mail", func() bool { return w.mail.about(w.buyer.address, "额度") == 1 })
			must(t, w.env, "quota", "audit", "--data", w.dir)
		})
	}
}
