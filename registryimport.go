package quartet

import "time"

// RegistryImport is a file of people on its way into the registry.
type RegistryImport struct {
	ID      string
	Name    string // of the file, as whoever sent it calls it
	By      string // who sent it
	State   ImportState
	Replace bool  // the registry is built anew by it; else rows are written over those that are there
	Size    int64 // of the file, in bytes
	Parts   int64 // in which it is kept

	Read       int64 // bytes, in the run that goes on
	Rows       int64
	Loaded     int64
	Damaged    int64
	Report     int64  // length of the report, in bytes
	Generation int64  // of the registry that it is in; 0: none yet
	Reason     string // why it failed, or what is odd about its file

	Created time.Time
	Begun   time.Time
	Told    time.Time // when it was last said how far it is
	Ended   time.Time
}

// ImportState is where an import stands.
type ImportState string

// The states of an import.
const (
	ImportReceiving ImportState = "receiving" // its file is on its way
	ImportReady     ImportState = "ready"     // it waits to be begun
	ImportRunning   ImportState = "running"
	ImportDone      ImportState = "done"
	ImportFailed    ImportState = "failed"
	ImportCancelled ImportState = "cancelled"
	ImportExpired   ImportState = "expired" // nobody began it in time
)

// Over reports whether nothing more comes of it.
func (s ImportState) Over() bool {
	return s != ImportReceiving && s != ImportReady && s != ImportRunning
}

// JobRegistryImport is the kind of job that imports a file into the registry; its key is the
// import's id.
const JobRegistryImport = "registry.import"
