package alipay

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/smartwalle/alipay/v3"
	"golang.org/x/text/encoding/simplifiedchinese"

	"quartet"
	"quartet/internal/pay"
)

const maxBill = 64 << 20

// Bill implements pay.Biller: the bill of trades, which Alipay has ready by nine o'clock of
// the next day, a ZIP archive of CSV files in GBK.
func (p *Provider) Bill(ctx context.Context, day time.Time) ([]pay.BillLine, error) {
	const what = "asking Alipay for a bill"
	out, err := p.client.BillDownloadURLQuery(ctx, alipay.BillDownloadURLQuery{BillType: "trade", BillDate: day.In(quartet.Shanghai).Format(time.DateOnly)})
	err = outcome(what, out != nil, err, func() alipay.Error { return out.Error })
	switch {
	case refusedAs(err, "isp.bill_not_exist", "BILL_NOT_EXIST", "ACQ.BILL_NOT_EXIST"):
		return nil, quartet.Errorf(quartet.ErrNotFound, "Alipay has no bill of that day, or none yet")
	case err != nil:
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, out.BillDownloadURL, nil)
	if err != nil {
		return nil, pay.Unsure(what, "address", nil)
	}
	res, err := p.http.Do(req)
	if err != nil {
		return nil, pay.Unsure(what, "", err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxBill))
	if err != nil || res.StatusCode != http.StatusOK {
		return nil, pay.Unsure(what, res.Status, err)
	}
	return ReadBill(data)
}

// ReadBill reads the archive of a bill. ErrInvalid: it is none, or a line of it cannot be
// read; half a bill is never given.
func ReadBill(archive []byte) ([]pay.BillLine, error) {
	wrong := quartet.Errorf(quartet.ErrInvalid, "the bill is no archive of Alipay's")
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		return nil, wrong
	}
	for _, f := range z.File {
		if f.FileInfo().IsDir() || !strings.HasSuffix(f.Name, ".csv") {
			continue
		}
		file, err := f.Open()
		if err != nil {
			return nil, wrong
		}
		text, err := io.ReadAll(io.LimitReader(simplifiedchinese.GB18030.NewDecoder().Reader(file), maxBill))
		_ = file.Close()
		if err != nil {
			return nil, wrong
		}
		// Beside the lines lies a summary, which has no column of the kind of business.
		if lines, is, err := readLines(string(text)); is || err != nil {
			return lines, err
		}
	}
	return nil, wrong
}

// readLines reads one file. is: it is that of single trades.
func readLines(text string) (lines []pay.BillLine, is bool, err error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comment, r.FieldsPerRecord, r.LazyQuotes = '#', -1, true
	var column map[string]int
	for n := 1; ; n++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines, column != nil, nil
		}
		if err != nil {
			return nil, true, quartet.Errorf(quartet.ErrInvalid, "row %d of the bill cannot be read", n)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if column == nil {
			column = headings(cells)
			continue
		}
		line, ok, err := readLine(column, cells)
		if err != nil {
			return nil, true, quartet.Errorf(quartet.ErrInvalid, "row %d of the bill cannot be read", n)
		}
		if ok {
			lines = append(lines, line)
		}
	}
}

// The columns that are read.
const (
	colReference = "支付宝交易号"
	colPayment   = "商户订单号"
	colKind      = "业务类型"
	colDone      = "完成时间"
	colAmount    = "订单金额（元）"
	colRefund    = "退款批次号/请求号"
	colFee       = "服务费（元）"
)

func headings(cells []string) map[string]int {
	column := map[string]int{}
	for i, c := range cells {
		column[c] = i
	}
	for _, c := range []string{colReference, colPayment, colKind, colDone, colAmount, colRefund, colFee} {
		if _, ok := column[c]; !ok {
			return nil
		}
	}
	return column
}

func readLine(column map[string]int, cells []string) (line pay.BillLine, ok bool, err error) {
	cell := func(name string) string {
		if i := column[name]; i < len(cells) {
			return cells[i]
		}
		return ""
	}
	line = pay.BillLine{Number: cell(colPayment), Reference: cell(colReference), At: parseTime(cell(colDone))}
	switch cell(colKind) {
	case "交易":
		line.Kind = pay.BillPaid
	case "退款":
		line.Kind, line.Number = pay.BillRefund, cell(colRefund)
	default: // a transfer, a fee of another kind: nothing of ours
		return pay.BillLine{}, false, nil
	}
	line.Amount, err = quartet.ParseFen(strings.TrimPrefix(cell(colAmount), "-"))
	if err != nil {
		return pay.BillLine{}, false, err
	}
	// Alipay writes what it keeps below zero, and what it gives back above.
	fee, kept := strings.CutPrefix(cell(colFee), "-")
	line.Fee, err = quartet.ParseFen(fee)
	if err != nil {
		return pay.BillLine{}, false, err
	}
	if !kept {
		line.Fee = -line.Fee
	}
	return line, true, nil
}
