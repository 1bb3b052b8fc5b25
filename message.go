package quartet

import "time"

// Message is what is to be sent to somebody. It is written with the change that asks for
// it, together with its job, so that no crash loses it; what it says and to whom is sealed
// until it has gone, and is then erased.
type Message struct {
	ID      string
	Channel Channel
	Kind    string // what it is about, such as "code.signup"; never what it says
	Sealed  []byte // to whom and what; empty: it was sent, or came to its end unsent
	Created time.Time
	Expires time.Time // what it says is of no use from then on; zero: always of use
	Sent    time.Time // zero: not yet, or never
}

// JobMailSend is the kind of the job that sends a message; its key is the message's id.
const JobMailSend = "mail.send"

// Job is the job that sends it.
func (m Message) Job() Job {
	return Job{ID: m.ID, Kind: JobMailSend, Key: m.ID, NextAt: m.Created, Created: m.Created}
}
