package e2e_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet/internal/store/pgtest"
)

// What people write after a sale goes wrong or right, to support, in a chat, about alerts and
// for invoices, holds elements whatever they are told. None of it is left anywhere in clear.

func TestPrivacy_WhatIsWrittenAfterASaleIsLeftNowhere(t *testing.T) {
	t.Parallel()
	for engine, env := range engines(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			a := &aftermath{bureau: openBureau(t, append(env, loudest, "QUARTET_WEBHOOK_PRIVATE=true", "QUARTET_WEBHOOK_WAIT=100ms")), left: map[string]string{}}
			// Nobody of these is in the registry; each writes somewhere else.
			people := invent(t, 4, demoSeed+5)
			a.writer, a.chatter, a.watcher, a.payer = people[0], people[1], people[2], people[3]
			for _, step := range []struct {
				name string
				do   func(*steps)
			}{
				{"a firm buys", func(s *steps) {
					a.staff(s)
					a.register(s, a.buyer)
					a.proveFirm(s, a.buyer)
					a.approve(s, a.buyer)
					a.buy(s, "one", a.alipay, "1887-1200", "")
					a.issue(s)
					a.tax(s)
				}},
				{"it writes to support", a.ticket},
				{"it chats", a.chat},
				{"it is alerted", a.alerts},
				{"it has an invoice", a.invoice},
			} {
				s := &steps{w: a.walk}
				step.do(s)
				if s.err != nil {
					t.Fatalf("%s: %v\n%s", step.name, s.err, a.node.log)
				}
			}
			a.search(people)
		})
	}
}

// aftermath is what comes after a sale, with those whose elements are written in it.
type aftermath struct {
	*bureau

	writer, chatter, watcher, payer person

	mu   sync.Mutex
	left map[string]string // what was answered and sent, by where
}

// all is a text with everything of a person in it.
func (p person) all() string {
	grouped := p.AccNo[:4] + " " + p.AccNo[4:8] + "-" + p.AccNo[8:]
	return p.Name + "，" + p.IDCard + "，" + grouped + "，" + p.AccNo + "，" + p.Mobile[:3] + "-" + p.Mobile[3:7] + "-" + p.Mobile[7:]
}

// numbers is a person of whom nobody knows the name.
func (p person) numbers() person {
	p.Name = ""
	return p
}

// asks sends something, and keeps what is said of its failure.
func (a *aftermath) asks(s *steps, v *visitor, want int, method, path string, body any) {
	status, text := s.look(v, method, path, body, nil)
	if s.err == nil && status != want {
		a.t.Errorf("%s %s: %d %s, want %d", method, path, status, text, want)
	}
	if status >= http.StatusBadRequest {
		a.keep("the answer to "+method+" "+path, text)
	}
}

func (a *aftermath) keep(where, text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left[where] += text
}

func (a *aftermath) ticket(s *steps) {
	p := a.writer
	var opened struct{ Ticket struct{ ID string } }
	s.ask(a.buyer.visitor, http.StatusCreated, http.MethodPost, a.of("tickets"), map[string]string{"subject": "核验 " + p.all(), "text": p.all(), "category": "call"}, &opened)
	own, at := a.of("tickets/")+opened.Ticket.ID, "/tickets/"+opened.Ticket.ID
	s.ask(a.buyer.visitor, http.StatusOK, http.MethodPost, own+"/messages", map[string]string{"id": "message-1", "text": p.all()}, nil)
	file := func(v *visitor, want int, at, id, name string, content []byte) {
		a.asks(s, v, want, http.MethodPost, at+"/files?id="+id+"&name="+url.QueryEscape(name), file(content))
	}
	file(a.buyer.visitor, http.StatusUnprocessableEntity, own, "attached-1", "a.txt", []byte(p.all()))
	file(a.buyer.visitor, http.StatusOK, own, "attached-2", p.all()+".png", append([]byte(licence(a.t)), p.all()...))
	s.ask(a.wang.visitor, http.StatusOK, http.MethodPost, at+"/answers", map[string]string{"id": "answer-1", "text": p.all()}, nil)
	s.ask(a.wang.visitor, http.StatusOK, http.MethodPost, at+"/notes", map[string]string{"id": "noticed-1", "text": p.all()}, nil)
	file(a.wang.visitor, http.StatusUnprocessableEntity, at, "attached-3", "b.csv", []byte(p.all()))
	a.asks(s, a.wang.visitor, http.StatusUnprocessableEntity, http.MethodPut, "/canned-answers/10005", map[string]string{"text": p.all()})
	_, seen := s.look(a.wang.visitor, http.MethodGet, at+"/messages", nil, nil)
	if s.err == nil && (!strings.Contains(seen, p.Name) || found(seen, p.IDCard)+found(seen, p.AccNo)+found(seen, p.Mobile) != "") {
		a.t.Errorf("support reads %s", seen)
	}
	s.ask(a.buyer.visitor, http.StatusOK, http.MethodPost, own+"/solution", nil, nil)
	s.ask(a.buyer.visitor, http.StatusOK, http.MethodPut, own+"/rating", map[string]any{"stars": 5, "word": p.all()}, nil)
	for _, number := range []string{p.IDCard, p.AccNo, p.Mobile} {
		a.asks(s, a.buyer.visitor, http.StatusNotFound, http.MethodGet, a.of("tickets/")+number, nil)
		a.asks(s, a.buyer.visitor, http.StatusUnprocessableEntity, http.MethodPost, a.of("tickets"), map[string]string{"subject": number, "text": number, "category": "call", "seq_no": number[:11]})
		a.asks(s, a.buyer.visitor, http.StatusUnprocessableEntity, http.MethodPost, a.of("tickets"), map[string]string{"subject": number, "text": number, "category": number})
		a.asks(s, a.wang.visitor, http.StatusUnprocessableEntity, http.MethodGet, "/tickets?seq_no="+number[:11], nil)
	}
}

