package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/sourcebook"
)

// SourceBench is where sources are tried, and manifests looked at, before they are asked.
type SourceBench interface {
	TrySource(ctx context.Context, by, name string, need quartet.ElementSet) (sourcebook.Trial, sourcebook.Result, error)
	RehearseSource(ctx context.Context, name string, need quartet.ElementSet) (text, whom string, err error)
	Manifests() ([]sourcebook.Manifest, error)
	Manifest(name string) (string, error)
	ReadManifest(text string) (sourcebook.Manifest, []sourcebook.Fault)
}

type sourceTest struct {
	Whom      string  `json:"about" doc:"Whom it was asked about, without any element"`
	Needs     string  `json:"needs" doc:"What was compared"`
	Order     string  `json:"order_number" doc:"Our number of the question; it begins with TEST, and stands in the supplier's statement"`
	Passed    bool    `json:"passed" doc:"There is a verdict"`
	Verdict   string  `json:"verdict,omitempty"`
	Reason    string  `json:"reason,omitempty"`
	Differs   string  `json:"differs,omitempty"`
	Failure   string  `json:"failure,omitempty" doc:"In one word, where there is no verdict"`
	Sent      bool    `json:"sent"`
	Charged   string  `json:"charged" enum:"no,yes,unknown"`
	CostFen   float64 `json:"cost_fen" doc:"By its terms, if it charges"`
	Code      string  `json:"code,omitempty" doc:"Its own"`
	Reference string  `json:"reference,omitempty" doc:"Its own number of the question"`
	LatencyMS float64 `json:"latency_ms"`
}

func testOf(t *sourcebook.Trial, r *sourcebook.Result) sourceTest {
	v := sourceTest{
		Whom: t.Whom, Needs: r.Need.String(), Order: r.Order, Passed: r.Failure == nil, Sent: true, Charged: r.Answer.Charged.String(), CostFen: fenOf(r.Cost),
		Verdict: r.Answer.Verdict.String(), Reason: string(r.Answer.Reason), Differs: r.Answer.Differs.String(), Code: r.Answer.Code, Reference: r.Answer.Reference, LatencyMS: millisOf(r.Latency),
	}
	if f := r.Failure; f != nil {
		v.Verdict, v.Failure, v.Sent, v.Charged, v.Code, v.Reference = "", f.Kind.String(), f.Sent, f.Charged.String(), f.Code, f.Reference
	}
	if !v.Sent || t.Source.Kind.Local() {
		v.Charged = quartet.ChargedNo.String()
	}
	return v
}

type manifest struct {
	Name        string         `json:"name"`
	Title       string         `json:"title"`
	Host        string         `json:"host" doc:"Where questions go, unless url among the credentials says otherwise"`
	Placeholder bool           `json:"address_needed" doc:"Nobody has that host: url must be given"`
	Credentials []manifestSlot `json:"credentials" nullable:"false" doc:"What a source by it must be given"`
	QPS         int            `json:"qps" doc:"Questions a second that the supplier takes; 0: it does not say"`
	Inquires    bool           `json:"inquires" doc:"It can be asked afterwards what became of a question"`
	Unconfirmed string         `json:"unconfirmed,omitempty" doc:"What nobody has confirmed of it"`
}

type manifestSlot struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

type manifestFault struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Key    string `json:"key,omitempty"`
	Detail string `json:"detail"`
}

type manifestCheck struct {
	OK       bool            `json:"ok"`
	Manifest *manifest       `json:"manifest,omitempty"`
	Faults   []manifestFault `json:"faults" nullable:"false"`
}

func manifestOf(m *sourcebook.Manifest) manifest {
	v := manifest{m.Name, m.Title, m.Host, m.Placeholder, []manifestSlot{}, m.QPS, m.Inquires, m.Unconfirmed}
	for _, s := range m.Slots {
		v.Credentials = append(v.Credentials, manifestSlot(s))
	}
	return v
}

// NeedsIn says which elements to compare.
type NeedsIn struct {
	Needs string `query:"needs" maxLength:"40" doc:"Such as name,card; left out: all that the source compares"`
}

