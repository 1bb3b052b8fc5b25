package document

import (
	_ "embed"
	"io"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"quartet"
)

//go:embed font/NotoSansSC-Regular.ttf
var font []byte

// Millimetres of an A4 page.
const (
	margin = 18.0
	width  = 210 - 2*margin
	bottom = 24.0
	line   = 6.0
)

const (
	family = "noto"
	gray   = 110
	rule   = 200
)

// page is a document being written.
type page struct {
	*fpdf.Fpdf
}

// newPage begins a document. notice stands at the foot of every page.
func newPage(house House, title, notice string, made time.Time) page {
	p := page{fpdf.New("P", "mm", "A4", "")}
	p.AddUTF8FontFromBytes(family, "", font)
	p.SetCatalogSort(true)
	p.SetCreationDate(made)
	p.SetModificationDate(made)
	p.SetProducer("Quartet", true)
	p.SetTitle(title, true)
	p.SetMargins(margin, margin, margin)
	p.SetAutoPageBreak(true, bottom)
	p.AliasNbPages("{pages}")
	p.SetDrawColor(rule, rule, rule)
	p.SetFooterFunc(func() {
		p.SetY(-bottom + 4)
		p.small()
		p.CellFormat(width, 4.5, notice, "T", 1, "L", false, 0, "")
		p.CellFormat(width*0.9, 4.5, p.fit(house.line(), width*0.9), "", 0, "L", false, 0, "")
		p.CellFormat(width*0.1, 4.5, strconv.Itoa(p.PageNo())+" / {pages}", "", 0, "R", false, 0, "")
		p.plain()
	})
	p.AddPage()
	p.plain()
	p.SetTextColor(gray, gray, gray)
	p.CellFormat(width, line, printable(house.Name), "", 1, "L", false, 0, "")
	p.SetTextColor(0, 0, 0)
	p.SetFont(family, "", 18)
	p.CellFormat(width, 12, title, "", 1, "L", false, 0, "")
	p.plain()
	p.Ln(3)
	return p
}

func (p page) plain() {
	p.SetFont(family, "", 9.5)
	p.SetTextColor(0, 0, 0)
}

func (p page) small() {
	p.SetFont(family, "", 7.5)
	p.SetTextColor(gray, gray, gray)
}

// heading begins a part, on a page that has room for its first rows.
func (p page) heading(text string) {
	if _, height := p.GetPageSize(); p.GetY() > height-bottom-4*line {
		p.AddPage()
	}
	p.Ln(3)
	p.SetFont(family, "", 12)
	p.CellFormat(width, 8, text, "", 1, "L", false, 0, "")
	p.plain()
}

// field is a label and what it is; a long value takes several lines.
func (p page) field(label, value string) {
	const labelled = 34.0
	p.SetTextColor(gray, gray, gray)
	p.CellFormat(labelled, line, label, "", 0, "L", false, 0, "")
	p.SetTextColor(0, 0, 0)
	p.MultiCell(width-labelled, line, printable(value), "", "L", false)
}

// column is one of a table: its share of the width, and whether it holds numbers.
type column struct {
	title  string
	share  float64
	number bool
}

// table writes rows under their titles, which stand again on every page.
func (p page) table(columns []column, rows [][]string) {
	total := 0.0
	for _, c := range columns {
		total += c.share
	}
	row := func(cells []string, border string) {
		for i, c := range columns {
			align := "L"
			if c.number {
				align = "R"
			}
			w := width * c.share / total
			p.CellFormat(w, line, p.fit(cells[i], w), border, 0, align, false, 0, "")
		}
		p.Ln(line)
	}
	head := func() {
		p.SetTextColor(gray, gray, gray)
		titles := make([]string, len(columns))
		for i, c := range columns {
			titles[i] = c.title
		}
		row(titles, "B")
		p.SetTextColor(0, 0, 0)
	}
	head()
	_, height := p.GetPageSize()
	for _, cells := range rows {
		if p.GetY() > height-bottom-line {
			p.AddPage()
			head()
		}
		row(cells, "")
	}
}

// lacking stands where a sign cannot be printed, as printers have it.
const lacking = '〓'

// printable is a text without what would keep the whole document from being written: signs
// beyond the basic plane, such as rare characters of names and pictures, and what is no text.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xFFFF {
			return lacking
		}
		return r
	}, strings.ToValidUTF8(text, string(lacking)))
}

// fit shortens what is wider than its cell. What matters as a whole gets a field.
func (p page) fit(text string, w float64) string {
	const padding = 2.2
	text = printable(text)
	if p.GetStringWidth(text) <= w-padding {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && p.GetStringWidth(string(runes)+"…") > w-padding {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// write ends the document.
func (p page) write(w io.Writer) error {
	if err := p.Output(w); err != nil {
		return &quartet.Error{Code: quartet.ErrInternal, Message: "document: it could not be written", Cause: err}
	}
	return nil
}

// day and moment write times as people here do.
func day(t time.Time) string    { return t.In(quartet.Shanghai).Format("2006-01-02") }
func moment(t time.Time) string { return t.In(quartet.Shanghai).Format("2006-01-02 15:04:05") }
