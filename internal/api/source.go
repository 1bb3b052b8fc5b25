package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/route"
	"quartet/internal/source"
	"quartet/internal/sourcebook"
)

// Sources is the book of those who give verdicts.
type Sources interface {
	List(ctx context.Context) ([]quartet.Source, error)
	Find(ctx context.Context, name string) (quartet.Source, error)
	Add(ctx context.Context, by string, s quartet.Source, credentials map[string]string) (quartet.Source, error)
	Change(ctx context.Context, by, name string, change func(*quartet.Source), credentials map[string]string) (quartet.Source, error)
	Switch(ctx context.Context, by, name string, on bool, reason string) (quartet.Source, error)
	SourceFacts
}

// SourceFacts is what a source tells of itself, without any secret.
type SourceFacts interface {
	Slots(s quartet.Source) ([]string, error)
	Facts(s quartet.Source) (sourcebook.Facts, error)
}

// SourceWatch tells how sources do.
type SourceWatch interface {
	SourceHealth() []route.Health
	SourceSums(ctx context.Context, from, to int64) ([]quartet.SourceSum, error)
}

type sourceView struct {
	ID          string      `json:"id"`
	Kind        string      `json:"kind" enum:"registry,sim,httpjson,tencent,aliyun"`
	On          bool        `json:"on"`
	Address     string      `json:"address,omitempty" doc:"Where elements are sent; left out: nowhere"`
	Needs       []string    `json:"needs" nullable:"false" doc:"The sets of elements that it compares; none: all"`
	TakesIDs    []string    `json:"takes_id_types" nullable:"false" doc:"What its kind can take, whatever the terms; none: all"`
	SpecBytes   int         `json:"spec_bytes"`
	SpecSHA256  string      `json:"spec_sha256,omitempty"`
	Manifest    string      `json:"manifest,omitempty" doc:"The name that its manifest gives itself"`
	Credentials []string    `json:"credentials" nullable:"false" doc:"Their names alone"`
	Unreadable  bool        `json:"unreadable,omitempty" doc:"What is sealed of it cannot be opened; describe it anew"`
	Terms       sourceTerms `json:"terms"`
	CostFen     float64     `json:"cost_fen" doc:"Of a question of all four elements, now"`
	Health      *health     `json:"health,omitempty" doc:"At this node; left out by one that does not serve"`
	LastHour    sourceHour  `json:"last_hour" doc:"Of all nodes"`
	CreatedAt   time.Time   `json:"created_at"`
	ChangedAt   time.Time   `json:"changed_at"`
}

// health is how a source stands at this node.
type health struct {
	Skipped     string    `json:"skipped,omitempty" doc:"Why it would not be asked now; left out: it would"`
	Breaker     string    `json:"breaker" enum:"closed,half_open,open"`
	InFlight    int64     `json:"in_flight"`
	Today       int64     `json:"today" doc:"Questions sent today (Asia/Shanghai)"`
	Verdicts    int64     `json:"verdicts" doc:"Since the node began"`
	Failures    int64     `json:"failures" doc:"Since the node began; those that speak against the source"`
	LastFailure string    `json:"last_failure,omitempty" doc:"In one word"`
	FailedAt    time.Time `json:"failed_at,omitzero"`
}

// maxSpecBody is what a description of a source and its credentials may take as JSON.
const maxSpecBody = 1 << 20

// SourceIn names a source.
type SourceIn struct {
	Source string `path:"source" maxLength:"32"`
}

type sourceAnswer struct{ Body sourceView }

// sourceOf shows a source. One whose seal does not open is shown as such: it must not hide the
// others.
func (a *API) sourceOf(s *quartet.Source, lastHour []quartet.SourceSum) sourceView {
	now := a.o.Now()
	v := sourceView{
		ID: s.Name, Kind: string(s.Kind), On: s.On, SpecBytes: len(s.Spec), Needs: []string{}, TakesIDs: []string{}, Credentials: []string{},
		Terms: termsOf(&s.Terms, now), CostFen: fenOf(s.Terms.PriceAt(now, quartet.NeedAll)),
		LastHour: hourOf(now.Add(-time.Hour), s.Name, lastHour), CreatedAt: s.CreatedAt, ChangedAt: s.ChangedAt,
	}
	if s.Spec != "" {
		digest := sha256.Sum256([]byte(s.Spec))
		v.SpecSHA256 = hex.EncodeToString(digest[:])
	}
	slots, err := a.o.Sources.Slots(*s)
	if v.Unreadable = err != nil; err == nil {
		v.Credentials = append(v.Credentials, slots...)
		facts, _ := a.o.Sources.Facts(*s) // its seal was opened a moment ago
		v.Address = facts.Address
		for _, need := range facts.Needs {
			v.Needs = append(v.Needs, need.String())
		}
		for _, id := range facts.IDTypes {
			v.TakesIDs = append(v.TakesIDs, string(id))
		}
	}
	if s.Kind == quartet.SourceHTTPJSON && a.o.SourceBench != nil {
		m, _ := a.o.SourceBench.ReadManifest(s.Spec)
		v.Manifest = m.Name
	}
	for _, h := range a.o.SourceWatch.SourceHealth() {
		if h.Name == s.Name {
			v.Health = &health{h.Skipped, string(h.Breaker), h.InFlight, h.Today, h.Verdicts, h.Failures, h.LastFailure, h.FailedAt}
		}
	}
	return v
}

