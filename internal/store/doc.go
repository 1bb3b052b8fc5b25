// Package store keeps what must not be lost, on SQLite or PostgreSQL, with one SQL text.
//
// The trip of a charge: package quota gathers acts and calls Commit → the store begins a
// transaction and reads the grants and holds concerned, locked → the judge it was handed
// decides every act on its own → the store writes what was decided and commits. Only
// then does Commit return nil, and only then may anyone answer.
//
// House rules that keep the text one: $n placeholders, times as BIGINT microseconds UTC
// (0 for none), booleans as BIGINT 0 or 1, ids TEXT made by us, every column named. Only
// dialect.go names an engine; the batch write alone is written twice.
package store
