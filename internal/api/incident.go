package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/incident"
)

// Incidents is where buyers are told of outages and maintenance.
type Incidents interface {
	Status(ctx context.Context) (incident.Status, error)
	List(ctx context.Context, f quartet.IncidentFilter) ([]quartet.Incident, error)
	Find(ctx context.Context, id string) (quartet.Incident, []quartet.IncidentUpdate, error)
	Open(ctx context.Context, by string, i quartet.Incident, w incident.Words) (quartet.Incident, error)
	Update(ctx context.Context, by, id string, c incident.Change) (quartet.Incident, error)
}

// Incident is an outage or maintenance as everybody sees it.
type Incident struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind" enum:"outage,maintenance"`
	Title     string    `json:"title"`
	TitleEN   string    `json:"title_en,omitempty" doc:"In English"`
	Products  []string  `json:"product_ids" nullable:"false"`
	Severity  string    `json:"severity" enum:"degraded,unavailable" doc:"degraded: a part of calls gets no verdict, or they are slow; unavailable: none gets one"`
	State     string    `json:"state" enum:"investigating,identified,monitoring,resolved,scheduled,under_way,done,cancelled"`
	Automatic bool      `json:"automatic" doc:"Found and told by the house itself"`
	StartsAt  time.Time `json:"starts_at"`
	EndsAt    time.Time `json:"ends_at,omitzero" doc:"When maintenance is planned to end"`
	EndedAt   time.Time `json:"ended_at,omitzero" doc:"Since when it is over"`
	UpdatedAt time.Time `json:"updated_at"`
	Updates   int64     `json:"updates" doc:"Number of the last update"`
}

func incidentOf(i *quartet.Incident) Incident {
	return Incident{
		i.ID, string(i.Kind), i.Title, i.TitleEN, i.Products, string(i.Severity), string(i.State), i.Automatic, i.Starts, i.Ends, i.Ended, i.Changed, i.Last,
	}
}

type incidentUpdate struct {
	Number   int64     `json:"number" doc:"1 opened it"`
	State    string    `json:"state" enum:"investigating,identified,monitoring,resolved,scheduled,under_way,done,cancelled"`
	Severity string    `json:"severity" enum:"degraded,unavailable"`
	Text     string    `json:"text"`
	TextEN   string    `json:"text_en,omitempty" doc:"In English"`
	At       time.Time `json:"at"`
}

func incidentUpdateOf(u *quartet.IncidentUpdate) incidentUpdate {
	return incidentUpdate{u.Place, string(u.State), string(u.Severity), u.Text, u.TextEN, u.At}
}

// IncidentTold is an incident with what was said of it.
type IncidentTold struct {
	Incident

	History []incidentUpdate `json:"history" nullable:"false" doc:"Oldest first; where the status shows it, the last one alone"`
}

func toldOf(i *quartet.Incident, history ...quartet.IncidentUpdate) IncidentTold {
	t := IncidentTold{incidentOf(i), make([]incidentUpdate, len(history))}
	for k := range history {
		t.History[k] = incidentUpdateOf(&history[k])
	}
	return t
}

type productStatus struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	State string `json:"state" enum:"operational,maintenance,degraded,unavailable"`
}

type houseStatus struct {
	Products []productStatus `json:"products" nullable:"false"`
	Open     []IncidentTold  `json:"incidents" nullable:"false" doc:"Outages, and maintenance that is under way, newest first"`
	Planned  []IncidentTold  `json:"planned" nullable:"false" doc:"Maintenance that is planned, newest first"`
}

func statusOf(s *incident.Status) houseStatus {
	out := houseStatus{make([]productStatus, len(s.Products)), make([]IncidentTold, len(s.Open)), make([]IncidentTold, len(s.Planned))}
	for i, p := range s.Products {
		out.Products[i] = productStatus{p.ID, p.Name, string(p.State)}
	}
	for i := range s.Open {
		out.Open[i] = toldOf(&s.Open[i].Incident, s.Open[i].Latest)
	}
	for i := range s.Planned {
		out.Planned[i] = toldOf(&s.Planned[i].Incident, s.Planned[i].Latest)
	}
	return out
}

