package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"quartet"
)

type ticketView struct {
	ID, Number, State, Subject, Assignee string

	SeqNo string `json:"seq_no"`
	Last  int64  `json:"last_message"`
	Seen  int64
	Live  bool
}

type messageView struct {
	Place                    int64
	Side, Name, Text, Notice string
	Internal, Scrubbed       bool
	File                     *struct {
		ID, Name, Type string
		Width, Height  int64
	}
}

const (
	ticketsPath = "/api/v1/accounts/buyer/tickets"
	queuePath   = "/api/v1/tickets"
)

// ask opens a ticket.
func (b *browser) open(body string) ticketView {
	b.h.t.Helper()
	return read[struct{ Ticket ticketView }](b.h.t, b.want(http.StatusCreated, http.MethodPost, ticketsPath, body)).Ticket
}

const askBody = `{"id":"question 1","subject":"调用返回 10007","text":"昨天开始频繁出现","category":"call"}`

func TestTicket_GoesFromQuestionToPraise(t *testing.T) {
	h := newHouse(t)
	owner, support := h.as(quartet.RoleDeveloper), h.as(quartet.RoleSupport)
	asked := owner.open(askBody)
	if again := owner.open(askBody); again.ID != asked.ID {
		t.Errorf("asked twice: %+v", again)
	}
	if asked.State != "open" || asked.Subject != "调用返回 10007" {
		t.Errorf("%+v", asked)
	}
	queue := read[struct{ Items []ticketView }](t, support.want(http.StatusOK, http.MethodGet, queuePath+"?state=open&assignee=nobody", ""))
	if len(queue.Items) != 1 || queue.Items[0].ID != asked.ID {
		t.Fatalf("%+v", queue)
	}
	at, own := queuePath+"/"+asked.ID, ticketsPath+"/"+asked.ID
	support.want(http.StatusOK, http.MethodPost, at+"/notes", `{"id":"note 0001","text":"像是渠道的问题"}`)
	m := read[messageView](t, support.want(http.StatusOK, http.MethodPost, at+"/answers", `{"id":"answer 01","text":"正在查，请稍候"}`))
	if m.Place != 3 || m.Side != "support" {
		t.Errorf("%+v", m)
	}
	list := read[struct{ Items []messageView }](t, owner.want(http.StatusOK, http.MethodGet, own+"/messages", ""))
	if len(list.Items) != 2 || list.Items[1].Text != "正在查，请稍候" || strings.Contains(list.Items[1].Text, "渠道") {
		t.Errorf("the buyer reads %+v", list)
	}
	owner.want(http.StatusConflict, http.MethodPut, own+"/rating", `{"stars":5}`)
	if got := read[ticketView](t, owner.want(http.StatusOK, http.MethodPost, own+"/solution", "")); got.State != "solved" {
		t.Errorf("%+v", got)
	}
	owner.want(http.StatusOK, http.MethodPut, own+"/rating", `{"stars":5,"word":"很快"}`)
	owner.want(http.StatusConflict, http.MethodPut, own+"/rating", `{"stars":1}`)
	support.want(http.StatusOK, http.MethodPost, at+"/closure", "")
	if a := owner.want(http.StatusConflict, http.MethodPost, own+"/messages", `{"id":"too late 1","text":"还有一事"}`); !strings.Contains(a.Detail, "closed") {
		t.Errorf("%s", a.text)
	}
}

// Neither a last place, nor a gap, nor what is unread tells a buyer of the notes of the house.
func TestTicket_TellsABuyerOfNoNote(t *testing.T) {
	h := newHouse(t)
	owner, support := h.as(quartet.RoleDeveloper), h.as(quartet.RoleSupport)
	id := owner.open(askBody).ID
	at, own := queuePath+"/"+id, ticketsPath+"/"+id
	note := func(id string) {
		t.Helper()
		support.want(http.StatusOK, http.MethodPost, at+"/notes", `{"id":"`+id+`","text":"像是渠道的问题"}`)
	}
	wantRead := func(after string, want ...int64) {
		t.Helper()
		var got []int64
		for _, m := range read[struct{ Items []messageView }](t, owner.want(http.StatusOK, http.MethodGet, own+"/messages?after="+after, "")).Items {
			got = append(got, m.Place)
		}
		if !slices.Equal(got, want) {
			t.Errorf("behind %s the buyer reads %v, want %v", after, got, want)
		}
		list := read[struct{ Items []ticketView }](t, owner.want(http.StatusOK, http.MethodGet, ticketsPath, "")).Items
		for _, tk := range append(list, read[ticketView](t, owner.want(http.StatusOK, http.MethodGet, own, ""))) {
			if tk.Last != want[len(want)-1] || tk.Seen != tk.Last {
				t.Errorf("the last message is %d, and %d is seen, want %d", tk.Last, tk.Seen, want[len(want)-1])
			}
		}
	}
	note("note 0001")
	wantRead("0", 1)
	support.want(http.StatusOK, http.MethodPost, at+"/answers", `{"id":"answer 01","text":"正在查，请稍候"}`)
	note("note 0002")
	wantRead("1", 2)
	for range 2 { // a repeat is answered as it was
		if m := read[messageView](t, owner.want(http.StatusOK, http.MethodPost, own+"/messages", `{"id":"thanks 01","text":"好的"}`)); m.Place != 3 {
			t.Errorf("the buyer writes in place %d", m.Place)
		}
	}
	wantRead("2", 3)
	whole := read[struct{ Items []messageView }](t, support.want(http.StatusOK, http.MethodGet, at+"/messages", "")).Items
	if len(whole) != 5 || whole[4].Place != 5 || !whole[3].Internal {
		t.Errorf("support reads %+v", whole)
	}
}

