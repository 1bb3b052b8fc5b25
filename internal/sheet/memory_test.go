package sheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"quartet"
	"quartet/internal/sheet"
)

// What unpacks to a thousand times its size, and what goes on without an end, is refused
// before it fills the memory of a server that imports it.
func TestWorkbook_CannotFillTheMemory(t *testing.T) {
	const head = `<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>`
	for what, data := range map[string][]byte{
		"a long text":     plainBook(t, head, `<si><t>`+strings.Repeat("a", 8<<20)+`</t></si>`),
		"many texts":      plainBook(t, head, strings.Repeat(`<si><t>`+strings.Repeat("a", 1000)+`</t></si>`, 140_000)),
		"empty texts":     plainBook(t, head, strings.Repeat(`<si/>`, 17_000_000)),
		"a long row":      plainBook(t, head+`<row r="2">`+strings.Repeat(`<c t="inlineStr"><is><t>aaaaaaaaaa</t></is></c>`, 1_000_000)+`</row>`, ""),
		"a long tag":      plainBook(t, head+`<row r="2"><c t="`+strings.Repeat("a", 8<<20)+`"/></row>`, ""),
		"a far column":    plainBook(t, head+`<row r="2"><c r="ZZZZZZ2"><v>1</v></c></row>`, ""),
		"a deep nest":     plainBook(t, head+`<row r="2">`+strings.Repeat(`<c>`, 1_000_000), ""),
		"a text too many": plainBook(t, head+`<row r="2"><c t="s"><v>99</v></c></row>`, ""),
	} {
		peak := watch(t, func() {
			r, err := sheet.New(bytes.NewReader(data), 0)
			for err == nil {
				_, err = r.Next()
			}
			var known *quartet.Error
			if !errors.As(err, &known) || known.Code != quartet.ErrInvalid {
				t.Errorf("%s: it ends with %v", what, err)
			}
		})
		if peak > 400<<20 {
			t.Errorf("%s, of %d bytes, took %d MiB", what, len(data), peak>>20)
		}
	}
}

// A sheet needs the memory of one row, and of its texts if they stand in a table.
func TestWorkbook_NeedsTheMemoryOfOneRow(t *testing.T) {
	const rows = 200_000
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		row := []any{"张三", fmt.Sprintf("62220200000%08d", i)}
		if i == 0 {
			row = []any{"name", "card"}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "people.xlsx")
	if err := errors.Join(w.Flush(), f.SaveAs(file), f.Close()); err != nil {
		t.Fatal(err)
	}
	var n int
	peak := watch(t, func() {
		r, err := sheet.Open(file, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer r.Close()
		for {
			if _, err = r.Next(); err != nil {
				break
			}
			n++
		}
		if done, total := r.Progress(); done < total*9/10 || done > total {
			t.Errorf("at the end it has read %d of %d bytes", done, total)
		}
	})
	if n != rows-1 {
		t.Errorf("%d rows of %d", n, rows-1)
	}
	if peak > 16<<20 {
		t.Errorf("it took %d MiB", peak>>20)
	}
}

// watch gives by how much the heap grew at most while do was running.
func watch(t *testing.T, do func()) (peak uint64) {
	t.Helper()
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	for {
		select {
		case <-done:
			return peak
		default:
			time.Sleep(time.Millisecond)
		}
		runtime.ReadMemStats(&m)
		if m.HeapAlloc > before {
			peak = max(peak, m.HeapAlloc-before)
		}
	}
}
