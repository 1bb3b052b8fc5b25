package quartet

import "time"

// Shanghai is the zone in which days and months are reckoned. It has had no summer time
// since 1991, so a fixed offset is exact and needs no zone database.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

const (
	daySeconds   = 24 * 60 * 60
	shanghaiEast = 8 * 60 * 60
)

// DayOf is the number of the day in Asia/Shanghai, counted from 1970-01-01, that a Unix
// second falls in.
func DayOf(second int64) int64 {
	s := second + shanghaiEast
	if s < 0 {
		return (s - daySeconds + 1) / daySeconds
	}
	return s / daySeconds
}

// DayStart is the first Unix second of a day.
func DayStart(day int64) int64 { return day*daySeconds - shanghaiEast }

// EndOfDay is the first instant after the day in Asia/Shanghai that t falls in.
func EndOfDay(t time.Time) time.Time {
	y, m, d := t.In(Shanghai).Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, Shanghai)
}

// ValidUntil is the end of what is valid for so many calendar months from t: the end of
// the same day of the month in Asia/Shanghai, or of the month's last day where it has no
// such day. 24 months from 29 February 2028 end with 28 February 2030.
func ValidUntil(t time.Time, months int) time.Time {
	y, m, d := t.In(Shanghai).Date()
	first := time.Date(y, m+time.Month(months), 1, 0, 0, 0, 0, Shanghai)
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(d, last)+1, 0, 0, 0, 0, Shanghai)
}
