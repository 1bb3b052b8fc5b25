package sourcetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"quartet"
	"quartet/internal/source"
)

// Subject is a source and what to ask it.
type Subject struct {
	Source source.Source
	Cases  []Case
	// Hang is asked of Hanging, which never answers it in time. Hanging is often the
	// same source.
	Hang    source.Query
	Hanging source.Source
	// Dead is a source whose other side cannot be reached: nobody listens, or what it
	// needs is not there.
	Dead source.Source
}

// Case is a question and the answer that must come: a verdict, or a kind of failure.
type Case struct {
	Name    string
	Query   source.Query
	Verdict quartet.Verdict
	Reason  quartet.Reason
	Differs quartet.ElementSet
	Kind    source.Kind
	Sent    bool // of a failure
}

// grace is how much later than a deadline a source may come back.
const grace = 500 * time.Millisecond

// patience is how long a source that hangs is waited for: long enough for the question to
// leave on a machine that is busy.
const patience = 250 * time.Millisecond

// Run checks the law. The factory makes a fresh subject for each chapter and cleans up
// by t.Cleanup.
func Run(t *testing.T, factory func(t *testing.T) Subject) {
	t.Helper()
	said, fresh := listen(t), factory
	factory = func(t *testing.T) Subject { return said.about(fresh(t)) }
	t.Run("answers as expected, each time", func(t *testing.T) {
		s := factory(t)
		for _, c := range s.Cases {
			t.Run(c.Name, func(t *testing.T) {
				for range 3 {
					check(t, s.Source, c)
				}
			})
		}
	})
	t.Run("is not asked when the time is over", func(t *testing.T) {
		s := factory(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, c := range s.Cases {
			answer, err := s.Source.Verify(ctx, c.Query)
			expectTimeout(t, answer, err, false)
		}
	})
	t.Run("knows that nothing left when nobody is there", func(t *testing.T) {
		s := factory(t)
		for _, c := range s.Cases {
			if c.Kind != 0 && !c.Sent {
				continue // it may know so before it tries
			}
			check(t, s.Dead, Case{Name: c.Name, Query: c.Query, Kind: source.Unreachable})
		}
	})
	t.Run("is left at the deadline", func(t *testing.T) {
		s := factory(t)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		hang(ctx, t, s)
	})
	t.Run("is left when the caller gives up", func(t *testing.T) {
		s := factory(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		time.AfterFunc(patience, cancel)
		hang(ctx, t, s)
	})
	t.Run("may be asked from many goroutines and leaves none", func(t *testing.T) {
		s := factory(t)
		for _, c := range s.Cases { // what starts at the first question may stay
			check(t, s.Source, c)
		}
		before := goleak.IgnoreCurrent()
		var wg sync.WaitGroup
		for worker := range 16 {
			wg.Go(func() {
				for i := range 25 {
					check(t, s.Source, s.Cases[(worker+i)%len(s.Cases)])
				}
			})
		}
		wg.Wait()
		if c, ok := s.Source.(io.Closer); ok { // connections that are kept have goroutines
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		goleak.VerifyNone(t, before)
	})
	said.discreet(t)
}

// check asks one question and compares. It is called from many goroutines.
func check(t *testing.T, src source.Source, c Case) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	answer, err := src.Verify(ctx, c.Query)
	discreet(t, c.Query.Elements, answer, err)
	if c.Kind != 0 {
		failure := asError(t, answer, err)
		if failure != nil && (failure.Kind != c.Kind || failure.Sent != c.Sent) {
			t.Errorf("%s: got %v (sent %v), want %v (sent %v)", c.Name, failure, failure.Sent, c.Kind, c.Sent)
		}
		return
	}
	if err != nil || answer.Verdict != c.Verdict || answer.Reason != c.Reason {
		t.Errorf("%s: got %v %q and error %v, want %v %q", c.Name, answer.Verdict, answer.Reason, err, c.Verdict, c.Reason)
	}
	if answer.Differs != c.Differs {
		t.Errorf("%s: %q differ, want %q", c.Name, answer.Differs, c.Differs)
	}
	consistent(t, c, answer)
}

// consistent checks what no case may ask for: a detail that belongs to another verdict, or
// tells of an element that was not asked about.
func consistent(t *testing.T, c Case, answer source.Answer) {
	t.Helper()
	if !answer.Reason.Explains(answer.Verdict) {
		t.Errorf("%s: %v cannot have the reason %q", c.Name, answer.Verdict, answer.Reason)
	}
	if answer.Verdict != quartet.Mismatch && answer.Differs != 0 {
		t.Errorf("%s: %v, yet %q differ", c.Name, answer.Verdict, answer.Differs)
	}
	if beyond := answer.Differs &^ c.Query.Need; beyond != 0 {
		t.Errorf("%s: %q differ, which nobody asked about", c.Name, beyond)
	}
}

// hang asks what is not answered in time; the context ends after patience.
func hang(ctx context.Context, t *testing.T, s Subject) {
	t.Helper()
	start := time.Now()
	answer, err := s.Hanging.Verify(ctx, s.Hang)
	if took := time.Since(start); took > patience+grace {
		t.Errorf("came back %v after the question, want soon after %v", took, patience)
	}
	discreet(t, s.Hang.Elements, answer, err)
	expectTimeout(t, answer, err, true)
}

func expectTimeout(t *testing.T, answer source.Answer, err error, sent bool) {
	t.Helper()
	failure := asError(t, answer, err)
	if failure != nil && (failure.Kind != source.Timeout || failure.Sent != sent) {
		t.Errorf("got %v (sent %v), want a timeout (sent %v)", failure, failure.Sent, sent)
	}
}

// asError insists that there is a failure, of the one type, and no verdict beside it.
func asError(t *testing.T, answer source.Answer, err error) *source.Error {
	t.Helper()
	failure, ok := err.(*source.Error) //nolint:errorlint // the contract is the type itself, not a chain
	if !ok || failure == nil {
		t.Errorf("got %v and error %v of type %T, want a *source.Error", answer.Verdict, err, err)
		return nil
	}
	if answer != (source.Answer{}) {
		t.Errorf("the failure %v comes with the answer %+v", failure, answer)
	}
	switch {
	case !failure.Sent && failure.Charged != quartet.ChargedNo:
		t.Errorf("%v was not sent, yet it is charged: %v", failure, failure.Charged)
	case failure.Retry && failure.Charged == quartet.ChargedYes:
		t.Errorf("%v was not processed, yet it is charged", failure)
	}
	return failure
}

// discreet searches all that came back for anything of the person.
func discreet(t *testing.T, e quartet.Elements, answer source.Answer, err error) {
	t.Helper()
	var all strings.Builder
	fmt.Fprintf(&all, "%v %+v %#v", answer, answer, answer)
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		asJSON, _ := json.Marshal(cause) //nolint:errchkjson // what cannot be written cannot leak
		fmt.Fprintf(&all, " %v %+v %#v %s", cause, cause, cause, asJSON)
	}
	if tells(all.String(), e) {
		t.Error("something of the person is in the answer or the error")
	}
}
