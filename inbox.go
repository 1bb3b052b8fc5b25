package quartet

import "time"

// InboxNote is what the people of an account find in the console when they come.
type InboxNote struct {
	ID      string
	Account string
	Kind    string // "alert.remaining", "repurchase.placed", "webhook.disabled"
	About   string // the id of what it is about
	Subject string
	Text    string
	Created time.Time
	Read    time.Time // by whoever lists it; zero: not yet
}

// Telling is what the people and programs of an account are to hear of one thing: all of it
// is written, or nothing.
type Telling struct {
	Notes      []InboxNote
	Messages   []Message
	Deliveries []Delivery
	Jobs       []Job
}
