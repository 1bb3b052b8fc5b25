package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"quartet"
	"quartet/internal/batch"
)

// batchFlags are the flags of verify for a file that this house asks about itself.
type batchFlags struct {
	account, credential, product string
	maxUnits                     int64
	limited                      bool // maxUnits was given
	yes                          bool
}

// A batch that somebody waits for is looked at soon, and then ever more seldom.
const (
	firstLook  = 100 * time.Millisecond
	seldomLook = time.Second
)

// verifyBatch takes a file through the house as a batch: brought, checked, its cost shown, run
// when somebody agrees, and its results written.
func (e *Env) verifyBatch(ctx context.Context, d batchDesk, path, out string, f batchFlags) error {
	credential, err := credentialFor(ctx, d, f)
	if err != nil {
		return err
	}
	b, err := e.bring(ctx, d, path, f)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(e.Err, "batch %s\n", b.ID)
	v, err := e.follow(ctx, d, b, "checking", quartet.BatchChecking)
	if err != nil {
		return err
	}
	if v.State != quartet.BatchChecked {
		_, _ = d.Erase(ctx, b.ID)
		if v.State == quartet.BatchUploaded {
			return usagef("the headings of %s do not say which columns hold the elements; `quartet check --help` lists the names that do", path)
		}
		return usagef("%s cannot be asked about: %s", path, v.Why)
	}
	c := &v.Count
	_, _ = fmt.Fprintf(e.Err, "%s: %d to ask about, %d against the rules, %d twice; at most %s, of %d left\n", counted(c.Rows, "row"), c.Ready(), c.Broken, c.Duplicates, counted(v.Most, "unit"), v.Left)
	ceiling := v.Most
	if f.limited {
		ceiling = f.maxUnits
	}
	if !f.yes {
		_, _ = fmt.Fprintf(e.Err, "Ask about them for at most %s? [y/N] ", counted(ceiling, "unit"))
		answer, err := e.line("an answer")
		if answer = strings.ToLower(strings.TrimSpace(answer)); err != nil || answer != "y" && answer != "yes" {
			if _, err := d.Erase(ctx, b.ID); err != nil {
				return fmt.Errorf("nothing was asked, and batch %s keeps the file until it is erased: %w", b.ID, err)
			}
			return quartet.Errorf(quartet.ErrConflict, "nothing was asked, and the file is erased")
		}
	}
	if b, err = d.Start(ctx, b.ID, credential, ceiling); err != nil {
		return err
	}
	if v, err = e.follow(ctx, d, b, "verifying", quartet.BatchRunning); err != nil {
		return err
	}
	if err := e.takeResults(ctx, d, v.ID, out); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(e.Err, batchSentence(&v.Batch))
	if v.State != quartet.BatchDone {
		return exitError(exitFailed)
	}
	return nil
}

// credentialFor is the credential in whose name a file is asked about: the one that was named,
// or the only one that could be meant.
func credentialFor(ctx context.Context, d batchDesk, f batchFlags) (string, error) {
	if f.credential != "" {
		return f.credential, nil
	}
	found, err := d.Credentials(ctx, f.account, f.product)
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", usagef("%d credentials of %s could be meant; name one with --credential", len(found), f.account)
	}
	return found[0], nil
}

// bring uploads the file.
func (e *Env) bring(ctx context.Context, d batchDesk, path string, f batchFlags) (quartet.Batch, error) {
	step, end := e.progress("reading")
	defer end()
	var (
		in    = e.In
		total int64
	)
	if path != "-" {
		file, err := os.Open(e.path(path))
		if err != nil {
			return quartet.Batch{}, usageError{err}
		}
		defer func() { _ = file.Close() }()
		if info, err := file.Stat(); err == nil {
			total = info.Size()
		}
		in = file
	}
	read := int64(0)
	return d.Upload(ctx, f.account, f.product, readFunc(func(p []byte) (int, error) {
		n, err := in.Read(p)
		read += int64(n)
		step(read, total)
		return n, err
	}))
}

type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// follow waits until a batch has left a state.
func (e *Env) follow(ctx context.Context, d batchDesk, b quartet.Batch, what string, state quartet.BatchState) (batch.View, error) {
	step, end := e.progress(what)
	defer end()
	for wait := firstLook; ; wait = min(2*wait, seldomLook) {
		v, err := d.View(ctx, b.ID)
		if err != nil {
			return v, err
		}
		c := &v.Count
		if state == quartet.BatchChecking {
			step(c.Rows, 0)
		} else {
			step(c.Finished(), c.Rows-c.Broken-c.Duplicates)
		}
		// A batch that has paused may have rows on the road yet.
		if v.State != state && c.Sent == 0 {
			return v, nil
		}
		select {
		case <-ctx.Done():
			_, _ = fmt.Fprintf(e.Err, "batch %s goes on without you; look at it with `quartet batch show %s`\n", b.ID, b.ID)
			return v, ctx.Err()
		case <-time.After(wait):
		}
	}
}

// takeResults writes the results to a file, by whose name they are CSV or XLSX, or to standard
// output.
func (e *Env) takeResults(ctx context.Context, d batchDesk, id, path string) (err error) {
	format := batch.CSV
	if strings.EqualFold(filepath.Ext(path), ".xlsx") {
		format = batch.Workbook
	}
	out, closeOut, err := e.create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closed := closeOut(); err == nil {
			err = closed
		}
	}()
	return d.Results(ctx, id, format, out)
}

// batchSentence is what a batch has come to, in a line.
func batchSentence(b *quartet.Batch) string {
	c := &b.Count
	s := fmt.Sprintf("%s: %d match, %d mismatch, %d undetermined, %d refused, %d unknown; %s charged", b.State, c.Matched, c.Mismatched, c.Undetermined, c.Refused, c.Unknown, counted(c.Charged, "unit"))
	switch {
	case b.State == quartet.BatchPaused:
		s += fmt.Sprintf("\nit paused for %s; go on with `quartet batch resume %s`", b.Why, b.ID)
	case c.Unknown > 0:
		s += fmt.Sprintf("\nrows that are unknown were sent and not answered; `quartet batch resume --unknown %s` asks about them once more", b.ID)
	}
	return s
}
