package guard

import (
	"sync"
	"time"

	"quartet"
)

// Days counts calls a day of Asia/Shanghai, by credential. Like the guard's own counters
// they are not stored: a start replays the rows of the day. Safe for concurrent use; the
// zero value has seen nothing.
type Days struct {
	mu    sync.Mutex
	day   int64
	calls map[string]int64
}

// Take counts a call unless most were made that day. wait is how long until the next day;
// 0: it was counted. One that was read just before midnight and comes after it counts to the
// day that has begun.
func (d *Days) Take(credential string, most int64, at time.Time) (wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.turn(quartet.DayOf(at.Unix()))
	if d.calls[credential] >= most {
		return time.Unix(quartet.DayStart(d.day+1), 0).Sub(at)
	}
	d.calls[credential]++
	return 0
}

// Replay counts a call of an earlier process.
func (d *Days) Replay(c quartet.Call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.turn(quartet.DayOf(c.At.Unix())) {
		d.calls[c.Credential]++
	}
}

// turn drops what is of an earlier day; false: the day is over.
func (d *Days) turn(day int64) bool {
	if d.day < day {
		d.day, d.calls = day, map[string]int64{}
	}
	return d.day == day
}
