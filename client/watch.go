package client

import (
	"context"
	"iter"
	"time"
)

// WatchBatch shows a batch now and whenever it has changed, until nothing more happens to it by
// itself: somebody must name its columns (uploaded) or start it (checked), it has paused, or it has
// come to its end. It looks once a second, or as [Every] says.
func (c *API) WatchBatch(ctx context.Context, account, batch string, options ...CallOption) iter.Seq2[*BatchView, error] {
	r := request{every: time.Second}
	for _, o := range options {
		o(&r)
	}
	return func(yield func(*BatchView, error) bool) {
		var last *BatchView
		for {
			b, err := c.ShowBatch(ctx, account, batch, options...)
			if err != nil {
				yield(nil, err)
				return
			}
			if last == nil || b.State != last.State || b.Rows != last.Rows {
				if !yield(b, nil) {
					return
				}
			}
			last = b
			moving := b.State == "uploading" || b.State == "checking" || b.State == "running"
			if !moving && b.Rows.Sent == 0 { // one that has paused may have rows on the road yet
				return
			}
			select {
			case <-ctx.Done():
				yield(nil, ctx.Err())
				return
			case <-time.After(r.every):
			}
		}
	}
}

// Every is how often something is looked at that is watched.
func Every(d time.Duration) CallOption { return func(r *request) { r.every = d } }
