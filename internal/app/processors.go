package app

import (
	"os"
	"runtime"
)

// SpareProcessor lets the process run on one thread more than it has processors: a thread that
// waits for the disk or hands an answer to the network keeps its place for a while, and without
// another one the calls that are ready to go on wait with it. It is called once. GOMAXPROCS of
// the environment decides where it is set.
func SpareProcessor() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	}
}
