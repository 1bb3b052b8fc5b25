package reconcile

import (
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"quartet"
	"quartet/internal/sheet"
)

// Statement is a supplier's file. Rows are read once.
type Statement struct {
	table  *sheet.Table
	header header
}

// Open opens a statement, or stdin for "-": CSV or XLSX. ErrInvalid tells what is wrong with
// its header.
func Open(path string, stdin io.Reader, c Columns) (*Statement, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := &Statement{}
	table, err := sheet.OpenTable(path, stdin, func(cells []string) int {
		n := c.known(cells)
		if n > 0 {
			s.header = c.read(cells)
		}
		return n
	})
	if err != nil {
		if quartet.CodeOf(err) == quartet.ErrInvalid {
			err = quartet.Errorf(quartet.ErrInvalid, "%w; name the column of numbers with --reference-column or --order-column", err)
		}
		return nil, err
	}
	if err := c.fit(s.header); err != nil {
		return nil, errors.Join(err, table.Close())
	}
	s.table = table
	return s, nil
}

// Priced reports whether the statement has a column of amounts.
func (s *Statement) Priced() bool { return s.header.at[kindAmount] >= 0 }

// Progress tells the bytes read so far and their total, 0 when nobody knows.
func (s *Statement) Progress() (done, total int64) { return s.table.Progress() }

// Close releases the file.
func (s *Statement) Close() error { return s.table.Close() }

// row is what a statement says of one question.
type row struct {
	line    int
	numbers []string // by which it may be found here
	charged bool
	amount  quartet.Millifen
	at      time.Time // zero: not told
	bad     string    // what cannot be read; then nothing else is believed
}

// next gives the next row. io.EOF is the end.
func (s *Statement) next() (row, error) {
	line, cells, err := s.table.Next()
	if err != nil {
		return row{}, err
	}
	r := row{line: line}
	cell := func(k kind) (string, bool) {
		if at := s.header.at[k]; at >= 0 && at < len(cells) {
			return cells[at], true
		}
		return "", s.header.at[k] >= 0
	}
	for _, k := range []kind{kindReference, kindOrder} {
		if text, _ := cell(k); isNumber(text) && !slices.Contains(r.numbers, text) {
			r.numbers = append(r.numbers, strings.Clone(text))
		}
	}
	if len(r.numbers) == 0 {
		r.bad = "number"
		return r, nil
	}
	priced := false
	if text, has := cell(kindAmount); has && (text != "" || s.header.at[kindCharged] < 0) {
		if r.amount, priced = parseAmount(text); !priced {
			r.bad = "amount"
			return r, nil
		}
	}
	r.charged = !priced || r.amount > 0
	if text, has := cell(kindCharged); has {
		var known bool
		if r.charged, known = parseCharged(text); !known {
			r.bad = "charged"
			return r, nil
		}
		if r.charged && s.Priced() && !priced {
			r.bad = "amount"
		}
	}
	text, _ := cell(kindTime)
	r.at = parseTime(text)
	return r, nil
}

// isNumber reports whether a cell can be the number of a question.
func isNumber(text string) bool {
	return text != "" && len(text) <= 128 && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// parseAmount reads yuan as statements write them: ¥1,234.50, or with what a spreadsheet's
// binary fractions leave at the end.
func parseAmount(text string) (quartet.Millifen, bool) {
	text = strings.NewReplacer("¥", "", "￥", "", "元", "", ",", "", "，", "", " ", "").Replace(text)
	if m, err := quartet.ParseMillifen(text); err == nil {
		return m, true
	}
	if len(text) > 40 || strings.Trim(text, "0123456789.eE+-") != "" || strings.HasPrefix(text, "-") {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	thousandths := f * 100_000
	if err != nil || f < 0 || f > 1e9 || math.Abs(thousandths-math.Round(thousandths)) > 1e-3 {
		return 0, false
	}
	return quartet.Millifen(math.Round(thousandths)), true
}

func parseCharged(text string) (charged, known bool) {
	switch strings.ToLower(text) {
	case "是", "计费", "收费", "已计费", "已收费", "yes", "y", "true", "1", "charged", "billed":
		return true, true
	case "否", "不计费", "不收费", "未计费", "未收费", "免费", "no", "n", "false", "0", "free":
		return false, true
	default:
		return false, false
	}
}

// parseTime reads a time, zero where it cannot be told: it is shown and decides nothing.
func parseTime(text string) time.Time {
	text = strings.ReplaceAll(text, "/", "-")
	for _, form := range []string{"2006-1-2 15:04:05", "2006-1-2 15:04", "2006-1-2T15:04:05", time.RFC3339, "20060102150405", "2006-1-2"} {
		if at, err := time.ParseInLocation(form, text, quartet.Shanghai); err == nil {
			return at
		}
	}
	// As a spreadsheet keeps it: days since the end of 1899.
	if days, err := strconv.ParseFloat(text, 64); err == nil && days > 20_000 && days < 100_000 {
		seconds := math.Round((days - 25_569) * 86_400)
		return time.Unix(int64(seconds)-8*60*60, 0)
	}
	return time.Time{}
}

// personal reports whether a number may be that of a person, a card or a mobile. An ID number
// with a slip in it is one all the same, so its date alone is looked at.
func personal(text string) bool {
	if _, rejected := quartet.NormalizeMobile(text); rejected == nil {
		return true
	}
	if len(text) == 18 && strings.Trim(text[:17], "0123456789") == "" {
		if born, err := time.Parse("20060102", text[6:14]); err == nil && born.Year() >= 1900 && born.Year() < 2100 {
			return true
		}
	}
	_, doubts, rejected := quartet.ParseCard(text)
	return rejected == nil && !slices.Contains(doubts, quartet.WarnLuhnMismatch)
}
