package quartet

import "time"

// JobState is where a job stands.
type JobState string

// The states of a job.
const (
	JobWaiting JobState = "waiting" // for its time
	JobRunning JobState = "running" // leased by a node until Lease
	JobDone    JobState = "done"
	JobDead    JobState = "dead" // tried too often, or in vain; a person restarts it
)

// Job is work that must be done though whoever asked for it has gone: written in the
// transaction that asks, run until it is done. It may run more than once, so what it does
// is safe to repeat.
type Job struct {
	ID      string
	Kind    string // "payment.query"
	Key     string // what it is about; there is one job of a kind and key, ever
	State   JobState
	Tries   int // begun so far; names the lease
	Failed  int // tries that failed, or of which nothing was heard, since it last got anywhere
	NextAt  time.Time
	Lease   time.Time // of a running one: when another node may take it over
	Error   string    // of the last try, without any secret
	Created time.Time
	Ended   time.Time
}
