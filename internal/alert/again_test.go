package alert_test

import (
	"testing"
	"time"

	"quartet"
)

// An hour is looked at for some minutes after its end as well, when a rule whose cause is gone
// may be armed again. What has fired for the hour does not fire for it once more.
func TestDesk_TellsOfAnHourOnceThoughItsRuleNeedsNoRest(t *testing.T) {
	h := newHouse(t)
	h.give("g1", 10_000, 300)
	began := h.now
	for day := range 4 {
		h.now = began.AddDate(0, 0, day)
		h.call(2, quartet.Match)
	}
	h.add(quartet.AlertRule{Kind: quartet.AlertRate, Percent: 200, Days: 3, Floor: 5, Inbox: true, Cooldown: 5 * time.Minute})
	h.call(50, quartet.Match)
	h.look()
	h.want(quartet.AlertRate)
	h.now = h.now.Truncate(time.Hour).Add(time.Hour)
	for range 8 {
		h.look()
	}
	h.want(quartet.AlertRate)
}
