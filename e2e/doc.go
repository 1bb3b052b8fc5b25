// Package e2e holds the tests that run the real binary: killed while it serves, watched by
// strace, on SQLite and on PostgreSQL. They know nothing of its inside; they call it over
// HTTP and ask it through its commands, as an operator would. The programs in clients call it
// as buyers do, with the libraries that buyers use.
package e2e
