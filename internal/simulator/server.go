package simulator

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"quartet"
)

// Header is set on every answer, with HeaderValue, so that nobody takes a simulator for a
// supplier.
const (
	Header      = "X-Simulator"
	HeaderValue = "quartet"
)

const (
	maxBody      = 64 << 10
	defaultPrice = 30_000 // ¥0.30
)

// Server is one simulated supplier: an http.Handler, safe for concurrent use. It ends
// connections by panicking with http.ErrAbortHandler, which every net/http server
// understands.
type Server struct {
	// Now and Price may be set before the first request. Price is of one charged question.
	Now   func() time.Time
	Price quartet.Millifen

	contract contract
	book     *book

	mu     sync.Mutex
	script Script
	down   chan struct{} // closed while the supplier is down
	isDown bool
}

// New makes the simulator of a dialect. It needs every credential that Slots names, and no
// other.
func New(dialect string, script Script, secrets map[string]string) (*Server, error) {
	c, err := open(dialect, secrets)
	if err != nil {
		return nil, err
	}
	return &Server{
		Now: time.Now, Price: defaultPrice,
		contract: c, book: newBook(), script: script, down: make(chan struct{}),
	}, nil
}

// Set changes the act of one card from now on.
func (s *Server) Set(card string, a Act) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = withCard(s.script, card, a)
}

// SetDefault changes the act of all cards that have none of their own.
func (s *Server) SetDefault(a Act) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script.Default = a
}

// Down ends every connection, also those that wait for an answer, and each new one before
// it processes anything; Down(false) brings the supplier back.
func (s *Server) Down(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case down && !s.isDown:
		close(s.down)
	case !down && s.isDown:
		s.down = make(chan struct{})
	}
	s.isDown = down
}

// state is the act of a card and what tells that the supplier went down.
func (s *Server) state(card string) (Act, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if act, ok := s.script.Cards[normal(card)]; ok {
		return act, s.down
	}
	return s.script.Default, s.down
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.book.count(func(t *Totals) { t.Arrived++ })
	if _, down := s.state(""); over(down) {
		cut()
	}
	w.Header().Set(Header, HeaderValue)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			s.book.count(func(t *Totals) { t.Refused++ })
			send(w, emptyReply(http.StatusRequestEntityTooLarge))
			return
		}
		cut()
	}
	q, refusal := s.contract.ask(&request{Request: r, body: body, now: s.Now()})
	switch {
	case refusal != nil:
		s.book.count(func(t *Totals) { t.Refused++ })
		send(w, *refusal)
	case q.inquiry:
		s.inquire(w, q)
	default:
		s.verify(w, r, q)
	}
}

// inquire answers from the book.
func (s *Server) inquire(w http.ResponseWriter, q question) {
	s.book.count(func(t *Totals) { t.Inquired++ })
	c, ok := s.contract.(inquirer)
	if !ok { // cannot happen: only inquirers make such questions
		cut()
	}
	e, found := s.book.find(q.order)
	send(w, c.finding(q, spoken(e.outcome), found))
}

// verify books a question and answers it.
func (s *Server) verify(w http.ResponseWriter, r *http.Request, q question) {
	act, down := s.state(q.card)
	if !act.Fault.processed() {
		s.withhold(w, r, act, down)
		return
	}
	o := outcome{fault: act.Fault, test: q.test, at: s.Now()}
	o.verdict, o.reason, o.differs = act.about(q.need)
	o, same := s.book.post(q, o, s.charges, s.Price)
	if !same {
		o = outcome{fault: FaultRejected, at: o.at, reference: o.reference}
	}
	if !wait(r, down, act.Delay) { // what was processed stays booked when the client has gone
		cut()
	}
	answer := s.contract.answer(q, spoken(o))
	switch o.fault {
	case FaultMalformed:
		send(w, s.broken(answer))
	case FaultCutAfter:
		s.cutAnswer(w, answer)
	default:
		send(w, answer)
	}
}

// charges is the contract's rule for what it says, whatever befalls the answer.
func (s *Server) charges(o outcome) bool { return s.contract.charges(spoken(o)) }

// spoken is the outcome as the contract knows it: a fault of the wire is none of its words.
func spoken(o outcome) outcome {
	if o.fault.spoilsAnswer() {
		o.fault = FaultNone
	}
	return o
}

// withhold answers what was never processed.
func (s *Server) withhold(w http.ResponseWriter, r *http.Request, act Act, down <-chan struct{}) {
	if act.Fault == FaultHang {
		select {
		case <-r.Context().Done():
		case <-down:
		}
		cut()
	}
	if !wait(r, down, act.Delay) {
		cut()
	}
	switch act.Fault {
	case FaultStatus500:
		send(w, emptyReply(http.StatusInternalServerError))
	case FaultStatus502:
		send(w, emptyReply(http.StatusBadGateway))
	case FaultStatus503:
		send(w, emptyReply(http.StatusServiceUnavailable))
	default:
		cut()
	}
}

// broken is an answer that cannot be understood: half of it, or JSON of another type.
func (s *Server) broken(answer reply) reply {
	if s.book.turn() {
		answer.body = []byte("[]")
	} else {
		answer.body = answer.body[:len(answer.body)/2]
	}
	return answer
}

// cutAnswer ends the connection before the answer, or in the middle of it.
func (s *Server) cutAnswer(w http.ResponseWriter, answer reply) {
	if s.book.turn() {
		w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)))
		answer.body = answer.body[:len(answer.body)/2]
		send(w, answer)
		_ = http.NewResponseController(w).Flush()
	}
	cut()
}

// cut ends the connection.
func cut() { panic(http.ErrAbortHandler) }

func over(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// wait lets a delay pass. It fails when the client or the supplier is gone before.
func wait(r *http.Request, down <-chan struct{}, delay time.Duration) bool {
	if delay == 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	case <-down:
		return false
	}
}

func send(w http.ResponseWriter, a reply) {
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}
