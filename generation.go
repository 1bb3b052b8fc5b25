package quartet

// Generation is one whole build of the card registry. The active one answers; another
// is filled beside it and takes its place whole.
type Generation struct {
	ID     int64
	Key    string // id of the keyring's key under which its records are hashed
	Active bool
	Marker []byte // how far the import that fills it has come; opaque to the store
}
