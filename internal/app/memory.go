package app

import (
	"os"
	"runtime/debug"
)

// gcPercent lets the heap grow to five times what lives in it. What lives is a few
// megabytes, so the usual doubling would collect dozens of times a second under load.
const gcPercent = 400

// TuneMemory sets the collector of a process that serves, unless whoever started it has
// set GOGC.
func TuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
