package batch

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/verify"
)

// Files is where a batch is kept until it is checked.
type Files interface {
	OpenBatch(ctx context.Context, b quartet.Batch, most int) error
	PutBatchPart(ctx context.Context, id string, part int64, sealed []byte, most int64) error
	ReadBatch(ctx context.Context, b quartet.Batch, jobs []quartet.Job, e quartet.AuditEntry) error
	BatchPart(ctx context.Context, id, kind string, part int64) ([]byte, error)
	DropBatchFile(ctx context.Context, id string) error
}

// Checks is where what a check finds is written.
type Checks interface {
	ClearBatch(ctx context.Context, b *quartet.Batch) error
	BatchTwins(ctx context.Context, id string, params []quartet.Fingerprint) (map[quartet.Fingerprint]int64, error)
	AddBatchRows(ctx context.Context, b *quartet.Batch, rows []quartet.BatchRow, people []byte, found quartet.BatchCount) error
	BreakRounded(ctx context.Context, b *quartet.Batch, elements quartet.ElementSet) error
	EndBatchCheck(ctx context.Context, b *quartet.Batch, state quartet.BatchState, why string, now time.Time) error
}

// Runs is where rows are sent and come to their ends.
type Runs interface {
	DriveBatch(ctx context.Context, id, driver string, now, lease time.Time, alone bool) (b quartet.Batch, mine bool, err error)
	StepBatch(ctx context.Context, id, driver string, run int64, lease time.Time, ends, back, next []quartet.BatchRow) (b quartet.Batch, goOn bool, err error)
	LeaveBatch(ctx context.Context, id, driver string, run int64, state quartet.BatchState, why string, now time.Time) error
	ReadyRows(ctx context.Context, id string, after int64, limit int) ([]quartet.BatchRow, error)
	SentRows(ctx context.Context, id string) ([]quartet.BatchRow, error)
	BatchCall(ctx context.Context, no quartet.SeqNo) (c quartet.Call, found, held bool, err error)
}

// Turns is where people say what is to become of a batch.
type Turns interface {
	TurnBatch(ctx context.Context, account, id string, decide func(b *quartet.Batch) ([]quartet.Job, quartet.AuditEntry, error)) (quartet.Batch, error)
	AskAgain(ctx context.Context, account, id string, refused bool, decide func(b *quartet.Batch, rows int64) ([]quartet.Job, quartet.AuditEntry, error)) (quartet.Batch, error)
	EraseBatch(ctx context.Context, id string, now time.Time, e quartet.AuditEntry) error
	EraseDueBatch(ctx context.Context, id string, now, before, broken time.Time) error
	DueBatches(ctx context.Context, before, broken time.Time) ([]string, error)
	StalledBatches(ctx context.Context) ([]quartet.Batch, error)
	Audit(ctx context.Context, e quartet.AuditEntry) error
}

// Looks is what is told of batches.
type Looks interface {
	Batch(ctx context.Context, id string) (quartet.Batch, error)
	Batches(ctx context.Context, account, before string, limit int) ([]quartet.Batch, error)
	BatchRows(ctx context.Context, id string, after int64, limit int) ([]quartet.BatchRow, error)
	FaultyRows(ctx context.Context, id string, after int64, limit int) ([]quartet.BatchRow, error)
	BatchFaults(ctx context.Context, id string) ([]quartet.BatchFault, error)
}

// House is what else a batch must know.
type House interface {
	Products(ctx context.Context) ([]quartet.Product, error)
	Grants(ctx context.Context, account string) ([]quartet.Grant, error)
	Credential(ctx context.Context, id string) (quartet.Credential, error)
}

// Store keeps batches.
type Store interface {
	Files
	Checks
	Runs
	Turns
	Looks
	House
}

// Road is what rows are asked on; package verify's service is the one.
type Road interface {
	LeaveFor(ctx context.Context, credential, product string, want int) verify.Leave
	Number() quartet.SeqNo
	Ask(ctx context.Context, caller auth.Caller, q verify.Query, request string) verify.Answer
}

// Sealer seals what is kept.
type Sealer interface {
	Seal(plain []byte, ad string) []byte
	Unseal(sealed []byte, ad string) ([]byte, error)
}

// Options of a Desk. A zero limit is the standard one.
type Options struct {
	Store  Store
	Sealer Sealer
	Print  func(parts ...string) quartet.Fingerprint // keyed
	Text   func(quartet.SeqNo) string
	Road   Road // nil: nothing is served, and nothing runs
	Now    func() time.Time

	MaxBytes int64         // of a file
	MaxRows  int64         // of a file
	AtOnce   int           // rows of an account on the road
	Keep     time.Duration // what people can do without: from the last thing that happened on
	// Settled is how long after a row was sent its call may still come, where other processes
	// work on the store.
	Settled time.Duration
	// Alone says that no other process works on the store: whatever another one sent has its
	// call by now, or will never have it.
	Alone bool
	// Slice is how long a job drives one batch until others have their turn.
	Slice time.Duration
}

// The standard limits.
const (
	StandardBytes  = 256 << 20
	StandardRows   = 1_000_000
	StandardKeep   = 7 * 24 * time.Hour
	StandardAtOnce = 32
	// What an account may keep that is not erased: so many batches, and so many bytes of files.
	maxKept      = 100
	maxKeptBytes = 4 << 30
)

// Desk is where batches are brought, looked at and run. Safe for concurrent use.
type Desk struct {
	o Options

	mu     sync.Mutex
	flying map[quartet.SeqNo]struct{} // rows that this process has on the road
	drives map[string]bool            // accounts that it drives a batch of
	runs   map[string]refusals        // batches that it has driven and that still run
}

// New makes a desk.
func New(o Options) *Desk {
	or(&o.MaxBytes, StandardBytes)
	or(&o.MaxRows, StandardRows)
	or(&o.AtOnce, StandardAtOnce)
	or(&o.Keep, StandardKeep)
	or(&o.Settled, time.Minute)
	or(&o.Slice, 20*time.Second)
	return &Desk{o: o, flying: map[quartet.SeqNo]struct{}{}, drives: map[string]bool{}, runs: map[string]refusals{}}
}

func or[T comparable](v *T, standard T) {
	var none T
	if *v == none {
		*v = standard
	}
}

// MaxBytes is the size of the largest file.
func (d *Desk) MaxBytes() int64 { return d.o.MaxBytes }

// Jobs tells how the jobs of batches are done.
func (d *Desk) Jobs() map[string]func(ctx context.Context, key string) error {
	return map[string]func(context.Context, string) error{quartet.JobBatchCheck: d.check, quartet.JobBatchRun: d.run}
}

// own finds a batch of an account. ErrNotFound: it has none of that id.
func (d *Desk) own(ctx context.Context, account, id string) (quartet.Batch, error) {
	b, err := d.o.Store.Batch(ctx, id)
	if quartet.CodeOf(err) == quartet.ErrNotFound || err == nil && b.Account != account {
		return quartet.Batch{}, errNoBatch()
	}
	return b, err
}

func errNoBatch() error {
	return quartet.Errorf(quartet.ErrNotFound, "the account has no batch of that id")
}

func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// token names one try of a job.
func token() string { return rand.Text() }