func (a *API) registerIncidents() {
	const tag = "status"
	everybody, writers := []quartet.Right{Anybody}, []quartet.Right{quartet.MayRunHouse, quartet.MayServeBuyers}
	register(a, operation{
		ID: "showStatus", Method: http.MethodGet, Path: "/status", Tag: tag, Summary: "How products do now, and what is planned", Rights: everybody,
	}, func(ctx context.Context, _ Caller, _ *struct{}) (*struct{ Body houseStatus }, error) {
		s, err := a.o.Incidents.Status(ctx)
		if err != nil {
			return nil, err
		}
		return &struct{ Body houseStatus }{statusOf(&s)}, nil
	})
	register(a, operation{
		ID: "listIncidents", Method: http.MethodGet, Path: "/incidents", Tag: tag, Summary: "Outages and maintenance, newest first", Rights: everybody,
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Product string `query:"product_id" maxLength:"32" doc:"Of this product alone"`
		Open    bool   `query:"open" doc:"Those alone that are not over"`
	},
	) (*page[Incident], error) {
		list, err := a.o.Incidents.List(ctx, quartet.IncidentFilter{Product: in.Product, Open: in.Open, Before: in.After, Limit: in.Limit + 1})
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(i *quartet.Incident) string { return i.ID }, incidentOf)
	})
	register(a, operation{
		ID: "showIncident", Method: http.MethodGet, Path: "/incidents/{incident}", Tag: tag, Summary: "An incident with its history", Rights: everybody,
	}, func(ctx context.Context, _ Caller, in *struct {
		Incident string `path:"incident" maxLength:"64"`
	},
	) (*struct{ Body IncidentTold }, error) {
		i, history, err := a.o.Incidents.Find(ctx, in.Incident)
		if err != nil {
			return nil, err
		}
		return &struct{ Body IncidentTold }{toldOf(&i, history...)}, nil
	})
	register(a, operation{
		ID: "openIncident", Method: http.MethodPost, Path: "/incidents", Tag: tag, Status: http.StatusCreated, Rights: writers,
		Summary: "Tell of an outage, or of maintenance that is planned", Doc: "Accounts that hold units of its products find a note, and their programs are told. Words that name a supplier are refused.",
	}, func(ctx context.Context, c Caller, in *struct {
		Body struct {
			Kind     string    `json:"kind" enum:"outage,maintenance"`
			Title    string    `json:"title" minLength:"1" maxLength:"120"`
			TitleEN  string    `json:"title_en,omitempty" maxLength:"120"`
			Products []string  `json:"product_ids" minItems:"1" maxItems:"50" nullable:"false"`
			Severity string    `json:"severity" enum:"degraded,unavailable"`
			StartsAt time.Time `json:"starts_at,omitzero" doc:"Of maintenance: when it is planned to begin; of an outage: since when, left out: now"`
			EndsAt   time.Time `json:"ends_at,omitzero" doc:"Of maintenance: when it is planned to end"`
			Text     string    `json:"text" minLength:"1" maxLength:"4000"`
			TextEN   string    `json:"text_en,omitempty" maxLength:"4000"`
		}
	},
	) (*struct{ Body Incident }, error) {
		b := &in.Body
		i, err := a.o.Incidents.Open(ctx, c.By(), quartet.Incident{
			Kind: quartet.IncidentKind(b.Kind), Title: b.Title, TitleEN: b.TitleEN, Products: b.Products, Severity: quartet.Severity(b.Severity), Starts: b.StartsAt, Ends: b.EndsAt,
		}, incident.Words{Text: b.Text, TextEN: b.TextEN})
		if err != nil {
			return nil, err
		}
		return &struct{ Body Incident }{incidentOf(&i)}, nil
	})
	register(a, operation{
		ID: "updateIncident", Method: http.MethodPost, Path: "/incidents/{incident}/updates", Tag: tag, Status: http.StatusCreated, Rights: writers,
		Summary: "Say where an incident stands", Doc: "One that the house found by itself is a person's from then on. What is left out stays as it is.",
	}, func(ctx context.Context, c Caller, in *struct {
		Incident string `path:"incident" maxLength:"64"`
		Body     struct {
			Seen     int64     `json:"seen" minimum:"1" doc:"Number of the last update that whoever writes has seen"`
			State    string    `json:"state,omitempty" enum:"investigating,identified,monitoring,resolved,under_way,done,cancelled"`
			Severity string    `json:"severity,omitempty" enum:"degraded,unavailable"`
			StartsAt time.Time `json:"starts_at,omitzero" doc:"Of maintenance that is scheduled"`
			EndsAt   time.Time `json:"ends_at,omitzero" doc:"Of maintenance that is not over"`
			Text     string    `json:"text" minLength:"1" maxLength:"4000"`
			TextEN   string    `json:"text_en,omitempty" maxLength:"4000"`
		}
	},
	) (*struct{ Body Incident }, error) {
		b := &in.Body
		i, err := a.o.Incidents.Update(ctx, c.By(), in.Incident, incident.Change{
			Words: incident.Words{Text: b.Text, TextEN: b.TextEN}, State: quartet.IncidentState(b.State), Severity: quartet.Severity(b.Severity),
			Starts: b.StartsAt, Ends: b.EndsAt, Seen: b.Seen,
		})
		if err != nil {
			return nil, err
		}
		return &struct{ Body Incident }{incidentOf(&i)}, nil
	})
}
