package app

import (
	"context"
	"io"

	"quartet"
	"quartet/internal/obs"
	"quartet/internal/route"
	"quartet/internal/source"
	"quartet/internal/source/aliyun"
	"quartet/internal/source/httpjson"
	"quartet/internal/source/sim"
	"quartet/internal/source/tencent"
	"quartet/internal/sourcebook"
)

// Build makes whoever asks a source. ErrInvalid tells what is wrong with what describes it,
// or with its credentials.
func (h *House) Build(s quartet.Source, credentials map[string]string) (source.Source, error) {
	switch s.Kind {
	case quartet.SourceRegistry:
		if s.Spec != "" || len(credentials) > 0 {
			return nil, quartet.Errorf(quartet.ErrInvalid, "the registry needs neither a description nor credentials")
		}
		return h.Registry()
	case quartet.SourceSim:
		if len(credentials) > 0 {
			return nil, quartet.Errorf(quartet.ErrInvalid, "a simulator needs no credentials")
		}
		script, err := sim.Parse([]byte(s.Spec))
		if err != nil {
			return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "spec", Message: "the simulator's script: " + err.Error()}
		}
		return sim.New(script), nil
	case quartet.SourceHTTPJSON:
		manifest, err := httpjson.Parse([]byte(s.Spec))
		if err != nil {
			return nil, err
		}
		return opened(httpjson.Open(manifest, credentials, httpjson.Options{}))
	case quartet.SourceTencent:
		return opened(tencent.New([]byte(s.Spec), credentials, tencent.Options{}))
	case quartet.SourceAliyun:
		return opened(aliyun.New([]byte(s.Spec), credentials, aliyun.Options{}))
	default:
		return nil, quartet.Errorf(quartet.ErrInvalid, "this program knows no sources of kind %s", s.Kind)
	}
}

// opened hides the type of a source that was made, and that of one that was not.
func opened[S source.Source](s S, err error) (source.Source, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// try is Build for who only wants to know whether it can be, what it compares, and whom it
// would ask where.
func (h *House) try(s quartet.Source, credentials map[string]string) (facts sourcebook.Facts, err error) {
	if s.Kind == quartet.SourceRegistry {
		return facts, nil // opening it is for who serves
	}
	built, err := h.Build(s, credentials)
	if a, ok := built.(source.Addressed); ok {
		facts.Address = a.Address()
	}
	if scoped, ok := built.(source.Scoped); ok {
		scope := scoped.Scope()
		facts.Needs, facts.IDTypes = scope.Needs, scope.IDTypes
	}
	if c, ok := built.(io.Closer); ok {
		_ = c.Close() // it has asked nobody
	}
	return facts, err
}

// closeSources gives back the connections to suppliers.
func (a *App) closeSources() {
	for _, e := range a.built {
		if c, ok := e.Asker.(io.Closer); ok && !e.Kind.Local() {
			_ = c.Close() // idle connections; nothing is written on them
		}
	}
}

// seedSources gives a store without sources the registry, so that a house that holds data
// can serve at once.
func (h *House) seedSources(ctx context.Context) error {
	list, err := h.Store.Sources(ctx)
	if err != nil || len(list) > 0 {
		return err
	}
	now := h.Now()
	return h.Store.CreateSource(ctx, quartet.Source{
		Name: string(quartet.SourceRegistry), Kind: quartet.SourceRegistry, On: true, CreatedAt: now, ChangedAt: now,
	}, quartet.AuditEntry{})
}

// reloadSources puts sources and policy in force. One that cannot be built is told of and
// left out of every answer; it does not keep the others from answering.
func (a *App) reloadSources(ctx context.Context) error {
	list, err := a.Sources.List(ctx)
	if err != nil {
		return err
	}
	policy, err := a.Store.Policy(ctx)
	if err != nil {
		return err
	}
	entries := make([]route.Entry, 0, len(list))
	for _, s := range list {
		entries = append(entries, a.entry(s))
	}
	a.router.Replace(entries, policy)
	return nil
}

// inquirer is the source of a name if it tells afterwards what became of a question, also
// one that is not asked any more. nil: it does not, or is not known.
func (a *App) inquirer(name string) source.Inquirer {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	i, _ := a.built[name].Asker.(source.Inquirer)
	return i
}

// entry builds a source, or takes the one that was built of the same record before.
func (a *App) entry(s quartet.Source) route.Entry {
	if known, ok := a.built[s.Name]; ok && known.ChangedAt.Equal(s.ChangedAt) {
		return known
	}
	e := route.Entry{Source: s}
	credentials, err := a.Sources.Credentials(s)
	if err == nil && (s.On || s.Kind != quartet.SourceRegistry) {
		e.Asker, err = a.Build(s, credentials)
	}
	if err != nil {
		e.Broken = "it cannot be built"
		a.Log.Error("a source cannot be asked", "source", s.Name, obs.Err(err))
	}
	if s.Kind == quartet.SourceSim && s.On {
		a.Log.Warn("a source answers by a script and knows nobody", "source", s.Name)
	}
	a.built[s.Name] = e
	return e
}