func (a *aftermath) chat(s *steps) {
	p := a.chatter
	s.ask(a.wang.visitor, http.StatusNoContent, http.MethodPut, "/presence", map[string]bool{"available": true}, nil)
	var opened struct {
		Ticket struct {
			ID   string
			Live bool
		}
	}
	s.ask(a.buyer.visitor, http.StatusCreated, http.MethodPost, a.of("tickets"), map[string]any{"subject": p.all(), "text": p.all(), "category": "other", "live": true}, &opened)
	want(s, "a chat", opened.Ticket.Live, true)
	own, at := a.of("tickets/")+opened.Ticket.ID, "/tickets/"+opened.Ticket.ID
	s.ask(a.buyer.visitor, http.StatusOK, http.MethodPost, own+"/messages", map[string]string{"id": "message-2", "text": p.all()}, nil)
	s.ask(a.wang.visitor, http.StatusOK, http.MethodPost, at+"/answers", map[string]string{"id": "answer-2", "text": p.all()}, nil)
	for _, v := range []struct {
		*visitor
		path string
	}{{a.buyer.visitor, own}, {a.wang.visitor, at}} {
		a.follow(s, v.visitor, v.path+"/events", p)
	}
	a.asks(s, a.buyer.visitor, http.StatusUnprocessableEntity, http.MethodGet, own+"/events?after="+p.IDCard+p.Mobile, nil)
}

// follow reads the three messages of a chat as they come.
func (a *aftermath) follow(s *steps, v *visitor, path string, p person) {
	if s.err != nil {
		return
	}
	resp, err := v.http.Get(a.node.url + "/api/v1" + path)
	if err != nil {
		s.err = err
		return
	}
	defer resp.Body.Close()
	var text []byte
	for part := make([]byte, 4096); strings.Count(string(text), "\ndata: ") < 3 || !strings.HasSuffix(string(text), "\n\n"); {
		n, err := resp.Body.Read(part)
		text = append(text, part[:n]...)
		if err != nil {
			s.err = err
			return
		}
	}
	if seen := string(text); !strings.Contains(seen, p.Name) || found(seen, p.IDCard)+found(seen, p.AccNo)+found(seen, p.Mobile) != "" {
		a.t.Errorf("who follows reads %s", text)
	}
}

// alerts are told to a program that answers with numbers it was never told.
func (a *aftermath) alerts(s *steps) {
	p := a.watcher.numbers()
	answered := make(chan struct{}, 100)
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		a.keep("what the program is told", string(body))
		w.Header().Set("X-Card", p.AccNo)
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "nobody: "+p.IDCard+" "+p.AccNo+"\n"+p.Mobile)
		answered <- struct{}{}
	}))
	a.t.Cleanup(program.Close)
	var hook struct{ ID string }
	s.ask(a.buyer.visitor, http.StatusCreated, http.MethodPost, a.of("webhooks"), map[string]string{"url": program.URL}, &hook)
	s.ask(a.buyer.visitor, http.StatusCreated, http.MethodPost, a.of("alert-rules"), map[string]any{"kind": "remaining", "units": 1199, "inbox": true, "webhook": true, "mail_to": "order.buy"}, nil)
	for _, number := range []string{p.IDCard, p.AccNo, p.Mobile} {
		a.asks(s, a.buyer.visitor, http.StatusUnprocessableEntity, http.MethodPost, a.of("alert-rules"), map[string]any{"kind": number, "product_id": number, "mail_to": number})
		a.asks(s, a.buyer.visitor, http.StatusNotFound, http.MethodPut, a.of("alerts/")+number+"/acknowledgement", nil)
		a.asks(s, a.buyer.visitor, http.StatusNotFound, http.MethodPut, a.of("repurchases/")+number, map[string]any{"plan_id": number, "monthly": 1})
		a.asks(s, a.buyer.visitor, http.StatusUnprocessableEntity, http.MethodPost, a.of("webhooks"), map[string]string{"url": "http://" + number + "@example.com/"})
		a.asks(s, a.buyer.visitor, http.StatusNotFound, http.MethodGet, a.of("calls/")+number, nil)
		a.asks(s, a.buyer.visitor, http.StatusUnprocessableEntity, http.MethodGet, a.of("calls?code=")+number, nil)
		a.asks(s, a.buyer.visitor, http.StatusUnprocessableEntity, http.MethodGet, a.of("calls.csv?from=")+number, nil)
	}
	a.call(s, 3)
	for range 2 {
		select {
		case <-answered:
		case <-time.After(time.Minute):
			a.t.Error("no program is told")
		}
	}
	s.wait("the log of deliveries", func() bool {
		var sent struct{ Items []struct{ Tries int64 } }
		s.ask(a.buyer.visitor, http.StatusOK, http.MethodGet, a.of("webhooks/"+hook.ID+"/deliveries"), nil, &sent)
		return len(sent.Items) == 1 && sent.Items[0].Tries > 0
	})
}

