package transfer

import (
	"bytes"
	"errors"
	"io"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"quartet"
	"quartet/internal/sheet"
)

// Line is a line of a statement by which money came.
type Line struct {
	Row    int // of the file, from 1
	Serial string
	At     time.Time
	Amount quartet.Fen
	Payer  quartet.Payer
}

// Bad is a row that cannot be read. It repeats nothing of the row.
type Bad struct {
	Row int
	Why string
}

// Statement is a file, once read.
type Statement struct {
	Lines []Line
	Bad   []Bad
	Other int // rows that are no money that came: debits, sums, blanks
}

const (
	// MaxFile bounds a file, and maxLines its lines: a house with more of them a day has its
	// bank send them in parts.
	MaxFile   = 16 << 20
	maxLines  = 100_000
	maxText   = 500
	maxAmount = quartet.Fen(1_000_000_000_00)
)

// Read reads a statement: CSV in UTF-8 or GBK, or XLSX. house is the number of the account
// that it must be of, where it has a column for that. ErrInvalid: the file is no statement.
func Read(file []byte, house string, now time.Time) (Statement, error) {
	var s Statement
	if len(file) > MaxFile {
		return s, quartet.Errorf(quartet.ErrTooLarge, "the file is larger than 16 MiB; export the statement in parts")
	}
	var h header
	table, err := sheet.OpenTable("-", bytes.NewReader(file), func(cells []string) int {
		n := known(cells)
		if n > 0 {
			h = readHeader(cells)
		}
		return n
	})
	if err != nil {
		return s, err
	}
	defer table.Close()
	if err := h.fit(); err != nil {
		return s, err
	}
	serials := map[string]int{}
	for {
		row, cells, err := table.Next()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		line, why := h.line(cells, house, now)
		line.Row = row
		switch {
		case why == notMoney:
			s.Other++
		case why != "":
			s.Bad = append(s.Bad, Bad{row, why})
		case serials[line.Serial] > 0:
			if first := s.Lines[serials[line.Serial]-1]; !sameLine(first, line) {
				s.Bad = append(s.Bad, Bad{row, "its serial stands in row " + strconv.Itoa(first.Row) + " for another line"})
				continue
			}
			s.Other++
		default:
			s.Lines = append(s.Lines, line)
			serials[line.Serial] = len(s.Lines)
		}
		if len(s.Lines)+len(s.Bad) > maxLines {
			return s, quartet.Errorf(quartet.ErrTooLarge, "the statement has more than %d lines; export it in parts", maxLines)
		}
	}
}

func sameLine(a, b Line) bool {
	a.Row = b.Row
	return a.At.Equal(b.At) && a.Serial == b.Serial && a.Amount == b.Amount && a.Payer == b.Payer
}

// notMoney is the reason of a row by which nothing came.
const notMoney = "-"

