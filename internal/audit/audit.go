// Package audit makes the entries that say who changed or saw what. Whoever changes
// something hands its entry to the store, which writes both in one transaction.
//
// An action is the noun that was touched, a dot, and what was done to it. Its subject is
// an id, and its detail a few words without any secret.
//
// Entries stand in a chain of macs, which the store makes and Verify makes again: see
// docs/audit.md for what it proves.
package audit

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"quartet"
)

// Entry is the entry of what happens at this time. by is an operator's name, or the door
// by which somebody unnamed came.
func Entry(at time.Time, by, action, subject, detail string) quartet.AuditEntry {
	id, err := uuid.NewV7()
	if err != nil { // cannot happen: the source of randomness ends the process instead
		panic(err)
	}
	return quartet.AuditEntry{ID: id.String(), At: at, Actor: by, Action: action, Subject: subject, Detail: detail}
}

// JSON is what an entry keeps of what something was before or after: a few words, ids and
// numbers, and no secret. nil is nothing.
func JSON(v any) string {
	if v == nil {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil { // cannot happen: words, ids and numbers
		panic(err)
	}
	return string(text)
}
