package registry_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"quartet"
	"quartet/internal/seal"
	"quartet/internal/sheet"
	"quartet/internal/source/registry"
	"quartet/internal/store"
)

// errand is an import that a process of its own runs, to be killed in.
type errand struct {
	Dir, URL string // of the backend: Pebble's folder or PostgreSQL
	Keyring  string
	File     string
	Report   string
	Replace  bool
	HoldAt   int // stands still when so many chunks are written; 0: never
}

const errandVariable = "QUARTET_TEST_IMPORT"

func TestMain(m *testing.M) {
	text := os.Getenv(errandVariable)
	if text == "" {
		os.Exit(m.Run())
	}
	var e errand
	err := json.Unmarshal([]byte(text), &e)
	if err == nil {
		err = e.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// run is the other process. It prints a line for each chunk that is written.
func (e errand) run() error {
	ring, err := seal.Open(e.Keyring)
	if err != nil {
		return err
	}
	b, closing, err := e.backend()
	if err != nil {
		return err
	}
	r := registry.New(ring, &telling{Backend: b, holdAt: e.HoldAt})
	file, err := sheet.Open(e.File, nil)
	if err != nil {
		return err
	}
	source, err := r.Identify(e.File)
	if err != nil {
		return err
	}
	_, err = r.Import(context.Background(), registry.Import{
		Rows: fileRows{file}, Source: source, Replace: e.Replace, Report: registry.ReportFile(e.Report), Now: today,
	})
	return errors.Join(err, file.Close(), closing())
}

// telling says when a chunk is written, and may stand still then.
type telling struct {
	registry.Backend
	holdAt, written int
}

func (b *telling) RegistryPut(ctx context.Context, gen int64, keys, values [][]byte, marker []byte) error {
	err := b.Backend.RegistryPut(ctx, gen, keys, values, marker)
	b.written++
	fmt.Fprintln(os.Stdout, "written", b.written)
	if b.written == b.holdAt {
		time.Sleep(time.Hour) // killed before
	}
	return err
}

func (e errand) backend() (registry.Backend, func() error, error) {
	if e.URL == "" {
		p, err := registry.OpenPebble(registry.PebbleOptions{Dir: e.Dir})
		if err != nil {
			return nil, nil, err
		}
		return p, p.Close, nil
	}
	s, err := store.Open(context.Background(), store.Options{URL: e.URL})
	if err != nil {
		return nil, nil, err
	}
	return s, s.Close, nil
}

// process starts the errand in a process of its own.
func (e errand) process(t *testing.T) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), errandVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// killAfter runs the errand and kills it with SIGKILL when it says that so many chunks
// are written. It reports whether the kill came before the end.
func (e errand) killAfter(t *testing.T, chunks int) bool {
	t.Helper()
	cmd, lines := e.process(t)
	for range chunks {
		if !lines.Scan() {
			t.Fatalf("the import ended early: %v", cmd.Wait())
		}
	}
	_ = cmd.Process.Kill() // it may have ended
	for lines.Scan() {     // Wait comes after the reading
		continue
	}
	err := cmd.Wait()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok {
		return false
	}
	status, _ := exit.Sys().(syscall.WaitStatus)
	if status.Signal() != syscall.SIGKILL {
		t.Fatalf("the import ended by itself: %v", err)
	}
	return true
}

// killRows is eight chunks: enough to be killed in more than once.
const killRows = 8*8192 - 100

// killFile writes people of seed 30, some rows of them damaged, and at the end the first
// people once more with other mobiles.
func killFile(t *testing.T) (path string, list []quartet.Raw) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("name,idcard,acc_no,mobile\n")
	list = make([]quartet.Raw, killRows)
	for i := range list {
		p := registry.Person(30, int64(i))
		switch {
		case i%997 == 5:
			p.Mobile = "139"
		case i >= killRows-50:
			p = registry.Person(30, int64(i-killRows+50))
			p.Mobile = registry.Person(30, int64(i)).Mobile
			list[i-killRows+50].Mobile = p.Mobile
		}
		list[i] = p
		b.WriteString(strings.Join([]string{p.Name, p.ID, p.Card, p.Mobile}, ",") + "\n")
	}
	path = filepath.Join(t.TempDir(), "people.csv")
	write(t, path, b.Bytes())
	return path, list
}

