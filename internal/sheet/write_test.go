package sheet_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"quartet/internal/sheet"
)

// nasty are texts that a table must keep from doing anything.
var nasty = []string{"=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "|calc", "＝1+1", "＠SUM(A1)", "a\"b,c\r\nd", "<a&b>", " 前后 ", "银行卡"}

func fill(t *testing.T, w sheet.Writer, rows int) {
	t.Helper()
	if err := w.Row("名称", "次数"); err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if err := w.Row(nasty[i%len(nasty)], int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCSV_IsKnownAsUTF8AndHoldsNoFormula(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	fill(t, sheet.NewCSV(&out), len(nasty))
	text, marked := strings.CutPrefix(out.String(), "\ufeff")
	if !marked {
		t.Error("there is no byte-order mark")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != len(nasty)+1 || rows[0][0] != "名称" {
		t.Fatalf("%q, %v", rows, err)
	}
	for i, row := range rows[1:] {
		if strings.IndexAny(row[0], "=+-@\t|＝＋－＠") == 0 || row[1] != fmt.Sprint(i) {
			t.Errorf("row %d is %q", i, row)
		}
	}
}

func TestWorkbook_IsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	fill(t, sheet.NewWorkbook(&out, "calls"), len(nasty))
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range nasty {
		cell := fmt.Sprintf("A%d", i+2)
		got, err := book.GetCellValue("calls 1", cell)
		if err != nil || got != want {
			t.Errorf("%s is %q, want %q, %v", cell, got, want, err)
		}
		if formula, err := book.GetCellFormula("calls 1", cell); err != nil || formula != "" {
			t.Errorf("%s is the formula %q, %v", cell, formula, err)
		}
		if kind, err := book.GetCellType("calls 1", fmt.Sprintf("B%d", i+2)); err != nil || kind == excelize.CellTypeInlineString {
			t.Errorf("a number is kept as %v, %v", kind, err)
		}
	}
}

func TestWorkbook_GoesOnInAnotherSheetUnderItsHead(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	fill(t, sheet.NewBookOf(&out, "calls", 4), 7)
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, name := range book.GetSheetList() {
		rows, err := book.GetRows(name)
		if err != nil || rows[0][0] != "名称" {
			t.Fatalf("%s begins with %q, %v", name, rows, err)
		}
		for _, row := range rows[1:] {
			seen = append(seen, row[1])
		}
	}
	if want := []string{"0", "1", "2", "3", "4", "5", "6"}; !slices.Equal(seen, want) || len(book.GetSheetList()) != 3 {
		t.Errorf("the sheets %q hold %q", book.GetSheetList(), seen)
	}
}

func TestWorkbook_OfNothingIsOneAllTheSame(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := sheet.NewWorkbook(&out, "calls").Close(); err != nil {
		t.Fatal(err)
	}
	if book, err := excelize.OpenReader(&out); err != nil || len(book.GetSheetList()) != 1 {
		t.Errorf("%v", err)
	}
}

func TestWriter_NeedsTheMemoryOfOneRow(t *testing.T) {
	for name, w := range map[string]sheet.Writer{"CSV": sheet.NewCSV(io.Discard), "workbook": sheet.NewWorkbook(io.Discard, "calls")} {
		if peak := watch(t, func() { fill(t, w, 500_000) }); peak > 64<<20 {
			t.Errorf("a %s of 500000 rows took %d MiB", name, peak>>20)
		}
	}
}
