package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/firm"
)

// Firms is where buyers say which firm they are.
type Firms interface {
	Save(ctx context.Context, by, account string, said firm.Draft) (quartet.FirmApplication, error)
	Attach(ctx context.Context, by, account string, scan []byte) (quartet.FirmApplication, error)
	Submit(ctx context.Context, by, account string) (quartet.FirmApplication, error)
	Last(ctx context.Context, account string) (quartet.FirmApplication, error)
	List(ctx context.Context, account string, state quartet.FirmState, before string, limit int) ([]quartet.FirmApplication, error)
	Find(ctx context.Context, id string) (quartet.FirmApplication, error)
}

// Reviews is where the house decides about them.
type Reviews interface {
	Approve(ctx context.Context, by, id string, override bool) (quartet.FirmApplication, error)
	Reject(ctx context.Context, by, id, why string) (quartet.FirmApplication, error)
	Revoke(ctx context.Context, by, id, why string) (quartet.FirmApplication, error)
	Scan(ctx context.Context, by, id, why string) (kind string, scan []byte, err error)
	ContactOf(ctx context.Context, by, id, why string) (firm.Contact, error)
}

type application struct {
	ID          string    `json:"id"`
	Account     string    `json:"account_id"`
	State       string    `json:"state" enum:"draft,submitted,approved,rejected,replaced,revoked"`
	Name        string    `json:"name" doc:"As the licence has it"`
	Code        string    `json:"credit_code"`
	Sound       bool      `json:"credit_code_sound" doc:"The last sign checks the others; else a reviewer must have seen the licence"`
	Scene       string    `json:"scene"`
	Purposes    []string  `json:"purposes" nullable:"false"`
	Contact     bool      `json:"contact_given"`
	Licence     string    `json:"licence,omitempty" doc:"Type of the scan"`
	Size        int64     `json:"licence_bytes,omitempty"`
	CreatedAt   time.Time `json:"created_at"`
	SubmittedAt time.Time `json:"submitted_at,omitzero"`
	DecidedAt   time.Time `json:"decided_at,omitzero"`
	Why         string    `json:"reason,omitempty" doc:"It was rejected or revoked"`
}

func applicationOf(f *quartet.FirmApplication) application {
	a := application{
		ID: f.ID, Account: f.Account, State: string(f.State), Name: f.Name, Code: string(f.Code), Sound: f.Code.Sound(), Scene: f.Scene, Purposes: []string{},
		Contact: len(f.Contact) > 0, Licence: f.Licence, Size: f.Size, CreatedAt: f.Created, SubmittedAt: f.Submitted, DecidedAt: f.Decided, Why: f.Why,
	}
	a.Purposes = append(a.Purposes, f.Purposes...)
	return a
}

type applicationAnswer struct{ Body application }

func answerApplication(f quartet.FirmApplication, err error) (*applicationAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &applicationAnswer{applicationOf(&f)}, nil
}

type firmPurpose struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// FirmContact is whom the house asks about a firm.
type FirmContact struct {
	Name   string `json:"name,omitempty" maxLength:"200"`
	Mobile string `json:"mobile,omitempty" maxLength:"32"`
	Email  string `json:"email,omitempty" maxLength:"254"`
}

const firmTag = "firms"

