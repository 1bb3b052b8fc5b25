package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/batch"
)

// Batches is where files of people are brought and looked at.
type Batches interface {
	Upload(ctx context.Context, by string, o batch.Order, file io.Reader) (quartet.Batch, error)
	Name(ctx context.Context, by, account, id string, l batch.Layout) (quartet.Batch, error)
	Preview(ctx context.Context, account, id string) (batch.Preview, error)
	List(ctx context.Context, account, before string, limit int) ([]quartet.Batch, error)
	Find(ctx context.Context, account, id string) (batch.View, error)
	View(ctx context.Context, b quartet.Batch) (batch.View, error)
}

// BatchRuns is where somebody says what is to become of them.
type BatchRuns interface {
	Start(ctx context.Context, by, account, id, credential string, ceiling int64) (quartet.Batch, error)
	Pause(ctx context.Context, by, account, id string) (quartet.Batch, error)
	Resume(ctx context.Context, by, account, id string, ceiling *int64) (quartet.Batch, error)
	Cancel(ctx context.Context, by, account, id string) (quartet.Batch, error)
	AskAgain(ctx context.Context, by, account, id string, refused bool, ceiling *int64) (quartet.Batch, error)
	Erase(ctx context.Context, by, account, id string) (quartet.Batch, error)
}

// BatchFiles is what is taken away of them.
type BatchFiles interface {
	Faults(ctx context.Context, account, id string) ([]quartet.BatchFault, error)
	Faulty(ctx context.Context, account, id string, after int64, limit int) ([]quartet.BatchRow, error)
	Report(ctx context.Context, account, id string, f batch.Format, out io.Writer) error
	Results(ctx context.Context, by string, r batch.Results, out io.Writer) error
}

type (
	// BatchIn names a batch of an account.
	BatchIn struct {
		Account string `path:"account" maxLength:"32"`
		Batch   string `path:"batch" maxLength:"64"`
	}

	batchRows struct {
		Total        int64 `json:"total" doc:"People in the file, as far as they are checked"`
		Broken       int64 `json:"broken" doc:"They break a rule: not asked about, and free"`
		Duplicates   int64 `json:"duplicates" doc:"The same person stands above: not asked about, and free"`
		Ready        int64 `json:"ready" doc:"Not sent yet"`
		Sent         int64 `json:"sent" doc:"On the road now, or nobody knows yet what became of them"`
		Match        int64 `json:"match"`
		Mismatch     int64 `json:"mismatch"`
		Undetermined int64 `json:"undetermined"`
		Refused      int64 `json:"refused" doc:"Answered without a verdict, not charged"`
		Unknown      int64 `json:"unknown" doc:"Sent and unanswered, not charged: asked again only when somebody says so"`
	}

	// BatchShown is a batch as it is shown.
	BatchShown struct {
		ID         string    `json:"id"`
		Account    string    `json:"account_id"`
		Product    string    `json:"product_id"`
		Credential string    `json:"credential_id,omitempty" doc:"In whose name it asks"`
		Name       string    `json:"name,omitempty"`
		By         string    `json:"created_by"`
		State      string    `json:"state" enum:"uploading,uploaded,checking,checked,running,paused,done,cancelled,failed" doc:"uploaded: somebody must say what its columns hold"`
		Reason     string    `json:"reason,omitempty" doc:"Of a paused one: asked, ceiling, units, expired, credential, account, day, refused, product or fault; of one that failed: what is wrong with its file"`
		Bytes      int64     `json:"bytes"`
		Rows       batchRows `json:"rows"`
		Ceiling    int64     `json:"max_units" doc:"What it never exceeds"`
		Charged    int64     `json:"charged_units"`
		Reserved   int64     `json:"reserved_units" doc:"What the rows on the road may cost"`
		CreatedAt  time.Time `json:"created_at"`
		StartedAt  time.Time `json:"started_at,omitzero"`
		EndedAt    time.Time `json:"ended_at,omitzero"`
		ErasedAt   time.Time `json:"erased_at,omitzero" doc:"Elements, rows and results are gone; these counts are left"`
	}

	batchView struct {
		BatchShown

		Most    int64     `json:"most_units" doc:"What the rows that are ready may cost at the most"`
		Left    int64     `json:"left_units" doc:"What the account could use for it now"`
		EraseAt time.Time `json:"erase_at,omitzero" doc:"When its people and results are erased, if nothing happens before"`
		Rate    float64   `json:"rows_per_second,omitempty"`
		ETA     int64     `json:"eta_ms,omitempty" doc:"Until all rows have an end, at this rate"`
	}
	batchAnswer struct{ Body batchView }

	batchFault struct {
		Code    string   `json:"code"`
		Message string   `json:"message"`
		Rule    string   `json:"rule,omitempty"`
		Columns []string `json:"elements" nullable:"false" doc:"Which break it"`
		Rows    int64    `json:"rows"`
	}

	batchFaultyRow struct {
		Row     int64    `json:"row" doc:"People are counted from 1"`
		Line    int64    `json:"line" doc:"Of the file"`
		Code    string   `json:"code,omitempty"`
		Message string   `json:"message,omitempty"`
		Rule    string   `json:"rule,omitempty"`
		Columns []string `json:"elements" nullable:"false" doc:"Which break it"`
		Twin    int64    `json:"duplicate_of,omitempty" doc:"The row above that is asked about; then no rule is broken"`
	}

	batchPreview struct {
		Headings []string   `json:"headings" nullable:"false"`
		Columns  []string   `json:"columns" nullable:"false" doc:"What each column holds, as far as it is known"`
		Missing  []string   `json:"missing" nullable:"false" doc:"Elements that the product needs and no column holds"`
		Rows     [][]string `json:"rows" nullable:"false" doc:"The first people, masked: every sign stands for one of its kind"`
	}
)

