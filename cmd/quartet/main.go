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
		Secret:   secret,
	}
	if w, _, err := term.GetSize(int(os.Stderr.Fd())); err == nil {
		env.Width = w
	}
	return cli.Run(ctx, env)
}

// secret asks on the terminal, whatever standard input is.
func secret(question string) (string, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return "", errors.New("there is no terminal to ask on")
	}
	defer func() { _ = tty.Close() }()
	if _, err := tty.WriteString(question); err != nil {
		return "", err
	}
	answer, err := term.ReadPassword(int(tty.Fd()))
	_, _ = tty.WriteString("\n")
	return string(answer), err
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