func (a *API) registerFirms() {
	readers := []quartet.Right{quartet.MayRead, quartet.MayWatchHouse}
	owners := []quartet.Right{quartet.MayProveFirm}
	register(a, operation{
		ID: "showFirm", Method: http.MethodGet, Path: "/accounts/{account}/firm", Tag: firmTag, Summary: "What an account last said of its firm, and how it was decided", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *AccountIn) (*applicationAnswer, error) {
		return answerApplication(a.o.Firms.Last(ctx, in.Account))
	})
	register(a, operation{
		ID: "listFirmHistory", Method: http.MethodGet, Path: "/accounts/{account}/firm/applications", Tag: firmTag, Summary: "All that an account said of its firm, newest first", Rights: readers,
	}, func(ctx context.Context, _ Caller, in *struct {
		AccountIn
		Turn
	},
	) (*page[application], error) {
		return a.applications(ctx, in.Account, "", in.Turn)
	})
	register(a, operation{
		ID: "saveFirm", Method: http.MethodPut, Path: "/accounts/{account}/firm", Tag: firmTag, Summary: "Say which firm an account is, in a draft", Rights: owners,
		Doc: "It replaces the whole draft but for a contact that is left out, and the scan. What is not known yet may be left out until the draft is submitted. After a decision it begins another draft.",
	}, func(ctx context.Context, c Caller, in *struct {
		AccountIn

		Body struct {
			Name     string       `json:"name,omitempty" maxLength:"400"`
			Code     string       `json:"credit_code,omitempty" maxLength:"64"`
			Scene    string       `json:"scene,omitempty" maxLength:"2000"`
			Purposes []string     `json:"purposes,omitempty" maxItems:"20" nullable:"false"`
			Contact  *FirmContact `json:"contact,omitempty" doc:"Left out: as it was said before"`
		}
	},
	) (*applicationAnswer, error) {
		b := &in.Body
		draft := firm.Draft{Name: b.Name, Code: b.Code, Scene: b.Scene, Purposes: b.Purposes, SameContact: b.Contact == nil}
		if b.Contact != nil {
			draft.Contact = firm.Contact(*b.Contact)
		}
		return answerApplication(a.o.Firms.Save(ctx, c.By(), in.Account, draft))
	})
	register(a, operation{
		ID: "attachLicence", Method: http.MethodPut, Path: "/accounts/{account}/firm/licence", Tag: firmTag, MaxBody: firm.MaxScan + 1, Within: time.Minute,
		Summary: "Put a scan of the business licence with the draft: PNG, JPEG or PDF, at most 5 MiB", Rights: owners,
	}, func(ctx context.Context, c Caller, in *struct {
		AccountIn

		RawBody []byte `contentType:"application/octet-stream"`
	},
	) (*applicationAnswer, error) {
		return answerApplication(a.o.Firms.Attach(ctx, c.By(), in.Account, in.RawBody))
	})
	register(a, operation{
		ID: "submitFirm", Method: http.MethodPost, Path: "/accounts/{account}/firm/submission", Tag: firmTag, Summary: "Hand the draft to a reviewer", Rights: owners, Status: http.StatusOK,
	}, func(ctx context.Context, c Caller, in *AccountIn) (*applicationAnswer, error) {
		return answerApplication(a.o.Firms.Submit(ctx, c.By(), in.Account))
	})
	register(a, operation{
		ID: "listFirmPurposes", Method: http.MethodGet, Path: "/firm-purposes", Tag: firmTag, Summary: "What firms may ask for", Rights: []quartet.Right{SignedIn},
	}, func(_ context.Context, _ Caller, in *struct{ Turn }) (*page[firmPurpose], error) {
		return pageOf(quartet.FirmPurposes(), in.Turn, func(p *quartet.FirmPurpose) string { return p.Code }, func(p *quartet.FirmPurpose) firmPurpose { return firmPurpose(*p) })
	})
	a.registerReviews()
}

func (a *API) applications(ctx context.Context, account string, state quartet.FirmState, at Turn) (*page[application], error) {
	list, err := a.o.Firms.List(ctx, account, state, at.After, at.Limit+1)
	if err != nil {
		return nil, err
	}
	return pageOf(list, Turn{Limit: at.Limit}, func(f *quartet.FirmApplication) string { return f.ID }, applicationOf)
}

// ApplicationIn names an application.
type ApplicationIn struct {
	Application string `path:"application" maxLength:"64"`
}

