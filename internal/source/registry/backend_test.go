package registry_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"quartet"
	"quartet/internal/seal"
	"quartet/internal/source/registry"
	"quartet/internal/store"
	"quartet/internal/store/pgtest"
	"quartet/internal/store/storetest"
)

// onBoth runs a test on each backend.
func onBoth(t *testing.T, f func(t *testing.T, b backend)) {
	t.Helper()
	t.Run("pebble", func(t *testing.T) {
		dir := t.TempDir()
		f(t, newBackend(t, backend{dir: dir}, func() (openBackend, error) {
			return registry.OpenPebble(registry.PebbleOptions{Dir: dir})
		}))
	})
	t.Run("postgres", func(t *testing.T) {
		server := pgtest.Shared(t)
		url := storetest.Postgres(t)
		f(t, newBackend(t, backend{dir: server.Dir(), url: url}, func() (openBackend, error) {
			return store.Open(t.Context(), store.Options{URL: url})
		}))
	})
}

type openBackend interface {
	registry.Backend
	io.Closer
}

// backend is an empty one, open.
type backend struct {
	registry.Backend
	dir string // where it keeps everything
	url string // of the database, if that is what it is
	// away closes it, so that another process may have it. again opens it once more, as a
	// later process does.
	away  func()
	again func() registry.Backend
}

// settle brings to the files what the engine still holds in memory.
func (b backend) settle(t *testing.T) {
	t.Helper()
	if b.url == "" {
		return // closing it does
	}
	conn, err := pgx.Connect(t.Context(), b.url)
	if err == nil {
		_, err = conn.Exec(t.Context(), "CHECKPOINT")
		err = errors.Join(err, conn.Close(t.Context()))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func newBackend(t *testing.T, b backend, open func() (openBackend, error)) backend {
	t.Helper()
	now, err := open()
	if err != nil {
		t.Fatal(err)
	}
	b.Backend = now
	b.away = func() {
		if now == nil {
			return
		}
		if err := now.Close(); err != nil {
			t.Error(err)
		}
		now = nil
	}
	b.again = func() registry.Backend {
		b.away()
		if now, err = open(); err != nil {
			t.Fatal(err)
		}
		return now
	}
	t.Cleanup(b.away)
	return b
}

// rows are Rows from memory, which may break off.
type rows struct {
	list    []registry.Row
	next    int
	breakAt int // 0: never
	atBreak func()
}

var errBreak = errors.New("the reading broke off")

func (r *rows) Next() (registry.Row, error) {
	if r.breakAt > 0 && r.next == r.breakAt {
		r.atBreak()
		return registry.Row{}, errBreak
	}
	if r.next == len(r.list) {
		return registry.Row{}, io.EOF
	}
	r.next++
	return r.list[r.next-1], nil
}

func (r *rows) Progress() (done, total int64) { return int64(r.next), int64(len(r.list)) }

func people(seed uint64, n int64) []registry.Row {
	var list []registry.Row
	for i := range n {
		list = append(list, registry.Row{Line: i + 2, Raw: registry.Person(seed, i)})
	}
	return list
}

func load(t *testing.T, r *registry.Registry, o registry.Import) registry.Summary {
	t.Helper()
	sum, err := r.Import(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func verdict(t *testing.T, r *registry.Registry, p quartet.Raw) quartet.Verdict {
	t.Helper()
	a, err := r.Verify(t.Context(), ask(t, p))
	if err != nil {
		return quartet.NoVerdict
	}
	return a.Verdict
}

// hanging answers no lookup before its context ends.
type hanging struct{ registry.Backend }

func (hanging) RegistryGet(ctx context.Context, _ int64, _ [16]byte, dst []byte) ([]byte, bool, error) {
	<-ctx.Done()
	return dst, false, ctx.Err()
}

func newRegistry(t *testing.T, b registry.Backend) (*registry.Registry, *seal.Keyring) {
	t.Helper()
	ring := newRing(t)
	return registry.New(ring, b), ring
}

// everything is all bytes of all files below a folder.
func everything(t *testing.T, dir string) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		all = append(all, text...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
