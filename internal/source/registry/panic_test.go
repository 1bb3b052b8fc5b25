package registry_test

import (
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/source/registry"
)

// panicking is a file whose reader breaks; what it throws holds an element.
type panicking struct{ rows }

func (*panicking) Next() (registry.Row, error) { panic("6222020000000000") }

// An import may run inside the server: whatever breaks in one of its goroutines ends the
// import and nothing else.
func TestImport_APanicIsAnErrorThatTellsItsTypeAlone(t *testing.T) {
	_, r, _ := open(t)
	whole := func() *rows { return &rows{list: people(4, 20_000)} }
	for _, tt := range []struct {
		name string
		o    registry.Import
	}{
		{"the reader", registry.Import{Rows: &panicking{}}},
		{"a worker", registry.Import{Rows: whole(), Now: func() time.Time { panic("6222020000000000") }}},
		{"the writer", registry.Import{Rows: whole(), Progress: func(_, _ int64) { panic("6222020000000000") }}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := r.Import(t.Context(), tt.o)
			if quartet.CodeOf(err) != quartet.ErrInternal || !strings.Contains(err.Error(), "at panic_test.go:") || !strings.Contains(err.Error(), "a panic with a string") {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "622202") {
				t.Error("it tells what was thrown")
			}
		})
	}
	if sum := load(t, r, registry.Import{Rows: whole()}); sum.Loaded != 20_000 {
		t.Errorf("an import after them: %+v", sum)
	}
}
