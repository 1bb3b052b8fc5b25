package quartet

import (
	"net/url"
	"time"
)

// Webhook is a program of an account that is told what happens, at a URL.
type Webhook struct {
	ID       string
	Account  string
	URL      string
	Secret   []byte // sealed; signs what is sent
	SecretAt time.Time
	Old      []byte // sealed; the secret before, which signs too until OldUntil
	OldUntil time.Time
	Failing  time.Time // since when nothing has come through; zero: it is well
	Disabled time.Time // zero: it is told
	Why      string    // it is disabled
	Created  time.Time
	By       string
}

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting   DeliveryState = "waiting"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed" // tried for a day in vain, or its webhook is gone or disabled
)

// Delivery is one event on its way to one webhook.
type Delivery struct {
	ID      string
	Webhook string
	Account string
	Event   string // its id, the same however often and to whomever it is sent
	Kind    string // "alert.remaining", "test"
	Body    string
	Replays string // the delivery that it repeats; empty: none
	State   DeliveryState
	Tries   int64
	Created time.Time
	Ended   time.Time
}

// JobDeliver is the kind of the job that delivers; its key is the delivery's id.
const JobDeliver = "webhook.deliver"

// Job is the job that delivers it.
func (d *Delivery) Job() Job {
	return Job{ID: d.ID, Kind: JobDeliver, Key: d.ID, NextAt: d.Created, Created: d.Created}
}

// DeliveryTry is one attempt to deliver.
type DeliveryTry struct {
	Delivery string
	Place    int64 // 1 is the first
	At       time.Time
	Latency  time.Duration
	Status   int    // of the answer; 0: none came
	Fault    string // why it is a failure; empty: it is none
	Answer   string // its beginning, scrubbed
}

// Host is where its URL leads; the rest of it may be a secret of the buyer's.
func (w *Webhook) Host() string {
	u, err := url.Parse(w.URL)
	if err != nil {
		return ""
	}
	return u.Host
}
