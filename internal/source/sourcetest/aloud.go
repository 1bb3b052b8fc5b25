package sourcetest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"quartet"
)

// aloud is what is said to the program's own log, standard output and standard error, and
// of whom nothing may be said there.
type aloud struct {
	file *os.File

	mu     sync.Mutex
	people []quartet.Elements
}

// listen writes all of that down until the test ends.
func listen(t *testing.T) *aloud {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "aloud")
	if err != nil {
		t.Fatal(err)
	}
	out, errs, logger, to, flags := os.Stdout, os.Stderr, slog.Default(), log.Writer(), log.Flags()
	os.Stdout, os.Stderr = file, file
	slog.SetDefault(slog.New(slog.NewTextHandler(file, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() {
		os.Stdout, os.Stderr = out, errs
		slog.SetDefault(logger)
		log.SetOutput(to) // which is not restored by the line before
		log.SetFlags(flags)
		_ = file.Close()
	})
	return &aloud{file: file}
}

// about remembers whom a subject is asked about.
func (a *aloud) about(s Subject) Subject {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.people = append(a.people, s.Hang.Elements)
	for _, c := range s.Cases {
		a.people = append(a.people, c.Query.Elements)
	}
	return s
}

// discreet insists that nothing of the people was said. That something is heard at all is
// tried first.
func (a *aloud) discreet(t *testing.T) {
	t.Helper()
	const heard = "the law listens"
	slog.DebugContext(t.Context(), heard)
	_, _ = fmt.Fprintln(os.Stderr, heard)
	text, err := io.ReadAll(io.NewSectionReader(a.file, 0, math.MaxInt64))
	if err != nil || strings.Count(string(text), heard) != 2 {
		t.Fatalf("what is said aloud is not heard: %q, %v", text, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range a.people {
		if tells(string(text), e) {
			t.Error("something of the person is in the log, on standard output or standard error")
			return
		}
	}
}

// tells reports whether a text holds an element, in clear or as programs print it.
func tells(text string, e quartet.Elements) bool {
	text = strings.ToLower(text)
	for _, element := range []string{e.Name.Reveal(), e.ID.Reveal(), e.Card.Reveal(), e.Mobile.Reveal()} {
		if element == "" {
			continue
		}
		for _, form := range []string{
			element, hex.EncodeToString([]byte(element)), base64.RawStdEncoding.EncodeToString([]byte(element)),
			fmt.Sprintf("%q", element), fmt.Sprintf("%+q", element), url.QueryEscape(element),
			strings.Trim(fmt.Sprint([]byte(element)), "[]"), //nolint:staticcheck // the numbers of the bytes are meant
		} {
			if strings.Contains(text, strings.ToLower(form)) {
				return true
			}
		}
	}
	return false
}
