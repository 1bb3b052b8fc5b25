// Package registry is the source for firms that hold the data themselves: a table of
// cards, kept so that no element can be read back from it.
//
//	key     16 bytes  keyed hash of the card
//	value    1 byte   status of the card
//	        24 bytes  three tags of 8: HMAC-SHA256 over card ‖ name, card ‖ ID number,
//	                  card ‖ mobile, each part behind its length, each with its own subkey
//
// Every tag covers the card, so equal names under two cards look different, and
// without the keyring nothing can be enumerated. Records lie in generations: a whole
// build is filled beside the active one and takes its place in one step. All records of
// a generation are hashed under one key of the ring, whose id the generation carries.
//
// It is a local source: a lookup costs nothing outside, so a unit is charged after the
// verdict is found and no hold is needed.
package registry