func TestTicket_SaysWhatIsUnread(t *testing.T) {
	h := newHouse(t)
	owner, server := h.as(quartet.RoleDeveloper), h.as(quartet.RoleSupport)
	asked := owner.open(askBody)
	at, own := queuePath+"/"+asked.ID, ticketsPath+"/"+asked.ID
	unread := func(b *browser, path string) bool {
		t.Helper()
		return read[struct{ Unread bool }](t, b.want(http.StatusOK, http.MethodGet, path, "")).Unread
	}
	if unread(owner, own) || !unread(server, at) {
		t.Error("what was asked waits for support alone")
	}
	server.want(http.StatusOK, http.MethodGet, at+"/messages", "")
	server.want(http.StatusOK, http.MethodPost, at+"/answers", `{"id":"answer 01","text":"正在查，请稍候"}`)
	if !unread(owner, own) || unread(server, at) {
		t.Error("the answer waits for the buyer alone")
	}
	owner.want(http.StatusOK, http.MethodGet, own+"/messages", "")
	server.want(http.StatusOK, http.MethodPost, at+"/notes", `{"id":"note 0001","text":"像是渠道的问题"}`)
	if unread(owner, own) {
		t.Error("a note among the house is nothing to read for a buyer")
	}
}

func TestHelp_IsReadByWhoeverIsAboutToAsk(t *testing.T) {
	h := newHouse(t)
	reader, server := h.as(quartet.RoleReader), h.as(quartet.RoleSupport)
	const path = "/api/v1/result-codes/10003/help"
	if a := reader.want(http.StatusOK, http.MethodGet, path, ""); !strings.Contains(field(t, a, "text"), "Idempotency-Key") {
		t.Errorf("%s", a.text)
	}
	server.want(http.StatusOK, http.MethodPut, "/api/v1/canned-answers/10003", `{"text":"请稍后重试"}`)
	a := reader.want(http.StatusOK, http.MethodGet, path, "")
	if field(t, a, "text") != "请稍后重试" || strings.Contains(a.text, "changed") {
		t.Errorf("%s", a.text)
	}
	reader.want(http.StatusNotFound, http.MethodGet, "/api/v1/result-codes/99999/help", "")
}

// The queue begins with who waits most urgently, and an answer moves no page.
func TestQueue_IsReadAsItPresses(t *testing.T) {
	h := newHouse(t)
	owner, support := h.as(quartet.RoleDeveloper), h.as(quartet.RoleSupport)
	names, last := map[string]string{}, ""
	for i, priority := range []string{"normal", "low", "urgent", "normal"} {
		last = owner.open(fmt.Sprintf(`{"id":"question %d","subject":"一","text":"二","category":"call","priority":%q}`, i, priority)).ID
		names[last] = strconv.Itoa(i)
		h.pass(time.Minute)
	}
	said, after := "", ""
	for range 5 {
		a := support.want(http.StatusOK, http.MethodGet, queuePath+"?limit=1&after="+after, "")
		page := read[struct {
			Items []ticketView
			Next  string
		}](t, a)
		said += names[page.Items[0].ID]
		if !strings.Contains(a.text, `"waiting_since"`) {
			t.Errorf("it is not told since when: %s", a.text)
		}
		support.want(http.StatusOK, http.MethodPost, queuePath+"/"+page.Items[0].ID+"/answers", `{"id":"an answer","text":"在查"}`)
		h.pass(time.Minute)
		if after = page.Next; after == "" || len(said) == 3 {
			break
		}
	}
	owner.want(http.StatusOK, http.MethodPost, ticketsPath+"/"+last+"/messages", `{"id":"it presses","text":"还没好吗"}`)
	first := read[struct{ Items []ticketView }](t, support.want(http.StatusOK, http.MethodGet, queuePath, ""))
	for _, tk := range first.Items {
		said += " " + names[tk.ID]
	}
	// The urgent one, then those of the same priority as long as they wait; 3 was answered and
	// waits again, behind what nobody answered only where that presses as much or more.
	if said != "203 3 1 2 0" {
		t.Errorf("the queue is read as %s", said)
	}
}
