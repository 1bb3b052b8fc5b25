package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"quartet"
	"quartet/internal/intake"
)

// Imports is where files of people go into the registry.
type Imports interface {
	Receive(ctx context.Context, by, name string, body io.Reader) (quartet.RegistryImport, error)
	Begin(ctx context.Context, by, id string, replace bool) (quartet.RegistryImport, error)
	Cancel(ctx context.Context, by, id string) (quartet.RegistryImport, error)
	Find(ctx context.Context, id string) (quartet.RegistryImport, error)
	List(ctx context.Context, before string, limit int) ([]quartet.RegistryImport, error)
	Registry
}

// Registry is what imports come to.
type Registry interface {
	Report(ctx context.Context, id string, w io.Writer) error
	Stat(ctx context.Context) (intake.Stat, error)
}

type registryImport struct {
	ID            string    `json:"id"`
	Name          string    `json:"name" doc:"Of the file"`
	By            string    `json:"by" doc:"Who sent it"`
	State         string    `json:"state" enum:"ready,running,done,failed,cancelled,expired" doc:"ready: it waits to be begun, for a day; expired: nobody did"`
	Replace       bool      `json:"replace" doc:"It takes the place of what the registry held; else it is written over it"`
	SizeBytes     int64     `json:"size_bytes"`
	ReadBytes     int64     `json:"read_bytes" doc:"By the run that goes on; one that was cut off reads again from the beginning"`
	Rows          int64     `json:"rows"`
	Loaded        int64     `json:"loaded"`
	Damaged       int64     `json:"damaged" doc:"The report names them"`
	RowsPerSecond float64   `json:"rows_per_second,omitempty"`
	ETASeconds    int64     `json:"eta_seconds,omitempty" doc:"A guess, while it runs"`
	Generation    int64     `json:"generation,omitempty" doc:"Of the registry, once it is done"`
	Reason        string    `json:"reason,omitempty" doc:"Why it failed; of one that is done, what is odd about its file as a whole"`
	CreatedAt     time.Time `json:"created_at"`
	BegunAt       time.Time `json:"begun_at,omitzero"`
	ToldAt        time.Time `json:"told_at,omitzero" doc:"When the figures were written"`
	EndedAt       time.Time `json:"ended_at,omitzero"`
}

func importOf(i *quartet.RegistryImport) registryImport {
	v := registryImport{
		ID: i.ID, Name: i.Name, By: i.By, State: string(i.State), Replace: i.Replace, SizeBytes: i.Size, ReadBytes: i.Read, Rows: i.Rows, Loaded: i.Loaded, Damaged: i.Damaged,
		Generation: i.Generation, Reason: i.Reason, CreatedAt: i.Created, BegunAt: i.Begun, ToldAt: i.Told, EndedAt: i.Ended,
	}
	until := i.Told
	if !i.Ended.IsZero() {
		until = i.Ended
	}
	took := until.Sub(i.Begun).Seconds()
	if i.Begun.IsZero() || took <= 0 || i.Rows == 0 {
		return v
	}
	v.RowsPerSecond = float64(int64(float64(i.Rows)/took*10)) / 10
	if i.State == quartet.ImportRunning && i.Read > 0 {
		v.ETASeconds = int64(took * float64(i.Size-i.Read) / float64(i.Read))
	}
	return v
}

type importAnswer struct{ Body registryImport }

func importAnswerOf(i quartet.RegistryImport, err error) (*importAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &importAnswer{importOf(&i)}, nil
}

// ImportIn names an import.
type ImportIn struct {
	Import string `path:"import" maxLength:"64"`
}

type registryView struct {
	Generation     int64  `json:"generation" doc:"0: it is empty"`
	Records        int64  `json:"records"`
	Bytes          int64  `json:"bytes" doc:"On disk; 0: nobody can say"`
	Key            string `json:"key,omitempty" doc:"Of the keyring, by which its cards are hashed"`
	Unfinished     int64  `json:"unfinished_generation,omitempty" doc:"Of an import that was cut off"`
	UnfinishedRows int64  `json:"unfinished_rows,omitempty"`
}

