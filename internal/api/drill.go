package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"quartet"
)

// Drills is where bad days of suppliers are rehearsed.
type Drills interface {
	Begin(ctx context.Context, by string, want quartet.Drill) (quartet.Drill, error)
	Cancel(ctx context.Context, by, id string) (quartet.Drill, error)
	Find(ctx context.Context, id string) (quartet.Drill, error)
	List(ctx context.Context, before string, limit int) ([]quartet.Drill, error)
}

// DrillView is a drill in lists; one that is shown whole has its report beside.
type DrillView struct {
	ID         string    `json:"id"`
	By         string    `json:"by" doc:"Who began it"`
	State      string    `json:"state" enum:"running,done,failed,cancelled,cut_off" doc:"failed: it could not be made; cut_off: its process ended"`
	Passed     bool      `json:"passed" doc:"It is done, and all that must hold did"`
	Invented   bool      `json:"invented" doc:"Three invented suppliers were rehearsed; else those that are enabled"`
	Calls      int       `json:"calls" doc:"In each phase"`
	Callers    int       `json:"callers" doc:"At once"`
	DeadlineMS int64     `json:"deadline_ms" doc:"Time that suppliers have for one call"`
	Made       int64     `json:"calls_made"`
	Total      int64     `json:"calls_total"`
	Reason     string    `json:"reason,omitempty" doc:"Why it could not be made"`
	BegunAt    time.Time `json:"begun_at"`
	EndedAt    time.Time `json:"ended_at,omitzero"`
}

type (
	drillPhase struct {
		Name      string         `json:"name" doc:"What ailed the suppliers"`
		Calls     int            `json:"calls"`
		Answers   map[string]int `json:"answers" doc:"What buyers saw: calls by state, or by code where there is none"`
		SlowestMS int64          `json:"slowest_ms"`
		Late      int            `json:"late" doc:"Calls that took longer than the deadline"`
	}
	drillSupplier struct {
		Source    string         `json:"source_id"`
		Processed int            `json:"processed" doc:"By the supplier's book"`
		Charges   int            `json:"charges" doc:"By the supplier's book"`
		Asked     int            `json:"asked" doc:"By the house's book, as all that follows"`
		Booked    int            `json:"booked" doc:"Charged"`
		Learnt    int            `json:"learnt" doc:"Nobody knew at first; told by an inquiry"`
		Settled   int64          `json:"settled" doc:"Nobody knew at first; told by the statement"`
		Open      int            `json:"open" doc:"Still unknown"`
		CostFen   float64        `json:"cost_fen" doc:"Of what is booked"`
		Skipped   map[string]int `json:"skipped"`
		Failures  map[string]int `json:"failures"`
	}
	drillCheck struct {
		What   string `json:"what" doc:"What must hold"`
		OK     bool   `json:"ok"`
		Detail string `json:"detail"`
	}
	drillReport struct {
		Phases    []drillPhase    `json:"phases" nullable:"false"`
		Suppliers []drillSupplier `json:"suppliers" nullable:"false"`
		Checks    []drillCheck    `json:"checks" nullable:"false"`
	}
	drillWhole struct {
		DrillView

		Report *drillReport `json:"report,omitempty" doc:"Once it is done"`
	}
)

func drillOf(d *quartet.Drill) DrillView {
	return DrillView{d.ID, d.By, string(d.State), d.Passed, d.Invented, d.Calls, d.Callers, d.Deadline.Milliseconds(), d.Done, d.Total, d.Reason, d.Begun, d.Ended}
}

type drillAnswer struct{ Body drillWhole }

func drillAnswerOf(d quartet.Drill, err error) (*drillAnswer, error) {
	if err != nil {
		return nil, err
	}
	out := drillWhole{DrillView: drillOf(&d)}
	if len(d.Report) > 0 {
		out.Report = &drillReport{}
		err = json.Unmarshal(d.Report, out.Report)
	}
	return &drillAnswer{out}, err
}

// drills is where drills are made; a house that nobody serves has none.
func (a *API) drills() (Drills, error) {
	if a.o.Drills == nil {
		return nil, quartet.Errorf(quartet.ErrUnsupported, "drills are not offered here; run `quartet source drill`")
	}
	return a.o.Drills, nil
}

// DrillIn names a drill.
type DrillIn struct {
	Drill string `path:"drill" maxLength:"64"`
}

func (a *API) registerDrills() {
	const tag = "drills"
	viewers, runners := []quartet.Right{quartet.MayWatchHouse, quartet.MayInspect}, []quartet.Right{quartet.MayRunHouse}
	register(a, operation{
		ID: "listDrills", Method: http.MethodGet, Path: "/drills", Tag: tag, Summary: "Rehearsals of bad days of suppliers, newest first", Rights: viewers,
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[DrillView], error) {
		desk, err := a.drills()
		if err != nil {
			return nil, err
		}
		list, err := desk.List(ctx, in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(d *quartet.Drill) string { return d.ID }, drillOf)
	})
	register(a, operation{
		ID: "showDrill", Method: http.MethodGet, Path: "/drills/{drill}", Tag: tag, Summary: "How far a drill is, or what held in it", Rights: viewers,
	}, func(ctx context.Context, _ Caller, in *DrillIn) (*drillAnswer, error) {
		desk, err := a.drills()
		if err != nil {
			return nil, err
		}
		return drillAnswerOf(desk.Find(ctx, in.Drill))
	})
	register(a, operation{
		ID: "beginDrill", Method: http.MethodPost, Path: "/drills", Tag: tag, Status: http.StatusCreated, Summary: "Rehearse bad days of the suppliers that are enabled, with simulators in their place", Rights: runners,
		Doc: "In a house of its own: no real supplier is asked, and nothing here changes. One goes on at a time, beside the work of the node that is asked.",
	}, func(ctx context.Context, c Caller, in *struct {
		Body *struct {
			Invented   bool  `json:"invented,omitempty" doc:"Rehearse three invented suppliers"`
			Calls      int   `json:"calls,omitempty" minimum:"1" maximum:"1000" default:"200" doc:"In each phase"`
			Callers    int   `json:"callers,omitempty" minimum:"1" maximum:"64" default:"16" doc:"At once"`
			DeadlineMS int64 `json:"deadline_ms,omitempty" minimum:"500" maximum:"10000" default:"2000"`
		}
	},
	) (*drillAnswer, error) {
		want := quartet.Drill{Calls: 200, Callers: 16, Deadline: 2 * time.Second}
		if b := in.Body; b != nil {
			want = quartet.Drill{Invented: b.Invented, Calls: b.Calls, Callers: b.Callers, Deadline: millis(b.DeadlineMS)}
		}
		desk, err := a.drills()
		if err != nil {
			return nil, err
		}
		return drillAnswerOf(desk.Begin(ctx, c.By(), want))
	})
	register(a, operation{
		ID: "cancelDrill", Method: http.MethodPost, Path: "/drills/{drill}/cancellation", Tag: tag, Summary: "End a drill", Rights: runners,
	}, func(ctx context.Context, c Caller, in *DrillIn) (*drillAnswer, error) {
		desk, err := a.drills()
		if err != nil {
			return nil, err
		}
		return drillAnswerOf(desk.Cancel(ctx, c.By(), in.Drill))
	})
}
