package store

import (
	"strconv"
	"strings"

	"quartet"
)

// conditions is a WHERE that names only what restricts, so that the engine sees which index
// serves it. Each $ stands for the next value.
type conditions struct {
	all  []string
	args []any
}

func (w *conditions) add(condition string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		condition = strings.Replace(condition, "$", "@"+strconv.Itoa(len(w.args)), 1)
	}
	w.all = append(w.all, strings.ReplaceAll(condition, "@", "$"))
}

func (w *conditions) text() string {
	if len(w.all) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.all, " AND ")
}

// next is the place of a value that follows the conditions.
func (w *conditions) next(value any) string {
	w.args = append(w.args, value)
	return "$" + strconv.Itoa(len(w.args))
}

// kind restricts what calls and their sums have in common.
func (w *conditions) kind(account, product, credential string, code quartet.Code, verdict quartet.Verdict) {
	for _, c := range []struct{ column, value string }{{"account_id", account}, {"product_id", product}, {"credential_id", credential}} {
		if c.value != "" {
			w.add(c.column+" = $", c.value)
		}
	}
	if code != 0 {
		w.add("code = $", int64(code))
	}
	if verdict != quartet.NoVerdict {
		w.add("verdict = $", int64(verdict))
	}
}

func (w *conditions) usage(f quartet.UsageFilter) {
	w.kind(f.Account, f.Product, f.Credential, f.Code, f.Verdict)
	if f.From > 0 {
		w.add("hour >= $", f.From)
	}
	if f.To > 0 {
		w.add("hour < $", f.To)
	}
}

// calls restricts to the calls of f that stand where.
func (w *conditions) calls(f quartet.CallFilter, where span) {
	w.kind(f.Account, f.Product, f.Credential, f.Code, f.Verdict)
	if f.Source != "" {
		w.add("source = $", f.Source)
	}
	if where.only != nil {
		w.seconds(where.only)
	}
	// One bound at each end: of two, an engine may choose the one from which it reads again
	// all that was read before.
	switch {
	case !f.After.IsZero() && f.After.Second >= where.from:
		w.add("(second, n) > ($, $)", f.After.Second, int64(f.After.N))
	case where.from > 0 && where.only == nil:
		w.add("second >= $", where.from)
	}
	switch {
	case !f.Before.IsZero() && (where.to == 0 || f.Before.Second < where.to):
		w.add("(second, n) < ($, $)", f.Before.Second, int64(f.Before.N))
	case where.to > 0 && where.only == nil:
		w.add("second < $", where.to)
	}
}

// seconds restricts to some seconds. The last one fills the list up, so that there is one text
// however many they are.
func (w *conditions) seconds(only []int64) {
	text := "second IN (" + strings.Repeat("$, ", secondsAtOnce-1) + "$)"
	args := anys(only)
	for len(args) < secondsAtOnce {
		args = append(args, args[len(args)-1])
	}
	w.add(text, args...)
}
