package api_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/api"
)

// follows opens a stream of events.
func (b *browser) follows(path, last string) *http.Response {
	b.h.t.Helper()
	req, err := http.NewRequestWithContext(b.h.t.Context(), http.MethodGet, b.h.url+path, nil)
	if err != nil {
		b.h.t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := b.http.Do(req)
	if err != nil {
		b.h.t.Fatal(err)
	}
	b.h.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// next reads lines until one begins so; empty: the stream has ended.
func next(lines *bufio.Scanner, prefix string) string {
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), prefix); ok {
			return prefix + rest
		}
	}
	return ""
}

// A stream outlives what the server allows a request and its answer, and ends with the session.
func TestChat_OutlivesTheTimesOfTheServerAndEndsWithItsSession(t *testing.T) {
	h := newHouse(t)
	slow := httptest.NewUnstartedServer(api.New(h.o))
	slow.Config.ReadTimeout, slow.Config.WriteTimeout = 200*time.Millisecond, 300*time.Millisecond
	slow.Start()
	t.Cleanup(slow.Close)
	h.url = slow.URL
	owner, support := h.as(quartet.RoleOwner), h.as(quartet.RoleSupport)
	tk := owner.open(askBody)
	resp := owner.follows(ticketsPath+"/"+tk.ID+"/events", "")
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	lines := bufio.NewScanner(resp.Body)
	if next(lines, "id: ") != "id: 1" {
		t.Fatal("the first message did not come")
	}
	for begun := time.Now(); time.Since(begun) < 800*time.Millisecond; {
		if next(lines, ":") == "" {
			t.Fatalf("it ended after %s", time.Since(begun))
		}
	}
	support.want(http.StatusOK, http.MethodPost, queuePath+"/"+tk.ID+"/answers", `{"id":"answer 01","text":"在"}`)
	var m messageView
	if id, data := next(lines, "id: "), strings.TrimPrefix(next(lines, "data: "), "data: "); id != "id: 2" || json.Unmarshal([]byte(data), &m) != nil || m.Text != "在" {
		t.Errorf("%s %+v", id, m)
	}
	again := bufio.NewScanner(owner.follows(ticketsPath+"/"+tk.ID+"/events", "1").Body)
	if id := next(again, "id: "); id != "id: 2" {
		t.Errorf("behind the first message: %s", id)
	}
	owner.want(http.StatusNoContent, http.MethodDelete, sessionPath, "")
	for next(lines, ":") != "" { // it ends by itself, or the test runs out of its time
	}
}

// What is said once somebody's session has ended is not for them, however soon it is said.
func TestChat_TellsNothingThatIsSaidAfterTheSession(t *testing.T) {
	h := newHouse(t)
	owner, support := h.as(quartet.RoleOwner), h.as(quartet.RoleSupport)
	tk := owner.open(askBody)
	lines := bufio.NewScanner(owner.follows(ticketsPath+"/"+tk.ID+"/events", "").Body)
	if next(lines, "id: ") != "id: 1" {
		t.Fatal("the first message did not come")
	}
	owner.want(http.StatusNoContent, http.MethodDelete, sessionPath, "")
	support.want(http.StatusOK, http.MethodPost, queuePath+"/"+tk.ID+"/answers", `{"id":"answer 01","text":"在"}`)
	if id := next(lines, "id: "); id != "" {
		t.Errorf("whoever has left is told of %q", id)
	}
}

func TestChat_IsFollowedFiveTimesAtOnceByOnePersonAtMost(t *testing.T) {
	h := newHouse(t)
	owner := h.as(quartet.RoleOwner)
	at := ticketsPath + "/" + owner.open(askBody).ID + "/events"
	for range 5 {
		if resp := owner.follows(at, ""); resp.StatusCode != http.StatusOK {
			t.Fatalf("%d", resp.StatusCode)
		}
	}
	owner.want(http.StatusTooManyRequests, http.MethodGet, at, "")
	h.support.Stop()
	if resp := h.as(quartet.RoleReader).follows(at, ""); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("at a node that stops: %d", resp.StatusCode)
	}
}

