package quartet

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

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

// What the store itself writes about the chain.
const (
	AuditBegun  = "audit.begin"  // entries older than the chain were chained; once in the life of a house
	AuditBroken = "audit.broken" // the end of the chain was found changed by somebody else
)

// AuditLink is an entry in its place of the chain: 1, 2, 3 without a gap. Its mac covers the
// mac before it, so that no entry can be altered, taken out, put in or moved without the key.
type AuditLink struct {
	Place int64
	Key   string // id of the key of the mac
	Mac   string // hex
	Entry AuditEntry
}

// AuditSearch says which entries are wanted; what is left empty does not bound.
type AuditSearch struct {
	Actor  string // by their whole name
	Action string // "source.change", or "source" for all that is done to sources
	From   time.Time
	To     time.Time // the first instant that is no longer wanted
}

// Text is what the mac of a link is made over: every field behind its length, and the mac
// of the link before.
func (l AuditLink) Text(before string) []byte {
	e := l.Entry
	return lengths("entry", before, strconv.FormatInt(l.Place, 10), l.Key, e.ID, strconv.FormatInt(e.At.UnixMicro(), 10),
		e.Actor, e.Action, e.Subject, e.Detail, e.Origin, e.Before, e.After)
}

// AuditHead is the end of the chain as the store keeps it apart from the entries. Its seal
// is a mac as well, so that who cuts the end off cannot write a head that fits.
type AuditHead struct {
	AuditPoint
	Key  string
	Seal string // hex
}

// Text is what the seal of a head is made over.
func (h AuditHead) Text() []byte {
	return lengths("head", strconv.FormatInt(h.Place, 10), h.Mac, h.Key)
}

// lengths joins parts so that no two lists of parts give the same bytes.
func lengths(parts ...string) []byte {
	var b []byte
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b
}

// AuditPoint is a place of the chain and the mac of its link. Written down outside the
// house, it proves later that nothing up to it has changed since, to whoever holds the key
// as well.
type AuditPoint struct {
	Place int64
	Mac   string // hex; empty at place 0, before the first entry
}

// String is PLACE:MAC.
func (p AuditPoint) String() string { return strconv.FormatInt(p.Place, 10) + ":" + p.Mac }

const auditMacLen = 32

// ParseAuditPoint reads what String gives. ErrInvalid.
func ParseAuditPoint(s string) (AuditPoint, error) {
	place, mac, _ := strings.Cut(s, ":")
	n, err := strconv.ParseInt(place, 10, 64)
	raw, fault := hex.DecodeString(mac)
	p := AuditPoint{Place: n, Mac: hex.EncodeToString(raw)}
	if err != nil || fault != nil || n < 0 || n == 0 && len(raw) > 0 || n > 0 && len(raw) != auditMacLen || p.String() != s {
		return AuditPoint{}, Errorf(ErrInvalid, "a head of the audit is written PLACE:MAC, as `quartet audit head` prints it")
	}
	return p, nil
}

// AccountActions are what of the audit the people of an account may read when it concerns
// their account. What only the house does among itself, such as its notes on a ticket, is not
// among them.
func AccountActions() []string {
	return []string{
		"account.open", "account.suspend", "account.resume", "account.limit", "account.purpose", "person.register", "session.account",
		"member.role", "member.remove", "invitation.send", "invitation.accept", "invitation.withdraw",
		"credential.issue", "credential.change", "credential.rotate", "credential.show", "credential.debug", "credential.revoke",
		"firm.begin", "firm.save", "firm.scan", "firm.submit", "firm.approve", "firm.reject", "firm.revoke", "firm.see",
		"order.place", "order.pay", "order.close", "order.trial", "order.refund", "refund.ask", "refund.approve", "refund.reject", "refund.done", "rating.add",
		"title.add", "title.change", "title.delete", "invoice.apply", "invoice.cancel", "invoice.reject", "invoice.issue",
		"webhook.add", "webhook.change", "webhook.rotate", "webhook.remove", "webhook.replay", "webhook.test",
		"alert_rule.add", "alert_rule.change", "alert_rule.remove", "alert.acknowledge", "repurchase.set", "repurchase.remove",
		"ticket.open", "ticket.close", "ticket.solve", "ticket.rate",
		"batch.upload", "batch.columns", "batch.start", "batch.pause", "batch.resume", "batch.cancel", "batch.ask_again", "batch.reveal", "batch.erase",
		"token.create", "token.revoke",
	}
}