// lastHour sums up what was asked within the last hour.
func (a *API) lastHour(ctx context.Context) ([]quartet.SourceSum, error) {
	now := a.o.Now()
	return a.o.SourceWatch.SourceSums(ctx, now.Add(-time.Hour).Unix(), now.Unix()+1)
}

// sourceChanged puts a change in force, and shows what the source is now.
func (a *API) sourceChanged(ctx context.Context, s quartet.Source, err error) (*sourceAnswer, error) {
	if err == nil {
		err = a.changed(ctx)
	}
	if err != nil {
		return nil, ofSource(err)
	}
	sums, err := a.lastHour(ctx)
	if err != nil {
		return nil, err
	}
	return &sourceAnswer{a.sourceOf(&s, sums)}, nil
}

// ofSource tells a fault by the input that has it.
func ofSource(err error) error {
	e, ok := errors.AsType[*quartet.Error](err)
	switch {
	case !ok || e.Field == "":
		return err
	case errors.Is(err, source.ErrCredential):
		return &quartet.Error{Code: e.Code, Field: "credentials." + e.Field, Message: "the set of credentials " + e.Message}
	case e.Field == "manifest":
		return &quartet.Error{Code: e.Code, Field: "spec", Message: "the manifest is wrong, at these lines and columns: " + e.Message}
	}
	return err
}

func (a *API) registerSources() {
	const tag = "sources"
	viewers, runners := []quartet.Right{quartet.MayWatchHouse, quartet.MayInspect}, []quartet.Right{quartet.MayRunHouse}
	register(a, operation{
		ID: "listSources", Method: http.MethodGet, Path: "/sources", Tag: tag, Summary: "Who gives verdicts (渠道), by name", Rights: viewers,
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[sourceView], error) {
		all, err := a.o.Sources.List(ctx)
		if err != nil {
			return nil, err
		}
		sums, err := a.lastHour(ctx)
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, func(s *quartet.Source) string { return s.Name }, func(s *quartet.Source) sourceView { return a.sourceOf(s, sums) })
	})
	register(a, operation{
		ID: "showSource", Method: http.MethodGet, Path: "/sources/{source}", Tag: tag, Summary: "A source with all its terms", Rights: viewers,
	}, func(ctx context.Context, _ Caller, in *SourceIn) (*sourceAnswer, error) {
		s, err := a.o.Sources.Find(ctx, in.Source)
		if err != nil {
			return nil, err
		}
		sums, err := a.lastHour(ctx)
		if err != nil {
			return nil, err
		}
		return &sourceAnswer{a.sourceOf(&s, sums)}, nil
	})
	register(a, operation{
		ID: "showSourceSpec", Method: http.MethodGet, Path: "/sources/{source}/spec", Tag: tag, Summary: "The text that describes a source: its manifest, settings or script", Rights: runners,
		Doc: "It holds no credential.",
	}, func(ctx context.Context, _ Caller, in *SourceIn) (*struct{ Body specText }, error) {
		s, err := a.o.Sources.Find(ctx, in.Source)
		if err != nil {
			return nil, err
		}
		return &struct{ Body specText }{specText{s.Spec}}, nil
	})
	a.registerSourceChanges()
	a.registerSourceHours()
}

type specText struct {
	Spec string `json:"spec"`
}

