package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"quartet"
	"quartet/internal/audit"
)

// Audit is the trail of who changed or saw what.
type Audit interface {
	AuditLinks(ctx context.Context, search quartet.AuditSearch, before int64, limit int) ([]quartet.AuditLink, error)
	VerifyAudit(ctx context.Context, noted quartet.AuditPoint) (audit.Report, error)
	AccountAudit(ctx context.Context, account, before string, limit int) ([]quartet.AuditEntry, error)
}

type auditEntry struct {
	Place   int64     `json:"place" doc:"In the chain: 1, 2, 3 without a gap"`
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Action  string    `json:"action"`
	Subject string    `json:"subject"`
	Detail  string    `json:"detail"`
	Origin  string    `json:"origin,omitempty" doc:"From where it was done"`
	Token   string    `json:"token_name,omitempty" doc:"Of the token by which a program did it in the actor's place"`
	Before  string    `json:"before,omitempty" doc:"JSON of what it was"`
	After   string    `json:"after,omitempty" doc:"JSON of what it became"`
	Mac     string    `json:"mac"`
}

func auditEntryOf(l *quartet.AuditLink) auditEntry {
	e := &l.Entry
	origin, token := quartet.CutTokenOrigin(e.Origin)
	return auditEntry{l.Place, e.ID, e.At, e.Actor, e.Action, e.Subject, e.Detail, origin, token, e.Before, e.After, l.Mac}
}

func (a *API) registerAudit() {
	readers := []quartet.Right{quartet.MayReadAudit}
	register(a, operation{
		ID: "listAudit", Method: http.MethodGet, Path: "/audit", Tag: "audit", Summary: "Who changed or saw what, newest first", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Actor  string    `query:"actor" maxLength:"100" doc:"Whole name of who did it, as entries have it"`
		Action string    `query:"action" maxLength:"60" pattern:"^[a-z][a-z_]*(\\.[a-z_]+)?$" patternDescription:"source.change, or source for all that is done to sources" doc:"Of one action, or of all that is done to something"`
		From   time.Time `query:"from_at" doc:"The first instant"`
		To     time.Time `query:"to_at" doc:"The first instant that is no longer wanted"`
		Place  int64     `query:"before_place" minimum:"0" doc:"Only entries before this place of the chain; 0: all"`
	},
	) (*page[auditEntry], error) {
		before := in.Place
		if in.After != "" {
			var err error
			if before, err = strconv.ParseInt(in.After, 10, 64); err != nil || before < 1 {
				return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "after", Message: noCursor}
			}
		}
		list, err := a.o.Audit.AuditLinks(ctx, quartet.AuditSearch{Actor: in.Actor, Action: in.Action, From: in.From, To: in.To}, before, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(l *quartet.AuditLink) string { return strconv.FormatInt(l.Place, 10) }, auditEntryOf)
	})
	type auditProof struct {
		Whole   bool   `json:"whole"`
		Entries int64  `json:"entries" doc:"That are as they were written, from the first one"`
		Head    string `json:"head" doc:"The last of them, to be kept elsewhere"`
		Place   int64  `json:"fault_place,omitempty"`
		Entry   string `json:"fault_entry,omitempty"`
		Fault   string `json:"fault,omitempty" doc:"What is wrong at the first bad place"`
	}
	register(a, operation{
		ID: "verifyAudit", Method: http.MethodPost, Path: "/audit/verification", Tag: "audit", Status: http.StatusOK, Within: 5 * time.Minute,
		Summary: "Prove that nobody altered, took out, put in or moved an entry", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct {
		Body *struct {
			Head string `json:"head,omitempty" maxLength:"100" doc:"A head that was written down before, PLACE:MAC"`
		}
	},
	) (*struct{ Body auditProof }, error) {
		var noted quartet.AuditPoint
		if in.Body != nil && in.Body.Head != "" {
			var err error
			if noted, err = quartet.ParseAuditPoint(in.Body.Head); err != nil {
				return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "head", Message: err.Error()}
			}
		}
		r, err := a.o.Audit.VerifyAudit(ctx, noted)
		if err != nil {
			return nil, err
		}
		p := auditProof{Whole: r.Fault == nil, Entries: r.Entries, Head: r.Head.String()}
		if r.Fault != nil {
			p.Place, p.Entry, p.Fault = r.Fault.Place, r.Fault.Entry, r.Fault.What
		}
		return &struct{ Body auditProof }{p}, nil
	})
}
