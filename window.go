package quartet

import (
	"fmt"
	"strings"
	"time"
)

// Window is a time in which a source is not asked: each day or one day of the week, by the
// clock of Asia/Shanghai, or a single span. It is written as "daily 23:30-01:00",
// "sun 01:00-05:00" or "2026-12-01T01:00/2026-12-01T05:00".
type Window struct {
	weekday  int // 1 Monday to 7 Sunday; 0: every day
	from, to int // minutes after midnight; to lies after from, perhaps on the next day
	begin    time.Time
	end      time.Time
}

var weekdays = [...]string{"daily", "mon", "tue", "wed", "thu", "fri", "sat", "sun"}

const (
	minutesADay = 24 * 60
	spanForm    = "2006-01-02T15:04"
)

// ParseWindow reads a window. ErrInvalid.
func ParseWindow(text string) (Window, error) {
	var w Window
	text = strings.TrimSpace(text)
	if begin, end, single := strings.Cut(text, "/"); single {
		var err1, err2 error
		w.begin, err1 = time.ParseInLocation(spanForm, begin, Shanghai)
		w.end, err2 = time.ParseInLocation(spanForm, end, Shanghai)
		if err1 != nil || err2 != nil {
			return Window{}, errWindow
		}
		return w, w.check()
	}
	day, span, _ := strings.Cut(text, " ")
	w.weekday = -1
	for i, name := range weekdays {
		if strings.EqualFold(name, day) {
			w.weekday = i
		}
	}
	from, to, ok := strings.Cut(strings.TrimSpace(span), "-")
	var okFrom, okTo bool
	w.from, okFrom = clock(from)
	w.to, okTo = clock(to)
	if w.weekday < 0 || !ok || !okFrom || !okTo {
		return Window{}, errWindow
	}
	if w.to <= w.from {
		w.to += minutesADay
	}
	return w, w.check()
}

var errWindow = &Error{
	Code: ErrInvalid, Field: "maintenance",
	Message: "a maintenance is written daily 23:30-01:00, sun 01:00-05:00 or 2026-12-01T01:00/2026-12-01T05:00",
}

func clock(text string) (minutes int, ok bool) {
	if text == "24:00" {
		return minutesADay, true
	}
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil
}

func (w Window) check() error {
	if !w.begin.IsZero() && w.end.After(w.begin) || w.begin.IsZero() && w.to > w.from && w.to-w.from <= minutesADay {
		return nil
	}
	return errWindow
}

// Covers reports whether an instant lies in the window.
func (w Window) Covers(at time.Time) bool {
	if !w.begin.IsZero() {
		return !at.Before(w.begin) && at.Before(w.end)
	}
	at = at.In(Shanghai)
	minute := at.Hour()*60 + at.Minute()
	today := (int(at.Weekday())+6)%7 + 1
	yesterday := (today+5)%7 + 1
	return w.on(today) && minute >= w.from && minute < w.to ||
		w.on(yesterday) && minute+minutesADay >= w.from && minute+minutesADay < w.to
}

func (w Window) on(weekday int) bool { return w.weekday == 0 || w.weekday == weekday }

// String is the window as it is written.
func (w Window) String() string {
	if !w.begin.IsZero() {
		return w.begin.In(Shanghai).Format(spanForm) + "/" + w.end.In(Shanghai).Format(spanForm)
	}
	to := w.to
	if to > minutesADay {
		to -= minutesADay
	}
	return fmt.Sprintf("%s %02d:%02d-%02d:%02d", weekdays[w.weekday], w.from/60, w.from%60, to/60, to%60)
}

// MarshalText writes it.
func (w Window) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads it.
func (w *Window) UnmarshalText(text []byte) (err error) {
	*w, err = ParseWindow(string(text))
	return err
}
