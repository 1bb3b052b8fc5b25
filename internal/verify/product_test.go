package verify_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/guard"
	"quartet/internal/quota"
	"quartet/internal/verify"
)

// offer opens more products beside 1887: two elements at /two, three at /three, and all four
// in the grades of detail.
func (w *world) offer() {
	product := func(path string, need quartet.ElementSet, d quartet.Detail) quartet.Product {
		return quartet.Product{ID: path[1:], Path: path, Name: path, Need: need, Detail: d, Charge: quartet.ChargeTable{Match: 1, Mismatch: 1}, On: true}
	}
	w.service.SetProducts([]quartet.Product{
		quartet.FourElements(),
		product("/two", quartet.NeedCard|quartet.NeedName, quartet.DetailElement),
		product("/three", quartet.NeedAll&^quartet.NeedName, quartet.DetailElement),
		product("/reason", quartet.NeedAll, quartet.DetailReason),
		product("/element", quartet.NeedAll, quartet.DetailElement),
	})
}

// exact is the answer with its number taken out.
func (w *world) exact(a answer) string {
	w.t.Helper()
	head, number, ok := strings.Cut(a.body, `"seqNo":"`)
	if _, err := w.numbers.Parse(strings.TrimSuffix(number, `"}`)); !ok || err != nil || !strings.HasSuffix(number, `"}`) {
		w.t.Errorf("it does not end with a seqNo: %s", a.body)
	}
	return head
}

func TestProduct_ShowsAsMuchAsItsGradeAllows(t *testing.T) {
	const ok = `{"code":"10000","message":"成功","data":{"state":"`
	for _, local := range []bool{true, false} {
		w := newWorld(t, options{local: local})
		w.offer()
		for _, c := range []struct{ path, card, want string }{
			{path, cardMatch, ok + `1"},`},
			{path, cardMismatch, ok + `2"},`},
			{path, cardStranger, ok + `2"},`},
			{path, cardLost, ok + `3"},`},
			{path, cardNoRecord, `{"code":"10015","message":"未查询到数据","data":null,`},
			{"/reason", cardMatch, ok + `1"},`},
			{"/reason", cardMismatch, ok + `2","reason":"mobile_mismatch"},`},
			{"/reason", cardStranger, ok + `2","reason":"holder_mismatch"},`},
			{"/reason", cardLost, ok + `3","reason":"card_lost"},`},
			{"/reason", cardNoRecord, `{"code":"10015","message":"未查询到数据","data":null,`},
			{"/element", cardMatch, ok + `1"},`},
			{"/element", cardMismatch, ok + `2","reason":"mobile_mismatch","differs":["mobile"]},`},
			{"/element", cardStranger, ok + `2","reason":"holder_mismatch","differs":["name","idcard","mobile"]},`},
			{"/element", cardVague, ok + `2","reason":"holder_mismatch"},`},
			{"/element", cardLost, ok + `3","reason":"card_lost"},`},
			{"/element", cardNoRecord, `{"code":"10015","message":"未查询到数据","data":null,`},
			{"/three", cardStranger, ok + `2","reason":"holder_mismatch","differs":["idcard","mobile"]},`},
			{"/two", cardStranger, ok + `2","reason":"holder_mismatch","differs":["name"]},`},
			{"/two", cardMismatch, ok + `1"},`},
		} {
			r := request{path: c.path, body: form(c.card), header: map[string]string{"Idempotency-Key": c.path + c.card}}
			first := w.do(r)
			if got := w.exact(first); first.status != 200 || got != c.want {
				t.Errorf("%s, local %v: %d %s, want %s", c.path, local, first.status, got, c.want)
			}
			again := w.do(r)
			if replayed := again.header.Get("Idempotent-Replayed") == "true"; replayed != (first.code() == "10000") {
				t.Errorf("%s: replayed %v after %s", c.path, replayed, first.body)
			} else if replayed && again.body != first.body {
				t.Errorf("%s: the repeat says %s after %s", c.path, again.body, first.body)
			}
		}
	}
}

// What differs is kept with every mismatch, shown or not, and with nothing else.
func TestProduct_TheLogKeepsWhatDiffers(t *testing.T) {
	late := func(l *quota.Ledger) verify.Ledger { return failing{l, quartet.ErrUnavailable} }
	for _, c := range []struct {
		name string
		o    options
		card string
		want quartet.ElementSet
	}{
		{"a mismatch", options{}, cardStranger, quartet.NeedAll &^ quartet.NeedCard},
		{"a mismatch of the registry", options{local: true}, cardStranger, quartet.NeedAll &^ quartet.NeedCard},
		{"a match", options{}, cardMatch, 0},
		{"a verdict that could not be committed", options{local: true, ledger: late}, cardStranger, 0},
	} {
		w := newWorld(t, c.o)
		w.do(request{body: form(c.card)})
		if rows := w.rows(); len(rows) != 1 || rows[0].Differs != c.want {
			t.Errorf("%s: the rows %+v, want one in which %q differ", c.name, rows, c.want)
		}
	}
}

