package storetest

import (
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
)

func arrived(id, provider string) quartet.Notice {
	return quartet.Notice{ID: id, Provider: provider, Sealed: []byte{1, 0, 255}, Hash: "h" + id, State: quartet.NoticeReceived, Received: base}
}

func putNotice(t *testing.T, s *store.Store, id, provider string) quartet.Notice {
	t.Helper()
	n := arrived(id, provider)
	must(t, s.PutNotice(t.Context(), n, quartet.Job{ID: "job " + id, Kind: "notice.handle", Key: id, NextAt: after(time.Minute), Created: base}))
	return n
}

// proved is a notice that says what happened.
func proved(id, provider, event string) quartet.Notice {
	return quartet.Notice{ID: id, Provider: provider, Event: event, Kind: "payment", About: "p1"}
}

func notices(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	want := putNotice(t, s, "1", "alipay")
	same(t, "whole, as it came", value(s.Notice(ctx, "1"))(t), want)
	jobs := value(s.ClaimJobs(ctx, []string{"notice.handle"}, after(2*time.Minute), after(3*time.Minute), 9))(t)
	if len(jobs) != 1 || jobs[0].Kind != "notice.handle" || jobs[0].Key != "1" {
		t.Errorf("the job of it is %+v", jobs)
	}
	_, err := s.Notice(ctx, "none")
	wantCode(t, "a notice that never came", err, quartet.ErrNotFound)

	claimed := value(s.ClaimNotice(ctx, proved("1", "alipay", "e1"), after(time.Second)))(t)
	want.State, want.Event, want.Kind, want.About = quartet.NoticeClaimed, "e1", "payment", "p1"
	same(t, "claimed", claimed, want)
	same(t, "claimed again, after a crash", value(s.ClaimNotice(ctx, proved("1", "alipay", "e1"), after(time.Second)))(t), want)

	// Told again: a repeat of the first, which is given as it stands.
	putNotice(t, s, "2", "alipay")
	same(t, "of the same event", value(s.ClaimNotice(ctx, proved("2", "alipay", "e1"), after(time.Second)))(t), want)
	second := value(s.Notice(ctx, "2"))(t)
	same(t, "the repeat", []any{second.State, second.Event, second.Answer, second.Ended}, []any{quartet.NoticeRepeated, "", "repeats 1", after(time.Second).UTC()})
	// Another provider may count alike.
	putNotice(t, s, "3", "wechat")
	same(t, "of another provider", value(s.ClaimNotice(ctx, proved("3", "wechat", "e1"), base))(t).ID, "3")

	entry := quartet.AuditEntry{ID: "a1", At: base, Actor: "alipay", Action: "notice.refuse", Subject: "4"}
	putNotice(t, s, "4", "alipay")
	must(t, s.EndNotice(ctx, "4", quartet.NoticeRefused, "forged", after(time.Second), entry))
	entry.ID = "a2"
	must(t, s.EndNotice(ctx, "4", quartet.NoticeHandled, "", after(time.Minute), entry))
	refused := value(s.Notice(ctx, "4"))(t)
	same(t, "an end is an end", []any{refused.State, refused.Answer, refused.Event}, []any{quartet.NoticeRefused, "forged", ""})
	same(t, "and is told once", len(value(s.AuditEntries(ctx, 9))(t)), 1)
	_, err = s.ClaimNotice(ctx, proved("4", "alipay", "e4"), base)
	wantCode(t, "claiming what was refused", err, quartet.ErrConflict)

	// What was forged never stands in the way of what is not.
	putNotice(t, s, "5", "alipay")
	same(t, "the genuine one", value(s.ClaimNotice(ctx, proved("5", "alipay", "e4"), base))(t).ID, "5")
	must(t, s.EndNotice(ctx, "5", quartet.NoticeHandled, "", after(time.Second), quartet.AuditEntry{}))
	same(t, "claimed after it was handled", value(s.ClaimNotice(ctx, proved("5", "alipay", "e4"), base))(t).State, quartet.NoticeHandled)

	same(t, "in a state", len(value(s.Notices(ctx, quartet.NoticeRefused, after(time.Hour), 9))(t)), 1)
	same(t, "in all, newest first", len(value(s.Notices(ctx, "", after(time.Hour), 3))(t)), 3)
	same(t, "before they came", len(value(s.Notices(ctx, "", base, 3))(t)), 0)
}

// One event that many notices tell at once has one notice that is acted upon.
func noticesAtOnce(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	const n = 8
	ids := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	for _, id := range ids {
		putNotice(t, s, id, "alipay")
	}
	owners := make([]string, n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Go(func() {
			owner, err := s.ClaimNotice(ctx, proved(id, "alipay", "e"), base)
			owners[i], errs[i] = owner.ID, err
		})
	}
	wg.Wait()
	for i := range owners {
		must(t, errs[i])
		same(t, "the owner", owners[i], owners[0])
	}
	same(t, "claimed", len(value(s.Notices(ctx, quartet.NoticeClaimed, after(time.Hour), 99))(t)), 1)
	same(t, "repeated", len(value(s.Notices(ctx, quartet.NoticeRepeated, after(time.Hour), 99))(t)), n-1)
}
