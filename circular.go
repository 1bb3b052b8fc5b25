package quartet

import (
	"strings"
	"time"
)

// Circular is what all accounts that hold units of some products are to hear: their inbox,
// their programs and, if it asks so, their mailboxes. It is written with what it tells of, and
// a job carries it round.
type Circular struct {
	ID       string
	Kind     string   // "incident.opened"
	About    string   // the id of what it is about
	Products []string // none: units of whichever product
	Subject  string
	Text     string
	Inbox    bool
	Mail     Right  // people of an account who have it get a mail; empty: nobody
	Data     string // JSON, as programs are told
	Created  time.Time
	Reached  string // the last account that was told; they are told in the order of their ids
	Ended    time.Time
}

// JobCircular is the kind of the job that carries a circular round; its key is the id.
const JobCircular = "circular.tell"

// Job is the job that carries it round.
func (c *Circular) Job() Job {
	return Job{ID: c.ID, Kind: JobCircular, Key: c.ID, NextAt: c.Created, Created: c.Created}
}

// suppliers are words by which buyers would know a kind of source.
var suppliers = map[SourceKind][]string{
	SourceTencent: {"tencent", "腾讯"},
	SourceAliyun:  {"aliyun", "alibaba", "alicloud", "阿里云", "阿里巴巴"},
}

// NamesSource reports whether a text that buyers read names a supplier: by the name that the
// house has for it, as a word of its own, or by one that everybody knows.
func NamesSource(text string, sources []Source) bool {
	text = strings.ToLower(text)
	for i := range sources {
		s := &sources[i]
		if s.Kind == SourceRegistry || s.Kind == SourceSim {
			continue
		}
		if holdsWord(text, s.Name) {
			return true
		}
		for _, known := range suppliers[s.Kind] {
			if strings.Contains(text, known) {
				return true
			}
		}
	}
	return false
}

// holdsWord finds a word of a-z, 0-9 and - that is not a part of a longer one.
func holdsWord(text, word string) bool {
	of := func(b byte) bool { return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' }
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		begin, end := from+i, from+i+len(word)
		if (begin == 0 || !of(text[begin-1])) && (end == len(text) || !of(text[end])) {
			return true
		}
		from = begin + 1
	}
}
