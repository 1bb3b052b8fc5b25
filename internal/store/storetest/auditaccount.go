package storetest

import (
	"testing"
	"time"

	"quartet"
)

// accountAudit is what the people of an account may read of the audit.
func accountAudit(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addAccounts(t, s, "a", "ab")
	write := func(id, action, subject, detail, after string) {
		t.Helper()
		must(t, s.Audit(ctx, quartet.AuditEntry{ID: id, At: base, Actor: "person 1", Action: action, Subject: subject, Detail: detail, After: after}))
	}
	must(t, s.CreateApplication(ctx, application("f"), nil, quartet.AuditEntry{ID: "01", At: after(time.Second), Actor: "person 1", Action: "firm.begin", Subject: "f"}))
	write("02", "account.limit", "a", "", "")
	write("03", "account.limit", "ab", "", "")
	write("04", "webhook.add", "gone", "account a to hooks.example.com", "")
	write("05", "webhook.add", "another", "account ab to hooks.example.com", "")
	write("06", "alert_rule.remove", "r", "account a", "")
	write("07", "member.role", "person 2", "", `{"account":"a","role":"finance"}`)
	write("08", "member.role", "person 2", "", `{"account":"ab","role":"finance"}`)
	write("09", "session.account", "session", "a", "")
	write("10", "session.account", "session", "ab", "")
	write("03a", "title.add", "gone", "account a, the tax number is doubted and was insisted on", "")
	write("03b", "title.delete", "gone", "account ab", "")
	write("11", "firm.note", "f", "among the house", "")
	write("12", "firm.see", "f", "licence", "")
	ids := func(account, before string, limit int) (list []string) {
		t.Helper()
		for _, e := range value(s.AccountAudit(ctx, account, before, limit))(t) {
			if e.ID < "13" { // what opened the account has an id of its own
				list = append(list, e.ID)
			}
		}
		return list
	}
	same(t, "what concerns an account", ids("a", "", 100), []string{"12", "03a", "09", "07", "06", "04", "02", "01"})
	same(t, "what concerns another one", ids("ab", "", 100), []string{"03b", "10", "08", "05", "03"})
	same(t, "a page", ids("a", "09", 2), []string{"07", "06"})
	_, err := s.AccountAudit(ctx, "a", "10", 2)
	wantCode(t, "a page behind another account's entry", err, quartet.ErrNotFound)
}

// auditSearch is how entries are found among those of all.
func auditSearch(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	for i, e := range []quartet.AuditEntry{
		{ID: "01", Actor: "zhang", Action: "source.change"},
		{ID: "02", Actor: "li", Action: "source.enable"},
		{ID: "03", Actor: "zhang", Action: "sources"},
		{ID: "04", Actor: "zhangsan", Action: "source.change"},
		{ID: "05", Actor: "zhang", Action: "source.change"},
	} {
		e.At = base.Add(time.Duration(i) * time.Minute)
		must(t, s.Audit(ctx, e))
	}
	found := func(search quartet.AuditSearch, before int64, limit int) (list []string) {
		t.Helper()
		for _, l := range value(s.AuditLinks(ctx, search, before, limit))(t) {
			list = append(list, l.Entry.ID)
		}
		return list
	}
	same(t, "what one of them did", found(quartet.AuditSearch{Actor: "zhang"}, 0, 9), []string{"05", "03", "01"})
	same(t, "an action", found(quartet.AuditSearch{Action: "source.change"}, 0, 9), []string{"05", "04", "01"})
	same(t, "all that is done to sources", found(quartet.AuditSearch{Action: "source"}, 0, 9), []string{"05", "04", "02", "01"})
	same(t, "a span of time", found(quartet.AuditSearch{From: base.Add(time.Minute), To: base.Add(3 * time.Minute)}, 0, 9), []string{"03", "02"})
	newest := value(s.AuditLinks(ctx, quartet.AuditSearch{Actor: "zhang", Action: "source"}, 0, 1))(t)
	same(t, "the page behind", found(quartet.AuditSearch{Actor: "zhang", Action: "source"}, newest[0].Place, 9), []string{"01"})
}
