package quartet

import "time"

// BatchState is where a batch stands.
type BatchState string

// The states of a batch. Its way is uploading → uploaded → checking → checked → running ⇄
// paused → done; cancelled and failed end it from wherever it stands. From done it runs again
// where rows are to be asked once more.
const (
	BatchUploading BatchState = "uploading" // its file is still coming
	BatchUploaded  BatchState = "uploaded"  // somebody must say what its columns hold
	BatchChecking  BatchState = "checking"  // its rows are held against the rules
	BatchChecked   BatchState = "checked"   // it may start; nothing is spent
	BatchRunning   BatchState = "running"
	BatchPaused    BatchState = "paused" // Why says for what
	BatchDone      BatchState = "done"
	BatchCancelled BatchState = "cancelled"
	BatchFailed    BatchState = "failed" // its file cannot be read; Why says what to do
)

// Ended reports whether nothing more comes of it by itself.
func (s BatchState) Ended() bool {
	return s == BatchDone || s == BatchCancelled || s == BatchFailed
}

// Why a batch paused, beside a person who asked for it.
const (
	PausedAsked      = "asked"      // somebody did
	PausedCeiling    = "ceiling"    // the next row might cost more units than are left below the ceiling
	PausedUnits      = "units"      // the account has no unit left
	PausedExpired    = "expired"    // its units are past their validity
	PausedCredential = "credential" // the credential is revoked or expired, or may not call the product
	PausedAccount    = "account"    // the account is suspended, or its units are frozen
	PausedDay        = "day"        // the credential has made as many calls as it may today
	PausedRefused    = "refused"    // too many rows in a row were refused for no fault of theirs
	PausedProduct    = "product"    // the product is switched off, or gone
	PausedFault      = "fault"      // its job was given up: what drove it failed again and again
)

// Batch is a file of people that is asked about, row by row.
type Batch struct {
	ID         string
	Account    string
	Product    string
	Credential string // in whose name it asks; empty until it starts
	Name       string // that its owner gave it
	By         string // who brought it
	State      BatchState
	Why        string
	Columns    []string // what each column of the file holds; empty: as its heading says
	Headless   bool     // the first row is a person
	Bytes      int64
	Parts      int64 // of the file; 0: it is erased
	Run        int64 // of the job that checks or runs it: what an earlier one still does counts no more
	Ceiling    int64 // units that it never exceeds
	Count      BatchCount
	Created    time.Time
	Changed    time.Time // when it came to its state
	Started    time.Time
	Ended      time.Time
	Erased     time.Time // elements and results are gone; zero: they are not
	Base       int64     // rows that had an end when it came to its state
}

// BatchCount counts the rows of a batch.
type BatchCount struct {
	Rows         int64 // people in the file, as far as they were checked
	Broken       int64 // they break a rule, and are not asked about
	Duplicates   int64 // the same person stands above
	Sent         int64 // on the road now, or nobody knows yet what became of them
	Matched      int64
	Mismatched   int64
	Undetermined int64
	Refused      int64
	Unknown      int64 // sent and unanswered: not charged, and asked again only by hand
	Charged      int64 // units
	Reserved     int64 // units that the rows on the road may cost; with Charged never above the ceiling
}

// Verdicts is how many rows have one.
func (c *BatchCount) Verdicts() int64 { return c.Matched + c.Mismatched + c.Undetermined }

// Finished is how many rows have come to an end on the road.
func (c *BatchCount) Finished() int64 { return c.Verdicts() + c.Refused + c.Unknown }

// Ready is how many rows have not been sent.
func (c *BatchCount) Ready() int64 {
	return c.Rows - c.Broken - c.Duplicates - c.Sent - c.Finished()
}

// Add adds what changed.
func (c *BatchCount) Add(d BatchCount) {
	c.Rows += d.Rows
	c.Broken += d.Broken
	c.Duplicates += d.Duplicates
	c.Sent += d.Sent
	c.Matched += d.Matched
	c.Mismatched += d.Mismatched
	c.Undetermined += d.Undetermined
	c.Refused += d.Refused
	c.Unknown += d.Unknown
	c.Charged += d.Charged
	c.Reserved += d.Reserved
}

// RowState is where a row of a batch stands.
type RowState string

// The states of a row.
const (
	RowReady     RowState = "ready"     // it keeps the rules, and is not sent
	RowBroken    RowState = "broken"    // it breaks a rule
	RowDuplicate RowState = "duplicate" // the same person stands in the row Twin
	RowSent      RowState = "sent"      // it may be on the road under its SeqNo
	RowAnswered  RowState = "answered"
	RowUnknown   RowState = "unknown" // sent and unanswered, not charged
)

// RejectRounded says of a number that a spreadsheet has rounded it: it keeps 15 digits and
// writes zeros for the others.
const RejectRounded RejectCode = "rounded"

// BatchRow is a row of a batch, without its elements.
type BatchRow struct {
	Row     int64 // people are counted from 1
	Line    int64 // of the file
	State   RowState
	Code    Code        // why it is broken, or what it was answered
	Fault   RejectCode  // of a broken one: the first rule
	Fields  ElementSet  // of a broken one: the elements that break rules
	Twin    int64       // of a duplicate: the row that is asked
	Params  Fingerprint // as on the row of its call; zero for one that is not asked
	Tail    ElementSet  // elements that end in zeros where a spreadsheet writes them
	SeqNo   SeqNo       // of its call, written down before it is sent
	Sent    time.Time
	Most    int64 // units that it may cost, reserved below the ceiling while it is sent
	Verdict Verdict
	Reason  Reason
	Differs ElementSet
	Charged int64
}

// Tally is what the end of a row adds to the counts of its batch.
func (r *BatchRow) Tally() (c BatchCount) {
	switch {
	case r.State == RowUnknown:
		c.Unknown = 1
	case r.State != RowAnswered:
	case r.Verdict == Match:
		c.Matched = 1
	case r.Verdict == Mismatch:
		c.Mismatched = 1
	case r.Verdict == Undetermined:
		c.Undetermined = 1
	default:
		c.Refused = 1
	}
	c.Charged = r.Charged
	return c
}

// BatchFault counts broken rows that are alike.
type BatchFault struct {
	Code   Code
	Fault  RejectCode
	Fields ElementSet
	Rows   int64
}

// What is kept of a batch under seal, in parts.
const (
	PartFile   = "file"   // as it came
	PartPeople = "people" // the rows that can be asked, BatchPart of them in each part
)

// BatchPart is how many people are sealed together.
const BatchPart = 500

// The jobs of batches. Their keys are the id of the batch, a slash, and its run.
const (
	JobBatchCheck = "batch.check"
	JobBatchRun   = "batch.run"
)