func batchOf(b *quartet.Batch) BatchShown {
	c := &b.Count
	return BatchShown{
		ID: b.ID, Account: b.Account, Product: b.Product, Credential: b.Credential, Name: b.Name, By: b.By, State: string(b.State), Reason: b.Why, Bytes: b.Bytes,
		Rows:    batchRows{c.Rows, c.Broken, c.Duplicates, c.Ready(), c.Sent, c.Matched, c.Mismatched, c.Undetermined, c.Refused, c.Unknown},
		Ceiling: b.Ceiling, Charged: c.Charged, Reserved: c.Reserved, CreatedAt: b.Created, StartedAt: b.Started, EndedAt: b.Ended, ErasedAt: b.Erased,
	}
}

func batchViewOf(v *batch.View) *batchAnswer {
	return &batchAnswer{batchView{batchOf(&v.Batch), v.Most, v.Left, v.EraseAt, v.Rate, v.ETA.Milliseconds()}}
}

// showBatch answers a batch as it has become.
func (a *API) showBatch(ctx context.Context, b quartet.Batch, err error) (*batchAnswer, error) {
	if err != nil {
		return nil, err
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	v, err := a.o.Batches.View(ctx, b)
	if err != nil {
		return nil, err
	}
	return batchViewOf(&v), nil
}

const (
	batchTag = "batches"
	// maxBatchBody is more than any setting lets a file have: the room itself says what is too
	// much, in words.
	maxBatchBody = 4097 << 20
)

func batchReaders() []quartet.Right { return []quartet.Right{quartet.MayRead, quartet.MayWatchHouse} }

func (a *API) registerBatches() {
	owners := []quartet.Right{quartet.MayIntegrate}
	register(a, operation{
		ID: "uploadBatch", Method: http.MethodPost, Path: "/accounts/{account}/batches", Tag: batchTag, Status: http.StatusCreated, Rights: owners,
		MaxBody: maxBatchBody, Within: exportWithin, Takes: "application/octet-stream",
		Summary: "Bring a file of people", Doc: "The body is the file: CSV in UTF-8 or GBK, XLSX, or JSON lines; it is kept under seal. Its check begins at once where the headings say what the columns hold; " +
			"else say it with PUT columns. Nothing is spent before the start.",
	}, func(ctx context.Context, c Caller, in *struct {
		AccountIn

		Product  string   `query:"product_id" required:"true" maxLength:"32"`
		Name     string   `query:"name" maxLength:"320" doc:"Of the batch, for people"`
		Columns  []string `query:"columns,explode" maxItems:"200" doc:"What each column holds, from the first on: name, idcard, acc_no, mobile, reference, or empty. None: as the headings say"`
		Headless bool     `query:"headless" doc:"The first row is a person"`
	},
	) (*batchAnswer, error) {
		o := batch.Order{Account: in.Account, Product: in.Product, Name: in.Name, Layout: batch.Layout{Columns: in.Columns, Headless: in.Headless}}
		v := visitOf(ctx)
		b, err := a.o.Batches.Upload(ctx, c.By(), o, &inlet{v.r.Body, http.NewResponseController(v.w)})
		return a.showBatch(ctx, b, err)
	})
	register(a, operation{
		ID: "listBatches", Method: http.MethodGet, Path: "/accounts/{account}/batches", Tag: batchTag, Summary: "The batches of an account, newest first", Rights: batchReaders(),
	}, a.listBatches)
	register(a, operation{
		ID: "showBatch", Method: http.MethodGet, Path: "/accounts/{account}/batches/{batch}", Tag: batchTag, Summary: "How far a batch has come, and what it costs", Rights: batchReaders(),
	}, func(ctx context.Context, _ Caller, in *BatchIn) (*batchAnswer, error) {
		v, err := a.o.Batches.Find(ctx, in.Account, in.Batch)
		if err != nil {
			return nil, err
		}
		return batchViewOf(&v), nil
	})
	register(a, operation{
		ID: "previewBatch", Method: http.MethodGet, Path: "/accounts/{account}/batches/{batch}/preview", Tag: batchTag, Summary: "The first rows of a file, masked, to say what its columns hold", Rights: owners,
	}, func(ctx context.Context, _ Caller, in *BatchIn) (*struct{ Body batchPreview }, error) {
		p, err := a.o.Batches.Preview(ctx, in.Account, in.Batch)
		if err != nil {
			return nil, err
		}
		return &struct{ Body batchPreview }{batchPreview{some(p.Headings), some(p.Columns), some(p.Missing.Parameters()), some(p.Rows)}}, nil
	})
	register(a, operation{
		ID: "nameBatchColumns", Method: http.MethodPut, Path: "/accounts/{account}/batches/{batch}/columns", Tag: batchTag, Summary: "Say what the columns of a file hold, and check it anew", Rights: owners,
	}, func(ctx context.Context, c Caller, in *struct {
		BatchIn

		Body struct {
			Columns  []string `json:"columns" maxItems:"200" nullable:"false" doc:"From the first on: name, idcard, acc_no, mobile, reference, or empty"`
			Headless bool     `json:"headless,omitempty" doc:"The first row is a person"`
		}
	},
	) (*batchAnswer, error) {
		b, err := a.o.Batches.Name(ctx, c.By(), in.Account, in.Batch, batch.Layout{Columns: in.Body.Columns, Headless: in.Body.Headless})
		return a.showBatch(ctx, b, err)
	})
	a.registerBatchRuns(owners)
	a.registerBatchFiles()
}

func batchFaultyRowOf(r *quartet.BatchRow) batchFaultyRow {
	if r.State == quartet.RowDuplicate {
		return batchFaultyRow{Row: r.Row, Line: r.Line, Columns: []string{}, Twin: r.Twin}
	}
	return batchFaultyRow{r.Row, r.Line, r.Code.String(), r.Code.Message(), string(r.Fault), some(r.Fields.Parameters()), 0}
}

// some is a list that is never null.
func some[T any](list []T) []T { return append([]T{}, list...) }

func (a *API) listBatches(ctx context.Context, _ Caller, in *struct {
	AccountIn
	Turn
},
) (*page[BatchShown], error) {
	list, err := a.o.Batches.List(ctx, in.Account, in.After, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &page[BatchShown]{}
	out.Body.Items = []BatchShown{}
	for i := range list[:min(in.Limit, len(list))] {
		out.Body.Items = append(out.Body.Items, batchOf(&list[i]))
	}
	if len(list) > in.Limit {
		out.Body.Next = cursorOf(list[in.Limit-1].ID)
	}
	return out, nil
}
