package quartet

import "time"

// Drill is a rehearsal of bad days of suppliers that an operator began, and what came of it.
type Drill struct {
	ID       string
	By       string
	State    DrillState
	Invented bool // three invented suppliers were rehearsed, not those of the house
	Calls    int  // in each phase
	Callers  int  // at once
	Deadline time.Duration

	Done, Total int64  // calls
	Passed      bool   // all that must hold did
	Report      []byte // JSON; none until it is done
	Reason      string // why it could not be made

	Begun time.Time
	Seen  time.Time // when it was last heard of
	Ended time.Time
}

// DrillState is where a drill stands.
type DrillState string

// The states of a drill.
const (
	DrillRunning   DrillState = "running"
	DrillDone      DrillState = "done"
	DrillFailed    DrillState = "failed" // it could not be made; it says nothing about suppliers
	DrillCancelled DrillState = "cancelled"
	DrillCutOff    DrillState = "cut_off" // its process ended
)
