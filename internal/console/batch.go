package console

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"time"

	"quartet"
	"quartet/internal/sample"
	"quartet/internal/sheet"
)

const batchesPath = "/console/batches"

// batchRoutes are the pages of batches. Their files come and go as they are read: none lies in
// memory whole.
func (c *Console) batchRoutes() {
	const one = "/console/batches/{batch}"
	c.signed("GET "+batchesPath, c.batchesPage)
	c.signed("GET /console/batches/new", c.newBatchPage)
	c.signed("GET /console/batches/sample.xlsx", c.batchSample)
	c.mux.HandleFunc("POST "+batchesPath, c.bringBatch)
	c.signed("GET "+one, c.batchPage)
	c.signed("GET "+one+"/columns", c.batchColumnsPage)
	c.form("POST "+one+"/columns", in(c.nameColumns), c.batchColumnsPage)
	c.signed("GET "+one+"/faults", c.batchFaultsPage)
	c.form("POST "+one+"/start", in(c.startBatch), c.batchPage)
	c.form("POST "+one+"/pause", in(c.pauseBatch), c.batchPage)
	c.form("POST "+one+"/resume", in(c.resumeBatch), c.batchPage)
	c.form("POST "+one+"/cancellation", in(c.cancelBatch), c.batchPage)
	c.form("POST "+one+"/question", in(c.askBatchAgain), c.batchPage)
	c.form("POST "+one+"/proof", in(c.proveForBatch), c.batchPage)
	c.form("POST "+one+"/erasure", in(c.eraseBatch), c.batchPage)
}

// ownBatch is a batch of the account.
type ownBatch struct {
	ID         string    `json:"id"`
	Product    string    `json:"product_id"`
	Credential string    `json:"credential_id"`
	Name       string    `json:"name"`
	State      string    `json:"state"`
	Reason     string    `json:"reason"`
	Bytes      int64     `json:"bytes"`
	Rows       batchRows `json:"rows"`
	Ceiling    int64     `json:"max_units"`
	Charged    int64     `json:"charged_units"`
	Reserved   int64     `json:"reserved_units"`
	CreatedAt  time.Time `json:"created_at"`
	StartedAt  time.Time `json:"started_at"`
	EndedAt    time.Time `json:"ended_at"`
	ErasedAt   time.Time `json:"erased_at"`

	// These come with one batch alone, not in a list.
	Most    int64     `json:"most_units"`
	Left    int64     `json:"left_units"`
	EraseAt time.Time `json:"erase_at"`
	ETA     int64     `json:"eta_ms"`
}

// batchRows counts the people of a batch.
type batchRows struct {
	Total        int64 `json:"total"`
	Broken       int64 `json:"broken"`
	Duplicates   int64 `json:"duplicates"`
	Ready        int64 `json:"ready"`
	Sent         int64 `json:"sent"`
	Match        int64 `json:"match"`
	Mismatch     int64 `json:"mismatch"`
	Undetermined int64 `json:"undetermined"`
	Refused      int64 `json:"refused"`
	Unknown      int64 `json:"unknown"`
}

// Asked is how many are asked about in all, and Finished of how many it is known what became.
func (r batchRows) Asked() int64 { return r.Total - r.Broken - r.Duplicates }

func (r batchRows) Finished() int64 {
	return r.Match + r.Mismatch + r.Undetermined + r.Refused + r.Unknown
}

// Path is where it is shown.
func (b ownBatch) Path() string { return batchesPath + "/" + url.PathEscape(b.ID) }

// batchStates are what batches can be in: their words, and the colour of the badge.
var batchStates = map[quartet.BatchState]struct{ words, colour string }{
	quartet.BatchUploading: {"上传中", "blue"},
	quartet.BatchUploaded:  {"待指定列", "yellow"},
	quartet.BatchChecking:  {"检查中", "blue"},
	quartet.BatchChecked:   {"待开始", "yellow"},
	quartet.BatchRunning:   {"核验中", "blue"},
	quartet.BatchPaused:    {"已暂停", "orange"},
	quartet.BatchDone:      {"已完成", "green"},
	quartet.BatchCancelled: {"已取消", "secondary"},
	quartet.BatchFailed:    {"文件有误", "red"},
}

// Words and Colour tell its state.
func (b ownBatch) Words() string {
	return cmp.Or(batchStates[quartet.BatchState(b.State)].words, b.State)
}

func (b ownBatch) Colour() string {
	return cmp.Or(batchStates[quartet.BatchState(b.State)].colour, "secondary")
}

// Is reports whether it is in one of some states.
func (b ownBatch) Is(states ...string) bool {
	return slices.Contains(states, b.State)
}

// Erased reports whether counts alone are left of it, and Begun whether it was ever started.
func (b ownBatch) Erased() bool { return !b.ErasedAt.IsZero() }

func (b ownBatch) Begun() bool { return !b.StartedAt.IsZero() }

// BatchesPage lists the batches of an account.
type BatchesPage struct {
	Batches []ownBatch // newest first
	Next    string     // address of the following page
	Writes  bool
	Done    string
}

func (BatchesPage) template() string { return "batches" }
func (BatchesPage) title() string    { return "批量核验" }

func (c *Console) batchesPage(v *visit) (page, error) {
	p := BatchesPage{Writes: v.who().May("credential.write")}
	var part list[ownBatch]
	if err := v.get(query(v.account("/batches"), "after", v.r.URL.Query().Get("after")), &part); err != nil {
		return nil, err
	}
	if p.Batches = part.Items; part.Next != "" {
		p.Next = query(batchesPath, "after", part.Next)
	}
	return p, nil
}

// Headings of the file to begin with; a file with these needs nothing said of its columns.
var batchHeadings = map[string]string{"name": "姓名", "idcard": "身份证号", "acc_no": "银行卡号", "mobile": "手机号"}

// batchSample is a file to begin with: invented people, whom the sandbox answers by their cards.
// It is a workbook, whose cells stay text: what a spreadsheet makes of the numbers in a CSV file
// is what most files are refused for.
func (c *Console) batchSample(v *visit) (page, error) {
	about, err := v.callable(v.r.URL.Query().Get("product"))
	if err != nil {
		return nil, err
	}
	v.w.Header().Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	v.w.Header().Set("Content-Disposition", `attachment; filename="sample.xlsx"`)
	out := sheet.NewWorkbook(v.w, "sample")
	var head []any
	person := sample.For(about.Path, about.Parameters, sample.AppCode).Form
	for _, f := range person {
		head = append(head, batchHeadings[f.Name])
	}
	if err := out.Row(append(head, "业务编号")...); err != nil {
		return nil, err
	}
	for i, card := range []string{"6200000000000000018", "6200000000000000026"} {
		var cells []any
		for _, f := range person {
			value := f.Value
			if f.Name == "acc_no" {
				value = card
			}
			cells = append(cells, value)
		}
		if err := out.Row(append(cells, fmt.Sprintf("A-%03d", i+1))...); err != nil {
			return nil, err
		}
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	return nil, nil //nolint:nilnil // it has answered
}

// batchAt is the path of the batch that the page is of, at the API.
func (v *visit) batchAt(what string) string {
	return v.account("/batches/" + url.PathEscape(v.r.PathValue("batch")) + what)
}

// atBatch is the page of that batch, with what was done.
func (v *visit) atBatch(done string) string {
	return query(batchesPath+"/"+url.PathEscape(v.r.PathValue("batch")), "done", done)
}
