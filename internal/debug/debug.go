package debug

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"quartet"
)

// Lender opens the secret of a credential for one call, and writes down for whom.
type Lender interface {
	Lend(ctx context.Context, by, id string) (quartet.Credential, string, error)
}

// Options are what calls are made with.
type Options struct {
	Lender Lender
	Road   http.Handler
	Now    func() time.Time
}

// Desk makes calls by hand. Safe for concurrent use.
type Desk struct{ o Options }

// New makes a desk.
func New(o Options) *Desk { return &Desk{o} }

// Field is a header, or a parameter of query or body.
type Field struct{ Name, Value string }

// Draft is a call as somebody wrote it.
type Draft struct {
	Path       string // of the product
	Credential string
	Headers    []Field
	Query      []Field
	Form       []Field
	Signed     string // the string that the buyer's own program signed; empty: nothing to compare
	// From is the request in which the draft came: the call is made from where it came.
	From *http.Request
}

// Report is what became of a draft.
type Report struct {
	Test      bool // the sandbox answered
	Request   Sent
	Signature *Signature // nil: the credential does not sign
	Answer    Answer
	Steps     []Step
}

// Sent is the request as it left, but for the secret.
type Sent struct {
	Method, Host, Target string
	Headers              []Field
	Body                 string
}

// Answer is what the road said.
type Answer struct {
	Status  int
	Headers []Field
	Body    string
}

// Step is one thing that took time.
type Step struct {
	Name StepName
	Took time.Duration
}

// StepName says which.
type StepName string

// The steps of a call. Nothing travels over a network.
const (
	StepOpen  StepName = "open"  // the credential was opened, and the audit written
	StepWrite StepName = "write" // the request was written and signed
	StepRead  StepName = "read"  // the road took the request and read it whole
	StepRoad  StepName = "road"  // it found out who calls, checked, asked, charged
	StepShow  StepName = "show"  // it wrote the answer
)

// Mask stands for a secret in what is shown.
const Mask = "••••••••"

// Call makes the call of a draft. ErrInvalid: it cannot be sent so. ErrNotFound, ErrConflict:
// of the credential. ErrUnavailable: the road broke off without an answer.
func (d *Desk) Call(ctx context.Context, by string, draft *Draft) (Report, error) {
	if err := draft.check(); err != nil {
		return Report{}, err
	}
	watch := stopwatch{now: d.o.Now, last: d.o.Now()}
	c, secret, err := d.o.Lender.Lend(ctx, by, draft.Credential)
	if err != nil {
		return Report{}, err
	}
	watch.lap(StepOpen)
	w := draft.write(&c, secret, d.o.Now())
	report := Report{Test: c.Test, Request: w.shown(secret), Signature: w.signature}
	r, err := w.request(ctx, draft.From)
	if err != nil {
		return Report{}, err
	}
	watch.lap(StepWrite)
	body := &watched{Reader: bytes.NewReader(w.body), whole: func() { watch.lap(StepRead) }}
	r.Body = body
	answer := &answer{header: http.Header{}, began: func() { body.end(); watch.lap(StepRoad) }}
	if err := serve(d.o.Road, answer, r); err != nil {
		return Report{}, err
	}
	watch.lap(StepShow)
	report.Answer, report.Steps = answer.shown(), watch.steps
	return report, nil
}

// serve hands the request to the road. One that breaks off says nothing: nobody can tell then
// whether the call was charged.
func serve(road http.Handler, w *answer, r *http.Request) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			if fault != http.ErrAbortHandler { //nolint:errorlint,err113 // the very value, as net/http has it
				panic(fault)
			}
			err = quartet.Errorf(quartet.ErrUnavailable, "the connection was closed without an answer, and nobody can tell whether the call was charged; look it up among the calls before sending it again")
		}
	}()
	road.ServeHTTP(w, r)
	w.WriteHeader(http.StatusOK)
	return nil
}

// stopwatch takes the time of one step after another.
type stopwatch struct {
	now   func() time.Time
	last  time.Time
	steps []Step
}

func (s *stopwatch) lap(name StepName) {
	now := s.now()
	s.steps = append(s.steps, Step{name, now.Sub(s.last)})
	s.last = now
}

// watched is a body that tells once when it was read to its end, or will not be read any more.
type watched struct {
	*bytes.Reader

	whole func()
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.Reader.Read(b)
	if w.Len() == 0 {
		w.end()
	}
	return n, err
}

func (w *watched) end() {
	if w.whole != nil {
		w.whole()
		w.whole = nil
	}
}

func (*watched) Close() error { return nil }

// answer takes what the road says.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
	began  func()
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
		a.began()
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

func (a *answer) shown() Answer {
	return Answer{Status: a.status, Headers: fieldsOf(a.header), Body: a.body.String()}
}

// fieldsOf are headers by name.
func fieldsOf(h http.Header) (fields []Field) {
	for name, values := range h {
		for _, v := range values {
			fields = append(fields, Field{name, v})
		}
	}
	slices.SortStableFunc(fields, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}
