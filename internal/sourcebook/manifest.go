package sourcebook

// Manifest is what the manifest of a supplier asks for and says, for people who look at it
// before they add a source by it.
type Manifest struct {
	Name, Title string
	Host        string // where questions go, unless the credentials name another address
	Placeholder bool   // nobody has that address: the credentials must name one
	Slots       []Slot
	QPS         int    // questions a second that the supplier takes; 0: it does not say
	Inquires    bool   // it can be asked afterwards what became of a question
	Unconfirmed string // what the manifest says that nobody has confirmed
}

// Slot is a credential that a manifest wants.
type Slot struct{ Name, Title string }

// Fault is one thing that is wrong in a manifest.
type Fault struct {
	Line, Column int
	Key, Message string
}
