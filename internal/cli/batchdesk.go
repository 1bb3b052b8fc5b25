package cli

import (
	"context"
	"io"
	"strings"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/batch"
)

// batchDesk is where batches are: the house of this data folder, or one that is asked over the
// network. What a command shows is the same.
type batchDesk interface {
	batchRun
	batchBook
}

type batchBook interface {
	List(ctx context.Context, account string, limit int) ([]quartet.Batch, error)
	View(ctx context.Context, id string) (batch.View, error)
	Results(ctx context.Context, id string, f batch.Format, out io.Writer) error
	// Credentials are the ids of those of an account that may ask about a product now.
	Credentials(ctx context.Context, account, product string) ([]string, error)
	Upload(ctx context.Context, account, product string, file io.Reader) (quartet.Batch, error)
}

type batchRun interface {
	Start(ctx context.Context, id, credential string, ceiling int64) (quartet.Batch, error)
	Pause(ctx context.Context, id string) (quartet.Batch, error)
	Resume(ctx context.Context, id string, ceiling *int64) (quartet.Batch, error)
	Cancel(ctx context.Context, id string) (quartet.Batch, error)
	AskAgain(ctx context.Context, id string, refused bool, ceiling *int64) (quartet.Batch, error)
	Erase(ctx context.Context, id string) (quartet.Batch, error)
}

// ownBatches are those of the house of this data folder.
type ownBatches struct {
	h  *app.House
	by string
}

func (o ownBatches) List(ctx context.Context, account string, limit int) ([]quartet.Batch, error) {
	if account != "" {
		a, err := o.h.Desk.Account(ctx, account)
		if err != nil {
			return nil, err
		}
		account = a.ID
	}
	return o.h.Batches.List(ctx, account, "", limit)
}

func (o ownBatches) View(ctx context.Context, id string) (batch.View, error) {
	b, err := o.h.Store.Batch(ctx, id)
	if err != nil {
		return batch.View{}, err
	}
	return o.h.Batches.View(ctx, b)
}

func (o ownBatches) Results(ctx context.Context, id string, f batch.Format, out io.Writer) error {
	b, err := o.h.Store.Batch(ctx, id)
	if err != nil {
		return err
	}
	return o.h.Batches.Results(ctx, o.by, batch.Results{Account: b.Account, ID: b.ID, Format: f}, out)
}

func (o ownBatches) Credentials(ctx context.Context, account, product string) (found []string, err error) {
	all, err := o.h.Desk.Credentials(ctx, account)
	for i := range all {
		if c := &all[i]; !c.Revoked() && !c.Test && !c.Expired(o.h.Now()) && (len(c.Limits.Products) == 0 || strings.Contains(" "+strings.Join(c.Limits.Products, " ")+" ", " "+product+" ")) {
			found = append(found, c.ID)
		}
	}
	return found, err
}

func (o ownBatches) Upload(ctx context.Context, account, product string, file io.Reader) (quartet.Batch, error) {
	a, err := o.h.Desk.Account(ctx, account)
	if err != nil {
		return quartet.Batch{}, err
	}
	return o.h.Batches.Upload(ctx, o.by, batch.Order{Account: a.ID, Product: product}, file)
}

// of does something to a batch.
func (o ownBatches) of(ctx context.Context, id string, do func(account string) (quartet.Batch, error)) (quartet.Batch, error) {
	b, err := o.h.Store.Batch(ctx, id)
	if err != nil {
		return quartet.Batch{}, err
	}
	return do(b.Account)
}

func (o ownBatches) Start(ctx context.Context, id, credential string, ceiling int64) (quartet.Batch, error) {
	return o.of(ctx, id, func(account string) (quartet.Batch, error) {
		return o.h.Batches.Start(ctx, o.by, account, id, credential, ceiling)
	})
}

func (o ownBatches) Pause(ctx context.Context, id string) (quartet.Batch, error) {
	return o.of(ctx, id, func(account string) (quartet.Batch, error) { return o.h.Batches.Pause(ctx, o.by, account, id) })
}

func (o ownBatches) Resume(ctx context.Context, id string, ceiling *int64) (quartet.Batch, error) {
	return o.of(ctx, id, func(account string) (quartet.Batch, error) {
		return o.h.Batches.Resume(ctx, o.by, account, id, ceiling)
	})
}

func (o ownBatches) Cancel(ctx context.Context, id string) (quartet.Batch, error) {
	return o.of(ctx, id, func(account string) (quartet.Batch, error) { return o.h.Batches.Cancel(ctx, o.by, account, id) })
}

func (o ownBatches) AskAgain(ctx context.Context, id string, refused bool, ceiling *int64) (quartet.Batch, error) {
	return o.of(ctx, id, func(account string) (quartet.Batch, error) {
		return o.h.Batches.AskAgain(ctx, o.by, account, id, refused, ceiling)
	})
}

func (o ownBatches) Erase(ctx context.Context, id string) (quartet.Batch, error) {
	return o.of(ctx, id, func(account string) (quartet.Batch, error) { return o.h.Batches.Erase(ctx, o.by, account, id) })
}
