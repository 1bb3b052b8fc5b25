package cli

import (
	"io"
	"path/filepath"
	"slices"
	"time"

	"quartet/internal/app"
	"quartet/internal/password"
)

// commandLine is the door that is written as having made a change: commands are run by
// whoever may open the data folder.
const commandLine = "command line"

// Env is the world of one command.
type Env struct {
	Args     []string // without the program's name
	Dir      string   // where relative paths begin
	Environ  []string
	In       io.Reader
	Out, Err io.Writer
	Terminal bool // Err is a terminal: progress may be drawn
	Prompt   bool // In is a terminal: questions may be asked
	Width    int  // columns of the terminal
	Version  string
	User     string // of the system, who typed it; "": not known
	Now      func() time.Time

	// Passwords is what new passwords cost; none said: the real work. Tests take less.
	Passwords password.Work

	// Secret asks a question and reads an answer that is not shown; nil: it cannot.
	Secret func(question string) (string, error)

	house *app.House // set inside a server
}

// path is p as the one who typed it means it.
func (e *Env) path(p string) string {
	if p == "" || filepath.IsAbs(p) || e.Dir == "" {
		return p
	}
	return filepath.Join(e.Dir, p)
}

func (e *Env) getenv(name string) string {
	prefix := name + "="
	for _, v := range slices.Backward(e.Environ) {
		if len(v) >= len(prefix) && v[:len(prefix)] == prefix {
			return v[len(prefix):]
		}
	}
	return ""
}

func (e *Env) now() time.Time {
	if e.Now != nil {
		return e.Now()
	}
	return time.Now()
}

// actor is who is written as having made a change: the door, and who came by it where the
// system tells. It proves no operator: who may act as a user is the system's affair.
func (e *Env) actor() string {
	if e.User == "" {
		return commandLine
	}
	return commandLine + " (" + e.User + ")"
}
