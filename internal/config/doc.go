// Package config holds the settings of a node and where each came from.
//
// Four layers, each over the one before: defaults, one YAML file, QUARTET_… variables,
// flags. A node starts with none of the last three. Unknown keys of the file are
// refused, and all faults are reported at once, each with its place.
//
// Secrets come from files or the environment alone, never from a flag or the file: a
// database URL that carries a password is refused.
package config
