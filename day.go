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
