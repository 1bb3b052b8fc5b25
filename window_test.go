package quartet_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quartet"
)

func window(t *testing.T, text string) quartet.Window {
	t.Helper()
	w, err := quartet.ParseWindow(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return w
}

func TestWindow_CoversItsTimeByTheClockOfShanghai(t *testing.T) {
	t.Parallel()
	const day = "2026-03-02 " // a Monday
	for _, c := range []struct {
		window string
		at     string
		want   bool
	}{
		{"daily 01:00-05:00", day + "00:59:59", false},
		{"daily 01:00-05:00", day + "01:00:00", true},
		{"daily 01:00-05:00", day + "04:59:59", true},
		{"daily 01:00-05:00", day + "05:00:00", false},
		{"daily 23:30-01:00", day + "23:30:00", true},
		{"daily 23:30-01:00", day + "00:59:59", true},
		{"daily 23:30-01:00", day + "01:00:00", false},
		{"daily 00:00-24:00", day + "12:00:00", true},
		{"daily 24:00-01:00", day + "00:30:00", true},
		{"mon 01:00-05:00", day + "02:00:00", true},
		{"tue 01:00-05:00", day + "02:00:00", false},
		{"sun 23:30-01:00", day + "00:30:00", true}, // it began on Sunday
		{"mon 23:30-01:00", day + "00:30:00", false},
		{"sun 01:00-01:00", day + "00:59:59", true}, // a whole day, into the next
		{"sun 01:00-01:00", day + "01:00:00", false},
		{"2026-03-02T01:00/2026-03-02T05:00", day + "00:59:59", false},
		{"2026-03-02T01:00/2026-03-02T05:00", day + "01:00:00", true},
		{"2026-03-02T01:00/2026-03-02T05:00", day + "05:00:00", false},
	} {
		at, err := time.ParseInLocation(time.DateTime, c.at, quartet.Shanghai)
		if err != nil {
			t.Fatal(err)
		}
		for _, zone := range []*time.Location{quartet.Shanghai, time.UTC, time.FixedZone("west", -9*60*60)} {
			if got := window(t, c.window).Covers(at.In(zone)); got != c.want {
				t.Errorf("%s covers %s, told in %s: %v", c.window, c.at, zone, got)
			}
		}
	}
}

// Whatever its hours, a daily window covers as many minutes of any day as it is long, and
// one of a weekday covers them within that day and the next.
func TestWindow_CoversAsMuchAsItIsLong(t *testing.T) {
	t.Parallel()
	days := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	rapid.Check(t, func(t *rapid.T) {
		from, to := rapid.IntRange(0, 24*60-1).Draw(t, "from"), rapid.IntRange(0, 24*60-1).Draw(t, "to")
		weekday := rapid.IntRange(0, 6).Draw(t, "weekday")
		long := to - from
		if long <= 0 {
			long += 24 * 60
		}
		hours := fmt.Sprintf("%02d:%02d-%02d:%02d", from/60, from%60, to/60, to%60)
		count := func(text string, days int) (n int) {
			w, err := quartet.ParseWindow(text)
			if err != nil {
				t.Fatal(err)
			}
			monday := time.Date(2026, 3, 2, 0, 0, 0, 0, quartet.Shanghai)
			for m := range days * 24 * 60 {
				if w.Covers(monday.Add(time.Duration(m) * time.Minute)) {
					n++
				}
			}
			return n
		}
		if n := count("daily "+hours, 1); n != long {
			t.Fatalf("daily %s covers %d minutes, want %d", hours, n, long)
		}
		if n := count(days[weekday]+" "+hours, 7); n != long {
			t.Fatalf("%s %s covers %d minutes a week, want %d", days[weekday], hours, n, long)
		}
	})
}

func TestWindow_IsWrittenAsItIsRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"daily 23:30-01:00", "sun 01:00-05:00", "daily 00:00-24:00", "sat 12:00-12:00", "2026-12-01T01:00/2026-12-01T05:00",
	} {
		w := window(t, text)
		written, err := json.Marshal([]quartet.Window{w})
		if err != nil || string(written) != `["`+text+`"]` {
			t.Errorf("%s is written %s: %v", text, written, err)
		}
		var back []quartet.Window
		if err := json.Unmarshal(written, &back); err != nil || back[0] != w {
			t.Errorf("%s is read back as %v: %v", text, back, err)
		}
	}
	if got := window(t, " SUN 1:00-5:00 ").String(); got != "sun 01:00-05:00" {
		t.Errorf("a loose hand is written %s", got)
	}
}

func TestWindow_RefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "daily", "daily 01:00", "someday 01:00-02:00", "daily 25:00-26:00", "daily 01:60-02:00", "01:00-02:00",
		"2026-12-01T05:00/2026-12-01T01:00", "2026-12-01T05:00/2026-12-01T05:00", "2026-12-01/2026-12-02", "/",
	} {
		if w, err := quartet.ParseWindow(text); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%q is read as %s: %v", text, w, err)
		}
	}
}