var (
	serialForm = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._/-]{0,63}$`)
	// rounded is how a spreadsheet writes a number that has lost its last digits.
	rounded = regexp.MustCompile(`^[0-9]\.[0-9]+[eE]\+?[0-9]+$`)
	// total is what stands before sums at the end.
	total = regexp.MustCompile(`^(合计|总计|小计|本页|累计|total)`)
)

// line reads a row.
func (h header) line(cells []string, house string, now time.Time) (Line, string) {
	raw := func(at int) string {
		if at < 0 || at >= len(cells) {
			return ""
		}
		return strings.TrimSpace(cells[at])
	}
	cell := func(at int) string { return strings.TrimSpace(norm.NFKC.String(raw(at))) }
	for _, c := range cells {
		if c != "" && total.MatchString(strings.ToLower(c)) {
			return Line{}, notMoney
		}
		if c != "" {
			break
		}
	}
	amount, why := h.amount(cell)
	if why != "" {
		return Line{}, why
	}
	l := Line{Amount: amount, Serial: cell(h.at[kindSerial])}
	switch {
	case l.Serial == "":
		return l, "it has no serial"
	case rounded.MatchString(l.Serial):
		return l, "its serial was rounded by a spreadsheet; export it as text"
	case !serialForm.MatchString(l.Serial):
		return l, "its serial is none: 1 to 64 letters, digits and . _ / -"
	}
	var ok bool
	clock := ""
	if h.at[kindTime] >= 0 {
		clock = cell(h.at[kindTime])
	}
	if l.At, ok = instant(cell(h.at[kindDay]), clock); !ok {
		return l, "its day cannot be read; write it as 2026-03-02"
	}
	if l.At.After(now.Add(24*time.Hour)) || l.At.Year() < 2000 {
		return l, "its day is in the future, or long ago"
	}
	if of := digitsOf(cell(h.at[kindHouse])); of != "" && house != "" && of != digitsOf(house) {
		return l, "it is a line of another account of the house"
	}
	account := cell(h.at[kindAccount])
	if rounded.MatchString(account) {
		return l, "the payer's account was rounded by a spreadsheet; export it as text"
	}
	var remark []string
	for _, at := range h.remarks {
		if text := raw(at); text != "" {
			remark = append(remark, text)
		}
	}
	l.Payer = quartet.Payer{Name: raw(h.at[kindPayer]), Account: account, Remark: strings.Join(remark, " ")}
	for _, text := range []string{l.Payer.Name, l.Payer.Account, l.Payer.Remark} {
		if utf8.RuneCountInString(text) > maxText || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return l, "a text of it is longer than 500 characters, or holds characters that cannot be shown"
		}
	}
	return l, ""
}

// amount is what came by a row: by the column of credits, or by an amount with its direction.
func (h header) amount(cell func(int) string) (quartet.Fen, string) {
	const unread = "its amount cannot be read; write yuan with two digits after the point"
	text := cell(h.at[kindCredit])
	if h.at[kindCredit] < 0 {
		text = cell(h.at[kindAmount])
		switch direction := strings.ToLower(cell(h.at[kindDirection])); direction {
		case "贷", "贷方", "收", "收入", "转入", "c", "cr", "credit", "+", "入账", "来账":
		case "借", "借方", "支", "支出", "转出", "d", "dr", "debit", "-", "出账", "往账":
			return 0, notMoney
		case "":
			if h.at[kindDirection] >= 0 {
				return 0, "it does not say whether money came or went"
			}
			if h.at[kindDebit] >= 0 && !nothing(cell(h.at[kindDebit])) {
				return 0, notMoney
			}
		default:
			return 0, "it does not say whether money came or went"
		}
	}
	if nothing(text) {
		return 0, notMoney
	}
	if strings.HasPrefix(strings.TrimLeft(text, "¥ "), "-") {
		if h.at[kindCredit] >= 0 { // a credit that the bank takes back
			return 0, "its amount is below zero; book the reversal by hand"
		}
		return 0, notMoney
	}
	amount, ok := fen(text)
	switch {
	case !ok:
		return 0, unread
	case amount == 0:
		return 0, notMoney
	case amount > maxAmount:
		return 0, "its amount is more than a billion yuan"
	case h.at[kindCredit] >= 0 && h.at[kindDebit] >= 0 && !nothing(cell(h.at[kindDebit])):
		return 0, "it has both a credit and a debit"
	}
	return amount, ""
}

// nothing reports whether a cell stands for no amount.
func nothing(text string) bool {
	n, ok := fen(text)
	return strings.Trim(text, "- ") == "" || ok && n == 0
}

var plainNumber = regexp.MustCompile(`^[0-9]{1,13}(\.[0-9]{1,20})?$`)

// fen reads yuan as banks write them: ¥1,234.50, or with what a spreadsheet's binary
// fractions leave behind the second digit.
func fen(text string) (quartet.Fen, bool) {
	text = strings.TrimPrefix(strings.NewReplacer("¥", "", "元", "", ",", "", " ", "").Replace(text), "+")
	if n, err := quartet.ParseFen(text); err == nil {
		return n, true
	}
	if !plainNumber.MatchString(text) {
		return 0, false
	}
	exact, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false
	}
	exact.Mul(exact, big.NewRat(100, 1))
	whole := new(big.Int).Quo(new(big.Int).Add(new(big.Int).Mul(exact.Num(), big.NewInt(2)), exact.Denom()), new(big.Int).Mul(exact.Denom(), big.NewInt(2)))
	off := new(big.Rat).Sub(exact, new(big.Rat).SetInt(whole))
	if off.Abs(off).Cmp(big.NewRat(1, 100_000)) > 0 {
		return 0, false
	}
	return quartet.Fen(whole.Int64()), true
}

const daySeconds = 24 * 60 * 60

// instant reads a day and, where there is one, the time on it. As a spreadsheet keeps it, a
// day is a number counted from the end of 1899.
func instant(day, clock string) (time.Time, bool) {
	if days, err := strconv.ParseFloat(day, 64); err == nil && days > 20_000 && days < 100_000 {
		whole := int(days)
		day = time.Date(1899, 12, 30+whole, 0, 0, int((days-float64(whole))*daySeconds+0.5), 0, time.UTC).Format("2006-1-2 15:04:05")
	}
	day = strings.NewReplacer("/", "-", "年", "-", "月", "-", "日", "", ".", "-").Replace(day)
	for _, form := range []string{"2006-1-2 15:04:05", "2006-1-2 15:04", "2006-1-2T15:04:05", "20060102150405", "20060102 15:04:05", "20060102"} {
		if at, err := time.ParseInLocation(form, day, quartet.Shanghai); err == nil && form != "20060102" {
			return at, true
		}
	}
	for _, form := range []string{"2006-1-2", "20060102"} {
		date, err := time.ParseInLocation(form, day, quartet.Shanghai)
		if err != nil {
			continue
		}
		for _, form := range []string{"15:04:05", "15:04", "150405", "2006-1-2 15:04:05"} {
			if at, err := time.ParseInLocation(form, strings.ReplaceAll(clock, "/", "-"), quartet.Shanghai); err == nil {
				return time.Date(date.Year(), date.Month(), date.Day(), at.Hour(), at.Minute(), at.Second(), 0, quartet.Shanghai), true
			}
		}
		return date, true // the time of day decides nothing
	}
	return time.Time{}, false
}

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}
