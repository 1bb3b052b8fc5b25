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
	for where, err := range spans(ctx, s.reader, f, false) {
		if err != nil {
			return err
		}
		for more := true; more; {
			take := chunk
			if f.Limit > 0 {
				take = min(take, left)
			}
			var w conditions
			w.calls(f, where)
			calls, err := collect(ctx, s.reader, scanCall, `SELECT `+callColumns+` FROM call`+w.text()+` ORDER BY second, n LIMIT `+w.next(take), w.args...)
			if err != nil {
				return err
			}
			for i := range calls {
				if err := yield(calls[i]); err != nil {
					return err
				}
			}
			if left -= len(calls); f.Limit > 0 && left <= 0 {
				return nil
			}
			if more = len(calls) == take; more {
				f.After = calls[take-1].SeqNo
			}
		}
	}
	return nil
}

// LatestCalls lists the calls that fit, newest first, at most f.Limit.
func (s *Store) LatestCalls(ctx context.Context, f quartet.CallFilter) ([]quartet.Call, error) {
	var found []quartet.Call
	for where, err := range spans(ctx, s.reader, f, true) {
		if err != nil {
			return nil, err
		}
		var w conditions
		w.calls(f, where)
		part, err := collect(ctx, s.reader, scanCall, `SELECT `+callColumns+` FROM call`+w.text()+` ORDER BY second DESC, n DESC LIMIT `+w.next(f.Limit-len(found)), w.args...)
		if err != nil {
			return nil, err
		}
		if found = append(found, part...); len(found) >= f.Limit {
			break
		}
	}
	return found, nil
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
