package cli

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"quartet"
	"quartet/client"
	"quartet/internal/sheet"
	"quartet/internal/source/registry"
)

// result is what came of one line. stop is why the rest of the file would fare no better.
type result struct {
	line        int64
	answer      client.Answer
	stop        error
	done, total int64 // how much of the file was read then
}

// verifyFile asks about every person of a file, some at a time, and writes the results in
// the order of the file, each as soon as those before it are there.
func (e *Env) verifyFile(ctx context.Context, c client.Client, path string, f verifyFlags) (err error) {
	rows, err := e.openPeople(path)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	out, closeOut, err := e.create(f.out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeOut()) }()
	table := csv.NewWriter(out)
	if err := table.Write([]string{"line", "code", "state", "message", "seq_no"}); err != nil {
		return err
	}
	if f.run == "" { // said before the first call, so that it is known however this ends
		f.run = rand.Text()[:12]
		_, _ = fmt.Fprintf(e.Err, "run %s: should it break off, repeat it with --run %s within 24 hours, and no row is charged twice\n", f.run, f.run)
	}
	step, end := e.progress("verifying")
	defer end()

	// reading ends at the first failure that the rest would meet too; calls that are
	// under way then are still waited for and written, for they may be charged.
	reading, stopReading := context.WithCancel(ctx)
	defer stopReading()
	pending := make(chan chan result, f.parallel-1) // and the one that is waited for
	var broken error                                // set before pending is closed
	go func() {
		defer close(pending)
		broken = askAll(ctx, reading, c, f.run, rows, pending)
	}()
	var stop error
	replayed := 0
	for next := range pending {
		r := <-next
		if r.stop != nil && stop == nil {
			stop = r.stop
			stopReading()
		}
		if err := table.Write(r.cells()); err != nil && stop == nil {
			stop = err
			stopReading()
		}
		if r.answer.Replayed {
			replayed++
		}
		step(r.done, r.total)
	}
	if replayed > 0 {
		_, _ = fmt.Fprintf(e.Err, "%s had been answered before and cost nothing\n", counted(replayed, "row"))
	}
	table.Flush()
	return errors.Join(table.Error(), stop, broken)
}

// askAll sends a channel for each line, in order, and fills them in any order.
func askAll(ctx, reading context.Context, c client.Client, run string, rows registry.Rows, pending chan<- chan result) error {
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		done, total := rows.Progress()
		to := make(chan result, 1)
		select {
		case pending <- to:
		case <-reading.Done():
			return ctx.Err()
		}
		go func() {
			r := ask(ctx, c, run, row)
			r.done, r.total = done, total
			to <- r
		}()
	}
}

func ask(ctx context.Context, c client.Client, run string, row registry.Row) result {
	r := result{line: row.Line}
	if len(row.Reject) > 0 { // as the server would answer, without asking it
		code := quartet.CodeElement
		if row.Reject[0].Code == quartet.RejectMissing {
			code = quartet.CodeMissing
		}
		r.answer = client.Answer{Code: code.String(), Message: code.Message()}
		return r
	}
	key := run + "/" + strconv.FormatInt(row.Line, 10)
	r.answer, r.stop = c.VerifyOnce(ctx, key, client.Person{
		Name: row.Raw.Name, IDCard: row.Raw.ID, AccNo: row.Raw.Card, Mobile: row.Raw.Mobile,
	})
	return r
}

func (r result) cells() []string {
	cells := []string{strconv.FormatInt(r.line, 10), r.answer.Code, r.answer.State, r.answer.Message, r.answer.SeqNo}
	var refused *client.GatewayError
	switch {
	case errors.As(r.stop, &refused):
		cells[1], cells[3] = refused.Code, refused.Message
	case r.stop != nil:
		cells[3] = "no answer"
	}
	for i := range cells {
		cells[i] = sheet.Harmless(cells[i])
	}
	return cells
}

// create opens a result file, or standard output for "-".
func (e *Env) create(path string) (io.Writer, func() error, error) {
	if path == "-" {
		buf := bufio.NewWriter(e.Out)
		return buf, buf.Flush, nil
	}
	f, err := os.OpenFile(e.path(path), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, nil, usageError{err}
	}
	buf := bufio.NewWriter(f)
	return buf, func() error { return errors.Join(buf.Flush(), f.Sync(), f.Close()) }, nil
}
