package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"quartet"
)

// verdictOf is an attempt that brought a verdict.
func verdictOf(source string, v quartet.Verdict, cost quartet.Millifen) quartet.Attempt {
	return quartet.Attempt{
		Source: source, Why: "priority", At: after(time.Millisecond), Latency: 120_034 * time.Microsecond, Sent: true, Verdict: v,
		Charged: quartet.ChargedYes, Cost: cost, Reference: "T-2026/1", Code: "0", Note: "备注",
	}
}

// failedOf is one that brought none.
func failedOf(source, failure string, c quartet.Charged, cost quartet.Millifen) quartet.Attempt {
	return quartet.Attempt{Source: source, At: base, Latency: time.Second, Sent: true, Failure: failure, Charged: c, Cost: cost}
}

func attempts(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	addAccounts(t, s, "a")
	list := []quartet.Attempt{
		{Source: "aliyun", Skipped: "breaker open"},
		failedOf("tencent", "busy", quartet.ChargedNo, 22_000),
		verdictOf("shumai", quartet.Undetermined, 16_500),
	}
	list[2].Reason = quartet.ReasonCardLost
	h := hold(1, "g", "a")
	settled := charged(call(base.Unix(), 1, "a"), 1)
	settled.Attempts = list
	refused, alone := call(base.Unix(), 2, "a"), call(base.Unix(), 3, "a")
	refused.Attempts = list[:2]
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{grant("g", "a", 10, base)}, Held: []quartet.Hold{h}})
	mustPost(t, s, quartet.Postings{Ended: []quartet.SeqNo{h.SeqNo}, Calls: []quartet.Call{settled, refused, alone}})
	of := func(c quartet.Call) []quartet.Attempt { return value(s.Attempts(ctx, c.SeqNo))(t) }
	same(t, "in their order", of(settled), list)
	same(t, "of another call", of(refused), list[:2])
	same(t, "of a call that asked nobody", len(of(alone)), 0)

	swept := call(base.Unix(), 4, "a")
	swept.Attempts = []quartet.Attempt{failedOf("shumai", "forsaken", quartet.ChargedUnknown, 16_500)}
	mustPost(t, s, quartet.Postings{Unresolved: []quartet.Call{swept}})
	same(t, "of a call that was given up", of(swept), swept.Attempts)

	again, both := settled, refused
	again.Attempts = []quartet.Attempt{failedOf("x", "forsaken", quartet.ChargedUnknown, 1), failedOf("y", "forsaken", quartet.ChargedUnknown, 2)}
	both.SeqNo.N, both.Attempts = 5, list[1:2]
	late := both
	late.Attempts = []quartet.Attempt{failedOf("tencent", "forsaken", quartet.ChargedUnknown, 22_000)}
	mustPost(t, s, quartet.Postings{Unresolved: []quartet.Call{again, late}, Calls: []quartet.Call{both}})
	same(t, "a call that has its row keeps its attempts", of(settled), list)
	same(t, "also where both come in one batch", of(both), list[1:2])

	below := call(base.Unix(), 6, "a")
	below.Attempts = []quartet.Attempt{failedOf("shumai", "busy", quartet.ChargedNo, -1)}
	wantCode(t, "a cost below zero", post(ctx, s, quartet.Postings{Calls: []quartet.Call{below}}), quartet.ErrConflict)
	_, err := s.FindCall(ctx, below.SeqNo)
	wantCode(t, "its call", err, quartet.ErrNotFound)
	same(t, "its attempts", len(of(below)), 0)
}

