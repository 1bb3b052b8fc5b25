package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/batch"
	"quartet/internal/config"
	"quartet/internal/obs"
	"quartet/internal/source/registry"
)

// measured is what one leg of a batch took.
type measured struct {
	what   string
	took   time.Duration
	before int64 // KiB of memory when it began
	most   int64 // KiB of memory at the most
}

// runBatch takes so many people through the house as one batch, each leg with the memory that
// the process had before it and at the most. The registry is filled first: it lies in the same
// memory, and is no matter of batches.
func (s *session) runBatch(ctx context.Context, rows int64, doc string) (err error) {
	app.SpareProcessor()
	dir, err := os.MkdirTemp(s.dir, "quartet-bench-")
	if err != nil {
		return fmt.Errorf("make a folder for the data: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c := config.Default()
	c.Listen, c.AdminListen, c.GuardEnabled = "127.0.0.1:0", "127.0.0.1:0", false
	c.Data, c.Keyring = filepath.Join(dir, "data"), filepath.Join(dir, "keyring")
	c.Batch.Rows, c.Batch.AtOnce = max(c.Batch.Rows, int(rows)), s.conns
	lines := obs.NewLines(io.Discard)
	a, err := app.Start(ctx, app.Options{Config: config.Loaded{Config: c}, Log: obs.NewLogger(lines, c.LogLevel, c.LogFormat), Version: "bench"}, lines, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx)), lines.Close()) }()
	if _, err := furnish(ctx, a, onSQLite, rows); err != nil {
		return err
	}
	file := filepath.Join(dir, "people.csv")
	if err := writePeople(file, rows); err != nil {
		return err
	}
	legs, err := takeThrough(ctx, a, file, rows)
	if err != nil {
		return err
	}
	text := tableOf(legs, rows, s.conns)
	if _, err := os.Stdout.WriteString(text); err != nil || doc == "" {
		return err
	}
	return intoDoc(doc, text)
}

func writePeople(path string, rows int64) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	out := bufio.NewWriter(f)
	return errors.Join(registry.WritePeople(out, rows, seed), out.Flush(), f.Close())
}

func takeThrough(ctx context.Context, a *app.App, file string, rows int64) (legs []measured, err error) {
	leg := func(what string, f func() error) {
		if err != nil {
			return
		}
		runtime.GC()
		debug.FreeOSMemory()
		m := measured{what: what}
		_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600) // without it the most is that of all legs
		m.before, _ = memory()
		begun := time.Now()
		err = f()
		m.took = time.Since(begun)
		_, m.most = memory()
		legs = append(legs, m)
	}
	var b quartet.Batch
	leg("upload", func() error {
		f, err := os.Open(file)
		if err != nil {
			return fmt.Errorf("open the file: %w", err)
		}
		b, err = a.Batches.Upload(ctx, "bench", batch.Order{Account: "buyer", Product: "1887"}, f)
		return errors.Join(err, f.Close())
	})
	leg("check", func() error { return until(ctx, a, b.ID, quartet.BatchChecked) })
	leg("run", func() error {
		list, err := a.Desk.Credentials(ctx, "buyer")
		if err != nil {
			return err
		}
		if _, err := a.Batches.Start(ctx, "bench", "buyer", b.ID, list[0].ID, rows); err != nil {
			return err
		}
		return until(ctx, a, b.ID, quartet.BatchDone)
	})
	leg("results, CSV", func() error {
		return a.Batches.Results(ctx, "bench", batch.Results{Account: "buyer", ID: b.ID, Format: batch.CSV}, io.Discard)
	})
	leg("results, XLSX", func() error {
		return a.Batches.Results(ctx, "bench", batch.Results{Account: "buyer", ID: b.ID, Format: batch.Workbook}, io.Discard)
	})
	leg("erase", func() error {
		_, err := a.Batches.Erase(ctx, "bench", "buyer", b.ID)
		return err
	})
	return legs, err
}

// until waits for a batch to come to a state.
func until(ctx context.Context, a *app.App, id string, state quartet.BatchState) error {
	for {
		b, err := a.Store.Batch(ctx, id)
		switch {
		case err != nil:
			return err
		case b.State == state:
			return nil
		case b.State == quartet.BatchPaused || b.State.Ended():
			return fmt.Errorf("the batch is %s: %s", b.State, b.Why)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-a.Failed():
			return err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// memory is what the process has in memory, and has had at the most, in KiB.
func memory() (now, most int64) {
	text, _ := os.ReadFile("/proc/self/status") // elsewhere there is none, and the table says 0
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		switch fields[0] {
		case "VmRSS:":
			now, _ = strconv.ParseInt(fields[1], 10, 64)
		case "VmHWM:":
			most, _ = strconv.ParseInt(fields[1], 10, 64)
		}
	}
	return now, most
}

func tableOf(legs []measured, rows int64, atOnce int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d people in a CSV file, answered by the registry, durable on SQLite, %d at once; %d processors, %s:\n\n", rows, atOnce, runtime.NumCPU(), time.Now().Format(time.DateOnly))
	b.WriteString("| leg | took | rows/s | memory before, MiB | at the most, MiB | more, MiB |\n|---|---|---|---|---|---|\n")
	for _, m := range legs {
		fmt.Fprintf(&b, "| %s | %s | %.0f | %d | %d | %d |\n", m.what, m.took.Round(100*time.Millisecond), float64(rows)/m.took.Seconds(), m.before>>10, m.most>>10, (m.most-m.before)>>10)
	}
	return b.String()
}

// The figures stand in the document between these.
const (
	figuresBegin = "<!-- figures of make bench-batch -->\n"
	figuresEnd   = "<!-- end of the figures -->\n"
)

func intoDoc(path, text string) error {
	doc, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the document: %w", err)
	}
	before, rest, begun := strings.Cut(string(doc), figuresBegin)
	_, after, ended := strings.Cut(rest, figuresEnd)
	if !begun || !ended {
		return fmt.Errorf("%s has no place for the figures", path)
	}
	return os.WriteFile(path, []byte(before+figuresBegin+text+figuresEnd+after), 0o644) //nolint:gosec // a document
}
