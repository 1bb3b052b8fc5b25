package simulator

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"time"

	"quartet"
)

// contract is one supplier's dialect from the supplier's side. Safe for concurrent use.
type contract interface {
	// ask reads and checks a request as the supplier does. A reply means that it is
	// refused: then nothing of it is processed or charged.
	ask(r *request) (question, *reply)
	// answer says in the contract's words what came of a question. It is never given a fault
	// of the wire.
	answer(q question, o outcome) reply
	// charges is the contract's billing rule.
	charges(o outcome) bool
}

// inquirer is a contract that can be asked afterwards. ask gives such a request as a
// question with inquiry set; it is answered from the book and never charged.
type inquirer interface {
	finding(q question, o outcome, found bool) reply
}

// request is what arrived.
type request struct {
	*http.Request

	body []byte
	now  time.Time
}

// question is what a request asks.
type question struct {
	order                  string // the buyer's number of it, if the contract has one
	unique                 bool   // the contract wants the number used once
	inquiry                bool   // what became of the order?
	test                   bool   // about the supplier's own test person
	need                   quartet.ElementSet
	name, id, card, mobile string
}

// outcome is what came of a question.
type outcome struct {
	verdict   quartet.Verdict // or NoVerdict, with a fault that the contract has words for
	reason    quartet.Reason
	differs   quartet.ElementSet
	fault     Fault
	test      bool
	charged   bool
	reference string // the supplier's number of the question
	at        time.Time
}

// reply is what leaves.
type reply struct {
	status int
	header map[string]string
	body   []byte
}

// object is a JSON object.
type object = map[string]any

// jsonReply is an answer with status 200. What it is given is made here, so it can always
// be written.
func jsonReply(v any) reply {
	return reply{status: http.StatusOK, header: map[string]string{"Content-Type": "application/json;charset=UTF-8"}, body: jsonText(v)}
}

func jsonText(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // cannot happen: no dialect writes a channel or a cycle
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// refuse is a refusal by the contract.
func refuse(r reply) (question, *reply) { return question{}, &r }

// emptyReply is an answer of a front which never reached the contract.
func emptyReply(status int) reply { return reply{status: status} }

func (r *request) mediaType() string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

// form is the body of a form; empty if it is none.
func (r *request) form() url.Values {
	if r.mediaType() != "application/x-www-form-urlencoded" {
		return url.Values{}
	}
	v, err := url.ParseQuery(string(r.body))
	if err != nil {
		return url.Values{}
	}
	return v
}

// object reads a JSON body into v and reports whether it is one.
func (r *request) object(v any) bool {
	return r.mediaType() == "application/json" && json.Unmarshal(r.body, v) == nil
}

// arguments are the parameters of a contract that takes a query or a form alike.
func (r *request) arguments() url.Values {
	switch r.Method {
	case http.MethodGet:
		return r.URL.Query()
	case http.MethodPost:
		return r.form()
	default:
		return url.Values{}
	}
}

// read takes the elements out of parameters by their names in a contract; an empty name is
// an element that the contract does not ask for.
func read(values url.Values, name, id, card, mobile string) question {
	var q question
	for _, field := range [...]struct {
		name string
		set  quartet.ElementSet
		into *string
	}{
		{name, quartet.NeedName, &q.name},
		{id, quartet.NeedID, &q.id},
		{card, quartet.NeedCard, &q.card},
		{mobile, quartet.NeedMobile, &q.mobile},
	} {
		if field.name != "" {
			*field.into = values.Get(field.name)
			q.need |= field.set
		}
	}
	return q
}
