package store

import (
	"context"
	"iter"
	"math/bits"
	"slices"

	"quartet"
)

// span is the seconds from one on and before another, or all that follow for to 0; of them
// those alone that only names, if it names any.
type span struct {
	from, to int64
	only     []int64
}

const (
	minuteSeconds = 60
	everyBit      = 1<<minuteSeconds - 1

	// countsAtOnce is how many counts are read before the calls that they tell of, and
	// secondsAtOnce how many seconds one statement names.
	countsAtOnce  = 500
	secondsAtOnce = 64
)

// moments says when calls were, a bit for each of the sixty minutes of their hour, and one for
// each of the sixty seconds of a minute: few calls can have been at few seconds only.
type moments struct{ minutes, seconds int64 }

func (m *moments) add(second int64) {
	m.minutes |= 1 << (second % quartet.HourSeconds / minuteSeconds)
	m.seconds |= 1 << (second % minuteSeconds)
}

// counted is what the counts of an hour say: such calls were in it at these moments.
type counted struct {
	moments

	hour int64
}

// spans tells where calls that fit stand, newest or oldest first. The counts say at which
// moments they were, so that the few calls of one account are found among those of all others,
// without an index whose entries each call would pay for. Nothing is told of days whose calls
// may be gone, so nobody looks through years of them.
func spans(ctx context.Context, q querier, f quartet.CallFilter, newest bool) iter.Seq2[span, error] {
	return func(yield func(span, error) bool) {
		kept, err := keptFrom(ctx, q)
		if err != nil {
			yield(span{}, err)
			return
		}
		within := span{from: max(f.From, f.After.Second, kept), to: f.To}
		if !f.Before.IsZero() && (f.To == 0 || f.Before.Second < f.To) {
			within.to = f.Before.Second + 1
		}
		if f.Account == "" && f.Product == "" && f.Credential == "" && f.Source == "" && f.Code == 0 && f.Verdict == quartet.NoVerdict {
			yield(within, nil) // all calls fit
			return
		}
		for more := true; more; {
			var hours []counted
			if hours, more, err = countsOf(ctx, q, f, within, newest); err != nil {
				yield(span{}, err)
				return
			}
			for _, c := range hours {
				parts := c.parts()
				if newest {
					slices.Reverse(parts)
				}
				for _, s := range parts {
					if s = s.cut(within); s.from != s.to && !yield(s, nil) {
						return
					}
				}
				switch {
				case !newest:
					within.from = (c.hour + 1) * quartet.HourSeconds
				case c.hour == 0: // there is nothing before
					return
				default:
					within.to = c.hour * quartet.HourSeconds
				}
			}
		}
	}
}

// countsOf reads the next hours in which such calls were counted, and whether there may be
// more of them.
func countsOf(ctx context.Context, q querier, f quartet.CallFilter, within span, newest bool) (hours []counted, more bool, err error) {
	var w conditions
	w.usage(quartet.UsageFilter{
		Account: f.Account, Product: f.Product, Credential: f.Credential, Code: f.Code, Verdict: f.Verdict,
		From: within.from / quartet.HourSeconds, To: (within.to + quartet.HourSeconds - 1) / quartet.HourSeconds,
	})
	order := ` ORDER BY hour`
	if newest {
		order = ` ORDER BY hour DESC`
	}
	rows, err := collect(ctx, q, func(row scanner) (c counted, err error) {
		err = row.Scan(&c.hour, &c.minutes, &c.seconds)
		return c, err
	}, `SELECT hour, minutes, seconds FROM usage_hour`+w.text()+order+` LIMIT `+w.next(countsAtOnce), w.args...)
	if err != nil {
		return nil, false, err
	}
	for _, c := range rows {
		if n := len(hours); n > 0 && hours[n-1].hour == c.hour {
			hours[n-1].minutes |= c.minutes
			hours[n-1].seconds |= c.seconds
			continue
		}
		hours = append(hours, c)
	}
	more = len(rows) == countsAtOnce
	switch n := len(hours); {
	case more && n == 1: // one hour with more counts than that
		hours[0].moments = moments{everyBit, everyBit}
	case more:
		hours = hours[:n-1] // the rest of the last one is not read
	}
	return hours, more, nil
}

// parts are where calls of the hour may be, oldest first: seconds by name where they are few,
// else whole minutes that follow each other.
func (c counted) parts() (list []span) {
	hour := c.hour * quartet.HourSeconds
	if bits.OnesCount64(uint64(c.seconds)) > minuteSeconds/2 {
		for left := uint64(c.minutes); left != 0; {
			first := bits.TrailingZeros64(left)
			end := first + bits.TrailingZeros64(^(left >> first))
			left &^= 1<<end - 1
			list = append(list, span{from: hour + int64(first)*minuteSeconds, to: hour + int64(end)*minuteSeconds})
		}
		return list
	}
	var named []int64
	for second := range int64(quartet.HourSeconds) {
		if (c.minutes>>(second/minuteSeconds))&(c.seconds>>(second%minuteSeconds))&1 == 1 {
			named = append(named, hour+second)
		}
	}
	for only := range slices.Chunk(named, secondsAtOnce) {
		list = append(list, span{only[0], only[len(only)-1] + 1, only})
	}
	return list
}

// cut leaves what lies within another span, which may be nothing.
func (s span) cut(within span) span {
	s.from = max(s.from, within.from)
	if within.to > 0 {
		s.to = min(s.to, within.to)
	}
	if s.only != nil {
		s.only = slices.DeleteFunc(s.only, func(second int64) bool { return second < s.from || second >= s.to })
	}
	if s.from >= s.to || s.only != nil && len(s.only) == 0 {
		return span{}
	}
	return s
}
