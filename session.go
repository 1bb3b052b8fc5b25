package quartet

import "time"

// Session is somebody who is signed in at one browser or program.
type Session struct {
	ID        string // names it to who it is of; opens nothing
	Hash      string // SHA-256 of the token, which is never kept
	Who       string // id of the person, or of the operator
	Operator  bool   // it is an operator, not a person
	Account   string // that a person has chosen to act for; empty: none yet
	Epoch     int64  // of who it is, at sign-in: when theirs has grown, it is over
	Factor    bool   // a second factor was proved in it
	CreatedAt time.Time
	ProvedAt  time.Time // when the password, or what stands for it, was last proved
	SeenAt    time.Time // as last written, a minute behind at most
	EndsAt    time.Time // at the latest, however busy it is
	Origin    string    // from where it began
	Agent     string    // what the browser or program says it is
}

// Standing is how whoever a session is of stands at this moment.
type Standing struct {
	By          string // as the audit names them
	Name        string // as they are greeted
	Role        Role   // in the account that is chosen, or in the house; empty: none
	Epoch       int64
	PasswordDue bool // somebody else gave them the password: they change it before anything else
	Factors     bool // they have a second factor, which every session of theirs must prove
}
