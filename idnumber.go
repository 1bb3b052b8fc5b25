package quartet

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

// IDType is the kind of an ID number.
type IDType string

// The kinds of ID number that the rules know.
const (
	IDResident   IDType = "idcard"              // GB 11643-1999
	IDPermitHK   IDType = "residence_permit_hk" // address 810000
	IDPermitMO   IDType = "residence_permit_mo" // address 820000
	IDPermitTW   IDType = "residence_permit_tw" // address 830000
	IDForeignPR  IDType = "foreign_pr_18"       // GA 2102-2023, from December 2023
	IDForeignOld IDType = "foreign_pr_15"       // the card of 2017
)

// IDTypes lists the kinds.
func IDTypes() []IDType {
	return []IDType{IDResident, IDPermitHK, IDPermitMO, IDPermitTW, IDForeignPR, IDForeignOld}
}

// IDNumber is an ID number in normalised form: 18 characters with a capital X, or the 15
// of an old foreign permanent-resident card.
type IDNumber struct{ text string }

// Reveal gives the number in clear.
func (v IDNumber) Reveal() string { return v.text }

// IsZero reports whether there is none.
func (v IDNumber) IsZero() bool { return v.text == "" }

// String is masked: three characters, stars, two characters.
func (v IDNumber) String() string { return mask(v.text, 3, 2) }

// Format is masked, whatever the verb.
func (v IDNumber) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.String()) }

// LogValue is masked.
func (v IDNumber) LogValue() slog.Value { return slog.StringValue(v.String()) }

// MarshalJSON is masked.
func (v IDNumber) MarshalJSON() ([]byte, error) { return quoted(v.String()) }

// Type is the kind of the number, "" without one.
func (v IDNumber) Type() IDType {
	switch {
	case v.text == "":
		return ""
	case len(v.text) == 15:
		return IDForeignOld
	case v.text[0] == '9':
		return IDForeignPR
	}
	switch v.text[:6] {
	case "810000":
		return IDPermitHK
	case "820000":
		return IDPermitMO
	case "830000":
		return IDPermitTW
	default:
		return IDResident
	}
}

func rejectID(code RejectCode, message string) (IDNumber, *Rejection) {
	return IDNumber{}, &Rejection{Field: ElementID, Code: code, Message: message}
}

// ParseIDNumber normalises and checks an ID number. A number of the first generation (15
// digits) is carried to 18. Rejected is only what cannot be right: form, province, birth
// date, check digit. What the tables doubt is a warning.
func ParseIDNumber(s string, today time.Time) (IDNumber, []Warning, *Rejection) {
	id, rej := NormalizeIDNumber(s, today)
	if rej != nil {
		return id, nil, rej
	}
	var warn []Warning
	if id.Type() == IDForeignOld {
		return id, nil, nil
	}
	if plainLen := len(scrub(s, idSeparators)); plainLen == 15 {
		warn = append(warn, WarnIDLegacy15)
	}
	if placeholder(id.text, s) {
		warn = append(warn, WarnIDPlaceholder)
	}
	if id.text[0] != '9' {
		warn = append(warn, regionWarnings(id.text[:6], number(id.text[6:10]))...)
	}
	return id, warn, nil
}

const idSeparators = "-"

// NormalizeIDNumber is ParseIDNumber without its warnings, for the road.
func NormalizeIDNumber(s string, today time.Time) (IDNumber, *Rejection) {
	t := scrub(s, idSeparators)
	switch {
	case t == "":
		return rejectID(RejectMissing, "give the ID number")
	case excelNumber(t):
		return rejectID(RejectIDExcel, "a spreadsheet has turned this ID number into a rounded number and lost digits; format the column as text and fill it in anew")
	}
	for i := range len(t) {
		if c := t[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return rejectID(RejectIDFormat, "an ID number has digits, and letters only where its kind allows; remove other characters")
		}
	}
	t = strings.ToUpper(t) // after the letters were judged: some that are not ASCII have capitals that are
	switch len(t) {
	case 18:
		return parse18(t, today)
	case 15:
		if t[0] >= 'A' {
			return parseForeignOld(t, today)
		}
		return parse15(t, today)
	default:
		return rejectID(RejectIDLength, "an ID number has 18 characters, or 15 in its old form")
	}
}

func parse18(t string, today time.Time) (IDNumber, *Rejection) {
	if !digits(t[:17]) || t[17] > '9' && t[17] != 'X' {
		return rejectID(RejectIDFormat, "the first 17 characters of an ID number are digits, the last is a digit or X")
	}
	province := t[:2]
	if t[0] == '9' {
		province = t[1:3]
	}
	if !knownProvince(province) {
		return rejectID(RejectIDProvince, "no province has these digits; check the first digits of the ID number")
	}
	if !born(number(t[6:10]), number(t[10:12]), number(t[12:14]), today) {
		return rejectID(RejectIDBirth, "the birth date in the ID number is no day between 1900 and today")
	}
	if IDCheckDigit(t[:17]) != t[17] {
		return rejectID(RejectIDChecksum, "the check digit does not fit: one of the digits of the ID number is mistyped")
	}
	return IDNumber{t}, nil
}

func parse15(t string, today time.Time) (IDNumber, *Rejection) {
	if !digits(t) {
		return rejectID(RejectIDFormat, "an ID number of 15 characters is made of digits")
	}
	if !knownProvince(t[:2]) {
		return rejectID(RejectIDProvince, "no province has these digits; check the first digits of the ID number")
	}
	if !born(1900+number(t[6:8]), number(t[8:10]), number(t[10:12]), today) {
		return rejectID(RejectIDBirth, "the birth date in the ID number is no day; is a digit missing?")
	}
	long := t[:6] + "19" + t[6:]
	return IDNumber{long + string(rune(IDCheckDigit(long)))}, nil
}

// parseForeignOld reads the card of 2017: three letters of the country, four digits of the
// region, YYMMDD, a serial and a check digit. The check rests on one source only, so it is
// not judged.
func parseForeignOld(t string, today time.Time) (IDNumber, *Rejection) {
	for i := range 3 {
		if t[i] < 'A' {
			return rejectID(RejectIDFormat, "an old permanent-resident number is three letters and twelve digits")
		}
	}
	if !digits(t[3:]) {
		return rejectID(RejectIDFormat, "an old permanent-resident number is three letters and twelve digits")
	}
	if !knownCountry(t[:3]) {
		return rejectID(RejectIDFormat, "no country has these three letters; check the beginning of the permanent-resident number")
	}
	if !knownProvince(t[3:5]) {
		return rejectID(RejectIDProvince, "no province has the digits behind the letters; check the permanent-resident number")
	}
	year, month, day := number(t[7:9]), number(t[9:11]), number(t[11:13])
	if !born(1900+year, month, day, today) && !born(2000+year, month, day, today) {
		return rejectID(RejectIDBirth, "the birth date in the permanent-resident number is no day in the past")
	}
	return IDNumber{t}, nil
}

// number reads digits; the caller knows that they are some.
func number(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// born reports whether a date is a day from 1900-01-01 to today, in Asia/Shanghai.
func born(year, month, day int, today time.Time) bool {
	if year < 1900 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return false
	}
	now := DayOf(today.Unix())
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix()/daySeconds <= now
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

// IDCheckDigit is the check character that follows 17 digits: ISO 7064 MOD 11-2.
func IDCheckDigit(digits string) byte {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(digits[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

// placeholder reports whether somebody filled the field to get past a form: one digit
// repeated, or the serial 000, which is never allotted.
func placeholder(id, typed string) bool {
	return id[14:17] == "000" || strings.Trim(typed, typed[:1]) == ""
}
