package quartet

import "time"

// Market is an outside cloud market that sells our plans and has them provisioned here.
type Market struct {
	Name    string // in the address that it sends messages to
	Sealed  []byte // the secret that it signs them with, sealed under MarketRecord of the name
	Created time.Time
	Rotated time.Time // when the secret in force was made
	Off     time.Time // zero: its messages are taken
}

// MarketRecord is the record id under which the secret of a market is sealed.
func MarketRecord(name string) string { return "market " + name }

// InstanceState is where an instance stands.
type InstanceState string

// The states of an instance. Active and frozen become each other as often as the market says
// so; released is the end.
const (
	InstanceProvisioning InstanceState = "provisioning" // sold, and not all of it is made yet
	InstanceActive       InstanceState = "active"
	InstanceFrozen       InstanceState = "frozen" // its time is over; a renewal restores it
	InstanceReleased     InstanceState = "released"
)

// Instance is one purchase at a cloud market: an account, a credential, an order and its
// grant, made once, and the life line that the market draws them along.
type Instance struct {
	ID         string // what the market calls it by
	Market     string
	Sale       string // the market's own number of the order
	Buyer      string // the market's own id of the buyer
	Plan       string
	Trial      bool
	Account    string
	Credential string
	Order      string // ours; empty until it is active, and if it never was
	Grant      string
	State      InstanceState
	Refund     bool      // of a released one: the market gave the money back
	Told       time.Time // when the newest message came that was done to it
	Steps      int64     // how often it changed
	Created    time.Time
}

// MarketAction is what a market wants done.
type MarketAction string

// The actions.
const (
	MarketCreate  MarketAction = "create"
	MarketRenew   MarketAction = "renew"
	MarketExpire  MarketAction = "expire"
	MarketRelease MarketAction = "release"
)

// Refuses tells why a message that came at an instant can never be done to the instance:
// ErrConflict. Messages overtake one another, and an older one must not undo a later one.
func (i *Instance) Refuses(a MarketAction, came time.Time) error {
	switch {
	case i.State == InstanceReleased && a != MarketRelease:
		return Errorf(ErrConflict, "this instance is released for good; sell a new order")
	case a != MarketCreate && came.Before(i.Told):
		return Errorf(ErrConflict, "a later message about this instance is done already; this one came before it and changes nothing")
	}
	return nil
}

// MarketEventState is where a message of a market stands. The others than received are ends.
type MarketEventState string

// The states of a message of a market.
const (
	MarketEventReceived MarketEventState = "received" // it is safe here, and not done yet
	MarketEventHandled  MarketEventState = "handled"
	MarketEventRefused  MarketEventState = "refused" // it can never be done
)

// MarketEvent is a message of a market, as it is kept.
type MarketEvent struct {
	ID       string // ours: the key of its job
	Market   string
	Event    string // the market's own number of it
	Hash     string // SHA-256 of the body, in hex
	Sealed   []byte // the body, sealed under the ID
	Action   MarketAction
	State    MarketEventState
	Instance string        // what it was done to
	Outcome  InstanceState // of a handled one: what the instance was then
	Answer   string        // of a refused one: why
	Received time.Time
	Ended    time.Time
}

// InstanceStep is one step of an instance, with the message that it ends. It is written with
// what the step changes, or not at all.
type InstanceStep struct {
	Instance Instance // its Steps are those that it was decided on
	Event    string   // id of the message that is done by it; empty: it is not done yet
	At       time.Time
}
