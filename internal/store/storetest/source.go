package storetest

import (
	"testing"
	"time"

	"quartet"
)

func source(t *testing.T, name string) quartet.Source {
	t.Helper()
	window, err := quartet.ParseWindow("sun 01:00-05:00")
	must(t, err)
	return quartet.Source{
		Name: name, Kind: quartet.SourceHTTPJSON, Sealed: []byte{0, 255, 7}, On: true, CreatedAt: base, ChangedAt: after(time.Minute),
		Terms: quartet.Terms{
			Priority: -2, Timeout: 900 * time.Millisecond, Rate: quartet.Rate{QPS: 5}, HedgeAfter: time.Second, DailyCap: 9,
			AuthorisedUntil: after(time.Hour).UTC(), Purposes: []string{"loan"}, CardKinds: []string{"DC"}, Maintenance: []quartet.Window{window},
			Prices: []quartet.Price{{Cost: 16_500}, {From: after(time.Hour).UTC(), Need: quartet.NeedAll, Cost: 15_000}},
		},
	}
}

func sources(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	same(t, "a new database has none", len(value(s.Sources(ctx))(t)), 0)
	late, early := source(t, "shumai"), quartet.Source{Name: "aliyun", Kind: quartet.SourceAliyun, CreatedAt: base}
	entry := quartet.AuditEntry{ID: "1", At: base, Actor: "me", Action: "source.add", Subject: "shumai"}
	described := late
	described.Spec = "url: https://例.example\n" // kept in what is sealed alone
	must(t, s.CreateSource(ctx, described, entry))
	must(t, s.CreateSource(ctx, early, quartet.AuditEntry{}))
	same(t, "by name, with all their terms", value(s.Sources(ctx))(t), []quartet.Source{early, late})
	same(t, "with who added it", value(s.AuditEntries(ctx, 9))(t), []quartet.AuditEntry{entry})
	wantCode(t, "a name that is taken", s.CreateSource(ctx, quartet.Source{Name: "shumai", Kind: quartet.SourceSim}, quartet.AuditEntry{}), quartet.ErrConflict)

	changed := late
	changed.Sealed, changed.On, changed.Terms, changed.ChangedAt = []byte{1}, false, quartet.Terms{Weight: 3}, after(time.Hour)
	wanted := changed
	changed.Kind, changed.CreatedAt = quartet.SourceSim, after(time.Hour) // what never changes is not written
	must(t, s.UpdateSource(ctx, changed, quartet.AuditEntry{}))
	same(t, "changed", value(s.Sources(ctx))(t), []quartet.Source{early, wanted})
	wantCode(t, "an unknown one", s.UpdateSource(ctx, quartet.Source{Name: "none"}, quartet.AuditEntry{}), quartet.ErrNotFound)

	same(t, "the policy of a new database", value(s.Policy(ctx))(t), quartet.Policy{Order: quartet.OrderPriority, Pins: map[string]string{}})
	p := quartet.Policy{Order: quartet.OrderCheapest, Pins: map[string]string{"a": "shumai", "乙": "aliyun"}}
	must(t, s.PutPolicy(ctx, p, quartet.AuditEntry{}))
	same(t, "another policy", value(s.Policy(ctx))(t), p)
	must(t, s.Close())
	s = open(t)
	same(t, "the policy after a restart", value(s.Policy(ctx))(t), p)
	same(t, "the sources after a restart", value(s.Sources(ctx))(t), []quartet.Source{early, wanted})
}
