package api_test

import (
	"net/http"
	"strings"
	"testing"

	"quartet"
)

type ticketView struct {
	ID, Number, State, Subject, Assignee string

	SeqNo string `json:"seq_no"`
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
	queue := read[struct{ Items []ticketView }](t, support.want(http.StatusOK, http.MethodGet, queuePath+"?state=open&assigned=nobody", ""))
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
