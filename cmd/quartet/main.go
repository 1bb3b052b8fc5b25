// Command quartet runs and looks after a Quartet; see package cli.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"golang.org/x/term"

	"quartet/internal/app"
	"quartet/internal/cli"
	"quartet/internal/owner"
)

func main() { os.Exit(run()) }

func run() int {
	// Whatever this process makes is its user's alone.
	syscall.Umask(0o077)
	app.SpareProcessor()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)

	dir, _ := os.Getwd() // without one, relative paths stay as they are
	env := &cli.Env{
		Args: os.Args[1:], Dir: dir, Environ: os.Environ(),
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Terminal: term.IsTerminal(int(os.Stderr.Fd())),
		Prompt:   term.IsTerminal(int(os.Stdin.Fd())),
		Version:  version(),
		User:     owner.User(),
		Secret:   func(question string) (string, error) { return secret(ctx, question) },
	}
	if w, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil {
		env.Width = w
	}
	return cli.Run(ctx, env)
}

// secret asks on the terminal, whatever standard input is. When ctx ends before there is
// an answer, the terminal shows again what is typed.
func secret(ctx context.Context, question string) (string, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return "", errors.New("there is no terminal to ask on")
	}
	defer func() { _ = tty.Close() }()
	fd := int(tty.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	if _, err := tty.WriteString(question); err != nil {
		return "", err
	}
	defer func() { _, _ = tty.WriteString("\n") }()
	type reply struct {
		text []byte
		err  error
	}
	answered := make(chan reply, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		answered <- reply{text, err}
	}()
	select {
	case r := <-answered:
		return string(r.text), r.err
	case <-ctx.Done(): // the reader stays behind; the process ends soon
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}

// version is what the build says of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "devel"
	}
	return v
}
