package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// place is one of the places where the caller is signed in.
type place struct {
	ID        string    `json:"id"`
	Own       bool      `json:"own" doc:"It is the one that asks"`
	Origin    string    `json:"origin" doc:"Address from where it began"`
	Agent     string    `json:"agent" doc:"What the browser or program said it is"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at" doc:"A minute behind at most"`
	EndsAt    time.Time `json:"ends_at"`
}

func (a *API) registerSessions() {
	register(a, operation{
		ID: "listSessions", Method: http.MethodGet, Path: "/sessions", Tag: "session",
		Summary: "Where the caller is signed in, last seen first", Rights: []quartet.Right{Proved},
	}, func(ctx context.Context, c Caller, in *struct{ Turn }) (*page[place], error) {
		all, err := a.o.Sessions.Sessions(ctx, c.Session.Who, c.Session.Operator)
		if err != nil {
			return nil, err
		}
		now, live := a.o.Now(), all[:0]
		for _, s := range all {
			if now.Before(s.EndsAt) && now.Before(s.SeenAt.Add(Idle+seeEvery)) {
				live = append(live, s)
			}
		}
		return pageOf(live, in.Turn, func(s *quartet.Session) string { return s.ID }, func(s *quartet.Session) place {
			return place{s.ID, s.ID == c.Session.ID, s.Origin, s.Agent, s.CreatedAt, s.SeenAt, s.EndsAt}
		})
	})
	register(a, operation{
		ID: "endSession", Method: http.MethodDelete, Path: "/sessions/{session}", Tag: "session", Status: http.StatusNoContent,
		Summary: "Sign the caller out somewhere else", Rights: []quartet.Right{Proved},
	}, func(ctx context.Context, c Caller, in *struct {
		Session string `path:"session"`
	},
	) (*struct{}, error) {
		one := c.Session
		one.ID = in.Session
		err := a.o.Sessions.EndSession(ctx, one, a.entry(&c, "session.end", in.Session, "from another session"))
		if quartet.CodeOf(err) == quartet.ErrUnauthenticated {
			err = quartet.Errorf(quartet.ErrNotFound, "you have no such session, or it has ended already")
		}
		return nil, err
	})
}
