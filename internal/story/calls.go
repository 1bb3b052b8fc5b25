package story

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"quartet"
)

// Call is a call as the story has it. Who makes it is known by place in the lists of buyers.
type Call struct {
	At         time.Time
	Buyer      int
	Credential int
	Code       quartet.Code
	Verdict    quartet.Verdict
	Reason     quartet.Reason
	Differs    quartet.ElementSet
	Sent       bool // the source was asked
	Latency    time.Duration
	Params     quartet.Fingerprint
	Card       quartet.Fingerprint
}

// hours is how much of a day's calls each hour has, from midnight on: offices, with a rest at
// noon, and programs that run at night.
var hours = [24]float64{4, 2, 6, 2, 1, 1, 4, 14, 48, 92, 100, 88, 40, 52, 86, 94, 90, 70, 34, 24, 20, 16, 12, 8}

// days is how busy each day of the week is beside a usual working day, from Sunday on.
var days = [7]float64{0.22, 1.08, 1.02, 1, 0.97, 1.05, 0.36}

// Calls are those of the day that begins at midnight, in the order of time. first is the first
// day of the story.
func Calls(first, midnight time.Time) []Call {
	nth := int(math.Round(midnight.Sub(first).Hours() / 24))
	outage := OutageOf(first)
	var list []Call
	for i, b := range Buyers() {
		if nth < b.Begins {
			continue
		}
		r := rand.New(rand.NewPCG(uint64(midnight.Unix()), uint64(i))) //nolint:gosec // no secret: the same day is to give the same calls
		n := int(float64(b.Busy) * days[midnight.Weekday()] * (0.85 + 0.3*r.Float64()) * growth(nth, b.Begins))
		if date := midnight.Day(); i == 0 && (date == 10 || date == 15) { // wages are paid
			n += n / 2
		}
		for range n {
			c := Call{At: midnight.Add(moment(r)), Buyer: i}
			if r.IntN(10) >= 7 {
				c.Credential = r.IntN(len(b.Credentials))
			}
			outcome(r, &c, outage)
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b Call) int { return a.At.Compare(b.At) })
	return list
}

// growth lets who has just come begin with few calls.
func growth(nth, begins int) float64 {
	return min(1, 0.45+0.55*float64(nth-begins)/20)
}

func moment(r *rand.Rand) time.Duration {
	sum := 0.0
	for _, w := range hours {
		sum += w
	}
	at := r.Float64() * sum
	hour := 0
	for at >= hours[hour] && hour < len(hours)-1 {
		at -= hours[hour]
		hour++
	}
	return time.Duration(hour)*time.Hour + time.Duration(r.Int64N(int64(time.Hour)))
}

// outcome decides what a call was answered.
func outcome(r *rand.Rand, c *Call, bad Outage) {
	for i := range c.Params {
		c.Params[i], c.Card[i] = byte(r.Uint32()), byte(r.Uint32())
	}
	c.Latency = time.Duration(9+22*r.ExpFloat64()) * time.Millisecond
	if !c.At.Before(bad.From) && c.At.Before(bad.Until) && r.IntN(100) < 82 {
		c.Code, c.Sent, c.Latency = quartet.CodeSourcesFailed, true, time.Duration(1500+r.IntN(900))*time.Millisecond
		if r.IntN(4) == 0 {
			c.Code, c.Latency = quartet.CodeDeadline, 5*time.Second+time.Duration(r.IntN(40))*time.Millisecond
		}
		return
	}
	c.Code, c.Sent = quartet.CodeOK, true
	switch dice := r.IntN(1000); {
	case dice < 868:
		c.Verdict = quartet.Match
	case dice < 925:
		c.Verdict, c.Reason, c.Differs = quartet.Mismatch, quartet.ReasonMobileMismatch, quartet.NeedMobile
	case dice < 955:
		c.Verdict, c.Reason, c.Differs = quartet.Mismatch, quartet.ReasonHolderMismatch, quartet.NeedName
	case dice < 972:
		reasons := []quartet.Reason{quartet.ReasonCardLost, quartet.ReasonCardExpired, quartet.ReasonNotEnabled, quartet.ReasonDormant}
		c.Verdict, c.Reason = quartet.Undetermined, reasons[r.IntN(len(reasons))]
	case dice < 984:
		c.Code = quartet.CodeNoRecord
	default:
		codes := []quartet.Code{quartet.CodeElement, quartet.CodeElement, quartet.CodeMissing, quartet.CodeLimited, quartet.CodeUnreadable}
		c.Code, c.Sent = codes[r.IntN(len(codes))], false
		c.Latency = time.Duration(200+r.IntN(900)) * time.Microsecond
	}
}