func openAttempts(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	first, second := call(100, 1, "a"), call(100, 2, "a")
	asked, unsent := failedOf("shumai", "timeout", quartet.ChargedUnknown, 16_500), failedOf("tencent", "unreachable", quartet.ChargedUnknown, 1)
	asked.Reference, unsent.Sent = "R7", false
	first.Attempts = []quartet.Attempt{{Source: "aliyun", Skipped: "off"}, unsent, asked, verdictOf("tencent", quartet.Match, 1)}
	second.Attempts = []quartet.Attempt{asked, asked}
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{second, first}})
	o := func(c quartet.Call, place int64) quartet.OpenAttempt {
		return quartet.OpenAttempt{SeqNo: c.SeqNo, Place: place, Source: "shumai", At: asked.At, Reference: "R7"}
	}
	all := []quartet.OpenAttempt{o(first, 2), o(second, 0), o(second, 1)}
	same(t, "what was sent and nobody knows, oldest first", value(s.OpenAttempts(ctx, quartet.SeqNo{}, 9))(t), all)
	same(t, "no more than asked for", value(s.OpenAttempts(ctx, quartet.SeqNo{}, 2))(t), all[:2])
	same(t, "after a call", value(s.OpenAttempts(ctx, first.SeqNo, 9))(t), all[1:])

	learnt := asked
	learnt.Charged, learnt.Verdict, learnt.Reason, learnt.Reference, learnt.Code, learnt.Note = quartet.ChargedYes, quartet.Undetermined, quartet.ReasonDormant, "R8", "07", "told afterwards"
	wanted := learnt
	learnt.Source, learnt.Cost, learnt.Latency, learnt.Failure = "x", 9, 9, "x" // what was known stays
	must(t, s.ResolveAttempt(ctx, all[1], learnt))
	same(t, "resolved", value(s.Attempts(ctx, second.SeqNo))(t), []quartet.Attempt{wanted, asked})
	same(t, "open no more", value(s.OpenAttempts(ctx, quartet.SeqNo{}, 9))(t), []quartet.OpenAttempt{all[0], all[2]})
	wantCode(t, "one that was resolved", s.ResolveAttempt(ctx, all[1], asked), quartet.ErrConflict)
	wantCode(t, "one that was never sent", s.ResolveAttempt(ctx, quartet.OpenAttempt{SeqNo: first.SeqNo, Place: 1}, learnt), quartet.ErrConflict)

	entry := quartet.AuditEntry{ID: "1", At: base, Actor: "me", Action: "attempt.settle", Subject: "x"}
	must(t, s.SettleAttempt(ctx, all[2], learnt, entry))
	same(t, "settled", value(s.Attempts(ctx, second.SeqNo))(t), []quartet.Attempt{wanted, wanted})
	entry.ID = "2"
	wantCode(t, "one that was settled", s.SettleAttempt(ctx, all[2], learnt, entry), quartet.ErrConflict)
	same(t, "only what was done is in the audit", len(value(s.AuditEntries(ctx, 9))(t)), 1)
}

func evidence(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	of := func(second int64, n uint64, product string, units int64, list ...quartet.Attempt) quartet.Call {
		c := call(second, n, "a")
		c.Product, c.Charged, c.Attempts = product, units, list
		if units > 0 {
			c.Grant = "g" + product
		}
		return c
	}
	fast, slow := verdictOf("shumai", quartet.Match, 16_500), verdictOf("shumai", quartet.Mismatch, 16_500)
	fast.Latency, slow.Latency = 1999*time.Microsecond, time.Minute
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{
		of(99, 1, "1", 5, fast), // before
		of(100, 1, "1", 1, quartet.Attempt{Source: "aliyun", Skipped: "off"}, failedOf("tencent", "timeout", quartet.ChargedUnknown, 22_000), fast),
		of(150, 1, "1", 2, slow), of(150, 2, "1", 0, failedOf("shumai", "busy", quartet.ChargedNo, 16_500)),
		of(199, 1, "2", 3, fast),
		of(200, 1, "1", 7, fast), // after
	}})
	same(t, "sold", value(s.Sold(ctx, 100, 200, ""))(t), []quartet.Sold{
		{Product: "1", Grant: "", Calls: 1}, {Product: "1", Grant: "g1", Calls: 2, Units: 3}, {Product: "2", Grant: "g2", Calls: 1, Units: 3},
	})
	same(t, "sold of one product", value(s.Sold(ctx, 100, 200, "2"))(t), []quartet.Sold{{Product: "2", Grant: "g2", Calls: 1, Units: 3}})
	same(t, "spent", value(s.Spent(ctx, 100, 200, ""))(t), []quartet.Spent{
		{Product: "1", Charged: quartet.ChargedUnknown, Cost: 22_000},
		{Product: "1", Charged: quartet.ChargedNo, Cost: 16_500},
		{Product: "1", Charged: quartet.ChargedYes, Cost: 33_000},
		{Product: "2", Charged: quartet.ChargedYes, Cost: 16_500},
	})
	same(t, "spent on one product", value(s.Spent(ctx, 100, 200, "2"))(t), []quartet.Spent{{Product: "2", Charged: quartet.ChargedYes, Cost: 16_500}})
	same(t, "by source", value(s.Tallies(ctx, 100, 200, ""))(t), []quartet.Tally{
		{Source: "shumai", Failure: "busy", Charged: quartet.ChargedNo, Count: 1, Cost: 16_500},
		{Source: "shumai", Verdict: true, Charged: quartet.ChargedYes, Count: 3, Cost: 49_500},
		{Source: "tencent", Failure: "timeout", Count: 1, Cost: 22_000},
	})
	same(t, "how long they took", value(s.Waitings(ctx, 100, 200, "1"))(t), []quartet.Waiting{
		{Source: "shumai", Milliseconds: 1, Count: 1, Total: 1999 * time.Microsecond},
		{Source: "shumai", Milliseconds: 60_000, Count: 1, Total: time.Minute},
		{Source: "shumai", Failure: "busy", Milliseconds: 1000, Count: 1, Total: time.Second},
		{Source: "tencent", Failure: "timeout", Milliseconds: 1000, Count: 1, Total: time.Second},
	})
}