func (a *API) registerSourceChanges() {
	const tag = "sources"
	runners := []quartet.Right{quartet.MayRunHouse}
	register(a, operation{
		ID: "addSource", Method: http.MethodPost, Path: "/sources", Tag: tag, Status: http.StatusCreated, MaxBody: maxSpecBody,
		Summary: "Add a source", Rights: runners, Fresh: true,
		Doc: "It is asked at once, unless off is said. A source is never removed. Without qps a manifest's own is the limit.",
	}, a.addSource)
	register(a, operation{
		ID: "changeSource", Method: http.MethodPut, Path: "/sources/{source}", Tag: tag, MaxBody: maxSpecBody, Summary: "Change a source: what is given changes, the rest stays", Rights: runners, Fresh: true,
		Doc: "Its id and kind stay. Questions under way end as they began. A list that is given takes the place of the whole list before.",
	}, func(ctx context.Context, c Caller, in *struct {
		SourceIn

		Body struct {
			SourceTermsIn

			Spec *string `json:"spec,omitempty" doc:"The manifest, settings or script"`
		}
	},
	) (*sourceAnswer, error) {
		apply, err := in.Body.read()
		if err != nil {
			return nil, err
		}
		s, err := a.o.Sources.Change(ctx, c.By(), in.Source, func(s *quartet.Source) {
			apply(&s.Terms)
			if in.Body.Spec != nil {
				s.Spec = *in.Body.Spec
			}
		}, nil)
		return a.sourceChanged(ctx, s, err)
	})
	register(a, operation{
		ID: "setSourceCredentials", Method: http.MethodPut, Path: "/sources/{source}/credentials", Tag: tag, MaxBody: maxSpecBody,
		Summary: "Give a source other credentials, in the place of all it has", Rights: runners, Fresh: true,
		Doc: "They are kept sealed, and never told again. url, beside those that a manifest names, replaces its address.",
	}, func(ctx context.Context, c Caller, in *struct {
		SourceIn

		Body struct {
			Credentials map[string]string `json:"credentials" doc:"Values by name"`
		}
	},
	) (*sourceAnswer, error) {
		if in.Body.Credentials == nil {
			in.Body.Credentials = map[string]string{}
		}
		s, err := a.o.Sources.Change(ctx, c.By(), in.Source, func(*quartet.Source) {}, in.Body.Credentials)
		return a.sourceChanged(ctx, s, err)
	})
	register(a, operation{
		ID: "switchSource", Method: http.MethodPut, Path: "/sources/{source}/state", Tag: tag, Summary: "Ask a source, or ask it no more", Rights: runners, Fresh: true,
		Doc: "Questions under way end; it is in force when this is answered.",
	}, func(ctx context.Context, c Caller, in *struct {
		SourceIn

		Body struct {
			On     bool   `json:"on"`
			Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"For the audit"`
		}
	},
	) (*sourceAnswer, error) {
		s, err := a.o.Sources.Switch(ctx, c.By(), in.Source, in.Body.On, in.Body.Reason)
		return a.sourceChanged(ctx, s, err)
	})
}

func (a *API) addSource(ctx context.Context, c Caller, in *struct {
	Body struct {
		SourceTermsIn

		ID          string            `json:"id" maxLength:"32"`
		Kind        string            `json:"kind" enum:"registry,sim,httpjson,tencent,aliyun"`
		Spec        string            `json:"spec,omitempty" doc:"The manifest, settings or script"`
		Manifest    string            `json:"manifest,omitempty" maxLength:"64" doc:"Name of one that comes with the program, in the place of spec"`
		Credentials map[string]string `json:"credentials,omitempty" doc:"Kept sealed, and never told again"`
		Off         bool              `json:"off,omitempty" doc:"Do not ask it yet"`
	}
},
) (*sourceAnswer, error) {
	b := &in.Body
	s := quartet.Source{Name: b.ID, Kind: quartet.SourceKind(b.Kind), Spec: b.Spec, On: !b.Off}
	apply, err := b.read()
	if err != nil {
		return nil, err
	}
	apply(&s.Terms)
	if err := a.describeSource(&s, b.Manifest, b.QPS == nil, b.Credentials); err != nil {
		return nil, err
	}
	made, err := a.o.Sources.Add(ctx, c.By(), s, b.Credentials)
	if e, ok := errors.AsType[*quartet.Error](err); ok && e.Field == "name" {
		err = &quartet.Error{Code: e.Code, Field: "id", Message: "the id of a source is its name; " + e.Message}
	}
	return a.sourceChanged(ctx, made, err)
}

// describeSource makes of a new source what a manifest leaves to it.
func (a *API) describeSource(s *quartet.Source, manifest string, ownQPS bool, credentials map[string]string) (err error) {
	if manifest != "" {
		if s.Kind != quartet.SourceHTTPJSON || s.Spec != "" {
			return &quartet.Error{Code: quartet.ErrInvalid, Field: "manifest", Message: "a manifest takes the place of spec, and goes with the kind httpjson"}
		}
		if s.Spec, err = a.o.SourceBench.Manifest(manifest); err != nil {
			return &quartet.Error{Code: quartet.ErrInvalid, Field: "manifest", Message: "no manifest of this name comes with the program; /source-manifests lists them"}
		}
	}
	if s.Kind != quartet.SourceHTTPJSON {
		return nil
	}
	m, faults := a.o.SourceBench.ReadManifest(s.Spec)
	if len(faults) > 0 {
		return nil // told when it is tried
	}
	if m.Placeholder && credentials["url"] == "" {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "credentials.url", Message: "the manifest does not know the supplier's address; give it as url among the credentials"}
	}
	if ownQPS {
		s.Terms.Rate.QPS = m.QPS
	}
	return nil
}
