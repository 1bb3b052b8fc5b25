//go:build noflush

package store

// synchronous is off in this build: acknowledged calls can be lost with the power. The
// build exists only so that the test of the flush can be seen to fail.
const synchronous = "OFF"
