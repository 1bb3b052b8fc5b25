package api

import (
	"context"
	"net/http"

	"quartet"
	"quartet/internal/debug"
)

// Debug makes calls by hand.
type Debug interface {
	Call(ctx context.Context, by string, draft *debug.Draft) (debug.Report, error)
}

type (
	// DebugHeader is a header of a call.
	DebugHeader struct {
		Name  string `json:"name" minLength:"1" maxLength:"100"`
		Value string `json:"value,omitempty" maxLength:"4000" doc:"Left out: the header is not sent, though calls have it"`
	}

	// DebugParameter is a parameter of a call.
	DebugParameter struct {
		Name  string `json:"name" minLength:"1" maxLength:"100"`
		Value string `json:"value,omitempty" maxLength:"4000"`
	}

	debugDraft struct {
		Product    string           `json:"product_id" maxLength:"32"`
		Credential string           `json:"credential_id" maxLength:"64" doc:"Of the account. Its secret is opened for this call and shown to nobody"`
		Headers    []DebugHeader    `json:"headers,omitempty" maxItems:"32" nullable:"false" doc:"Besides those that every call has, or in their place"`
		Query      []DebugParameter `json:"query,omitempty" maxItems:"32" nullable:"false"`
		Form       []DebugParameter `json:"form,omitempty" maxItems:"32" nullable:"false" doc:"The body"`
		Signed     string           `json:"string_to_sign,omitempty" maxLength:"16000" doc:"What your own program signed, or the message of the gateway, to be laid beside what this call signs"`
	}

	debugPart struct {
		Kind    string `json:"kind" enum:"method,accept,content_md5,content_type,date,header,resource"`
		Text    string `json:"text"`
		Yours   string `json:"yours,omitempty" doc:"The same line of string_to_sign"`
		Differs bool   `json:"differs"`
	}

	debugSignature struct {
		Method   string      `json:"method" doc:"Of X-Ca-Signature-Method"`
		Parts    []debugPart `json:"parts" nullable:"false" doc:"Of the string to sign; joined by line ends they are it"`
		Sent     string      `json:"signature"`
		Right    bool        `json:"right" doc:"It is the one of this string under the AppSecret; false: the draft brought another one"`
		Compared bool        `json:"compared" doc:"A string was there to compare"`
	}

	debugSent struct {
		Method  string        `json:"method"`
		Host    string        `json:"host"`
		Target  string        `json:"target" doc:"Path and query"`
		Headers []DebugHeader `json:"headers" nullable:"false"`
		Body    string        `json:"body"`
	}

	debugAnswer struct {
		Status  int           `json:"status"`
		Reason  string        `json:"reason" doc:"The words of the status"`
		Headers []DebugHeader `json:"headers" nullable:"false"`
		Body    string        `json:"body"`
	}

	debugStep struct {
		Name string  `json:"name" enum:"open,write,read,road,show" doc:"open: the credential was opened and the audit written. write: the request was written and signed. read: the road read it. road: it found out who calls, checked, asked and charged. show: it wrote the answer"`
		Took float64 `json:"took_ms" doc:"To the microsecond; nothing travels over a network"`
	}

	debugReport struct {
		Test      bool            `json:"test" doc:"The sandbox answered: no unit was taken"`
		Request   debugSent       `json:"request" doc:"As it was sent, the secret masked"`
		Signature *debugSignature `json:"signature,omitempty" doc:"Of an AppKey"`
		Answer    debugAnswer     `json:"answer"`
		Steps     []debugStep     `json:"steps" nullable:"false"`
	}
)

func (a *API) registerDebug() {
	register(a, operation{
		ID: "makeDebugCall", Method: http.MethodPost, Once: true, Path: "/accounts/{account}/debug-calls", Tag: "debug", Status: http.StatusOK, Rights: []quartet.Right{quartet.MayIntegrate},
		Summary: "Make a call as a program would, and see all of it",
		Doc: "It is a real call: limits and charge are those of any other, and it stands among the calls; a test credential is answered by the sandbox. " +
			"Nothing that is sent here is kept or logged. That the credential was used so is written in the audit.",
	}, a.makeDebugCall)
}

func (a *API) makeDebugCall(ctx context.Context, c Caller, in *struct {
	AccountIn

	Body debugDraft
},
) (*struct{ Body debugReport }, error) {
	b := &in.Body
	if err := a.ownCredential(ctx, CredentialIn{in.Account, b.Credential}); err != nil {
		return nil, err
	}
	path, err := a.pathOf(ctx, b.Product)
	if err != nil {
		return nil, err
	}
	draft := &debug.Draft{Path: path, Credential: b.Credential, Signed: b.Signed, From: visitOf(ctx).r}
	for _, h := range b.Headers {
		draft.Headers = append(draft.Headers, debug.Field(h))
	}
	for _, p := range b.Query {
		draft.Query = append(draft.Query, debug.Field(p))
	}
	for _, p := range b.Form {
		draft.Form = append(draft.Form, debug.Field(p))
	}
	r, err := a.o.Debug.Call(ctx, c.By(), draft)
	if err != nil {
		return nil, err
	}
	return &struct{ Body debugReport }{debugReportOf(&r)}, nil
}

// pathOf is where a product is called. ErrNotFound.
func (a *API) pathOf(ctx context.Context, product string) (string, error) {
	all, err := a.o.Products.List(ctx)
	if err != nil {
		return "", err
	}
	for i := range all {
		if all[i].ID == product {
			return all[i].Path, nil
		}
	}
	return "", &quartet.Error{Code: quartet.ErrNotFound, Field: "product_id", Message: "there is no such product"}
}

func debugReportOf(r *debug.Report) debugReport {
	out := debugReport{
		Test:    r.Test,
		Request: debugSent{r.Request.Method, r.Request.Host, r.Request.Target, debugHeaders(r.Request.Headers), r.Request.Body},
		Answer:  debugAnswer{r.Answer.Status, http.StatusText(r.Answer.Status), debugHeaders(r.Answer.Headers), r.Answer.Body},
	}
	if s := r.Signature; s != nil {
		out.Signature = &debugSignature{Method: s.Method, Sent: s.Sent, Right: s.Right, Compared: s.Compared}
		for _, p := range s.Parts {
			out.Signature.Parts = append(out.Signature.Parts, debugPart(p))
		}
	}
	for _, s := range r.Steps {
		out.Steps = append(out.Steps, debugStep{string(s.Name), float64(s.Took.Microseconds()) / 1000})
	}
	return out
}

func debugHeaders(fields []debug.Field) []DebugHeader {
	out := []DebugHeader{}
	for _, f := range fields {
		out = append(out, DebugHeader(f))
	}
	return out
}
