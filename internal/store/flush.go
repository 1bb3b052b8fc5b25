//go:build !noflush

package store

// synchronous makes SQLite flush its log before a commit returns.
const synchronous = "FULL"
