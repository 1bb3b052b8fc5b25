// Package seal keeps the keys of a Quartet and does what needs them: it seals secrets
// so that they can be shown again, and turns values that must not be kept into keyed
// fingerprints.
//
// The keyring is one file that lies outside the data folder, so that a stolen copy of
// the data opens nothing. It holds versioned master keys; every use derives its own
// subkey by HKDF under a label, and no master key is ever used itself. Rotation adds a
// key and makes it active: new secrets are sealed under it, old ones still open.
// Whoever loses the file loses what was sealed and the meaning of every fingerprint.
package seal
