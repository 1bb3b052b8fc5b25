package verify

import (
	"fmt"
	"runtime/debug"

	"quartet"
	"quartet/internal/route"
	"quartet/internal/web"
)

// ask puts the question and notes what came of it on the call. A verdict that comes after
// the deadline is none: 10003; its attempt is kept, since the source may charge for it. A
// panic is 10004. The error is the ledger's.
func (s *Service) ask(c *quartet.Call, q route.Question, h *holding) (code quartet.Code, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.Verdict, c.Sent, c.Attempts = quartet.NoVerdict, true, h.forsaken()
			code = s.fault(c, fmt.Sprintf("panic with a %T", p))
		}
		c.Code = code
	}()
	out := s.Router.Ask(h.asking, q, h.before)
	c.Source, c.Sent, c.Latency, c.Attempts = out.Source, out.Sent, s.Now().Sub(c.At), out.Attempts
	switch {
	case out.Err != nil:
		return 0, out.Err
	case out.Code == quartet.CodeInternal:
		return s.fault(c, out.Fault), nil
	case out.Code == quartet.CodeOK && c.Latency > s.Deadline:
		return quartet.CodeDeadline, nil
	case out.Code == quartet.CodeOK:
		c.Verdict, c.Reason, c.Differs = out.Answer.Verdict, out.Answer.Reason, out.Answer.Differs
	}
	return out.Code, nil
}

// fault logs what must not happen, under the number its caller is given.
func (s *Service) fault(c *quartet.Call, what string) quartet.Code {
	s.Log.Fault(s.Numbers.Text(c.SeqNo), what, debug.Stack())
	return quartet.CodeInternal
}

// accounted answers the verdict when it is durable, and else why not.
func (s *Service) accounted(c quartet.Call, err error) Answer {
	step(afterEnd)
	if err == nil {
		return Answer{Call: c}
	}
	return s.unaccounted(c, err)
}

// released frees what is held and answers a refusal. Where that cannot be committed the
// sweeper frees it later.
func (s *Service) released(h *holding, c quartet.Call, code quartet.Code) Answer {
	c.Code = code
	err := s.Ledger.Release(h.whole, h.Hold, &c)
	step(afterEnd)
	switch quartet.CodeOf(err) {
	case "":
		return Answer{Call: c}
	case quartet.ErrUnavailable, quartet.ErrTimeout:
		return s.refused(c, code)
	default:
		return s.unaccounted(c, err)
	}
}

// refusalOf is the refusal of a call that the ledger let go no further.
func refusalOf(err error) quartet.Code {
	switch quartet.CodeOf(err) {
	case quartet.ErrTimeout, quartet.ErrHoldGone:
		return quartet.CodeDeadline
	default:
		return quartet.CodeNotCommitted
	}
}

// unaccounted translates a failure of the ledger. The verdict is discarded; the attempts
// are recorded with what they cost. Where that fails as well and the node ends before its
// store is well, the sweeper's row names the suppliers and leaves open what they charge.
func (s *Service) unaccounted(c quartet.Call, err error) Answer {
	c.Charged, c.Grant = 0, ""
	c.Verdict, c.Reason, c.Differs = quartet.NoVerdict, quartet.ReasonNone, 0
	switch quartet.CodeOf(err) {
	case quartet.ErrExhausted:
		return Answer{Call: c, Gateway: web.QuotaExhausted}
	case quartet.ErrExpired:
		return Answer{Call: c, Gateway: web.QuotaExpired}
	case quartet.ErrHoldGone: // the sweeper wrote the row, and the ledger told it of the attempts
		c.Code = quartet.CodeDeadline
		return Answer{Call: c}
	case quartet.ErrTimeout, quartet.ErrUnavailable:
		return s.refused(c, refusalOf(err))
	default:
		return Answer{Call: c, Lost: true}
	}
}

// refused records a refusal; nobody waits for its row.
func (s *Service) refused(c quartet.Call, code quartet.Code) Answer {
	c.Code, c.Differs, c.Latency = code, 0, s.Now().Sub(c.At) // of a verdict that was discarded nothing is kept
	s.Ledger.Record(c)
	return Answer{Call: c}
}
