package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// Jobs is where the house's jobs are looked at.
type Jobs interface {
	List(ctx context.Context, state quartet.JobState, before string, limit int) ([]quartet.Job, error)
	Restart(ctx context.Context, by, id string) error
}

type job struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Key       string    `json:"key" doc:"What it is about"`
	State     string    `json:"state" enum:"waiting,running,done,dead"`
	Tries     int       `json:"tries"`
	NextAt    time.Time `json:"next_at,omitzero"`
	Error     string    `json:"error,omitempty" doc:"Of the last try"`
	CreatedAt time.Time `json:"created_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
}

func jobOf(j *quartet.Job) job {
	return job{j.ID, j.Kind, j.Key, string(j.State), j.Tries, j.NextAt, j.Error, j.Created, j.Ended}
}

func (a *API) registerJobs() {
	register(a, operation{
		ID: "listJobs", Method: http.MethodGet, Path: "/jobs", Tag: "jobs", Summary: "Jobs, newest first", Rights: []quartet.Right{quartet.MayWatchHouse, quartet.MayInspect},
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		State string `query:"state" enum:"waiting,running,done,dead"`
	},
	) (*page[job], error) {
		list, err := a.o.Jobs.List(ctx, quartet.JobState(in.State), in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(j *quartet.Job) string { return j.ID }, jobOf)
	})
	register(a, operation{
		ID: "restartJob", Method: http.MethodPost, Path: "/jobs/{job}/restart", Tag: "jobs", Status: http.StatusNoContent,
		Summary: "Let a dead job be tried anew", Rights: []quartet.Right{quartet.MayRestartJobs},
	}, func(ctx context.Context, c Caller, in *struct {
		Job string `path:"job" maxLength:"64"`
	},
	) (*struct{}, error) {
		return nil, a.o.Jobs.Restart(ctx, c.By(), in.Job)
	})
}
