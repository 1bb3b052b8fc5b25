package storetest

import (
	"math"
	"testing"
	"time"

	"quartet"
)

func hold(n uint64, grant, account string) quartet.Hold {
	no := quartet.SeqNo{Second: base.Unix(), N: n}
	return quartet.Hold{
		SeqNo: no, Grant: grant, Account: account, Credential: "cred", Product: "1887", Units: 1,
		CreatedAt: base, Deadline: after(time.Duration(n) * time.Minute), Params: quartet.Fingerprint{1}, Card: quartet.Fingerprint{2}, Nonce: int64(n % 2),
		Claim: quartet.Claim{SeqNo: no},
	}
}

func claim(key byte, expires time.Time) quartet.Claim {
	return quartet.Claim{
		Key: quartet.Fingerprint{key}, Request: quartet.Fingerprint{key, 1}, SeqNo: quartet.SeqNo{Second: 50, N: uint64(key)},
		Code: quartet.CodeOK, Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch, Differs: quartet.NeedMobile, ExpiresAt: expires,
	}
}

func holds(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	addAccounts(t, s, "a")
	first, second, third := hold(1, "g", "a"), hold(2, "g", "a"), hold(3, "g", "a")
	second.Claim = quartet.Claim{Key: quartet.Fingerprint{7}, Request: quartet.Fingerprint{8}, SeqNo: second.SeqNo, ExpiresAt: after(24 * time.Hour)}
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{grant("g", "a", 10, base)}, Held: []quartet.Hold{third, first, second}})

	due := second.Deadline.UnixMicro()
	same(t, "at or past their deadline, oldest first", value(s.Holds(ctx, due, 0))(t), []quartet.Hold{first, second})
	same(t, "no more than asked for", value(s.Holds(ctx, due, 1))(t), []quartet.Hold{first})
	same(t, "none before", len(value(s.Holds(ctx, first.Deadline.UnixMicro()-1, 0))(t)), 0)

	twin := hold(4, "g", "a")
	twin.Claim = second.Claim
	wantCode(t, "a key that another hold bears", post(ctx, s, quartet.Postings{Held: []quartet.Hold{twin}}), quartet.ErrConflict)
	wantCode(t, "a number that another hold bears", post(ctx, s, quartet.Postings{Held: []quartet.Hold{first}}), quartet.ErrConflict)

	mustPost(t, s, quartet.Postings{Ended: []quartet.SeqNo{first.SeqNo, third.SeqNo, {Second: 1, N: 1}}})
	same(t, "what is left", value(s.Holds(ctx, third.Deadline.UnixMicro(), 0))(t), []quartet.Hold{second})
}

func asked(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	addAccounts(t, s, "a")
	nobody, one, two := hold(1, "g", "a"), hold(2, "g", "a"), hold(3, "g", "a")
	one.Asked = []quartet.Asked{{Source: "shumai-2", Cost: 16_500}}
	two.Asked = []quartet.Asked{{Source: "tencent", Cost: 0}, {Source: "shumai-2", Cost: math.MaxInt64}}
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{grant("g", "a", 10, base)}, Held: []quartet.Hold{nobody, one, two}})
	standing := func() []quartet.Hold { return value(s.Holds(ctx, two.Deadline.UnixMicro(), 0))(t) }
	same(t, "as they were held", standing(), []quartet.Hold{nobody, one, two})

	moved, stray := one, hold(9, "g", "a")
	moved.Asked = []quartet.Asked{{Source: "aliyun", Cost: 22_000}, {Source: "shumai-2", Cost: 16_500}}
	wanted := moved
	moved.Grant, moved.Units, moved.Deadline = "other", 7, base // a move writes nothing else
	two.Asked = nil
	mustPost(t, s, quartet.Postings{Moved: []quartet.Hold{moved, two, stray}})
	same(t, "moved; a hold that does not stand is not made", standing(), []quartet.Hold{nobody, wanted, two})

	var book quartet.Book
	must(t, s.Commit(ctx, quartet.Reading{Holds: []quartet.SeqNo{one.SeqNo}}, func(b quartet.Book) quartet.Postings { book = b; return quartet.Postings{} }))
	same(t, "as the judge sees it", book.Holds, []quartet.Hold{wanted})
}

func claims(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	addAccounts(t, s, "a")
	if _, found, err := s.FindClaim(ctx, quartet.Fingerprint{1}); found || err != nil {
		t.Fatalf("an unknown key: %v, %v", found, err)
	}
	kept := claim(1, after(time.Hour))
	mustPost(t, s, quartet.Postings{Claims: []quartet.Claim{kept, claim(2, base), claim(3, after(time.Second))}})
	got, found, err := s.FindClaim(ctx, kept.Key)
	must(t, err)
	same(t, "a verdict", []any{got, found}, []any{kept, true})

	kept.Verdict, kept.SeqNo.N, kept.Request, kept.ExpiresAt = quartet.Match, 77, quartet.Fingerprint{9}, after(2*time.Hour)
	mustPost(t, s, quartet.Postings{Claims: []quartet.Claim{kept}})
	got, _, err = s.FindClaim(ctx, kept.Key)
	must(t, err)
	same(t, "a key that is used anew", got, kept)

	h := hold(1, "g", "a")
	h.Claim = quartet.Claim{Key: quartet.Fingerprint{4}, Request: quartet.Fingerprint{5}, SeqNo: h.SeqNo, ExpiresAt: after(time.Hour)}
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{grant("g", "a", 1, base)}, Held: []quartet.Hold{h}})
	got, found, err = s.FindClaim(ctx, h.Claim.Key)
	must(t, err)
	same(t, "a hold bears its key without a verdict", []any{got, found}, []any{h.Claim, true})

	old := claim(4, base)
	mustPost(t, s, quartet.Postings{Claims: []quartet.Claim{old}})
	got, found, err = s.FindClaim(ctx, h.Claim.Key)
	must(t, err)
	same(t, "a hold goes before a verdict whose time is over", []any{got, found}, []any{h.Claim, true})

	must(t, s.PruneClaims(ctx, after(time.Second).UnixMicro()))
	for key, want := range map[byte]bool{1: true, 2: false, 3: true, 4: true} {
		if _, found, err := s.FindClaim(ctx, quartet.Fingerprint{key}); found != want || err != nil {
			t.Errorf("after pruning, key %d: %v, %v; want %v", key, found, err, want)
		}
	}
	many := make([]quartet.Claim, 1200) // more than one chunk
	for i := range many {
		many[i] = claim(0, base)
		many[i].Key = quartet.Fingerprint{200, byte(i), byte(i >> 8)}
	}
	mustPost(t, s, quartet.Postings{Claims: many})
	must(t, s.PruneClaims(ctx, after(time.Second).UnixMicro()))
	if _, found, err := s.FindClaim(ctx, many[1199].Key); found || err != nil {
		t.Errorf("the last chunk was not pruned: %v, %v", found, err)
	}
}
