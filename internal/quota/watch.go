package quota

import (
	"github.com/google/uuid"

	"quartet"
)

// watch is a line of an account whose units a batch may use, and how many were unused before.
type watch struct {
	account string
	line    quartet.AlertLine
	before  int64
}

// watch notes what is unused before the acts of a batch are judged, where a line is watched.
// accounts are those of which all grants with units were read. Whoever is not watched costs a
// look into the map.
func (j *judge) watch(lines map[string][]quartet.AlertLine, accounts []string) {
	if len(lines) == 0 {
		return
	}
	for _, account := range accounts {
		for _, line := range lines[account] {
			j.watches = append(j.watches, watch{account, line, j.unused(account, line.Product)})
		}
	}
}

// crossed names the lines that the acts of a batch came to. Whether a rule fires by it, its
// row decides in the transaction.
func (j *judge) crossed() {
	for i := range j.watches {
		w := &j.watches[i]
		if w.before <= w.line.Units {
			continue
		}
		left := j.unused(w.account, w.line.Product)
		if left > w.line.Units {
			continue
		}
		id, err := uuid.NewV7()
		if err != nil { // cannot happen: the source of randomness ends the process instead
			panic(err)
		}
		j.out.Crossed = append(j.out.Crossed, quartet.Crossing{Alert: id.String(), Rule: w.line.Rule, Line: w.line.Units, Before: w.before, After: left, At: j.now})
	}
}

// unused are the units that calls of a product, or of any for "", can still use up, held ones
// among them.
func (j *judge) unused(account, product string) (units int64) {
	for _, g := range j.byAccount[account] {
		if g.UsableFor(product, j.now) {
			units += g.Unused()
		}
	}
	for i := range j.out.Opened {
		if g := &j.out.Opened[i]; g.Account == account && g.UsableFor(product, j.now) {
			units += g.Unused()
		}
	}
	return units
}
