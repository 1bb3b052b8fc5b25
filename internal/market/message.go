package market

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"quartet"
)

// Message is what a market says.
type Message struct {
	Event     string // the market's number of it, the same when it is sent again
	Action    quartet.MarketAction
	Order     string // the market's number of the order
	Buyer     string // the market's id of the buyer
	BuyerName string
	Plan      string
	Trial     bool
	Until     time.Time // first instant after the last day; zero: none was said
	Instance  string    // empty: none was said
	Refund    bool
}

var (
	marketWord = regexp.MustCompile(`^[!-~]{1,128}$`)
	planWord   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
)

const (
	maxBuyerName = 100
	// nobody's units last longer than those of the longest plan
	maxYearsAhead = 100
)

// Parse reads a message: one JSON object, each name at most once and none that is not
// known. ErrInvalid, with the field that is wrong.
func Parse(body []byte) (Message, error) {
	var m Message
	var action, last string
	fields := map[string]any{
		"event_id": &m.Event, "action": &action, "order_id": &m.Order, "buyer_id": &m.Buyer, "buyer_name": &m.BuyerName, "plan_id": &m.Plan,
		"trial": &m.Trial, "expires_on": &last, "instance_id": &m.Instance, "refund": &m.Refund,
	}
	if err := readObject(body, fields); err != nil {
		return Message{}, err
	}
	m.Action = quartet.MarketAction(action)
	if m.Instance == "0" { // what we answer while there is none
		m.Instance = ""
	}
	if last != "" {
		day, err := time.ParseInLocation(time.DateOnly, last, quartet.Shanghai)
		if err != nil || day.Year() < 2000 || day.Year() > 2000+maxYearsAhead {
			return Message{}, wrong("expires_on", "write the last day of validity as 2028-12-31")
		}
		m.Until = quartet.EndOfDay(day)
	}
	return m, m.check()
}

func wrong(field, message string) error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: message}
}

// readObject reads one JSON object into what stands under its names, exactly.
func readObject(body []byte, fields map[string]any) error {
	if !utf8.Valid(body) {
		return wrong("", "the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return wrong("", "the body is one JSON object")
	}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return wrong("", "the body is not JSON")
		}
		into := fields[name]
		if into == nil {
			return wrong("", "the body has a field twice, or one that is not known; see the list of fields")
		}
		delete(fields, name)
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return wrong("", "the body is not JSON")
		}
		if bytes.Equal(raw, []byte("null")) || json.Unmarshal(raw, into) != nil {
			return wrong(name, "this field has another type; leave it out where there is nothing to say")
		}
	}
	if _, err := d.Token(); err != nil {
		return wrong("", "the body is not JSON")
	}
	if _, err := d.Token(); err != io.EOF {
		return wrong("", "something stands behind the JSON object")
	}
	return nil
}

// check finds what an action needs and lacks.
func (m *Message) check() error {
	for _, w := range []struct {
		field, value string
		needed       bool
	}{
		{"event_id", m.Event, true},
		{"order_id", m.Order, m.Action == quartet.MarketCreate || m.Instance == ""},
		{"buyer_id", m.Buyer, m.Action == quartet.MarketCreate},
		{"instance_id", m.Instance, false},
	} {
		if (w.value != "" || w.needed) && !marketWord.MatchString(w.value) {
			return wrong(w.field, "this field has 1 to 128 printable ASCII characters, without spaces")
		}
	}
	if utf8.RuneCountInString(m.BuyerName) > maxBuyerName || strings.ContainsFunc(m.BuyerName, unicode.IsControl) {
		return wrong("buyer_name", "a name has at most 100 characters and no control characters")
	}
	switch m.Action {
	case quartet.MarketCreate:
		if !planWord.MatchString(m.Plan) {
			return wrong("plan_id", "say by id which plan was sold, such as 1887-1200")
		}
	case quartet.MarketRenew:
		if m.Until.IsZero() {
			return wrong("expires_on", "a renewal says the new last day")
		}
	case quartet.MarketExpire, quartet.MarketRelease:
	default:
		return wrong("action", "the action is create, renew, expire or release")
	}
	return nil
}
