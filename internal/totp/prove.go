package totp

import (
	"time"

	"quartet"
)

// Prove tells the step whose code was said, for whoever must write it down by compare-and-set
// before anybody is let in. ErrUnauthenticated: it is another one. ErrReplayed: its step, or
// a later one, was used before.
func Prove(secret, said string, now time.Time, last int64) (step int64, err error) {
	step, right := Check(secret, said, now, 0)
	switch {
	case !right:
		return 0, quartet.Errorf(quartet.ErrUnauthenticated, "the code is wrong; wait for the next one, and see that the clock of the device is right")
	case step <= last:
		return 0, quartet.Errorf(quartet.ErrReplayed, "this code was used before; wait for the next one")
	}
	return step, nil
}
