package quartet

import "time"

// Operator is a person who runs the house.
type Operator struct {
	ID        string
	Name      string
	Password  string // argon2id in PHC form; never the password itself
	CreatedAt time.Time
}
