package console

import (
	"slices"
	"time"
)

// verdictDay is what became of the calls of a day of Asia/Shanghai.
type verdictDay struct {
	At                                     time.Time
	Match, Mismatch, Undetermined, Refused int64
	Units                                  int64 // charged
}

// Calls is how many there were.
func (d verdictDay) Calls() int64 { return d.Match + d.Mismatch + d.Undetermined + d.Refused }

// verdictDays are some days in a row, and what they come to.
type verdictDays struct {
	Days  []verdictDay
	Calls int64
	Given int64 // calls that got a verdict
	Units int64
}

// add puts a day at their end.
func (d *verdictDays) add(one verdictDay) {
	d.Days = append(d.Days, one)
	d.Calls += one.Calls()
	d.Given += one.Calls() - one.Refused
	d.Units += one.Units
}

// since are those from an instant on.
func (d verdictDays) since(at time.Time) (part verdictDays) {
	for _, one := range d.Days {
		if !one.At.Before(at) {
			part.add(one)
		}
	}
	return part
}

// Today is the last of them.
func (d verdictDays) Today() verdictDay {
	if len(d.Days) == 0 {
		return verdictDay{}
	}
	return d.Days[len(d.Days)-1]
}

// Newest are the days with calls, the newest first: what a table shows of a chart.
func (d verdictDays) Newest() []verdictDay {
	list := slices.DeleteFunc(slices.Clone(d.Days), func(day verdictDay) bool { return day.Calls() == 0 })
	slices.Reverse(list)
	return list
}

// Called are the same days, the oldest first.
func (d verdictDays) Called() []verdictDay {
	list := d.Newest()
	slices.Reverse(list)
	return list
}

// Chart is the same for the script that draws it: a column a day, a colour a verdict.
func (d verdictDays) Chart(lang string) chart {
	l := language(lang)
	c := chart{Kind: "bars", Label: l.word("日期"), Series: []series{
		{Label: l.word("一致"), Colour: "green"}, {Label: l.word("不一致"), Colour: "orange"}, {Label: l.word("异常"), Colour: "purple"}, {Label: l.word("未出结果"), Colour: "red"},
	}}
	for _, day := range d.Days {
		c.At = append(c.At, day.At.Unix())
		for i, n := range []int64{day.Match, day.Mismatch, day.Undetermined, day.Refused} {
			c.Series[i].Values = append(c.Series[i].Values, n)
		}
	}
	return c
}

// chart is what static/chart.js draws. Values of bars lie on each other.
type chart struct {
	Kind   string   `json:"kind"`
	Label  string   `json:"label"` // of the instants
	At     []int64  `json:"at"`    // Unix seconds
	Series []series `json:"series"`
}

type series struct {
	Label  string  `json:"label"`
	Colour string  `json:"colour"` // a name of Tabler's
	Values []int64 `json:"values"`
}

// verdictDays asks for the calls that pairs choose, as the API does; without days they are
// those of the last thirty.
func (v *visit) verdictDays(pairs ...string) (verdictDays, error) {
	var usage struct {
		Slots []struct {
			At           time.Time `json:"at"`
			Calls        int64     `json:"calls"`
			Units        int64     `json:"units"`
			Match        int64     `json:"match"`
			Mismatch     int64     `json:"mismatch"`
			Undetermined int64     `json:"undetermined"`
		} `json:"slots"`
	}
	if err := v.get(query(v.account("/usage"), append(pairs, "kinds", "false")...), &usage); err != nil {
		return verdictDays{}, err
	}
	var out verdictDays
	for _, s := range usage.Slots {
		out.add(verdictDay{s.At, s.Match, s.Mismatch, s.Undetermined, s.Calls - s.Match - s.Mismatch - s.Undetermined, s.Units})
	}
	return out, nil
}

// latency is how long the newest calls took, in milliseconds.
type latency struct {
	Calls    int
	P50, P95 int64
}

// latency looks at the newest calls alone: no sums of latencies are kept.
func (v *visit) latency() (latency, error) {
	var calls list[struct {
		Latency int64 `json:"latency_ms"`
	}]
	if err := v.get(query(v.account("/calls"), "limit", "100"), &calls); err != nil || len(calls.Items) == 0 {
		return latency{}, err
	}
	all := make([]int64, len(calls.Items))
	for i, c := range calls.Items {
		all[i] = c.Latency
	}
	slices.Sort(all)
	at := func(share int) int64 { return all[(len(all)*share+99)/100-1] }
	return latency{len(all), at(50), at(95)}, nil
}
