package registry

import (
	"context"

	"quartet"
)

// Backend keeps the records of a registry as bytes. Two satisfy it: Pebble on one node,
// in this package, and the table of the store in a cluster. Errors are *quartet.Error
// or plain ones; they hold no key and no value.
//
// There are at most two generations to see: the active one and one that is being
// filled. A generation that was replaced or given up is gone for every method; its rows
// are removed by the backend in its own time, in short chunks.
type Backend interface {
	// RegistryGenerations gives the active generation and the one being filled, as far
	// as they exist, oldest first.
	RegistryGenerations(ctx context.Context) ([]quartet.Generation, error)

	// RegistryGet appends the value under key to dst, or nothing where there is none.
	// live is false when gen is not the active generation at the moment of reading:
	// then nothing is said about the key, and the caller looks up the generations anew.
	RegistryGet(ctx context.Context, gen int64, key [16]byte, dst []byte) (value []byte, live bool, err error)

	// RegistryBegin makes an empty generation beside the active one. One that was being
	// filled before is given up. key and marker are stored with it.
	RegistryBegin(ctx context.Context, key string, marker []byte) (gen int64, err error)

	// RegistryPut writes rows (key i has value i; keys are distinct, 16 bytes, in
	// ascending order) over those that exist and sets the marker, all or nothing. It may
	// become durable later, but in the order of calls: a marker that is found after a
	// crash has its rows, and those of every earlier call, beside it. ErrConflict when
	// the generation is gone.
	RegistryPut(ctx context.Context, gen int64, keys, values [][]byte, marker []byte) error

	// RegistryActivate makes all that was put durable, then makes gen the active
	// generation and sets its marker, in one step; the one that was active is gone. On
	// the active generation itself it does the first and the last alone.
	RegistryActivate(ctx context.Context, gen int64, marker []byte) error

	// RegistryStat counts the records of a generation and the bytes they take on disk
	// (0 when the engine cannot say). It may read the whole generation.
	RegistryStat(ctx context.Context, gen int64) (records, bytes int64, err error)
}
