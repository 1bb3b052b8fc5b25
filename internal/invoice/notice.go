package invoice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"quartet"
	"quartet/internal/job"
)

// Take takes what a channel sends of itself: once it has proved to be the channel's it is kept
// whole, each event once, and whatever it is about is asked for. Nothing else that it says is
// believed. ErrNotFound: there is no such channel; ErrForbidden: it is not the channel's.
func (d *Desk) Take(ctx context.Context, channel string, raw Raw) error {
	c, err := d.by(channel)
	if err != nil {
		return quartet.Errorf(quartet.ErrNotFound, "no channel of that name is set up")
	}
	told, err := c.ParseCallback(ctx, raw)
	if err != nil {
		return err
	}
	id := newID()
	plain, err := json.Marshal(raw)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(raw.Body)
	n := quartet.InvoiceNotice{
		ID: id, Channel: channel, Event: told.Event, Serial: told.Serial, Hash: hex.EncodeToString(sum[:]), Sealed: d.sealer.Seal(plain, "invoice.notice/"+id), At: d.now(),
	}
	ask, err := d.about(ctx, channel, told.Serial)
	if err != nil {
		return err
	}
	return d.store.PutInvoiceNotice(ctx, n, ask)
}

// about is the job that asks for a serial of ours; none: it is not ours at this channel.
func (d *Desk) about(ctx context.Context, channel, serial string) ([]quartet.Job, error) {
	now, id := d.now(), quartet.InvoiceOfSerial(serial)
	v, err := d.store.Invoice(ctx, id)
	switch {
	case err == nil && v.Channel == channel:
		return []quartet.Job{job.At(JobQuery, id, now, now)}, nil
	case err == nil:
		return nil, nil
	case quartet.CodeOf(err) != quartet.ErrNotFound:
		return nil, err
	}
	r, err := d.store.RedLetter(ctx, id)
	switch {
	case err == nil && r.Channel == channel:
		return []quartet.Job{job.At(JobRedQuery, id, now, now)}, nil
	case quartet.CodeOf(err) == quartet.ErrNotFound:
		return nil, nil
	}
	return nil, err
}
