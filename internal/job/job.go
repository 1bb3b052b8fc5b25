// Package job runs work that must be done though whoever asked for it has gone.
//
// A job is written in the transaction that asks for it. A node leases it, runs what is
// known to do its kind, and writes what became of it. While it runs the lease is renewed. A
// node that dies leaves a lease that ends, and another one takes the job over: so a job may
// run twice, and what it does is safe to repeat. A node that has its store to itself takes
// back what it was doing before it died as soon as it starts.
//
// Of the places of a node no kind takes more than half, so that one whose jobs are slow, since
// a provider does not answer, holds up no other; each kind that comes first has one that it
// need not share, and those kinds together leave two to all others.
//
// What a try comes to is said by its error: none, and the job is done; Later, and it runs
// again then, which is no failure; ErrInvalid, ErrNotFound or ErrUnsupported, and it is dead
// at once, since no other try can end differently; anything else, a panic too, and it is
// tried again after a wait that doubles, until it has failed so often that it is dead. A
// person restarts what is dead. A job of a kind that this version does not know waits for
// one that does.
package job

import (
	"time"

	"github.com/google/uuid"

	"quartet"
)

// At is a job of a kind about a key, to be run from an instant on.
func At(kind, key string, at, now time.Time) quartet.Job {
	id, err := uuid.NewV7()
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return quartet.Job{ID: id.String(), Kind: kind, Key: key, NextAt: at, Created: now}
}

// Later is the answer of a job that did all it could for now and wants to run again. It is
// no failure, however often it comes.
type Later struct { //nolint:errname // it reads as the answer that it is: job.Later
	In  time.Duration
	Why string
}

// Error implements error.
func (l Later) Error() string { return "later: " + l.Why }
