package wechat

import (
	"context"
	"crypto/sha1" //nolint:gosec // the sum that WeChat Pay gives; its answer is signed
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core/consts"

	"quartet"
	"quartet/internal/pay"
)

const maxBill = 64 << 20

// Bill implements pay.Biller: the trade bill, which WeChat Pay has ready by ten o'clock of
// the next day.
func (p *Provider) Bill(ctx context.Context, day time.Time) ([]pay.BillLine, error) {
	const what = "asking WeChat Pay for a bill"
	query := url.Values{"bill_date": {day.In(quartet.Shanghai).Format(time.DateOnly)}, "bill_type": {"ALL"}}
	answer, err := p.client.Get(ctx, consts.WechatPayAPIServer+"/v3/bill/tradebill?"+query.Encode())
	err = outcome(what, err)
	switch {
	case refusedAs(err, "NO_STATEMENT_EXIST", "STATEMENT_CREATING"):
		return nil, quartet.Errorf(quartet.ErrNotFound, "WeChat Pay has no bill of that day, or none yet")
	case err != nil:
		return nil, err
	}
	var place struct {
		URL  string `json:"download_url"`
		Hash string `json:"hash_value"`
	}
	err = json.NewDecoder(answer.Response.Body).Decode(&place)
	_ = answer.Response.Body.Close()
	if err != nil || place.URL == "" {
		return nil, pay.Unsure(what, "", nil)
	}
	file, err := p.plain.Get(ctx, place.URL)
	if err := outcome(what, err); err != nil {
		return nil, pay.Unsure(what, "", err)
	}
	defer file.Response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(file.Response.Body, maxBill))
	if err != nil || file.Response.StatusCode != http.StatusOK {
		return nil, pay.Unsure(what, "", err)
	}
	sum := sha1.Sum(data) //nolint:gosec // as above
	if !strings.EqualFold(hex.EncodeToString(sum[:]), place.Hash) {
		return nil, pay.Unsure(what, "the file has another sum", nil)
	}
	return ReadBill(data)
}

// The columns that are read. Each cell begins with a backquote, and is in yuan.
const (
	colAt        = "交易时间"
	colReference = "微信订单号"
	colPayment   = "商户订单号"
	colState     = "交易状态"
	colReturn    = "微信退款单号"
	colRefund    = "商户退款单号"
	colStatus    = "退款状态"
	colFee       = "手续费"
	colAmount    = "订单金额"
	colBack      = "申请退款金额"
)

// ReadBill reads a bill. ErrInvalid: it is none, or a row of it cannot be read; half a bill
// is never given.
func ReadBill(data []byte) ([]pay.BillLine, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff")))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	head, err := r.Read()
	column := map[string]int{}
	for i, c := range head {
		column[strings.TrimSpace(c)] = i
	}
	for _, c := range []string{colAt, colReference, colPayment, colState, colReturn, colRefund, colStatus, colFee, colAmount, colBack} {
		if _, ok := column[c]; !ok || err != nil {
			return nil, quartet.Errorf(quartet.ErrInvalid, "the bill is none of WeChat Pay's: it lacks the column %s", c)
		}
	}
	var lines []pay.BillLine
	for n := 2; ; n++ {
		cells, err := r.Read()
		switch {
		case err == nil && strings.HasPrefix(strings.TrimSpace(cells[0]), "总交易单数"): // the sums follow
			return lines, nil
		case errors.Is(err, io.EOF):
			return nil, quartet.Errorf(quartet.ErrInvalid, "the bill ends before its sums")
		case err != nil:
			return nil, quartet.Errorf(quartet.ErrInvalid, "row %d of the bill cannot be read", n)
		}
		line, ok, err := readLine(column, cells)
		if err != nil {
			return nil, quartet.Errorf(quartet.ErrInvalid, "row %d of the bill cannot be read", n)
		}
		if ok {
			lines = append(lines, line)
		}
	}
}

func readLine(column map[string]int, cells []string) (line pay.BillLine, ok bool, err error) {
	cell := func(name string) string {
		if i := column[name]; i < len(cells) {
			return strings.TrimPrefix(strings.TrimSpace(cells[i]), "`")
		}
		return ""
	}
	line.At, err = time.ParseInLocation(time.DateTime, cell(colAt), quartet.Shanghai)
	if err != nil {
		return line, false, err
	}
	amount := cell(colAmount)
	switch cell(colState) {
	case "SUCCESS":
		line.Kind, line.Number, line.Reference = pay.BillPaid, cell(colPayment), cell(colReference)
	case "REFUND":
		if s := cell(colStatus); s != "SUCCESS" && s != "PROCESSING" {
			return line, false, nil
		}
		line.Kind, line.Number, line.Reference = pay.BillRefund, cell(colRefund), cell(colReturn)
		amount = cell(colBack)
	default:
		return line, false, nil
	}
	line.Amount, err = quartet.ParseFen(strings.TrimPrefix(amount, "-"))
	if err != nil {
		return line, false, err
	}
	text, back := strings.CutPrefix(cell(colFee), "-")
	fee, err := quartet.ParseMillifen(text)
	line.Fee = fee.Fen()
	if back {
		line.Fee = -line.Fee
	}
	return line, true, err
}
