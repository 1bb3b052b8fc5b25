package app

import (
	"time"

	"quartet"
	"quartet/internal/obs"
	"quartet/internal/source"
	"quartet/internal/today"
)

// counted hears of calls and of questions to sources for /metrics and for today's picture.
type counted struct {
	*obs.Metrics

	meter *today.Meter
}

// Call implements web.Metrics.
func (c counted) Call(code quartet.Code, units int64, took time.Duration) {
	c.Metrics.Call(code, units, took)
	c.meter.Call(code, took)
}

// Source counts a question to a source.
func (c counted) Source(name, outcome string, took time.Duration) {
	c.Metrics.Source(name, outcome, took)
	c.meter.Source(name, speaksAgainst(outcome), took)
}

// speaksAgainst reports whether an outcome lies with the source, and not in the question.
func speaksAgainst(outcome string) bool {
	switch outcome {
	case source.Unreachable.String(), source.Timeout.String(), source.Failed.String(), source.NotUnderstood.String(), source.Busy.String(), "panic":
		return true
	}
	return false
}
