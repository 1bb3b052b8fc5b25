package api

import (
	"context"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"quartet"
	"quartet/internal/usage"
)

// exportWithin is how long an export may take in all, and exportStall how long whoever takes
// it may take nothing.
const (
	exportWithin = 30 * time.Minute
	exportStall  = time.Minute
)

const (
	typeCSV      = "text/csv; charset=utf-8"
	typeWorkbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	typePDF      = "application/pdf"
	anyFile      = "*/*" // as it was brought
)

// download is the head of a file.
type download struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// disposition lets a browser save a file under a name.
func disposition(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// outlet writes a file that has no length beforehand. Its head goes with the first bytes, so
// that what fails before them is answered as a problem.
type outlet struct {
	w          http.ResponseWriter
	kind, name string
	begun      bool
}

func (o *outlet) Write(p []byte) (int, error) {
	if !o.begun {
		o.begun = true
		o.w.Header().Set("Content-Type", o.kind)
		o.w.Header().Set("Content-Disposition", disposition(o.name))
		o.w.WriteHeader(http.StatusOK)
	}
	// Where the server has a limit for the whole answer, it is one for each part of this.
	_ = http.NewResponseController(o.w).SetWriteDeadline(time.Now().Add(exportStall)) // a recorder has none
	return o.w.Write(p)
}

// export writes calls as they are read.
func (a *API) export(operation, kind string, e usage.Export) *huma.StreamResponse {
	return a.pour(operation, kind, e.Name(), func(ctx context.Context, out *outlet) error { return a.o.Usage.Export(ctx, out, e) })
}

// pour writes a file as it is read. One that breaks off ends its connection, so that nobody
// takes a part for the whole.
func (a *API) pour(operation, kind, name string, write func(context.Context, *outlet) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		out := &outlet{w: w, kind: kind, name: name}
		if err := write(hc.Context(), out); err != nil {
			a.brokeOff(hc, operation, out, err)
		}
	}}
}

// brokeOff answers a file that could not be written, or ends the connection over which a part
// of it went.
func (a *API) brokeOff(hc huma.Context, operation string, out *outlet, err error) {
	p := a.problem(hc.Context(), operation, err) // it is logged
	if out.begun {
		panic(http.ErrAbortHandler)
	}
	p.Write(out.w)
}

func (a *API) registerExports() {
	for _, f := range []struct {
		format   usage.Format
		id, kind string
	}{{usage.CSV, "exportCallsAsCSV", typeCSV}, {usage.Workbook, "exportCallsAsWorkbook", typeWorkbook}} {
		register(a, operation{
			ID: f.id, Method: http.MethodGet, Path: "/accounts/{account}/calls." + string(f.format), Tag: callTag, Rights: usageReaders(), Within: exportWithin, Gives: f.kind,
			Summary: "The calls of an account as a file, oldest first", Doc: "At most 400 days, 30 unless the query says otherwise; days of Asia/Shanghai, both included.",
		}, func(_ context.Context, _ Caller, in *struct {
			AccountIn
			CallKind
			DaySpan
		},
		) (*huma.StreamResponse, error) {
			days, err := usage.ParseDays(in.From, in.To, 30, usage.MostExported, a.o.Now())
			if err != nil {
				return nil, err
			}
			return a.export(f.id, f.kind, usage.Export{
				Filter: quartet.CallFilter{Account: in.Account, Product: in.Product, Credential: in.Credential, Code: codeIn(in.Code), Verdict: verdictIn(in.Verdict)},
				Days:   days, Format: f.format,
			}), nil
		})
	}
}
