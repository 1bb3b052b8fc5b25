package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"quartet"
	"quartet/internal/person"
)

// accountEntry is an entry of the audit as the people of an account read it. Of what the house
// did they read that it did, not which of its people, and in no other words than the action.
type accountEntry struct {
	ID      string        `json:"id"`
	At      time.Time     `json:"at"`
	By      string        `json:"by" enum:"person,house"`
	Person  string        `json:"person_id,omitempty"`
	Name    string        `json:"person_name,omitempty" doc:"Left out: whoever it was has no place in the account any more"`
	Action  string        `json:"action"`
	Subject string        `json:"subject" doc:"Id of what it is about"`
	Facts   []accountFact `json:"facts,omitempty" nullable:"false" doc:"Of what people of the account did, for whoever has words of their own for it; detail has it in English"`
	Detail  string        `json:"detail,omitempty" doc:"Of what people of the account did"`
	Origin  string        `json:"origin,omitempty" doc:"The address from which, likewise"`
	Token   string        `json:"token_name,omitempty" doc:"Of the token by which a program did it in the person's place"`
}

func accountEntryOf(account string, e *quartet.AuditEntry, names map[string]string) accountEntry {
	out := accountEntry{ID: e.ID, At: e.At, By: "house", Action: e.Action, Subject: e.Subject}
	if id, ok := strings.CutPrefix(e.Actor, person.By("")); ok {
		// Which account it was, whoever reads this knows.
		detail := strings.TrimLeft(strings.TrimPrefix(e.Detail, "account "+account), ", ")
		out.By, out.Person, out.Name, out.Facts, out.Detail = "person", id, names[id], factsOf(e), detail
		out.Origin, out.Token = quartet.CutTokenOrigin(e.Origin)
	}
	return out
}

func (a *API) registerAccountAudit() {
	register(a, operation{
		ID: "listAccountAudit", Method: http.MethodGet, Path: "/accounts/{account}/audit", Tag: "audit", Rights: []quartet.Right{quartet.MayManage},
		Summary: "Who changed or saw what of an account, newest first",
	}, func(ctx context.Context, _ Caller, in *struct {
		AccountIn
		Turn
	},
	) (*page[accountEntry], error) {
		list, err := a.o.Audit.AccountAudit(ctx, in.Account, in.After, in.Limit+1)
		if quartet.CodeOf(err) == quartet.ErrNotFound {
			return nil, &quartet.Error{Code: quartet.ErrInvalid, Message: "after is not next of an earlier page; begin at the first one"}
		}
		if err != nil {
			return nil, err
		}
		names, err := a.memberNames(ctx, in.Account)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(e *quartet.AuditEntry) string { return e.ID }, func(e *quartet.AuditEntry) accountEntry { return accountEntryOf(in.Account, e, names) })
	})
}
