package batch

import (
	"strings"
	"time"

	"quartet"
	"quartet/internal/sheet"
)

// judged is what the rules say of an entry.
type judged struct {
	row      quartet.BatchRow
	elements quartet.Elements // of one that can be asked about
}

// judge holds an entry against the rules that the road would hold it against: what breaks one
// costs nothing and is not sent. It names elements, never their content.
func judge(e *entry, need quartet.ElementSet, today time.Time) (j judged) {
	j.row.Line, j.row.State = int64(e.line), quartet.RowReady
	broken := func(code quartet.Code, fault quartet.RejectCode, fields quartet.ElementSet) judged {
		j.row.State, j.row.Code, j.row.Fault, j.row.Fields = quartet.RowBroken, code, fault, fields
		return j
	}
	if e.unreadable {
		return broken(quartet.CodeUnreadable, quartet.RejectType, 0)
	}
	if twice := e.twice & need; twice != 0 {
		return broken(quartet.CodeContradiction, "", twice)
	}
	var missing quartet.ElementSet
	for _, f := range need.Elements() {
		if !e.numbers.Has(f.Set()) && strings.TrimSpace(*fieldOf(&e.raw, f)) == "" {
			missing |= f.Set()
		}
	}
	if missing != 0 {
		return broken(quartet.CodeMissing, quartet.RejectMissing, missing)
	}
	if numbers := e.numbers & need; numbers != 0 {
		return broken(quartet.CodeUnreadable, quartet.RejectType, numbers)
	}
	elements, rejected := quartet.Normalize(e.raw, need, today)
	if rejected == nil {
		j.elements = elements
		return j
	}
	_, found := quartet.Parse(only(e.raw, need), need, today)
	fields := rejected.Field.Set()
	for _, r := range found.Reject {
		fields |= r.Field.Set()
	}
	code := quartet.CodeElement
	if rejected.Code == quartet.RejectMissing {
		code = quartet.CodeMissing
	}
	return broken(code, rejected.Code, fields)
}

// only leaves out what is not needed: nothing of it can be wrong.
func only(raw quartet.Raw, need quartet.ElementSet) quartet.Raw {
	for _, e := range quartet.NeedAll.Elements() {
		if !need.Has(e.Set()) {
			*fieldOf(&raw, e) = ""
		}
	}
	return raw
}

// spreadsheet looks over a file for numbers that lost their ends. A spreadsheet keeps 15
// digits: of a longer number it writes the others as zeros, or all of it in scientific
// notation, which the rules refuse anyhow.
type spreadsheet struct{ id, card sheet.Roundings }

// see notes which numbers of a row end in zeros, and breaks the row where its card does and
// its check digit says that it is no card.
func (s *spreadsheet) see(j *judged) {
	if j.row.State != quartet.RowReady {
		return
	}
	if s.id.See(j.elements.ID.Reveal()) {
		j.row.Tail |= quartet.NeedID
	}
	card := j.elements.Card.Reveal()
	if !s.card.See(card) {
		return
	}
	j.row.Tail |= quartet.NeedCard
	const sure = 17 // two zeros and more
	if len(card) >= sure && quartet.LuhnDigit(card[:len(card)-1]) != card[len(card)-1] {
		j.row.State, j.row.Code, j.row.Fault, j.row.Fields = quartet.RowBroken, quartet.CodeElement, quartet.RejectRounded, quartet.NeedCard
	}
}

// doubtful are the elements whose numbers end in zeros more often than chance has it, in the
// file as a whole.
func (s *spreadsheet) doubtful() (set quartet.ElementSet) {
	if s.id.Doubtful() {
		set |= quartet.NeedID
	}
	if s.card.Doubtful() {
		set |= quartet.NeedCard
	}
	return set
}
