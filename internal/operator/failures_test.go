//nolint:testpackage // a guess costs a hash, so a thousand of them are counted from inside
package operator

import (
	"fmt"
	"testing"
	"time"
)

func TestFailures_StayFewWhateverNamesAreTried(t *testing.T) {
	var f failures
	now := time.Now()
	fail := func(name string, known bool) (refused bool) {
		_, refused = f.begin(name, known, now)
		return refused
	}
	for range maxFailures {
		fail("zhang", true)
	}
	for i := range 3 * maxStrange {
		now = now.Add(time.Millisecond)
		fail(fmt.Sprint("stranger", i), false)
	}
	if len(f.names) != maxStrange+1 || f.strange != maxStrange {
		t.Errorf("%d names are remembered, %d of strangers", len(f.names), f.strange)
	}
	if !fail("zhang", true) {
		t.Error("strange names washed an operator's failures away")
	}
	// The latest stranger is remembered, the first is not.
	last := fmt.Sprint("stranger", 3*maxStrange-1)
	for range maxFailures - 1 {
		fail(last, false)
	}
	if !fail(last, false) {
		t.Error("the latest stranger was dropped")
	}
	f.forget(last)
	f.forget("zhang")
	if len(f.names) != maxStrange-1 || f.strange != maxStrange-1 || fail("zhang", true) {
		t.Errorf("%d names are remembered, %d of strangers", len(f.names), f.strange)
	}
}
