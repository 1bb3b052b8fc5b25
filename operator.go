package quartet

import "time"

// Operator is a person who runs the house.
type Operator struct {
	ID            string
	Name          string
	Password      string      // argon2id in PHC form; never the password itself
	PasswordGiven bool        // by somebody else: it is to be changed before anything else
	Role          Role        // exactly one, of the house; "" while nobody has confirmed the first one
	Asked         AskedRole   // zero: no other role is asked for
	Epoch         int64       // sessions begun under an earlier one are over
	FactorSince   time.Time   // since when there is a second factor; zero: there is none
	SignOn        Fingerprint // of who they are at the sign-in service; zero: they do not come from there
	CreatedAt     time.Time
	RemovedAt     time.Time // zero: still there
}

// Removed reports whether the operator has gone. The name stays theirs.
func (o Operator) Removed() bool { return !o.RemovedAt.IsZero() }

// AskedRole is a role that one administrator asked for and another one has not confirmed yet.
type AskedRole struct {
	Role Role
	By   string // the name of who asked
	At   time.Time
}

// IsZero reports whether nothing is asked for.
func (a AskedRole) IsZero() bool { return a.Role == "" }

// OperatorFactor is an authenticator app of an operator.
type OperatorFactor struct {
	Sealed []byte // its secret
	Since  time.Time
	Step   int64 // the last one that was used
}
