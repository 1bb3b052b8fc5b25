package market

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/job"
)

// JobHandle is the kind of the job that does a message; its key is our id of the message.
const JobHandle = "market.handle"

// repairAfter is when the job of a message looks whether it was done.
const repairAfter = time.Minute

// Signed is a message as it came.
type Signed struct {
	Timestamp string
	Signature string
	Body      []byte
}

// Answer is what a market is told. Instance "0" asks it to send the message again.
type Answer struct {
	Instance string                `json:"instance_id"`
	State    quartet.InstanceState `json:"state"`
	AppCode  string                `json:"app_code,omitempty"`
}

// again is the Instance of an answer to what is not done yet.
const again = "0"

// Take takes a message of a market: it is proved, kept, and then done. However often it
// comes, it is done once and gets the same answer. ErrUnauthenticated: it is unsigned, forged
// or stale, or there is no such market, which strangers are not told; ErrForbidden: the market is off;
// ErrInvalid: it breaks a rule; ErrReplayed: its event came with another body before;
// ErrConflict: it cannot be done, for good or for now, as it says.
func (d *Desk) Take(ctx context.Context, market string, s Signed) (Answer, error) {
	now := d.o.Now()
	m, err := d.o.Store.Market(ctx, market)
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		// Nothing is written: a stranger may make up as many names as he likes.
		return Answer{}, prove(rand.Text(), s, now)
	}
	if err != nil {
		return Answer{}, err
	}
	secret, err := d.o.Sealer.Unseal(m.Sealed, quartet.MarketRecord(m.Name))
	if err != nil {
		return Answer{}, err
	}
	if err := prove(string(secret), s, now); err != nil {
		return Answer{}, d.refused(ctx, m.Name, err)
	}
	if !m.Off.IsZero() {
		return Answer{}, d.refused(ctx, m.Name, quartet.Errorf(quartet.ErrForbidden, "this market is switched off; nothing was done"))
	}
	told, err := Parse(s.Body)
	if err != nil {
		return Answer{}, err
	}
	e, err := d.keep(ctx, m.Name, &told, s.Body, now)
	if err != nil {
		return Answer{}, err
	}
	return d.handle(ctx, e, &told)
}

// keep writes a message before anything is done, and gives the one of its event that stands.
func (d *Desk) keep(ctx context.Context, market string, m *Message, body []byte, now time.Time) (quartet.MarketEvent, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return quartet.MarketEvent{}, err
	}
	sum := sha256.Sum256(body)
	e := quartet.MarketEvent{
		ID: id.String(), Market: market, Event: m.Event, Hash: hex.EncodeToString(sum[:]), Sealed: d.o.Sealer.Seal(body, id.String()),
		Action: m.Action, State: quartet.MarketEventReceived, Received: now,
	}
	standing, err := d.o.Store.PutMarketEvent(ctx, e, wanted(market, m, now), job.At(JobHandle, e.ID, now.Add(repairAfter), now))
	if err == nil && standing.Hash != e.Hash {
		err = quartet.Errorf(quartet.ErrReplayed, "this event came before with another body; give what is new a number of its own")
	}
	return standing, err
}

// wanted is the instance that a message asks for, with ids that follow from the market's own.
func wanted(market string, m *Message, now time.Time) quartet.Instance {
	if m.Action != quartet.MarketCreate {
		return quartet.Instance{}
	}
	id := instanceID(market, m.Order)
	return quartet.Instance{
		ID: id, Market: market, Sale: m.Order, Buyer: m.Buyer, Plan: m.Plan, Trial: m.Trial, Account: accountID(market, m.Buyer),
		Credential: derived("credential", id), State: quartet.InstanceProvisioning, Created: now,
	}
}

func instanceID(market, sale string) string { return derived("instance", market, sale) }

// accountID is one that no person chooses.
func accountID(market, buyer string) string {
	const digits = 24
	sum := sha256.Sum256([]byte("account\n" + market + "\n" + buyer))
	return "m" + hex.EncodeToString(sum[:])[:digits]
}

// derived is a UUID that follows from words, none of which holds a line feed.
func derived(kind string, words ...string) string {
	text := strings.Join(append([]string{kind}, words...), "\n")
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(text)).String()
}

// refused writes that a message was refused, and gives why.
func (d *Desk) refused(ctx context.Context, market string, why error) error {
	now := d.o.Now()
	detail, due := d.refusals.Tell(market, why.Error(), now)
	if !due {
		return why
	}
	if err := d.o.Store.Audit(ctx, audit.Entry(now, by(market), "market.refuse", market, detail)); err != nil {
		return err
	}
	return why
}

// by is who is written as having done what a market says.
func by(market string) string { return "market " + market }