func TestImport_KilledAndStartedAgainComesToTheSameEnd(t *testing.T) {
	path, list := killFile(t)
	for _, replace := range []bool{false, true} {
		t.Run(fmt.Sprintf("replace %v", replace), func(t *testing.T) {
			onBoth(t, func(t *testing.T, b backend) {
				keyring := filepath.Join(t.TempDir(), "keyring.json")
				ring, err := seal.Create(keyring)
				if err != nil {
					t.Fatal(err)
				}
				old := registry.Row{Line: 2, Raw: registry.Person(31, 0)} // was there before
				load(t, registry.New(ring, b), registry.Import{Rows: &rows{list: []registry.Row{old}}})

				e := errand{
					URL: b.url, Keyring: keyring, File: path, Replace: replace,
					Report: filepath.Join(t.TempDir(), "report.csv"),
				}
				if b.url == "" {
					e.Dir = b.dir
				}
				b.away()
				for _, at := range []int{2, 3} {
					e.HoldAt = at
					if !e.killAfter(t, at) {
						t.Fatal("the import did not stand still")
					}
				}
				e.HoldAt = 0
				ended := !e.killAfter(t, 1) // in full run

				r := registry.New(ring, b.again())
				if got := verdict(t, r, old.Raw); got != quartet.Match {
					t.Errorf("after the kills whoever was there before is answered %v", got)
				}
				source, err := r.Identify(path)
				if err != nil {
					t.Fatal(err)
				}
				sum := load(t, r, registry.Import{Rows: openFile(t, path), Source: source, Replace: replace, Report: registry.ReportFile(e.Report), Now: today})
				// What was not on disk yet goes with the process, but never a row before
				// one that stayed.
				t.Logf("went on after %d rows; the last kill came too late: %v", sum.Resumed, ended)
				sameAsUninterrupted(t, r, sum, e, list, replace)
			})
		})
	}
}

// sameAsUninterrupted compares with what a fresh registry makes of the file in one go.
func sameAsUninterrupted(t *testing.T, r *registry.Registry, sum registry.Summary, e errand, list []quartet.Raw, replace bool) {
	t.Helper()
	_, whole, _ := open(t)
	report := filepath.Join(t.TempDir(), "whole.csv")
	want := load(t, whole, registry.Import{Rows: openFile(t, e.File), Report: registry.ReportFile(report), Now: today})
	if sum.Rows != want.Rows || sum.Loaded != want.Loaded || sum.Damaged != want.Damaged {
		t.Errorf("came to %+v, want %+v", sum, want)
	}
	got, _ := os.ReadFile(e.Report)
	expected, _ := os.ReadFile(report)
	if !bytes.Equal(got, expected) || len(got) < 100 {
		t.Errorf("the report has %d bytes, want the same %d", len(got), len(expected))
	}
	stat, err := r.Stat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wholeStat, err := whole.Stat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	before := int64(1) // who was there before the file
	if replace {
		before = 0
	}
	if stat.Records != wholeStat.Records+before || stat.Unfinished != 0 {
		t.Errorf("holds %+v, want %d records", stat, wholeStat.Records+before)
	}
	for i := 0; i < len(list); i += 1 + i/64 { // the first ones all: their cards come again at the end
		if len(list[i].Mobile) < 11 {
			continue
		}
		if a, b := verdict(t, r, list[i]), verdict(t, whole, list[i]); a != quartet.Match || a != b {
			t.Fatalf("row %d: %v, uninterrupted %v", i, a, b)
		}
	}
}
