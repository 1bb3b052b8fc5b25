package storetest

import (
	"testing"
	"time"

	"quartet"
)

func accountRows(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	for i, id := range []string{"a", "b_1", "c"} {
		a := account(id, after(time.Duration(i)*time.Second))
		if id == "c" {
			a.SuspendedAt = after(time.Minute)
		}
		must(t, s.CreateAccount(ctx, a, quartet.AuditEntry{}))
	}
	apply := func(id, account string, state quartet.FirmState, at time.Time) {
		f := application(id)
		f.Account, f.State, f.Created = account, state, at
		must(t, s.CreateApplication(ctx, f, nil, quartet.AuditEntry{}))
	}
	apply("1", "a", quartet.FirmReplaced, base)
	apply("2", "a", quartet.FirmApproved, after(time.Minute))
	apply("3", "a", quartet.FirmSubmitted, after(time.Hour))
	apply("4", "b_1", quartet.FirmRejected, after(time.Minute))
	apply("5", "b_1", quartet.FirmDraft, after(time.Hour))

	full, frozen, over := grant("1", "a", 10, base), grant("2", "a", 20, base), grant("3", "a", 40, after(-2*time.Hour))
	part := grant("4", "a", 100, base)
	mustPost(t, s, quartet.Postings{Opened: []quartet.Grant{full, frozen, over, part}})
	frozen.FrozenAt = after(time.Second)
	part.Used, part.Held, part.Withdrawn = 10, 20, 30
	mustPost(t, s, quartet.Postings{Changed: []quartet.Grant{frozen, part}})
	const hour = quartet.HourSeconds
	late := call(5*hour+17*60+3, 2, "a")
	late.Code, late.Verdict = quartet.CodeElement, quartet.NoVerdict
	mustPost(t, s, quartet.Postings{Calls: []quartet.Call{call(5*hour+60, 1, "a"), late, call(4*hour+59*60, 3, "a")}})

	want := []quartet.AccountRow{
		{Account: account("a", base), Firm: quartet.FirmApproved, Units: 50, Called: time.Unix(5*hour+17*60, 0)},
		{Account: account("b_1", after(time.Second)), Firm: quartet.FirmDraft},
		{Account: account("c", after(2*time.Second))},
	}
	want[2].SuspendedAt = after(time.Minute)
	rows := func(what string, f quartet.AccountFilter, want ...quartet.AccountRow) {
		t.Helper()
		if f.Limit == 0 {
			f.Limit = 9
		}
		same(t, what, value(s.AccountRows(ctx, f, after(time.Minute)))(t), want)
	}
	rows("all, oldest first", quartet.AccountFilter{}, want...)
	rows("a page", quartet.AccountFilter{Limit: 1}, want[0])
	rows("the one after it", quartet.AccountFilter{Limit: 1, After: "a"}, want[1])
	rows("those that are suspended", quartet.AccountFilter{Suspended: true}, want[2])
	rows("those that are not", quartet.AccountFilter{Active: true}, want[:2]...)
	rows("by the id", quartet.AccountFilter{Text: "B_"}, want[1])
	rows("by the name", quartet.AccountFilter{Text: want[0].Name}, want[0])
	rows("a sign is no wildcard", quartet.AccountFilter{Text: "%"})
	rows("by the firm", quartet.AccountFilter{Firm: quartet.FirmSubmitted}, want[0])
	rows("by the firm, none", quartet.AccountFilter{Firm: quartet.FirmRevoked})
}
