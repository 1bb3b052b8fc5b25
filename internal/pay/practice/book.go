package practice

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"quartet"
	"quartet/internal/pay"
)

// The book keeps trades over a restart: a file of JSON lines, each a trade as it stands from
// then on, the last one of a number in force. A line is flushed before anybody hears of it. A
// line without its end was cut off by a crash, and nobody has heard of it.

// record is a trade as a line of the book.
type record struct {
	Payment string     `json:"payment"`
	Subject string     `json:"subject"`
	Amount  int64      `json:"amount_fen"`
	PayBy   time.Time  `json:"pay_by"`
	Back    string     `json:"back,omitempty"`
	State   string     `json:"state"`
	Paid    time.Time  `json:"paid,omitzero"`
	Returns []returned `json:"returns,omitempty"`
}

type returned struct {
	Refund string    `json:"refund"`
	Amount int64     `json:"amount_fen"`
	At     time.Time `json:"at"`
}

func toRecord(t *trade) record {
	r := record{
		Payment: t.attempt.Payment, Subject: t.attempt.Subject, Amount: int64(t.attempt.Amount), PayBy: t.attempt.PayBy, Back: t.attempt.Back,
		State: string(t.state), Paid: t.paid,
	}
	for i, back := range t.returns {
		r.Returns = append(r.Returns, returned{Refund: back.Refund, Amount: int64(back.Amount), At: t.at[i]})
	}
	return r
}

func fromRecord(r *record) *trade {
	t := &trade{
		attempt: pay.Attempt{Payment: r.Payment, Method: "page", Subject: r.Subject, Amount: quartet.Fen(r.Amount), PayBy: r.PayBy, Back: r.Back},
		state:   pay.TradeState(r.State), paid: r.Paid,
	}
	for _, back := range r.Returns {
		t.returns = append(t.returns, pay.Return{Refund: back.Refund, Payment: r.Payment, Amount: quartet.Fen(back.Amount)})
		t.at = append(t.at, back.At)
	}
	return t
}

// readBook reads the book of an earlier life, and cuts off what a crash left half written.
func readBook(file string) (map[string]*trade, error) {
	trades := map[string]*trade{}
	if file == "" {
		return trades, nil
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return trades, nil
	}
	if err != nil {
		return nil, err
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	for line := range bytes.Lines(whole) {
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, quartet.Errorf(quartet.ErrInvalid, "%s holds no trades of the practice provider; move it away, and what was paid by practice can be given back no more", file)
		}
		trades[r.Payment] = fromRecord(&r)
	}
	if len(whole) < len(data) {
		err = os.Truncate(file, int64(len(whole)))
	}
	return trades, err
}

// write adds a trade as it now stands to the book. The caller holds the lock.
func (p *Provider) write(t *trade) (err error) {
	if p.file == "" {
		return nil
	}
	line, err := json.Marshal(toRecord(t))
	if err != nil {
		return err
	}
	f, err := os.OpenFile(p.file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return unwritten(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return unwritten(err)
	}
	if _, err = f.Write(append(line, '\n')); err == nil {
		err = f.Sync()
	}
	if err != nil { // nobody hears of it; what comes next begins a line of its own
		err = errors.Join(err, f.Truncate(end))
	}
	return unwritten(err)
}

func unwritten(err error) error {
	if err == nil {
		return nil
	}
	return &quartet.Error{Code: quartet.ErrUnavailable, Message: "the practice provider cannot write its trades; look at the disk", Cause: err}
}