// invoice makes one out to a person, and keeps a title that holds numbers wherever it can.
func (a *aftermath) invoice(s *steps) {
	p := a.payer
	var title struct{ ID string }
	s.ask(a.buyer.visitor, http.StatusCreated, http.MethodPost, a.of("invoice-titles"), map[string]any{"kind": "personal", "title": p.Name}, &title)
	s.ask(a.buyer.visitor, http.StatusCreated, http.MethodPost, a.of("invoice-titles"), map[string]any{
		"kind": "firm", "title": p.Name + p.Mobile, "tax_id": p.IDCard, "address": p.Name, "phone": p.Mobile, "bank": "银行", "bank_account": p.AccNo, "insist": true,
	}, nil)
	for _, number := range []string{p.IDCard, p.AccNo, p.Mobile} {
		a.asks(s, a.buyer.visitor, http.StatusUnprocessableEntity, http.MethodPost, a.of("invoice-titles"), map[string]string{"kind": "firm", "title": number + "<>", "tax_id": number})
		a.asks(s, a.buyer.visitor, http.StatusNotFound, http.MethodPost, a.of("invoices"), map[string]any{"kind": "ordinary", "title_id": number, "email": number + "@example.com", "orders": []map[string]string{{"order_id": number}}})
		a.asks(s, a.buyer.visitor, http.StatusNotFound, http.MethodGet, a.of("invoices/")+number, nil)
		a.asks(s, a.buyer.visitor, http.StatusUnprocessableEntity, http.MethodGet, a.of("statements/")+number, nil)
	}
	var v invoiceState
	s.ask(a.buyer.visitor, http.StatusCreated, http.MethodPost, a.of("invoices"), map[string]any{
		"kind": "ordinary", "title_id": title.ID, "email": p.Mobile + "@example.com", "orders": []map[string]any{{"order_id": a.orders["one"]}},
	}, &v)
	a.invoices["personal"] = v.ID
	s.ask(a.li.visitor, http.StatusOK, http.MethodPost, "/invoices/"+v.ID+"/approval", nil, nil)
	s.wait("its files", func() bool { return len(a.becomes(s, "personal", "issued").Files) == 3 })
	_, paper := s.look(a.buyer.visitor, http.MethodGet, a.of("invoices/"+v.ID+"/files/xml"), nil, nil)
	s.says(paper, p.Name)
	s.wait("its letter", func() bool { return a.mail.told(p.Mobile+"@example.com", a.seen(s, "personal").Number) })
}

// search looks everywhere, after a crash as well.
func (a *aftermath) search(people []person) {
	t := a.t
	a.keep("the metrics", get(t, a.node.admin+"/metrics"))
	for _, list := range []string{"call list", "audit list", "job list", "account list", "grant list"} {
		a.keep("quartet "+list, must(t, a.env, append(strings.Fields(list), "--data", a.dir, "--json")...))
	}
	a.keep("the audit", must(t, a.env, "audit", "list", "--data", a.dir))
	a.node.kill()
	a.keep("the log", a.node.log.String())
	for _, setting := range a.env {
		if address, ok := strings.CutPrefix(setting, "QUARTET_STORE="); ok {
			out, err := exec.Command(pgtest.Shared(t).Tool("pg_dump"), "--inserts", address).Output()
			if err != nil {
				t.Fatalf("pg_dump: %v", err)
			}
			a.keep("the dump", string(out))
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.Copy(a.left, readTree(t, filepath.Dir(a.dir)))
	if !strings.Contains(a.left["what the program is told"], "alert.remaining") || !strings.Contains(a.left["the audit"], "ticket.") {
		t.Fatalf("there is too little to search, audit:\n%s", a.left["the audit"])
	}
	search(t, a.left, people)
}
