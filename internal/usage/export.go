package usage

import (
	"cmp"
	"context"
	"io"
	"time"

	"quartet"
	"quartet/internal/sheet"
)

// MostExported is the most days of one export.
const MostExported = 400

// maxExports is how many exports are written at once: each keeps a reader of the store busy.
// accountExports is how many of them are of one account: whoever takes theirs slowly leaves
// places to others.
const (
	maxExports     = 4
	accountExports = 2
)

// Format is the form of a file.
type Format string

// The formats of an export.
const (
	CSV      Format = "csv"
	Workbook Format = "xlsx"
)

// Export says which calls go into a file.
type Export struct {
	Filter quartet.CallFilter // of an account, or of all for the house; the days stand in Days
	Days   Days
	Format Format
	// Operator puts the account, the grant and the source of each call in.
	Operator bool
	// Progress hears of how many rows are written of how many; may be nil.
	Progress func(done, total int64)
}

// Name is the name of the file.
func (e *Export) Name() string {
	whose := "all"
	if e.Filter.Account != "" {
		whose = e.Filter.Account
	}
	return "calls-" + whose + "-" + DayText(e.Days.From) + "_" + DayText(e.Days.To) + "." + string(e.Format)
}

// Export writes calls as a table, oldest first, as they are read: it needs the memory of some
// rows, however many there are, and ends with ctx. ErrLimited: too many are written now.
func (d *Desk) Export(ctx context.Context, out io.Writer, e Export) error {
	if err := d.begin(e.Filter.Account); err != nil {
		return err
	}
	defer d.end(e.Filter.Account)
	n, err := d.names(ctx, e.Filter.Account)
	if err != nil {
		return err
	}
	e.Filter.From, e.Filter.To = e.Days.seconds()
	step, err := d.progress(ctx, &e)
	if err != nil {
		return err
	}
	var t sheet.Writer
	switch e.Format {
	case CSV:
		t = sheet.NewCSV(out)
	case Workbook:
		t = sheet.NewWorkbook(out, "calls")
	default:
		return quartet.Errorf(quartet.ErrInvalid, "a file of calls is csv or xlsx")
	}
	head := []any{"流水号", "时间", "产品", "凭据", "返回码", "说明", "结果", "原因", "计费次数", "耗时（毫秒）"}
	if e.Operator {
		head = append(head, "账户", "额度", "渠道")
	}
	if err := t.Row(head...); err != nil {
		return err
	}
	err = d.o.Store.Calls(ctx, e.Filter, func(c quartet.Call) error {
		step()
		s := d.show(&c, &n, e.Operator)
		row := []any{
			s.SeqNo, s.At.In(quartet.Shanghai).Format("2006-01-02 15:04:05.000"), s.Product, cmp.Or(s.CredentialName, s.Credential), s.Code.String(), s.Code.Message(),
			verdictText(s.Verdict), string(s.Reason), s.Units, s.Latency.Round(time.Millisecond).Milliseconds(),
		}
		if e.Operator {
			row = append(row, s.Account, s.Grant, s.Source)
		}
		return t.Row(row...)
	})
	if err != nil {
		return err
	}
	return t.Close()
}

// begin takes a place for an export of an account.
func (d *Desk) begin(account string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := 0
	for _, n := range d.exporting {
		all += n
	}
	switch {
	case all >= maxExports:
		return quartet.Errorf(quartet.ErrLimited, "%d exports are being written already; try again when one has ended", all)
	case d.exporting[account] >= accountExports:
		return quartet.Errorf(quartet.ErrLimited, "%d exports of this account are being written already; try again when one has ended", accountExports)
	}
	d.exporting[account]++
	return nil
}

func (d *Desk) end(account string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.exporting[account]--; d.exporting[account] == 0 {
		delete(d.exporting, account)
	}
}

// progress counts the rows that are to come, and gives what to call at each.
func (d *Desk) progress(ctx context.Context, e *Export) (func(), error) {
	if e.Progress == nil {
		return func() {}, nil
	}
	v, err := d.View(ctx, quartet.UsageFilter{
		Account: e.Filter.Account, Product: e.Filter.Product, Credential: e.Filter.Credential, Code: e.Filter.Code, Verdict: e.Filter.Verdict, Daily: true,
	}, e.Days)
	var done int64
	return func() { done++; e.Progress(done, max(done, v.Sum.Calls)) }, err
}

func verdictText(v quartet.Verdict) string {
	switch v {
	case quartet.Match:
		return "一致"
	case quartet.Mismatch:
		return "不一致"
	case quartet.Undetermined:
		return "异常"
	default:
		return ""
	}
}
