package quartet

import "time"

// Operator is a person who runs the house.
type Operator struct {
	ID        string
	Name      string
	Password  string // argon2id in PHC form; never the password itself
	CreatedAt time.Time
}

// AuditEntry says who changed or saw what. It is written in one transaction with the
// change, holds no secret and no element, and is never altered.
type AuditEntry struct {
	ID      string // time-ordered
	At      time.Time
	Actor   string // an operator's name, or by which door an unnamed one came
	Action  string // "credential.revoke"
	Subject string // id of what was changed or seen
	Detail  string // what about it, in a few words
	Origin  string // from where it was done, such as an address; empty: not known
	Before  string // JSON of what it was, without secrets; empty: it was not, or Detail says it
	After   string // JSON of what it became
}
