package storetest

import (
	"testing"
	"time"

	"quartet"
)

func pages(t *testing.T, open Database) {
	s, ctx, none := open(t), t.Context(), quartet.AuditEntry{}
	must(t, s.PutProduct(ctx, quartet.FourElements(), none))
	first := quartet.PageVersion{Product: "1887", Version: 1, Content: quartet.FoundingPage(), At: base}
	must(t, s.SeedPage(ctx, first))
	again := first
	again.Content.Name = "别的"
	must(t, s.SeedPage(ctx, again))
	same(t, "seeded once", value(s.PageVersions(ctx, "1887", 9))(t), []quartet.PageVersion{first})
	_, err := s.PageDraft(ctx, "1887")
	wantCode(t, "no draft", err, quartet.ErrNotFound)

	draft := quartet.PageDraft{Product: "1887", Content: again.Content, Revision: 1, By: "甲", At: base}
	must(t, s.PutPageDraft(ctx, draft, quartet.AuditEntry{ID: "1", At: base, Actor: "甲", Action: "page.edit", Subject: "1887"}))
	same(t, "the draft", value(s.PageDraft(ctx, "1887"))(t), draft)
	wantCode(t, "begun twice", s.PutPageDraft(ctx, draft, none), quartet.ErrConflict)
	next := draft
	next.Revision, next.By, next.Content.Scenes = 3, "乙", []string{"物流"}
	wantCode(t, "a revision left out", s.PutPageDraft(ctx, next, none), quartet.ErrConflict)
	next.Revision = 2
	must(t, s.PutPageDraft(ctx, next, none))
	wantCode(t, "an edit of what was changed", s.PutPageDraft(ctx, next, none), quartet.ErrConflict)
	same(t, "the draft as it was edited", value(s.PageDraft(ctx, "1887"))(t), next)
	unknown := next
	unknown.Product = "none"
	wantCode(t, "of no product", s.PutPageDraft(ctx, unknown, none), quartet.ErrNotFound)

	second := quartet.PageVersion{Product: "1887", Version: 2, Content: next.Content, By: "乙", At: after(time.Hour)}
	wantCode(t, "another revision", s.PublishPage(ctx, second, 1, none), quartet.ErrConflict)
	wrong := second
	wrong.Version = 1
	wantCode(t, "over a version that stands", s.PublishPage(ctx, wrong, 2, none), quartet.ErrConflict)
	must(t, s.PublishPage(ctx, second, 2, none))
	wantCode(t, "published twice", s.PublishPage(ctx, second, 2, none), quartet.ErrConflict)
	wantCode(t, "dropped when published", s.DropPageDraft(ctx, "1887", none), quartet.ErrNotFound)
	unborn := next
	unborn.Revision = 3
	wantCode(t, "an edit of what was published", s.PutPageDraft(ctx, unborn, none), quartet.ErrConflict)
	must(t, s.Close())
	s = open(t)
	same(t, "all versions, newest first", value(s.PageVersions(ctx, "1887", 9))(t), []quartet.PageVersion{second, first})
	same(t, "the newest", value(s.PageVersions(ctx, "1887", 1))(t), []quartet.PageVersion{second})
}
