package notify

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"quartet"
)

// Mailbox is the local mailbox of a demo: nothing leaves the machine, each message is a
// file in a folder, in clear, for whoever tries the product out. A house that serves buyers
// has a mail server instead.
type Mailbox struct {
	dir string
	now func() time.Time
}

// NewMailbox makes a mailbox in a folder, which is made if it is missing.
func NewMailbox(dir string, now func() time.Time) (*Mailbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &quartet.Error{Code: quartet.ErrInternal, Message: "cannot make the local mailbox " + dir, Cause: err}
	}
	return &Mailbox{dir: dir, now: now}, nil
}

// Mail puts an e-mail into the mailbox.
func (b *Mailbox) Mail(_ context.Context, m Mail) error {
	return b.put(m.ID, fmt.Sprintf("To: %s\nSubject: %s\n\n%s", m.To.Reveal(), m.Subject, m.Text))
}

// Text puts a text message into the mailbox.
func (b *Mailbox) Text(_ context.Context, t Text) error {
	return b.put(t.ID, fmt.Sprintf("To: %s\n\n%s\n", t.To.Reveal(), t.Text))
}

// mailboxRoom is how many messages are kept; the oldest make room.
const mailboxRoom = 200

func (b *Mailbox) put(id, text string) error {
	name := b.now().In(quartet.Shanghai).Format("20060102-150405.000000") + "-" + id + ".txt"
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		return &quartet.Error{Code: quartet.ErrUnavailable, Message: "the local mailbox cannot be written", Cause: err}
	}
	names, err := b.names()
	if err != nil {
		return err
	}
	for len(names) > mailboxRoom {
		_ = os.Remove(filepath.Join(b.dir, names[0])) // it is looked at again with the next one
		names = names[1:]
	}
	return nil
}

// names lists the files, oldest first.
func (b *Mailbox) names() ([]string, error) {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return nil, &quartet.Error{Code: quartet.ErrUnavailable, Message: "the local mailbox cannot be read", Cause: err}
	}
	var names []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".txt") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// Read gives the last messages as they lie there, newest first, at most limit.
func (b *Mailbox) Read(limit int) ([]string, error) {
	names, err := b.names()
	if err != nil {
		return nil, err
	}
	slices.Reverse(names)
	var texts []string
	for _, name := range names[:min(limit, len(names))] {
		text, err := os.ReadFile(filepath.Join(b.dir, name))
		if err != nil {
			return nil, &quartet.Error{Code: quartet.ErrUnavailable, Message: "the local mailbox cannot be read", Cause: err}
		}
		texts = append(texts, string(text))
	}
	return texts, nil
}