func (a *API) registerImports() {
	const tag, path = "registry", "/registry-imports"
	viewers, runners := []quartet.Right{quartet.MayWatchHouse, quartet.MayInspect}, []quartet.Right{quartet.MayRunHouse}
	register(a, operation{
		ID: "showRegistry", Method: http.MethodGet, Path: "/registry", Tag: tag, Summary: "What the registry holds", Rights: viewers, Within: 2 * time.Minute,
		Doc: "It is counted when it is asked for, which takes seconds for ten million records.",
	}, func(ctx context.Context, _ Caller, _ *struct{}) (*struct{ Body registryView }, error) {
		s, err := a.o.Imports.Stat(ctx)
		if err != nil {
			return nil, err
		}
		return &struct{ Body registryView }{registryView{s.Generation, s.Records, s.Bytes, s.Key, s.Unfinished, s.UnfinishedRows}}, nil
	})
	register(a, operation{
		ID: "listRegistryImports", Method: http.MethodGet, Path: path, Tag: tag, Summary: "Imports into the registry, newest first", Rights: viewers,
	}, func(ctx context.Context, _ Caller, in *struct{ Turn }) (*page[registryImport], error) {
		list, err := a.o.Imports.List(ctx, in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(i *quartet.RegistryImport) string { return i.ID }, importOf)
	})
	register(a, operation{
		ID: "showRegistryImport", Method: http.MethodGet, Path: path + "/{import}", Tag: tag, Summary: "How far an import is", Rights: viewers,
	}, func(ctx context.Context, _ Caller, in *ImportIn) (*importAnswer, error) {
		return importAnswerOf(a.o.Imports.Find(ctx, in.Import))
	})
	register(a, operation{
		ID: "uploadRegistryFile", Method: http.MethodPost, Path: path, Tag: tag, Status: http.StatusCreated, Summary: "Send a file of people, to be imported later", Rights: runners,
		MaxBody: intake.MaxFile + 1, Within: intake.ReceiveWithin, Takes: "application/octet-stream",
		Doc: "The body is the file: CSV, XLSX or JSON lines, by the columns of docs/registry.md. It is kept sealed until its import is over, and for a day if nobody begins it. A workbook has at most 128 MiB.",
	}, func(ctx context.Context, c Caller, in *struct {
		Upload

		Name string `query:"name" required:"true" minLength:"1" maxLength:"120" doc:"Of the file"`
	},
	) (*importAnswer, error) {
		return importAnswerOf(a.o.Imports.Receive(ctx, c.By(), in.Name, in.body))
	})
	register(a, operation{
		ID: "beginRegistryImport", Method: http.MethodPost, Path: path + "/{import}/start", Tag: tag, Summary: "Import a file that was sent", Rights: runners, Fresh: true,
		Doc: "One goes on at a time. It goes on by itself after whatever cuts it off.",
	}, func(ctx context.Context, c Caller, in *struct {
		ImportIn

		Body struct {
			Replace bool `json:"replace" doc:"Build the registry anew: cards that the file lacks are gone at the end. Else rows are written over those of the same card"`
		}
	},
	) (*importAnswer, error) {
		return importAnswerOf(a.o.Imports.Begin(ctx, c.By(), in.Import, in.Body.Replace))
	})
	register(a, operation{
		ID: "cancelRegistryImport", Method: http.MethodPost, Path: path + "/{import}/cancellation", Tag: tag, Summary: "End an import, or take back a file that was sent", Rights: runners,
		Doc: "One that replaces the registry leaves it as it was; of another one, the rows that were loaded stay.",
	}, func(ctx context.Context, c Caller, in *ImportIn) (*importAnswer, error) {
		return importAnswerOf(a.o.Imports.Cancel(ctx, c.By(), in.Import))
	})
	register(a, operation{
		ID: "showRegistryReport", Method: http.MethodGet, Path: path + "/{import}/report.csv", Tag: tag, Summary: "Which rows are damaged: line, field and code", Rights: viewers, Gives: typeCSV, Within: exportWithin,
		Doc: "Nothing of their content. It is kept for 90 days.",
	}, func(ctx context.Context, _ Caller, in *ImportIn) (*huma.StreamResponse, error) {
		if _, err := a.o.Imports.Find(ctx, in.Import); err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			_, w := humago.Unwrap(hc)
			out := &outlet{w: w, kind: typeCSV, name: "damaged-" + in.Import + ".csv"}
			err := a.o.Imports.Report(hc.Context(), in.Import, out)
			if err == nil && !out.begun {
				_, err = io.WriteString(out, "line,field,code\n")
			}
			if err != nil {
				a.brokeOff(hc, "showRegistryReport", out, err)
			}
		}}, nil
	})
}
