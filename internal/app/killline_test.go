package app_test

import (
	"net/http"
	"strings"
	"sync"
)

// cutLine is a line that is cut once, when the answer to a question about something is on its way.
type cutLine struct {
	mu        sync.Mutex
	on, about string
	cut       func()
}

func (l *cutLine) onAnswer(question, about string, cut func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.on, l.about, l.cut = question, about, cut
}

// pass lets the answer to a question pass, in which something is said, unless it is the one.
func (l *cutLine) pass(question, said string) {
	l.mu.Lock()
	cut := l.cut
	if question == l.on && strings.Contains(said, l.about) {
		l.cut = nil
	} else {
		cut = nil
	}
	l.mu.Unlock()
	if cut != nil {
		cut()
		panic(http.ErrAbortHandler)
	}
}
