package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"quartet"
	"quartet/internal/batch"
)

// BatchCeiling is what a batch may cost in all, from now on.
type BatchCeiling struct {
	MaxUnits *int64 `json:"max_units,omitempty" minimum:"0" maximum:"1000000000000" doc:"Units that it never exceeds from now on; left out: as before"`
}

// turns registers what turns a batch another way, and answers it as it has become.
func turns[T any](a *API, id, path, summary, doc string, turn func(ctx context.Context, by string, in *T) (quartet.Batch, error)) {
	register(a, operation{
		ID: id, Method: http.MethodPost, Path: "/accounts/{account}/batches/{batch}" + path, Tag: batchTag, Status: http.StatusOK, Rights: []quartet.Right{quartet.MayIntegrate}, Summary: summary, Doc: doc,
	}, func(ctx context.Context, c Caller, in *T) (*batchAnswer, error) {
		b, err := turn(ctx, c.By(), in)
		return a.showBatch(ctx, b, err)
	})
}

func (a *API) registerBatchRuns(owners []quartet.Right) {
	runs := a.o.BatchRuns
	turns(a, "startBatch", "/start", "Let a checked batch run, up to so many units",
		"It asks in the name of a credential, within what that may do; a test credential is answered by the sandbox. The same start again changes nothing.",
		func(ctx context.Context, by string, in *struct {
			BatchIn

			Body struct {
				Credential string `json:"credential_id" maxLength:"64" doc:"Of the account"`
				MaxUnits   int64  `json:"max_units" minimum:"0" maximum:"1000000000000" doc:"Units that it never exceeds"`
			}
		},
		) (quartet.Batch, error) {
			return runs.Start(ctx, by, in.Account, in.Batch, in.Body.Credential, in.Body.MaxUnits)
		})
	turns(a, "pauseBatch", "/pause", "Send no more rows of a batch for now", "Rows on the road come to their ends.",
		func(ctx context.Context, by string, in *BatchIn) (quartet.Batch, error) {
			return runs.Pause(ctx, by, in.Account, in.Batch)
		})
	turns(a, "resumeBatch", "/resume", "Go on with a batch that has paused", "",
		func(ctx context.Context, by string, in *struct {
			BatchIn

			Body *BatchCeiling
		},
		) (quartet.Batch, error) {
			var ceiling *int64
			if in.Body != nil {
				ceiling = in.Body.MaxUnits
			}
			return runs.Resume(ctx, by, in.Account, in.Batch, ceiling)
		})
	turns(a, "cancelBatch", "/cancel", "End a batch for good", "Rows on the road come to their ends; what it has cost stays, and its results can be taken away.",
		func(ctx context.Context, by string, in *BatchIn) (quartet.Batch, error) {
			return runs.Cancel(ctx, by, in.Account, in.Batch)
		})
	turns(a, "askBatchAgain", "/ask-again", "Ask once more about rows that have no verdict",
		"Nobody was charged for them. A supplier may have been asked about an unknown row before, and may charge the house for it.",
		func(ctx context.Context, by string, in *struct {
			BatchIn

			Body struct {
				BatchCeiling

				Rows string `json:"rows" enum:"unknown,refused"`
			}
		},
		) (quartet.Batch, error) {
			return runs.AskAgain(ctx, by, in.Account, in.Batch, in.Body.Rows == "refused", in.Body.MaxUnits)
		})
	register(a, operation{
		ID: "eraseBatch", Method: http.MethodDelete, Path: "/accounts/{account}/batches/{batch}", Tag: batchTag, Status: http.StatusNoContent, Rights: owners, Summary: "Erase the people and the results of a batch now",
		Doc: "Its counts stay. One that could still go on is cancelled.",
	}, func(ctx context.Context, c Caller, in *BatchIn) (*struct{}, error) {
		_, err := runs.Erase(ctx, c.By(), in.Account, in.Batch)
		return nil, err
	})
}