// What somebody plants in words of every kind is nowhere in the store, the log or an answer.
func TestTicket_KeepsNoElement(t *testing.T) {
	h := newHouse(t)
	owner, support := h.as(quartet.RoleOwner), h.as(quartet.RoleSupport)
	const planted = `卡 6222 0212 3456 7890 123，证件 11010519491231002X，手机 139-0000-1234，贾不真`
	opened := read[struct {
		Ticket ticketView
		Notice string
	}](t, owner.want(http.StatusCreated, http.MethodPost, ticketsPath, `{"id":"13900001234","subject":"`+planted+`","text":"`+planted+`","category":"call"}`))
	if opened.Notice == "" || strings.Contains(opened.Ticket.Subject, "6222") {
		t.Errorf("%+v", opened)
	}
	at, own := queuePath+"/"+opened.Ticket.ID, ticketsPath+"/"+opened.Ticket.ID
	for path, b := range map[string]*browser{own + "/messages": owner, at + "/answers": support, at + "/notes": support} {
		a := b.want(http.StatusOK, http.MethodPost, path, `{"id":"6222021234567890123`+path[len(path)-5:len(path)-1]+`","text":"`+planted+`"}`)
		if m := read[messageView](t, a); !m.Scrubbed || m.Notice == "" {
			t.Errorf("%s: %s", path, a.text)
		}
	}
	owner.want(http.StatusUnprocessableEntity, http.MethodPost, own+"/files?id=file0001&name=a.csv", planted, "Content-Type", "application/octet-stream")
	owner.want(http.StatusOK, http.MethodPost, own+"/files?id=file0002&name=13900001234.txt", "贾不真", "Content-Type", "application/octet-stream")
	owner.want(http.StatusOK, http.MethodPost, own+"/solution", "")
	owner.want(http.StatusOK, http.MethodPut, own+"/rating", `{"stars":5,"word":"`+planted+`"}`)
	kept := h.log.String() + support.want(http.StatusOK, http.MethodGet, at+"/messages", "").text
	secret := h.log.String() // names are kept sealed, and are nowhere else
	files, err := filepath.Glob(filepath.Join(h.dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v %v", files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		kept, secret = kept+string(b), secret+string(b)
	}
	for _, element := range []string{"6222 0212", "6222021234567890123", "11010519491231002", "139-0000-1234", "13900001234"} {
		if strings.Contains(kept, element) {
			t.Errorf("%s is kept", element)
		}
	}
	if strings.Contains(secret, "贾不真") {
		t.Error("a name is kept in clear")
	}
}

func TestTicket_OfAnotherAccountIsNone(t *testing.T) {
	h := newHouse(t)
	owner := h.as(quartet.RoleOwner)
	tk := owner.open(askBody)
	file := read[messageView](t, owner.want(http.StatusOK, http.MethodPost, ticketsPath+"/"+tk.ID+"/files?id=file0001&name=a.txt", "日志", "Content-Type", "application/octet-stream"))
	thief := h.asOf("other", quartet.RoleOwner)
	at := "/api/v1/accounts/other/tickets/" + tk.ID // an own account, and somebody else's ticket
	for _, try := range [][3]string{
		{http.MethodGet, "", ""},
		{http.MethodGet, "/messages", ""},
		{http.MethodGet, "/events", ""},
		{http.MethodPost, "/messages", `{"id":"message 1","text":"x"}`},
		{http.MethodPost, "/solution", ""},
		{http.MethodPut, "/rating", `{"stars":1}`},
		{http.MethodGet, "/files/" + file.File.ID, ""},
	} {
		thief.want(http.StatusNotFound, try[0], at+try[1], try[2])
	}
}

func TestTicketFile_IsDownloadedAndNeverShown(t *testing.T) {
	h := newHouse(t)
	owner, support := h.as(quartet.RoleOwner), h.as(quartet.RoleSupport)
	tk := owner.open(askBody)
	m := read[messageView](t, owner.want(http.StatusOK, http.MethodPost, ticketsPath+"/"+tk.ID+"/files?id=file0001&name=日志.txt", "10007 三次", "Content-Type", "application/octet-stream"))
	if m.File == nil || m.File.Type != "text/plain" || m.File.Name != "日志.txt" {
		t.Fatalf("%+v", m)
	}
	a := support.want(http.StatusOK, http.MethodGet, queuePath+"/"+tk.ID+"/files/"+m.File.ID, "")
	if a.text != "10007 三次" || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") || a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Content-Type") != "text/plain" {
		t.Errorf("%q %v", a.text, a.header)
	}
}

func TestContact_StandsWithFailures(t *testing.T) {
	h := newHouse(t)
	if a := h.browser().want(http.StatusOK, http.MethodGet, "/api/v1/contact", ""); !strings.Contains(a.text, `"line400":"400-555-0100"`) || !strings.Contains(a.text, `"chat":false`) {
		t.Errorf("%s", a.text)
	}
	owner, support := h.as(quartet.RoleOwner), h.as(quartet.RoleSupport)
	support.want(http.StatusNoContent, http.MethodPut, "/api/v1/presence", `{"available":true}`)
	if a := h.browser().want(http.StatusOK, http.MethodGet, "/api/v1/contact", ""); !strings.Contains(a.text, `"chat":true`) {
		t.Errorf("%s", a.text)
	}
	tk := owner.open(askBody)
	if a := owner.want(http.StatusConflict, http.MethodPut, ticketsPath+"/"+tk.ID+"/rating", `{"stars":5}`); a.Support == nil || a.Support.Mail != "support@example.com" {
		t.Errorf("a refusal of business: %s", a.text)
	}
	if a := owner.want(http.StatusNotFound, http.MethodGet, ticketsPath+"/none", ""); a.Support != nil {
		t.Errorf("what one can mend alone: %s", a.text)
	}
}
