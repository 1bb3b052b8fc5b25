package store_test

import (
	"context"
	"sync/atomic"

	"quartet"
	"quartet/internal/store"
)

var numbers atomic.Uint64 //nolint:gochecknoglobals // numbers of calls, each once

func nextN() uint64 { return numbers.Add(1) }

// commit writes a batch whatever the book says.
func commit(ctx context.Context, s *store.Store, p quartet.Postings) error {
	return s.Commit(ctx, quartet.Reading{}, func(quartet.Book) quartet.Postings { return p })
}
