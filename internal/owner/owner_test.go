package owner_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/owner"
)

func own(t *testing.T, dir string, run owner.Command) {
	t.Helper()
	folder, err := owner.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	l, err := folder.Listen(run, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(l.Close(), folder.Close()); err != nil {
			t.Error(err)
		}
	})
}

func TestLock_RefusesASecondOwner(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, err := owner.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = owner.Lock(dir)
	if quartet.CodeOf(err) != quartet.ErrLocked || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
		t.Errorf("got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := owner.Lock(dir)
	if err != nil {
		t.Fatalf("the folder was not given back: %v", err)
	}
	_ = second.Close()
}

func TestCall_CarriesTheCommandAndItsStreams(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	want := owner.Request{Args: []string{"a", "张 三"}, Dir: "/x", Width: 99, Terminal: true, User: "somebody else"}
	own(t, dir, func(_ context.Context, r owner.Request, s owner.Streams) int {
		if !slices.Equal(r.Args, want.Args) || r.Dir != want.Dir || r.Width != want.Width || !r.Terminal || r.Prompt {
			t.Errorf("got %+v", r)
		}
		if runtime.GOOS == "linux" && (r.User == "" || r.User != owner.User()) { // and not as the request has it
			t.Errorf("it is of user %q, want %q", r.User, owner.User())
		}
		n, err := io.Copy(s.Out, s.In)
		_, _ = fmt.Fprintln(s.Err, n, err)
		return 7
	})
	input := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
	var out, errw bytes.Buffer
	code, served, err := owner.Call(t.Context(), dir, want, owner.Streams{In: bytes.NewReader(input), Out: &out, Err: &errw})
	if code != 7 || !served || err != nil {
		t.Fatalf("code %d, served %v, %v", code, served, err)
	}
	if !bytes.Equal(out.Bytes(), input) {
		t.Errorf("%d bytes came back, want %d", out.Len(), len(input))
	}
	if errw.String() != fmt.Sprintln(len(input), nil) {
		t.Errorf("standard error: %q", errw.String())
	}
	if info, err := os.Stat(filepath.Join(dir, "quartet.sock")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info, err)
	}
}

func TestCall_LeavesInputAloneThatNobodyReads(t *testing.T) {
	dir := t.TempDir()
	own(t, dir, func(context.Context, owner.Request, owner.Streams) int { return 0 })
	input := strings.NewReader("for the shell loop")
	if _, _, err := owner.Call(t.Context(), dir, owner.Request{}, owner.Streams{In: input, Out: io.Discard, Err: io.Discard}); err != nil {
		t.Fatal(err)
	}
	if input.Len() != len("for the shell loop") {
		t.Error("input was taken")
	}
}

func TestCall_ThatGoesAwayCancelsItsCommand(t *testing.T) {
	dir := t.TempDir()
	started, ended := make(chan struct{}), make(chan error, 2)
	own(t, dir, func(ctx context.Context, _ owner.Request, s owner.Streams) int {
		close(started)
		<-ctx.Done()
		ended <- ctx.Err()
		_, err := s.In.Read(make([]byte, 1))
		ended <- err
		return 1
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-started; cancel() }()
	_, served, err := owner.Call(ctx, dir, owner.Request{}, owner.Streams{In: strings.NewReader("x"), Out: io.Discard, Err: io.Discard})
	if !served || !errors.Is(err, context.Canceled) {
		t.Errorf("served %v, %v", served, err)
	}
	for _, what := range []string{"the command", "its input"} {
		select {
		case err := <-ended:
			if err == nil || errors.Is(err, io.EOF) {
				t.Errorf("%s ended with %v, as if all were well", what, err)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%s was not cancelled", what)
		}
	}
}

func TestCall_SaysWhenNobodyListens(t *testing.T) {
	dir := t.TempDir()
	for _, dir := range []string{dir, filepath.Join(dir, "absent"), filepath.Join(dir, strings.Repeat("x", 150))} {
		_, served, err := owner.Call(t.Context(), dir, owner.Request{}, owner.Streams{})
		if served || err != nil {
			t.Errorf("served %v, %v", served, err)
		}
	}
}

// TestKilledOwner runs this test binary once more as an owner and kills it.
func TestKilledOwner_LeavesNothingInTheWay(t *testing.T) {
	if dir := os.Getenv("OWNER_OF"); dir != "" {
		folder, err := owner.Lock(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := folder.Listen(func(context.Context, owner.Request, owner.Streams) int { return 0 }, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(os.Stdout, "owned")
		select {}
	}
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=TestKilledOwner")
	child.Env = append(os.Environ(), "OWNER_OF="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "owned\n" {
		t.Fatalf("the child says %q", line)
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	if _, served, err := owner.Call(t.Context(), dir, owner.Request{}, owner.Streams{}); served || err != nil {
		t.Errorf("a dead owner served: %v, %v", served, err)
	}
	own(t, dir, func(context.Context, owner.Request, owner.Streams) int { return 3 })
	code, _, err := owner.Call(t.Context(), dir, owner.Request{}, owner.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard})
	if code != 3 || err != nil {
		t.Errorf("code %d, %v", code, err)
	}
}

// What is thrown may hold an element: its type is told, its text nowhere.
func TestListen_OutlivesACommandThatPanics(t *testing.T) {
	dir := t.TempDir()
	folder, err := owner.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	l, err := folder.Listen(func(_ context.Context, r owner.Request, _ owner.Streams) int {
		if r.Args[0] == "bad" {
			panic(errors.New("6222020000000000"))
		}
		return 3
	}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		arg  string
		code int
		said string
	}{{"bad", 1, "*errors.errorString"}, {"good", 3, ""}} {
		var errw bytes.Buffer
		code, served, err := owner.Call(t.Context(), dir, owner.Request{Args: []string{tt.arg}},
			owner.Streams{In: strings.NewReader(""), Out: io.Discard, Err: &errw})
		if code != tt.code || !served || err != nil || !strings.Contains(errw.String(), tt.said) || strings.Contains(errw.String(), "622202") {
			t.Errorf("%s: code %d, served %v, %v: %s", tt.arg, code, served, err, errw.String())
		}
	}
	if err := errors.Join(l.Close(), folder.Close()); err != nil {
		t.Error(err)
	}
	if text := log.String(); !strings.Contains(text, "*errors.errorString") || !strings.Contains(text, "owner_test.go") || strings.Contains(text, "622202") {
		t.Errorf("the log says %q", text)
	}
}

func TestClose_DoesNotWaitForAClientThatTakesNoOutput(t *testing.T) {
	dir := t.TempDir()
	folder, err := owner.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = folder.Close() }()
	writing := make(chan struct{})
	l, err := folder.Listen(func(_ context.Context, _ owner.Request, s owner.Streams) int {
		close(writing)
		for {
			if _, err := s.Out.Write(make([]byte, 1<<20)); err != nil {
				return 1
			}
		}
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	stuck := make(chan struct{})
	defer close(stuck)
	go func() {
		_, _, _ = owner.Call(context.Background(), dir, owner.Request{}, owner.Streams{Out: blocked{stuck}})
	}()
	<-writing
	closed := make(chan struct{})
	go func() { _ = l.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
		t.Error("Close hangs")
	}
}

type blocked struct{ until chan struct{} }

func (b blocked) Write(p []byte) (int, error) { <-b.until; return len(p), nil }
