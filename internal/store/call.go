package store

import (
	"context"
	"time"

	"quartet"
)

const callColumns = `second, n, at, account_id, credential_id, product_id, code, verdict, reason, charged, grant_id, source, latency_us, params, card, sent, nonce, differs, reused`

// chunk is how many rows a listing reads before it lets the database go.
const chunk = 2000

// Calls hands the calls that fit to yield, oldest first. It reads in chunks, so a slow
// reader never keeps a snapshot of the database open.
func (s *Store) Calls(ctx context.Context, f quartet.CallFilter, yield func(quartet.Call) error) error {
	left := f.Limit
	for {
		take := chunk
		if f.Limit > 0 {
			take = min(take, left)
		}
		var w conditions
		w.calls(f)
		calls, err := collect(ctx, s.reader, scanCall, `SELECT `+callColumns+` FROM call`+w.text()+` ORDER BY second, n LIMIT `+w.next(take), w.args...)
		if err != nil {
			return err
		}
		for i := range calls {
			if err := yield(calls[i]); err != nil {
				return err
			}
		}
		left -= len(calls)
		if len(calls) < take || f.Limit > 0 && left <= 0 {
			return nil
		}
		f.After = calls[len(calls)-1].SeqNo
	}
}

// LatestCalls lists the calls that fit, newest first, at most f.Limit. The counts of each hour
// say where to look, so that a rare kind of call is found without reading the others.
func (s *Store) LatestCalls(ctx context.Context, f quartet.CallFilter) ([]quartet.Call, error) {
	var (
		found []quartet.Call
		to    = f.To
	)
	if !f.Before.IsZero() && (to == 0 || f.Before.Second < to) {
		to = f.Before.Second + 1
	}
	for {
		hours, err := s.callHours(ctx, f, to)
		if err != nil || len(hours) == 0 {
			return found, err
		}
		for _, hour := range hours {
			within := f
			within.From, within.To = max(f.From, hour*quartet.HourSeconds), (hour+1)*quartet.HourSeconds
			if to > 0 {
				within.To = min(within.To, to)
			}
			var w conditions
			w.calls(within)
			part, err := collect(ctx, s.reader, scanCall, `SELECT `+callColumns+` FROM call`+w.text()+` ORDER BY second DESC, n DESC LIMIT `+w.next(f.Limit-len(found)), w.args...)
			if err != nil {
				return nil, err
			}
			if found = append(found, part...); len(found) >= f.Limit {
				return found, nil
			}
			to = within.From
		}
		if len(hours) < hoursAtOnce || to <= max(f.From, 1) {
			return found, nil
		}
	}
}

const hoursAtOnce = 200

// callHours are the hours in which such calls were counted, newest first. Those whose calls
// may be gone are left out.
func (s *Store) callHours(ctx context.Context, f quartet.CallFilter, to int64) ([]int64, error) {
	var w conditions
	w.usage(quartet.UsageFilter{
		Account: f.Account, Product: f.Product, Credential: f.Credential, Code: f.Code, Verdict: f.Verdict,
		From: f.From / quartet.HourSeconds, To: (to + quartet.HourSeconds - 1) / quartet.HourSeconds,
	})
	w.add(`hour >= (SELECT (day + 1) * 24 - 8 FROM call_pruned WHERE id = 1)`)
	return collect(ctx, s.reader, scanInt, `SELECT DISTINCT hour FROM usage_hour`+w.text()+` ORDER BY hour DESC LIMIT `+w.next(hoursAtOnce), w.args...)
}

// FindCall finds the call of a number, or ErrNotFound.
func (s *Store) FindCall(ctx context.Context, no quartet.SeqNo) (quartet.Call, error) {
	calls, err := collect(ctx, s.reader, scanCall, `SELECT `+callColumns+` FROM call WHERE second = $1 AND n = $2`, no.Second, int64(no.N))
	if err != nil {
		return quartet.Call{}, err
	}
	if len(calls) == 0 {
		return quartet.Call{}, quartet.Errorf(quartet.ErrNotFound, "no call bears this seqNo; check it letter by letter")
	}
	return calls[0], nil
}

func scanCall(row scanner) (quartet.Call, error) {
	var (
		c                                                    quartet.Call
		n, at, code, verdict, latency, sent, differs, reused int64
		reason                                               string
		params, card                                         []byte
	)
	err := row.Scan(&c.SeqNo.Second, &n, &at, &c.Account, &c.Credential, &c.Product, &code, &verdict, &reason, &c.Charged, &c.Grant, &c.Source, &latency, &params, &card, &sent, &c.Nonce, &differs, &reused)
	c.SeqNo.N, c.At = uint64(n), fromMicros(at)
	c.Code, c.Verdict, c.Reason = quartet.Code(code), quartet.Verdict(verdict), quartet.Reason(reason)
	c.Latency, c.Sent = time.Duration(latency)*time.Microsecond, sent == 1
	copy(c.Params[:], params)
	copy(c.Card[:], card)
	c.Differs, c.Reused = quartet.ElementSet(differs), reused == 1
	return c, err
}