func (a *API) registerBatchFiles() {
	const at = "/accounts/{account}/batches/{batch}"
	register(a, operation{
		ID: "listBatchFaults", Method: http.MethodGet, Path: at + "/faults", Tag: batchTag, Summary: "The rows of a batch that break rules, counted by what is wrong", Rights: batchReaders(),
	}, func(ctx context.Context, _ Caller, in *struct {
		BatchIn
		Turn
	},
	) (*page[batchFault], error) {
		list, err := a.o.BatchFiles.Faults(ctx, in.Account, in.Batch)
		if err != nil {
			return nil, err
		}
		id := func(f *quartet.BatchFault) string {
			return f.Code.String() + " " + string(f.Fault) + " " + f.Fields.String()
		}
		return pageOf(list, in.Turn, id, func(f *quartet.BatchFault) batchFault {
			return batchFault{f.Code.String(), f.Code.Message(), string(f.Fault), some(f.Fields.Parameters()), f.Rows}
		})
	})
	register(a, operation{
		ID: "listBatchFaultyRows", Method: http.MethodGet, Path: at + "/faulty-rows", Tag: batchTag, Summary: "The rows of a batch that are not asked about, in the order of its file", Rights: batchReaders(),
		Doc: "By row, line, code and element; never with what an element says.",
	}, a.listBatchFaultyRows)
	readers := []quartet.Right{quartet.MayRead}
	for _, f := range []struct {
		format     batch.Format
		name, kind string
	}{{batch.CSV, "CSV", typeCSV}, {batch.Workbook, "Workbook", typeWorkbook}} {
		register(a, operation{
			ID: "exportBatchFaultsAs" + f.name, Method: http.MethodGet, Path: at + "/faults." + string(f.format), Tag: batchTag, Rights: readers, Within: exportWithin, Gives: f.kind,
			Summary: "The rows of a batch that are not asked about, as a file", Doc: "By row, line, code and element; never with what an element says.",
		}, func(_ context.Context, _ Caller, in *BatchIn) (*huma.StreamResponse, error) {
			return a.pour("exportBatchFaultsAs"+f.name, f.kind, "check-"+in.Batch+"."+string(f.format), func(ctx context.Context, out *outlet) error {
				return a.o.BatchFiles.Report(ctx, in.Account, in.Batch, f.format, out)
			}), nil
		})
		register(a, operation{
			ID: "exportBatchResultsAs" + f.name, Method: http.MethodGet, Path: at + "/results." + string(f.format), Tag: batchTag, Rights: readers, Within: exportWithin, Gives: f.kind,
			Summary: "What became of every row of a batch, as a file, in the order of its own",
			Doc:     "Elements are masked. Who may write credentials and has just proved the password may have them in clear, which is written in the audit before.",
		}, func(_ context.Context, c Caller, in *struct {
			BatchIn

			Elements string `query:"elements" enum:"masked,clear" default:"masked"`
		},
		) (*huma.StreamResponse, error) {
			unmasked := in.Elements == "clear"
			switch {
			case unmasked && !c.Standing.Role.May(quartet.MayIntegrate):
				return nil, quartet.Errorf(quartet.ErrForbidden, "your role does not allow this")
			case unmasked && !a.fresh(c):
				return nil, quartet.Errorf(quartet.ErrProofNeeded, "prove your password again first; a proof counts for ten minutes")
			}
			r := batch.Results{Account: in.Account, ID: in.Batch, Format: f.format, Clear: unmasked}
			return a.pour("exportBatchResultsAs"+f.name, f.kind, "results-"+in.Batch+"."+string(f.format), func(ctx context.Context, out *outlet) error {
				return a.o.BatchFiles.Results(ctx, c.By(), r, out)
			}), nil
		})
	}
}

func (a *API) listBatchFaultyRows(ctx context.Context, _ Caller, in *struct {
	BatchIn
	Turn
},
) (*page[batchFaultyRow], error) {
	after := int64(0)
	if in.After != "" {
		var err error
		if after, err = strconv.ParseInt(in.After, 10, 64); err != nil {
			return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "after", Message: noCursor}
		}
	}
	rows, err := a.o.BatchFiles.Faulty(ctx, in.Account, in.Batch, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &page[batchFaultyRow]{}
	out.Body.Items = []batchFaultyRow{}
	for i := range rows[:min(in.Limit, len(rows))] {
		out.Body.Items = append(out.Body.Items, batchFaultyRowOf(&rows[i]))
	}
	if len(rows) > in.Limit {
		out.Body.Next = cursorOf(strconv.FormatInt(rows[in.Limit-1].Row, 10))
	}
	return out, nil
}
