package batch

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/sheet"
)

// Format is the form of a file that is taken away.
type Format string

// The formats.
const (
	CSV      Format = "csv"
	Workbook Format = "xlsx"
)

func table(out io.Writer, f Format, name string) (sheet.Writer, error) {
	switch f {
	case CSV:
		return sheet.NewCSV(out), nil
	case Workbook:
		return sheet.NewWorkbook(out, name), nil
	default:
		return nil, quartet.Errorf(quartet.ErrInvalid, "a file of a batch is csv or xlsx")
	}
}

// pageRows is how many rows are read at once.
const pageRows = 2 * quartet.BatchPart

// Report writes which rows of a batch are not asked about, and why: by row, line and code,
// never by element. The file is written as it is read.
func (d *Desk) Report(ctx context.Context, account, id string, f Format, out io.Writer) error {
	if err := d.looked(ctx, account, id); err != nil {
		return err
	}
	t, err := table(out, f, "check")
	if err != nil {
		return err
	}
	if err := t.Row("序号", "行号", "返回码", "说明", "规则", "要素", "重复于"); err != nil {
		return err
	}
	for after := int64(0); ; {
		rows, err := d.o.Store.FaultyRows(ctx, id, after, pageRows)
		if err != nil {
			return err
		}
		for i := range rows {
			r := &rows[i]
			cells := []any{r.Row, r.Line, "", "重复", "duplicate", "", r.Twin}
			if r.State == quartet.RowBroken {
				cells = []any{r.Row, r.Line, r.Code.String(), r.Code.Message(), string(r.Fault), strings.Join(r.Fields.Parameters(), " "), ""}
			}
			if err := t.Row(cells...); err != nil {
				return err
			}
			after = r.Row
		}
		if len(rows) < pageRows {
			return t.Close()
		}
	}
}

// Faulty lists the rows of a batch that are not asked about, in the order of the file, at most
// limit, behind a row. ErrConflict: it is not checked yet, or erased.
func (d *Desk) Faulty(ctx context.Context, account, id string, after int64, limit int) ([]quartet.BatchRow, error) {
	if err := d.looked(ctx, account, id); err != nil {
		return nil, err
	}
	return d.o.Store.FaultyRows(ctx, id, after, limit)
}

// looked is ErrConflict where the check of a batch has not come to its end, or its rows are erased.
func (d *Desk) looked(ctx context.Context, account, id string) error {
	b, err := d.kept(ctx, account, id)
	if err == nil && (b.State == quartet.BatchUploading || b.State == quartet.BatchUploaded || b.State == quartet.BatchChecking) {
		err = quartet.Errorf(quartet.ErrConflict, "this batch is not checked yet; it is %s", b.State)
	}
	return err
}

// kept finds a batch whose rows are there. ErrConflict: they are erased.
func (d *Desk) kept(ctx context.Context, account, id string) (quartet.Batch, error) {
	b, err := d.own(ctx, account, id)
	if err == nil && !b.Erased.IsZero() {
		err = quartet.Errorf(quartet.ErrConflict, "what this batch held was erased on %s; only its counts are left", b.Erased.In(quartet.Shanghai).Format(time.DateOnly))
	}
	return b, err
}

// Results are what is to be written of a batch.
type Results struct {
	Account, ID string
	Format      Format
	// Clear writes the elements in clear. That somebody took them is written in the audit before.
	Clear bool
}

// Results writes what became of every row, in the order of the file, as it is read. A duplicate
// says what the row above was answered.
func (d *Desk) Results(ctx context.Context, by string, r Results, out io.Writer) error {
	b, err := d.kept(ctx, r.Account, r.ID)
	if err != nil {
		return err
	}
	if b.Count.Rows == 0 || !b.State.Ended() && b.State != quartet.BatchRunning && b.State != quartet.BatchPaused {
		return quartet.Errorf(quartet.ErrConflict, "this batch has no results yet; it is %s", b.State)
	}
	p, err := d.product(ctx, b.Product)
	if err != nil {
		return err
	}
	if r.Clear {
		if err := d.o.Store.Audit(ctx, audit.Entry(d.o.Now(), by, "batch.reveal", b.ID, "account "+b.Account)); err != nil {
			return err
		}
	}
	t, err := table(out, r.Format, "results")
	if err != nil {
		return err
	}
	w := &writer{desk: d, batch: &b, detail: p.Detail, clear: r.Clear, people: people{desk: d, id: b.ID}, table: t, need: p.Need}
	if err := w.head(); err != nil {
		return err
	}
	for after := int64(0); ; {
		rows, err := d.o.Store.BatchRows(ctx, b.ID, after, pageRows)
		if err != nil {
			return err
		}
		if err := w.rows(ctx, rows); err != nil {
			return err
		}
		if len(rows) < pageRows {
			return t.Close()
		}
		after = rows[len(rows)-1].Row
	}
}