func (a *API) registerReviews() {
	watchers, reviewers := []quartet.Right{quartet.MayWatchHouse}, []quartet.Right{quartet.MayServeBuyers}
	register(a, operation{
		ID: "listApplications", Method: http.MethodGet, Path: "/firm-applications", Tag: firmTag, Summary: "Applications of firms, newest first", Rights: watchers,
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		State string `query:"state" enum:"draft,submitted,approved,rejected,replaced,revoked"`
	},
	) (*page[application], error) {
		return a.applications(ctx, "", quartet.FirmState(in.State), in.Turn)
	})
	register(a, operation{
		ID: "showApplication", Method: http.MethodGet, Path: "/firm-applications/{application}", Tag: firmTag, Summary: "One application", Rights: watchers,
	}, func(ctx context.Context, _ Caller, in *ApplicationIn) (*applicationAnswer, error) {
		return answerApplication(a.o.Firms.Find(ctx, in.Application))
	})
	type scan struct {
		Type        string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Body        []byte
	}
	register(a, operation{
		ID: "seeLicence", Method: http.MethodPost, Once: true, Gives: anyFile, Path: "/firm-applications/{application}/licence", Tag: firmTag, Status: http.StatusOK, Within: time.Minute,
		Summary: "The scan of a licence; that it was seen, and why, is written down before", Rights: reviewers,
	}, func(ctx context.Context, c Caller, in *struct {
		ApplicationIn
		Reason
	},
	) (*scan, error) {
		kind, body, err := a.o.Reviews.Scan(ctx, c.By(), in.Application, in.Body.Reason)
		if err != nil {
			return nil, err
		}
		return &scan{Type: kind, Disposition: "attachment", Body: body}, nil
	})
	register(a, operation{
		ID: "seeContact", Method: http.MethodPost, Once: true, Path: "/firm-applications/{application}/contact", Tag: firmTag, Status: http.StatusOK,
		Summary: "Whom to ask about an application; that it was seen, and why, is written down before", Rights: reviewers,
	}, func(ctx context.Context, c Caller, in *struct {
		ApplicationIn
		Reason
	},
	) (*struct{ Body FirmContact }, error) {
		known, err := a.o.Reviews.ContactOf(ctx, c.By(), in.Application, in.Body.Reason)
		if err != nil {
			return nil, err
		}
		return &struct{ Body FirmContact }{FirmContact(known)}, nil
	})
	register(a, operation{
		ID: "approveApplication", Method: http.MethodPost, Path: "/firm-applications/{application}/approval", Tag: firmTag, Status: http.StatusOK,
		Summary: "Say that the account is this firm", Rights: reviewers,
	}, func(ctx context.Context, c Caller, in *struct {
		ApplicationIn

		Body *struct {
			Override bool `json:"override,omitempty" doc:"The licence itself bears this credit code, though it is not sound"`
		}
	},
	) (*applicationAnswer, error) {
		f, err := a.o.Reviews.Approve(ctx, c.By(), in.Application, in.Body != nil && in.Body.Override)
		return a.decided(ctx, f, err)
	})
	type Why struct {
		ApplicationIn

		Body struct {
			Why string `json:"reason" minLength:"1" maxLength:"2000" doc:"The buyer reads it"`
		}
	}
	register(a, operation{
		ID: "rejectApplication", Method: http.MethodPost, Path: "/firm-applications/{application}/rejection", Tag: firmTag, Status: http.StatusOK,
		Summary: "Give an application back with reasons", Rights: reviewers,
	}, func(ctx context.Context, c Caller, in *Why) (*applicationAnswer, error) {
		return answerApplication(a.o.Reviews.Reject(ctx, c.By(), in.Application, in.Body.Why))
	})
	register(a, operation{
		ID: "revokeApplication", Method: http.MethodPost, Path: "/firm-applications/{application}/revocation", Tag: firmTag, Status: http.StatusOK,
		Summary: "Take an approval back", Rights: reviewers,
	}, func(ctx context.Context, c Caller, in *Why) (*applicationAnswer, error) {
		f, err := a.o.Reviews.Revoke(ctx, c.By(), in.Application, in.Body.Why)
		return a.decided(ctx, f, err)
	})
}

// decided is the answer to a decision that calls must see.
func (a *API) decided(ctx context.Context, f quartet.FirmApplication, err error) (*applicationAnswer, error) {
	if err == nil {
		err = a.changed(ctx)
	}
	return answerApplication(f, err)
}