func (a *API) registerSourceBench() {
	const tag = "sources"
	runners := []quartet.Right{quartet.MayRunHouse}
	register(a, operation{
		ID: "testSource", Method: http.MethodPost, Path: "/sources/{source}/test", Tag: tag, Summary: "Ask a source once about the person whom the supplier itself offers for tests", Rights: runners, Fresh: true, Within: 2 * time.Minute,
		Doc: "It may cost; it uses no unit and is no call. Where the supplier offers nobody, nothing is sent.",
	}, func(ctx context.Context, c Caller, in *struct {
		SourceIn
		NeedsIn
	},
	) (*struct{ Body sourceTest }, error) {
		need, err := needsOf("needs", in.Needs)
		if err != nil {
			return nil, err
		}
		t, r, err := a.o.SourceBench.TrySource(ctx, c.By(), in.Source, need)
		if err != nil {
			return nil, ofTrial(err)
		}
		return &struct{ Body sourceTest }{testOf(&t, &r)}, nil
	})
	register(a, operation{
		ID: "rehearseSource", Method: http.MethodPost, Path: "/sources/{source}/rehearsal", Tag: tag, Summary: "Show what a source would be sent, with secrets and elements masked", Rights: runners,
		Doc: "Nothing is sent.",
	}, func(ctx context.Context, _ Caller, in *struct {
		SourceIn
		NeedsIn
	},
	) (*struct{ Body rehearsal }, error) {
		need, err := needsOf("needs", in.Needs)
		if err != nil {
			return nil, err
		}
		text, whom, err := a.o.SourceBench.RehearseSource(ctx, in.Source, need)
		if err != nil {
			return nil, ofTrial(err)
		}
		return &struct{ Body rehearsal }{rehearsal{whom, text}}, nil
	})
	register(a, operation{
		ID: "listManifests", Method: http.MethodGet, Path: "/source-manifests", Tag: tag, Summary: "The manifests of suppliers that come with the program", Rights: []quartet.Right{quartet.MayWatchHouse, quartet.MayInspect},
	}, func(_ context.Context, _ Caller, in *struct{ Turn }) (*page[manifest], error) {
		all, err := a.o.SourceBench.Manifests()
		if err != nil {
			return nil, err
		}
		return pageOf(all, in.Turn, func(m *sourcebook.Manifest) string { return m.Name }, manifestOf)
	})
	register(a, operation{
		ID: "showManifest", Method: http.MethodGet, Path: "/source-manifests/{manifest}", Tag: tag, Summary: "The text of a manifest that comes with the program, to write another after it", Rights: []quartet.Right{quartet.MayWatchHouse, quartet.MayInspect},
	}, func(_ context.Context, _ Caller, in *struct {
		Manifest string `path:"manifest" maxLength:"64"`
	},
	) (*struct{ Body specText }, error) {
		text, err := a.o.SourceBench.Manifest(in.Manifest)
		if err != nil {
			return nil, err
		}
		return &struct{ Body specText }{specText{text}}, nil
	})
	register(a, operation{
		ID: "checkManifest", Method: http.MethodPost, Path: "/source-manifests/check", Tag: tag, MaxBody: maxSpecBody, Summary: "Tell what a manifest asks for, or everything that is wrong in it", Rights: runners,
		Doc: "Nothing is kept.",
	}, func(_ context.Context, _ Caller, in *struct{ Body specText }) (*struct{ Body manifestCheck }, error) {
		m, faults := a.o.SourceBench.ReadManifest(in.Body.Spec)
		v := manifestCheck{OK: len(faults) == 0, Faults: []manifestFault{}}
		for _, f := range faults {
			v.Faults = append(v.Faults, manifestFault{f.Line, f.Column, f.Key, f.Message})
		}
		if v.OK {
			shown := manifestOf(&m)
			v.Manifest = &shown
		}
		return &struct{ Body manifestCheck }{v}, nil
	})
}

type rehearsal struct {
	Whom string `json:"about" doc:"Whom it would be asked about, without any element"`
	Text string `json:"request"`
}

// ofTrial tells a fault of elements that do not go with the source by the input that has it.
func ofTrial(err error) error {
	e, ok := errors.AsType[*quartet.Error](err)
	if ok && !errors.Is(err, source.ErrCredential) && e.Field == "need" {
		return &quartet.Error{Code: e.Code, Field: "needs", Message: e.Message}
	}
	return err
}
