// Package intake takes files of people that go into the registry: they are sent in, begun,
// imported by a job and erased.
//
//	Receive  the file comes in parts, each sealed before it is kept; its header is read
//	Begin    somebody says whether it is written over what is there, or takes its place
//	Run      the job: one run for a while, then the next, each from where the last one stopped
//	Erase    the file goes as soon as the import is over, whatever became of it
//
// The file holds people in clear under its seal, so it lies here no longer than a day, unless
// it is being imported. What is kept are counts, and a report that names damaged rows by line,
// field and code. An import that was killed goes on by what the registry itself noted with the
// rows: none is lost, and one that is written twice is the same.
package intake

import (
	"context"
	"io"
	"time"

	"quartet"
)

// Store keeps imports.
type Store interface {
	RegistryImports(ctx context.Context, before string, limit int) ([]quartet.RegistryImport, error)
	RegistryImport(ctx context.Context, id string) (quartet.RegistryImport, error)
	AddRegistryImport(ctx context.Context, i quartet.RegistryImport, most int64) error
	MoveRegistryImport(ctx context.Context, i quartet.RegistryImport, from []quartet.ImportState, jobs []quartet.Job, e quartet.AuditEntry) error
	TellRegistryImport(ctx context.Context, i quartet.RegistryImport) (going bool, err error)
	Files
	Reports
}

// Files keeps what was sent, under seal.
type Files interface {
	AddRegistryPart(ctx context.Context, id string, place int64, sealed []byte) error
	RegistryPart(ctx context.Context, id string, place int64) ([]byte, error)
	EraseRegistryFile(ctx context.Context, id string) error
	DropRegistryImport(ctx context.Context, id string) error
	LeftRegistryImports(ctx context.Context, before, broken time.Time) ([]quartet.RegistryImport, error)
}

// Reports keeps which rows are damaged.
type Reports interface {
	CutRegistryReport(ctx context.Context, id string, length int64) (is int64, err error)
	AddRegistryReport(ctx context.Context, id string, at int64, words string) error
	RegistryReport(ctx context.Context, id string, at int64) (string, error)
	PruneRegistryReports(ctx context.Context, before time.Time) error
}

// Sealer keeps what is written secret.
type Sealer interface {
	Seal(plain []byte, ad string) []byte
	Unseal(sealed []byte, ad string) ([]byte, error)
}

// Registry is where people are loaded into.
type Registry interface {
	// Load loads a file, from where an earlier run with the same key stopped, and returns when
	// all of it is durable. ErrConflict: another import runs.
	Load(ctx context.Context, l Load) (Sum, error)
	// Stat counts what it holds.
	Stat(ctx context.Context) (Stat, error)
}

// Load is a file to be loaded.
type Load struct {
	Key     string
	Replace bool
	File    io.Reader
	Size    int64
	Report  Report
	Told    func(Sum) // how far it is
}

// Report keeps the report of one import; see registry.Report.
type Report interface {
	Resume(length int64) (bool, error)
	Append(at int64, text []byte) error
	Close() error
}

// Sum is what a load came to so far.
type Sum struct {
	Generation, Rows, Loaded, Damaged, Report int64

	Doubt string // what is odd about the file as a whole
}

// Stat is what the registry holds.
type Stat struct {
	Generation, Records, Bytes int64 // 0 bytes: the engine cannot say
	Key                        string
	Unfinished, UnfinishedRows int64 // an import that was cut off: its generation, and how far it is
}
