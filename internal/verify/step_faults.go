//go:build faults

package verify

import (
	"os"
	"syscall"
)

// step kills the process, as a power cut would, at the place that QUARTET_KILL_AT names. The
// build exists only so that a crash at each step of a call can be looked at.
func step(at point) {
	if os.Getenv("QUARTET_KILL_AT") == string(at) {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until it arrives
	}
}