// A product that needs a card and a name knows no other element.
func TestProduct_PassesOverWhatItDoesNotNeed(t *testing.T) {
	w := newWorld(t, options{local: true})
	w.offer()
	two := "acc_no=" + cardMatch + "&name=" + url.QueryEscape(goodName)
	object := `{"acc_no":"` + cardMatch + `","name":"` + goodName + `",`
	for _, c := range []struct {
		name string
		r    request
		code string
	}{
		{"nothing else", request{body: two}, "10000"},
		{"an ID number that is none", request{body: two + "&idcard=1"}, "10000"},
		{"a mobile that is none", request{body: two + "&mobile=%E6%97%A0"}, "10000"},
		{"a blank one", request{body: two + "&mobile=+"}, "10000"},
		{"two that contradict each other", request{body: two + "&idcard=1&idcard=2"}, "10000"},
		{"one in the query and another one below", request{path: "/two?mobile=1", body: two + "&mobile=2"}, "10000"},
		{"a number in JSON", request{contentType: "application/json", body: object + `"mobile":13800138000}`}, "10000"},
		{"an object in JSON", request{contentType: "application/json", body: object + `"idcard":{"no":[1]}}`}, "10000"},
		{"bytes that are no text", request{body: two + "&mobile=%ff"}, "10009"}, // the message itself is broken
		{"a security code", request{body: two + "&cvv=123"}, "10001"},
		{"no name", request{body: "acc_no=" + cardMatch + "&idcard=" + goodID + "&mobile=" + goodPhone}, "10008"},
		{"no card", request{body: "name=" + goodName}, "10008"},
		{"a card that is none", request{body: "acc_no=12&name=" + goodName}, "10001"},
		{"two names", request{body: two + "&name=%E6%9D%8E%E5%9B%9B"}, "10006"},
	} {
		if c.r.path == "" {
			c.r.path = "/two"
		}
		if a := w.do(c.r); a.code() != c.code {
			t.Errorf("%s: %d %s, want %s", c.name, a.status, a.body, c.code)
		}
	}
	// And nowhere else: of three elements the ID number is needed again.
	if a := w.do(request{path: "/three", body: two + "&mobile=" + goodPhone + "&idcard=1"}); a.code() != "10001" {
		t.Errorf("an ID number that is needed: %s", a.body)
	}
}

// Requests that differ only in what is not needed are the same request.
func TestProduct_RemembersNothingThatItDoesNotNeed(t *testing.T) {
	w := newWorld(t, options{local: true, guard: guard.Config{Enabled: true, Identical: 2}})
	w.offer()
	r := request{path: "/two", body: form(cardMatch), header: map[string]string{"Idempotency-Key": "one"}}
	first := w.do(r)
	r.body = "acc_no=" + cardMatch + "&name=" + goodName + "&mobile=other"
	if again := w.do(r); again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("first %s, again %s", first.body, again.body)
	}
	r.header = nil
	for i, want := range []string{"10000", "10020"} {
		r.body += "x"
		if a := w.do(r); a.code() != want {
			t.Errorf("call %d: %s, want %s", i, a.body, want)
		}
	}
}

func TestProduct_ACallIsChargedAsWhenItBegan(t *testing.T) {
	for _, local := range []bool{true, false} {
		w := newWorld(t, options{local: local, deadline: 5 * time.Second})
		done := make(chan answer)
		go func() { done <- w.do(request{body: form(cardSlow)}) }()
		time.Sleep(100 * time.Millisecond)
		dearer := quartet.FourElements()
		dearer.Charge.Match, dearer.Detail, dearer.On = 7, quartet.DetailElement, false
		w.service.SetProducts([]quartet.Product{dearer})
		if a := <-done; a.code() != "10000" || w.used() != 1 {
			t.Errorf("local %v: %s cost %d", local, a.body, w.used())
		}
		if a := w.do(request{body: form(cardMatch)}); a.code() != "10014" {
			t.Errorf("afterwards: %s", a.body)
		}
	}
}

func TestProduct_CostsWhatItsTableSays(t *testing.T) {
	for _, local := range []bool{true, false} {
		w := newWorld(t, options{local: local, units: 9})
		p := quartet.FourElements()
		p.Charge = quartet.ChargeTable{Match: 2, Mismatch: 1, Undetermined: 3}
		w.service.SetProducts([]quartet.Product{p})
		var costs []int64
		for _, card := range []string{cardMatch, cardMismatch, cardLost, cardNoRecord, cardMatch} {
			before := w.used()
			w.do(request{body: form(card)})
			costs = append(costs, w.used()-before)
		}
		if !slices.Equal(costs, []int64{2, 1, 3, 0, 2}) {
			t.Errorf("local %v: it cost %v", local, costs)
		}
		// One unit is left, and none of it is taken for what costs two.
		if a := w.do(request{body: form(cardMatch)}); a.header.Get("X-Ca-Error-Code") != "B403MQ" || w.used() != 8 {
			t.Errorf("local %v: %d %s, %d used", local, a.status, a.body, w.used())
		}
	}
}

func TestProduct_ThatIsFreeNeedsNoUnit(t *testing.T) {
	for _, local := range []bool{true, false} {
		w := newWorld(t, options{local: local, units: 1})
		free := quartet.Product{ID: "free", Path: "/free", Need: quartet.NeedAll, Detail: quartet.DetailState, On: true}
		w.service.SetProducts([]quartet.Product{quartet.FourElements(), free})
		w.do(request{body: form(cardMatch)}) // takes the only unit
		for i, r := range []request{{}, {header: map[string]string{"Idempotency-Key": "once"}}} {
			r.body = form(cardMismatch)
			if a := w.do(r); a.header.Get("X-Ca-Error-Code") != "B403MQ" {
				t.Errorf("local %v, call %d of what costs: %d %s", local, i, a.status, a.body)
			}
			r.path = "/free"
			if a := w.do(r); a.code() != "10000" {
				t.Errorf("local %v, call %d of what is free: %d %s", local, i, a.status, a.body)
			}
		}
		if rows := w.rows(); w.used() != 1 || len(rows) != 3 {
			t.Errorf("local %v: %d used, rows %+v", local, w.used(), rows)
		}
	}
}
