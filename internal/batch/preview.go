package batch

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"

	"quartet"
	"quartet/internal/sheet"
)

// Preview is the beginning of a file, by which somebody says what its columns hold. Cells are
// masked; so are headings that hold digits, and all of a row that nobody knows for headings and that
// may be a person.
type Preview struct {
	Headings []string
	Columns  []string // what they hold, as far as somebody or the headings say
	Missing  quartet.ElementSet
	Rows     [][]string
}

const (
	previewRows  = 5
	previewCells = 50
)

// Preview shows the beginning of a file. ErrConflict: it is erased.
func (d *Desk) Preview(ctx context.Context, account, id string) (Preview, error) {
	b, err := d.own(ctx, account, id)
	if err != nil {
		return Preview{}, err
	}
	if b.Parts == 0 || b.State == quartet.BatchUploading {
		return Preview{}, quartet.Errorf(quartet.ErrConflict, "the file of this batch is gone; its columns are settled")
	}
	p, err := d.product(ctx, b.Product)
	if err != nil {
		return Preview{}, err
	}
	f := d.fileOf(ctx, &b)
	defer f.wipe()
	if sheet.AreLines(f) {
		return Preview{}, quartet.Errorf(quartet.ErrConflict, "JSON lines name their elements themselves and have no columns")
	}
	t, err := sheet.TableAt(f, f.size)
	if err != nil {
		return Preview{}, err
	}
	out := Preview{Columns: b.Columns}
	for row := 0; row <= previewRows; row++ {
		_, cells, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Preview{}, errors.Join(err, t.Close())
		}
		cells = cells[:min(len(cells), previewCells)]
		if row == 0 && !b.Headless {
			if len(out.Columns) == 0 {
				out.Columns = rolesOf(cells)
			}
			out.Headings = headings(cells)
			continue
		}
		masked := make([]string, len(cells))
		for i, c := range cells {
			masked[i] = shape(c)
		}
		out.Rows = append(out.Rows, masked)
	}
	out.Missing = p.Need &^ hasOf(out.Columns)
	return out, t.Close()
}

func headings(cells []string) []string {
	shown := make([]string, len(cells))
	known := slices.ContainsFunc(rolesOf(cells), func(role string) bool { return role != "" })
	person := !known && slices.ContainsFunc(cells, numbered)
	for i, c := range cells {
		if shown[i] = c; person || strings.ContainsFunc(c, unicode.IsDigit) && len(c) > 4 {
			shown[i] = shape(c)
		}
	}
	return shown
}

// numbered reports whether a cell has digits enough for a number of a person, in whatever notation
// a spreadsheet wrote it: then a name may stand beside it.
func numbered(cell string) bool {
	const few = 3
	digits := 0
	for _, r := range cell {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return digits > few
}

// shape shows what kind of text a cell holds, and its last two signs where it is a long one.
func shape(s string) string {
	letters := []rune(s)
	const long, seen, most = 8, 2, 32
	letters = letters[:min(len(letters), most)]
	for i, r := range letters {
		if len(letters) >= long && i >= len(letters)-seen {
			break
		}
		switch {
		case unicode.IsDigit(r):
			letters[i] = '0'
		case unicode.Is(unicode.Han, r):
			letters[i] = '某'
		case unicode.IsLetter(r):
			letters[i] = 'x'
		}
	}
	return string(letters)
}