// sourceAttempts is longer than the chunks in which the store reads.
func sourceAttempts(t *testing.T, open Database) {
	const length = 4100
	s := leased(t, open)
	list := make([]quartet.Call, length/2)
	for i := range list {
		list[i] = call(int64(100+i/3), uint64(i%3), "a") // the first number of a second counts too
		list[i].Attempts = []quartet.Attempt{
			{Source: "x", Skipped: "off"},
			failedOf("y", "busy", quartet.ChargedNo, 1),
			failedOf("x", "busy", quartet.ChargedNo, 2), verdictOf("x", quartet.Match, 3),
		}
	}
	for part := range slices.Chunk(list, 300) { // PostgreSQL gives a transaction up that keeps it waiting
		mustPost(t, s, quartet.Postings{Calls: part})
	}
	read := func(from, to int64) (found []quartet.PlacedAttempt) {
		must(t, s.SourceAttempts(t.Context(), "x", from, to, func(p quartet.PlacedAttempt) error { found = append(found, p); return nil }))
		return found
	}
	all := read(0, 1_000_000)
	if len(all) != length {
		t.Fatalf("%d attempts, want %d", len(all), length)
	}
	for i, p := range all {
		c := list[i/2]
		if want := int64(2 + i%2); p.SeqNo != c.SeqNo || p.Place != want {
			t.Fatalf("attempt %d is %v at %d, want %v at %d", i, p.SeqNo, p.Place, c.SeqNo, want)
		}
	}
	same(t, "whole", all[1].Attempt, list[0].Attempts[3])
	same(t, "of some seconds", len(read(101, 103)), 12)
	enough := errors.New("enough")
	if err := s.SourceAttempts(t.Context(), "x", 0, 1000, func(quartet.PlacedAttempt) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("a reader that has enough: %v", err)
	}
}

func sourceCounts(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	addAccounts(t, s, "a")
	same(t, "of nobody", value(s.SourceCounts(ctx, 0))(t), map[string]int64{})
	unsent := failedOf("shumai", "unreachable", quartet.ChargedNo, 0)
	unsent.Sent = false
	with := func(second int64, list ...quartet.Attempt) quartet.Call {
		c := call(second, 1, "a")
		c.Attempts = list
		return c
	}
	day := base.Unix()
	mustPost(t, s, quartet.Postings{
		Calls: []quartet.Call{
			with(day-1, verdictOf("shumai", quartet.Match, 1)), // before
			with(day, verdictOf("shumai", quartet.Match, 1)),   // in the first second
			with(day+1, quartet.Attempt{Source: "aliyun", Skipped: "off"}, unsent, failedOf("tencent", "busy", quartet.ChargedNo, 0), verdictOf("shumai", quartet.Mismatch, 1)),
		},
		Unresolved: []quartet.Call{with(day+2, failedOf("tencent", "forsaken", quartet.ChargedUnknown, 1))},
	})
	same(t, "sent since then", value(s.SourceCounts(ctx, day))(t), map[string]int64{"shumai": 2, "tencent": 2})
	same(t, "sent at any time", value(s.SourceCounts(ctx, 0))(t), map[string]int64{"shumai": 3, "tencent": 2})
}
