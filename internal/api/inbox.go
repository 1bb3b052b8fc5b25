package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// Inbox is what the people of an account find when they come.
type Inbox interface {
	Notes(ctx context.Context, account, person, before string, limit int) ([]quartet.InboxNote, error)
	Unread(ctx context.Context, account, person string) (int64, error)
	Read(ctx context.Context, account, person, upTo string) error
}

type note struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind" doc:"What it is about, such as alert.remaining"`
	About     string    `json:"about,omitempty" doc:"The id of what it is about"`
	Subject   string    `json:"subject"`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"created_at"`
	ReadAt    time.Time `json:"read_at,omitzero" doc:"By whoever asks"`
}

func noteOf(n *quartet.InboxNote) note {
	return note{n.ID, n.Kind, n.About, n.Subject, n.Text, n.Created, n.Read}
}

type unread struct {
	Unread int64 `json:"unread"`
}

func (a *API) registerInbox() {
	const tag = "inbox"
	readers := []quartet.Right{quartet.MayRead}
	register(a, operation{
		ID: "listNotes", Method: http.MethodGet, Path: "/accounts/{account}/inbox", Tag: tag, Summary: "The inbox of an account, newest note first", Rights: readers,
	}, func(ctx context.Context, c Caller, in *TurnOfAccount) (*page[note], error) {
		list, err := a.o.Inbox.Notes(ctx, in.Account, c.Session.Who, in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(n *quartet.InboxNote) string { return n.ID }, noteOf)
	})
	register(a, operation{
		ID: "countUnread", Method: http.MethodGet, Path: "/accounts/{account}/inbox/unread", Tag: tag, Summary: "How many notes whoever asks has not read", Rights: readers,
	}, func(ctx context.Context, c Caller, in *struct {
		Account string `path:"account" maxLength:"32"`
	},
	) (*struct{ Body unread }, error) {
		n, err := a.o.Inbox.Unread(ctx, in.Account, c.Session.Who)
		return &struct{ Body unread }{unread{n}}, err
	})
	register(a, operation{
		ID: "readNotes", Method: http.MethodPut, Path: "/accounts/{account}/inbox/read", Tag: tag, Status: http.StatusOK, Summary: "Have read a note and all before it", Rights: readers,
	}, func(ctx context.Context, c Caller, in *struct {
		Account string `path:"account" maxLength:"32"`
		Body    struct {
			UpTo string `json:"up_to" minLength:"1" maxLength:"64" doc:"Id of the newest note that was read"`
		}
	},
	) (*struct{ Body unread }, error) {
		if err := a.o.Inbox.Read(ctx, in.Account, c.Session.Who, in.Body.UpTo); err != nil {
			return nil, err
		}
		n, err := a.o.Inbox.Unread(ctx, in.Account, c.Session.Who)
		return &struct{ Body unread }{unread{n}}, err
	})
}
