package cli

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/client"
	"quartet/internal/app"
	"quartet/internal/batch"
)

// afar are the flags of commands that may work on a house somewhere else.
type afar struct{ url, account, tokenFile string }

func (f *afar) flags(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&f.url, "url", "", "base URL of a house somewhere else, which is asked by its management API instead of this data folder")
	cmd.PersistentFlags().StringVar(&f.tokenFile, "token-file", "", "file that holds a token of that house (or QUARTET_TOKEN)")
}

// onBatches runs a command about batches where they are.
func (e *Env) onBatches(f *afar, do func(ctx context.Context, d batchDesk, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if f.url == "" {
			if err := unused(cmd, "is about a house somewhere else; give --url", "token-file"); err != nil {
				return err
			}
			if cmd.Name() != "list" {
				if err := unused(cmd, "is about a house somewhere else; here the id says whose it is", "account"); err != nil {
					return err
				}
			}
			return e.inFolder(func(ctx context.Context, h *app.House, args []string) error {
				return do(ctx, ownBatches{h, e.actor()}, args)
			})(cmd, args)
		}
		d, err := e.farBatches(f)
		if err != nil {
			return err
		}
		return do(cmd.Context(), d, args)
	}
}

// farBatches are the batches of an account of another house.
func (e *Env) farBatches(f *afar) (batchDesk, error) {
	if f.account == "" {
		return nil, usagef("--url asks about an account of that house; give its id as --account")
	}
	token, err := e.secretFrom(f.tokenFile, "TOKEN", "Token: ", "token", "--token-file")
	if err != nil {
		return nil, err
	}
	c, err := client.New(f.url, client.Token(token))
	if err != nil {
		return nil, usageError{err}
	}
	return farBatches{c, f.account}, nil
}

type farBatches struct {
	c       *client.API
	account string
}

// farError tells what a house said in our own words for it, so that commands end as they would here.
func farError(err error) error {
	p, ok := errors.AsType[*client.Problem](err)
	if !ok || p.Code == "" {
		return err
	}
	return &quartet.Error{Code: quartet.ErrorCode(p.Code), Message: p.Error()}
}

func (d farBatches) List(ctx context.Context, account string, limit int) (list []quartet.Batch, err error) {
	if account == "" {
		account = d.account
	}
	for b, err := range d.c.ListBatches(ctx, account, client.PageSize(limit)) {
		if err != nil {
			return nil, farError(err)
		}
		if list = append(list, batchFrom(&b)); len(list) == limit {
			break
		}
	}
	return list, nil
}

func (d farBatches) View(ctx context.Context, id string) (batch.View, error) {
	b, err := d.c.ShowBatch(ctx, d.account, id)
	if err != nil {
		return batch.View{}, farError(err)
	}
	return batchViewFrom(b), nil
}

func (d farBatches) Results(ctx context.Context, id string, f batch.Format, out io.Writer) error {
	file, err := func() (*client.File, error) {
		if f == batch.Workbook {
			return d.c.ExportBatchResultsAsWorkbook(ctx, d.account, id, client.ExportBatchResultsAsWorkbookQuery{})
		}
		return d.c.ExportBatchResultsAsCSV(ctx, d.account, id, client.ExportBatchResultsAsCSVQuery{})
	}()
	if err != nil {
		return farError(err)
	}
	_, err = io.Copy(out, file)
	return errors.Join(err, file.Close())
}

func (d farBatches) Credentials(ctx context.Context, account, product string) (found []string, err error) {
	for c, err := range d.c.ListCredentials(ctx, account) {
		if err != nil {
			return nil, farError(err)
		}
		past := func(at time.Time) bool { return !at.IsZero() && !at.After(time.Now()) }
		if !past(c.RevokedAt) && !c.Test && !past(c.ExpiresAt) && (len(c.Products) == 0 || slices.Contains(c.Products, product)) {
			found = append(found, c.ID)
		}
	}
	return found, nil
}

func (d farBatches) Upload(ctx context.Context, account, product string, file io.Reader) (quartet.Batch, error) {
	return far(d.c.UploadBatch(ctx, account, client.UploadBatchQuery{ProductID: product}, file))
}

func (d farBatches) Start(ctx context.Context, id, credential string, ceiling int64) (quartet.Batch, error) {
	return far(d.c.StartBatch(ctx, d.account, id, client.StartBatchRequest{CredentialID: credential, MaxUnits: ceiling}))
}

func (d farBatches) Pause(ctx context.Context, id string) (quartet.Batch, error) {
	return far(d.c.PauseBatch(ctx, d.account, id))
}

func (d farBatches) Resume(ctx context.Context, id string, ceiling *int64) (quartet.Batch, error) {
	return far(d.c.ResumeBatch(ctx, d.account, id, &client.BatchCeiling{MaxUnits: ceiling}))
}

func (d farBatches) Cancel(ctx context.Context, id string) (quartet.Batch, error) {
	return far(d.c.CancelBatch(ctx, d.account, id))
}

func (d farBatches) AskAgain(ctx context.Context, id string, refused bool, ceiling *int64) (quartet.Batch, error) {
	rows := "unknown"
	if refused {
		rows = "refused"
	}
	return far(d.c.AskBatchAgain(ctx, d.account, id, client.AskBatchAgainRequest{Rows: rows, MaxUnits: ceiling}))
}

func (d farBatches) Erase(ctx context.Context, id string) (quartet.Batch, error) {
	if err := d.c.EraseBatch(ctx, d.account, id); err != nil {
		return quartet.Batch{}, farError(err)
	}
	return far(d.c.ShowBatch(ctx, d.account, id))
}

// far is a batch of another house.
func far(b *client.BatchView, err error) (quartet.Batch, error) {
	if err != nil {
		return quartet.Batch{}, farError(err)
	}
	return batchViewFrom(b).Batch, nil
}

func batchViewFrom(b *client.BatchView) batch.View {
	return batch.View{
		Batch: batchFrom(&client.Batch{
			ID: b.ID, AccountID: b.AccountID, ProductID: b.ProductID, CredentialID: b.CredentialID, Name: b.Name, CreatedBy: b.CreatedBy, State: b.State, Reason: b.Reason, Bytes: b.Bytes,
			Rows: b.Rows, MaxUnits: b.MaxUnits, ChargedUnits: b.ChargedUnits, ReservedUnits: b.ReservedUnits, CreatedAt: b.CreatedAt, StartedAt: b.StartedAt, EndedAt: b.EndedAt, ErasedAt: b.ErasedAt,
		}),
		Most: b.MostUnits, Left: b.LeftUnits, EraseAt: b.EraseAt, Rate: b.RowsPerSecond, ETA: time.Duration(b.EtaMS) * time.Millisecond,
	}
}

func batchFrom(b *client.Batch) quartet.Batch {
	r := &b.Rows
	return quartet.Batch{
		ID: b.ID, Account: b.AccountID, Product: b.ProductID, Credential: b.CredentialID, Name: b.Name, By: b.CreatedBy, State: quartet.BatchState(b.State), Why: b.Reason, Bytes: b.Bytes, Ceiling: b.MaxUnits,
		Count: quartet.BatchCount{
			Rows: r.Total, Broken: r.Broken, Duplicates: r.Duplicates, Sent: r.Sent, Matched: r.Match, Mismatched: r.Mismatch, Undetermined: r.Undetermined, Refused: r.Refused, Unknown: r.Unknown,
			Charged: b.ChargedUnits, Reserved: b.ReservedUnits,
		},
		Created: b.CreatedAt, Started: b.StartedAt, Ended: b.EndedAt, Erased: b.ErasedAt,
	}
}