// writer writes rows with their people.
type writer struct {
	desk   *Desk
	batch  *quartet.Batch
	need   quartet.ElementSet
	detail quartet.Detail
	clear  bool
	people people
	table  sheet.Writer
}

func (w *writer) head() error {
	return w.table.Row("序号", "行号", "参考号", "姓名", "证件号", "银行卡号", "手机号", "状态", "结果", "结果说明", "原因", "不一致要素", "返回码", "说明", "流水号", "计费次数", "重复于")
}

func (w *writer) rows(ctx context.Context, rows []quartet.BatchRow) error {
	for i := range rows {
		r := &rows[i]
		p, err := w.people.at(ctx, r.Row)
		if err != nil {
			return err
		}
		said := *r // of a duplicate: what the row above was answered, uncharged
		if r.State == quartet.RowDuplicate {
			twin, err := w.desk.o.Store.BatchRows(ctx, w.batch.ID, r.Twin-1, 1)
			if err != nil {
				return err
			}
			if len(twin) == 1 && twin[0].Row == r.Twin {
				said = twin[0]
			}
			said.Charged, said.Twin = 0, r.Twin
		}
		if err := w.table.Row(w.cells(r, &said, p)...); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) cells(r, said *quartet.BatchRow, p *person) []any {
	cells := []any{r.Row, r.Line, p.reference}
	cells = append(cells, w.elements(&p.raw)...)
	code, message := "", ""
	if said.Code.Valid() {
		code, message = said.Code.String(), said.Code.Message()
	}
	verdict, reason, differs := "", "", ""
	if said.Verdict != quartet.NoVerdict {
		verdict = said.Verdict.String()
		if w.detail == quartet.DetailReason || w.detail == quartet.DetailElement {
			reason = string(said.Reason)
		}
		if w.detail == quartet.DetailElement {
			differs = strings.Join(said.Differs.Parameters(), " ")
		}
	}
	seqNo, twin := "", ""
	if !said.SeqNo.IsZero() && said.State == quartet.RowAnswered {
		seqNo = w.desk.o.Text(said.SeqNo)
	}
	if r.Twin > 0 {
		twin = strconv.FormatInt(r.Twin, 10)
	}
	return append(cells, string(w.state(r)), verdict, chinese[said.Verdict], reason, differs, code, message, seqNo, said.Charged, twin)
}

// state is where a row stands; what a cancelled batch did not send is not_asked.
func (w *writer) state(r *quartet.BatchRow) quartet.RowState {
	if r.State == quartet.RowReady && w.batch.State.Ended() {
		return "not_asked"
	}
	return r.State
}

var chinese = map[quartet.Verdict]string{quartet.Match: "一致", quartet.Mismatch: "不一致", quartet.Undetermined: "异常"}

// elements are those of a person, masked unless they are wanted in clear. Of a row that was not
// asked about none are kept.
func (w *writer) elements(raw *quartet.Raw) []any {
	if w.clear {
		return []any{raw.Name, raw.ID, raw.Card, raw.Mobile}
	}
	e, rejected := quartet.Normalize(*raw, w.present(raw), w.batch.Created)
	if rejected != nil { // its rules have changed since
		return []any{"", "", "", ""}
	}
	return []any{e.Name.String(), e.ID.String(), e.Card.String(), e.Mobile.String()}
}

func (w *writer) present(raw *quartet.Raw) (set quartet.ElementSet) {
	for _, e := range w.need.Elements() {
		if *fieldOf(raw, e) != "" {
			set |= e.Set()
		}
	}
	return set
}
