package storetest

import (
	"sync"
	"testing"
	"time"

	"quartet"
)

func application(id string) quartet.FirmApplication {
	return quartet.FirmApplication{
		ID: id, Account: "a", Name: "测试贸易有限公司", Code: "91350100M000100Y43", Scene: "核对入职员工", Purposes: []string{"payroll", "law"},
		Contact: []byte{1, 0, 255}, State: quartet.FirmDraft, Created: base,
	}
}

func firms(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addAccounts(t, s, "a", "b")
	a := application("1")
	must(t, s.CreateApplication(ctx, a, nil, done("1", "firm.begin", base)))
	wantCode(t, "a second one at once", s.CreateApplication(ctx, application("2"), nil, done("2", "firm.begin", base)), quartet.ErrConflict)
	same(t, "kept", value(s.Application(ctx, "1"))(t), a)
	_, err := s.Licence(ctx, "1")
	wantCode(t, "no scan yet", err, quartet.ErrNotFound)

	a.Licence, a.Size, a.Name = "image/png", 3, "另一个名称"
	must(t, s.UpdateApplication(ctx, a, quartet.FirmDraft, []byte{9, 0, 9}, done("1", "firm.scan", base)))
	must(t, s.UpdateApplication(ctx, a, quartet.FirmDraft, nil, done("1", "firm.save", base)))
	same(t, "the scan", value(s.Licence(ctx, "1"))(t), []byte{9, 0, 9})
	a.State, a.Submitted, a.Identity = quartet.FirmSubmitted, after(time.Hour), quartet.Fingerprint{5}
	must(t, s.UpdateApplication(ctx, a, quartet.FirmDraft, nil, done("1", "firm.submit", base)))
	wantCode(t, "submitting twice", s.UpdateApplication(ctx, a, quartet.FirmDraft, nil, done("1", "firm.submit", after(1))), quartet.ErrConflict)
	stranger := a
	stranger.Account = "b"
	wantCode(t, "another account's", s.UpdateApplication(ctx, stranger, quartet.FirmSubmitted, nil, done("1", "firm.steal", base)), quartet.ErrConflict)

	before := value(s.Version(ctx))(t)
	a.State, a.Decided, a.DecidedBy, a.Override = quartet.FirmApproved, after(2*time.Hour), "李强", true
	must(t, s.ApproveApplication(ctx, a, "payroll", done("1", "firm.approve", base)))
	wantCode(t, "approving twice", s.ApproveApplication(ctx, a, "law", done("1", "firm.approve", after(1))), quartet.ErrConflict)
	same(t, "approved", value(s.Application(ctx, "1"))(t), a)
	same(t, "what the account asks for", value(s.Accounts(ctx))(t)[0].Purpose, "payroll")
	same(t, "calls see it", value(s.Version(ctx))(t), before+1)

	must(t, s.SetPurpose(ctx, "a", "law", done("purpose 1", "account.purpose", base)))
	same(t, "another one that was approved", value(s.Accounts(ctx))(t)[0].Purpose, "law")
	wantCode(t, "one that was not", s.SetPurpose(ctx, "a", "lending", done("purpose 2", "account.purpose", base)), quartet.ErrConflict)
	same(t, "it is not taken", value(s.Accounts(ctx))(t)[0].Purpose, "law")
	must(t, s.SetPurpose(ctx, "b", "lending", done("purpose 3", "account.purpose", base))) // no firm yet

	next := application("3")
	must(t, s.CreateApplication(ctx, next, []byte{7}, done("3", "firm.begin", base)))
	same(t, "the scan of the earlier one", value(s.Licence(ctx, "3"))(t), []byte{7})
	next.State = quartet.FirmSubmitted
	must(t, s.UpdateApplication(ctx, next, quartet.FirmDraft, nil, done("3", "firm.submit", base)))
	same(t, "the first stands meanwhile", value(s.Application(ctx, "1"))(t).State, quartet.FirmApproved)
	next.State = quartet.FirmApproved
	must(t, s.ApproveApplication(ctx, next, "law", done("3", "firm.approve", base)))
	a.State = quartet.FirmReplaced
	same(t, "newest first", value(s.Applications(ctx, "a", "", "", 9))(t), []quartet.FirmApplication{next, a})
	same(t, "in a state", value(s.Applications(ctx, "", quartet.FirmApproved, "", 9))(t), []quartet.FirmApplication{next})
	same(t, "the next page", value(s.Applications(ctx, "a", "", "3", 9))(t), []quartet.FirmApplication{a})

	next.State, next.Why = quartet.FirmRevoked, "吊销"
	must(t, s.RevokeApplication(ctx, next, done("3", "firm.revoke", base)))
	wantCode(t, "revoking twice", s.RevokeApplication(ctx, next, done("3", "firm.revoke", after(1))), quartet.ErrConflict)
	same(t, "the account asks for nothing", value(s.Accounts(ctx))(t)[0].Purpose, "")
	must(t, s.SetPurpose(ctx, "a", "lending", done("purpose 4", "account.purpose", base))) // of an operator's own accord
	must(t, s.SetPurpose(ctx, "a", "", done("purpose 5", "account.purpose", base)))
	wantCode(t, "an unknown account", s.SetPurpose(ctx, "nobody", "law", done("purpose 6", "account.purpose", base)), quartet.ErrNotFound)
}

// Two reviewers decide at once, each otherwise: one decision is made.
func decisions(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addAccounts(t, s, "a")
	a := application("1")
	a.State = quartet.FirmSubmitted
	must(t, s.CreateApplication(ctx, a, nil, done("1", "firm.begin", base)))
	yes, no := a, a
	yes.State, no.State = quartet.FirmApproved, quartet.FirmRejected
	errs := make([]error, 2)
	var wg sync.WaitGroup
	wg.Go(func() { errs[0] = s.ApproveApplication(ctx, yes, "law", done("1", "firm.approve", base)) })
	wg.Go(func() {
		errs[1] = s.UpdateApplication(ctx, no, quartet.FirmSubmitted, nil, done("1", "firm.reject", base))
	})
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("one decision alone is made: %v", errs)
	}
	state, purpose := value(s.Application(ctx, "1"))(t).State, value(s.Accounts(ctx))(t)[0].Purpose
	if (state == quartet.FirmApproved) != (errs[0] == nil) || (purpose == "law") != (errs[0] == nil) {
		t.Errorf("%s, for %q, after %v", state, purpose, errs)
	}
	same(t, "one entry tells it", len(value(s.AuditEntries(ctx, 9))(t)), 2)
}
