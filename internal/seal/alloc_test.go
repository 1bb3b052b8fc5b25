//go:build !race

// The race detector empties pools at random, so allocations are counted without it.

package seal_test

import (
	"testing"

	"quartet/internal/seal"
)

func TestSum_AllocatesNothing(t *testing.T) {
	h := seal.NewHasher([32]byte{7})
	if n := testing.AllocsPerRun(1000, func() { h.Sum("account", "1887", "name") }); n >= 1 {
		t.Errorf("%v allocations a sum", n)
	}
}
