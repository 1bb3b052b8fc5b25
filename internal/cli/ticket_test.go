package cli_test

import (
	"errors"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/support"
)

// askedTicket leaves a ticket in a folder, and gives its number.
func askedTicket(t *testing.T, dir, subject string, priority quartet.TicketPriority) string {
	t.Helper()
	c := config.Default()
	c.Data = dir
	h, err := app.Open(t.Context(), app.Options{Config: config.Loaded{Config: c}})
	if err != nil {
		t.Fatal(err)
	}
	buyer := support.Who{ID: "p1", By: "person p1", Name: "张三丰", Side: quartet.SideBuyer, Account: "acme"}
	o, _, err := h.Support.Open(t.Context(), buyer, support.Question{ID: "question " + subject, Subject: subject, Text: "昨天开始\n频繁出现", Category: "call", Priority: priority})
	if err := errors.Join(err, h.Close()); err != nil {
		t.Fatal(err)
	}
	return o.Number
}

func TestTickets_AreAnsweredByWhoServesBuyers(t *testing.T) {
	dir := newAccountFolder(t)
	calm, pressing := askedTicket(t, dir, "发票抬头", quartet.TicketNormal), askedTicket(t, dir, "返回 10007\x1b[2J", "urgent")
	for _, as := range [][]string{{"zhang"}, {"li", "--role", "support"}} {
		answers := []string{words, words, words}
		if as[0] == "zhang" {
			answers = answers[1:]
		}
		if o, _ := ask(t, answers, append([]string{"--data", dir, "operator", "add"}, as...)...); o.code != 0 {
			t.Fatal(o)
		}
	}
	if o, _ := ask(t, []string{words, other, other}, "--data", dir, "operator", "password", "li"); o.code != 0 {
		t.Fatal(o)
	}
	list := must(t, "--data", dir, "ticket", "list")
	if at := strings.Index(list, pressing); at < 0 || at > strings.Index(list, calm) || !strings.Contains(list, "返回 10007") {
		t.Errorf("the list:\n%s", list)
	}
	if strings.Contains(list, "\x1b") {
		t.Error("what a buyer wrote clears the operator's screen")
	}
	if got := must(t, "--data", dir, "ticket", "list", "--json", "--limit", "1", "--account", "Acme"); !strings.Contains(got, `"number":"`+pressing+`","account":"acme","state":"open","priority":"urgent"`) {
		t.Errorf("as JSON:\n%s", got)
	}
	if o := run(t, "", "--data", dir, "ticket", "list", "--state", "lost"); o.code != 2 {
		t.Errorf("a state that there is not: %+v", o)
	}
	start(t, nil, serveArgs(dir)...) // from here on they go through a server
	if o, _ := ask(t, []string{words}, "--data", dir, "ticket", "show", pressing, "--as", "zhang"); o.code != 1 || strings.Contains(o.out, "昨天") {
		t.Errorf("an administrator does not read them: %+v", o)
	}
	o, _ := ask(t, []string{other}, "--data", dir, "ticket", "answer", pressing, "--as", "li")
	if o.code != 0 || o.out != "answered ticket "+pressing+"\n" {
		t.Fatalf("%+v", o)
	}
	o, _ = ask(t, []string{other}, "--data", dir, "ticket", "show", pressing, "--as", "li")
	for _, want := range []string{"返回 10007", "waiting_for_buyer", "buyer 张三丰", "昨天开始", "频繁出现", "support li", "what was typed meanwhile"} {
		if !strings.Contains(o.out, want) {
			t.Errorf("what was said lacks %q:\n%s", want, o.out)
		}
	}
	if o := run(t, other+"\n  \n", "--data", dir, "ticket", "answer", calm, "--as", "li"); o.code != 2 {
		t.Errorf("an empty answer: %+v", o)
	}
	if o, _ := ask(t, []string{other}, "--data", dir, "ticket", "close", pressing, "--as", "li"); o.code != 0 || o.out != "closed ticket "+pressing+"\n" {
		t.Errorf("%+v", o)
	}
	if o, _ := ask(t, []string{other}, "--data", dir, "ticket", "answer", pressing, "--as", "li"); o.code != 1 || !strings.Contains(o.err, "closed") {
		t.Errorf("a closed one is answered: %+v", o)
	}
	if o, _ := ask(t, []string{other}, "--data", dir, "ticket", "close", "T000000-NONE", "--as", "li"); o.code != 1 || !strings.Contains(o.err, "no such ticket") {
		t.Errorf("one that is not there: %+v", o)
	}
	if last := audited(t, dir)[0]; !strings.HasPrefix(last, "li|ticket.close|") {
		t.Errorf("the audit says %q", last)
	}
}
