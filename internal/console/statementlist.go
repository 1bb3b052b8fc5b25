package console

import (
	"strconv"
	"time"

	"quartet"
)

// usageSpans are the days that the page of usage counts, the usual one first.
var usageSpans = []int{30, 7, 90}

// statementMonths are how many months a page lists.
const statementMonths = 12

// month is what an account used in a month of Asia/Shanghai.
type month struct {
	At           time.Time // its first instant
	Calls, Units int64
	Open         bool // it is not over
}

// Path is where its statement is.
func (m month) Path() string { return statementsPath + "/" + m.At.Format("2006-01") }

// StatementsPage is usage of some days, and the months that there are statements of.
type StatementsPage struct {
	Days     verdictDays
	Span     int // days
	Product  string
	Products map[string]string
	Months   []month // newest first
	Earlier  string  // address of earlier months
}

func (StatementsPage) template() string  { return "statements" }
func (StatementsPage) title() string     { return "用量与账单" }
func (StatementsPage) scripts() []string { return chartScripts }

// chartScripts draw the charts of a page.
var chartScripts = []string{"vendor/uplot/uPlot.iife.min.js", "chart.js"}

// Spans and ProductChoices are those that can be chosen.
func (p StatementsPage) Spans() []choice {
	list := []choice{{Value: "7", Label: "近 7 天"}, {Value: "30", Label: "近 30 天"}, {Value: "90", Label: "近 90 天"}}
	return chosen(list, strconv.Itoa(p.Span))
}

func (p StatementsPage) ProductChoices() []choice { return chosen(named(p.Products), p.Product) }

// firstOfMonth is the first instant of the month that an instant lies in, so many months on.
func firstOfMonth(t time.Time, on int) time.Time {
	t = t.In(quartet.Shanghai)
	return time.Date(t.Year(), t.Month()+time.Month(on), 1, 0, 0, 0, 0, quartet.Shanghai)
}

func (c *Console) statementsPage(v *visit) (page, error) {
	q, now := v.r.URL.Query(), c.o.Now()
	p := StatementsPage{Span: usageSpans[0], Product: q.Get("product")}
	for _, n := range usageSpans {
		if q.Get("days") == strconv.Itoa(n) {
			p.Span = n
		}
	}
	var err error
	if p.Products, err = v.productNames(); err != nil {
		return nil, err
	}
	if _, known := p.Products[p.Product]; !known {
		p.Product = ""
	}
	newest, current := firstOfMonth(now, 0), true
	if before, err := time.ParseInLocation("2006-01", q.Get("before"), quartet.Shanghai); err == nil && before.Before(newest) {
		newest, current = firstOfMonth(before, -1), false
	}
	if p.Months, p.Earlier, err = v.months(newest, now); err != nil {
		return nil, err
	}
	from, all := dayOf(now, 1-p.Span), verdictDays{}
	if current && p.Product == "" { // the months hold the days, which are counted once then
		first := from
		if n := len(p.Months); n > 0 && p.Months[n-1].At.Before(first) {
			first = p.Months[n-1].At
		}
		all, err = v.verdictDays("from", day(first))
		p.Days = all.since(from)
	} else {
		if p.Days, err = v.verdictDays("from", day(from), "product_id", p.Product); err != nil {
			return nil, err
		}
		if n := len(p.Months); n > 0 {
			all, err = v.verdictDays("from", day(p.Months[n-1].At), "to", day(firstOfMonth(newest, 1).AddDate(0, 0, -1)))
		}
	}
	countMonths(p.Months, all)
	return p, err
}

// dayOf is the beginning of the day that an instant lies in, so many days on.
func dayOf(t time.Time, on int) time.Time {
	t = t.In(quartet.Shanghai)
	return time.Date(t.Year(), t.Month(), t.Day()+on, 0, 0, 0, 0, quartet.Shanghai)
}

// months are those that the account has been there, the newest first, not counted yet.
func (v *visit) months(newest, now time.Time) (list []month, earlier string, err error) {
	var account struct {
		CreatedAt time.Time `json:"created_at"`
	}
	if err := v.get(v.account(""), &account); err != nil {
		return nil, "", err
	}
	first := firstOfMonth(account.CreatedAt, 0)
	for at := newest; !at.Before(first); at = firstOfMonth(at, -1) {
		if len(list) == statementMonths {
			return list, query(statementsPath, "before", list[len(list)-1].At.Format("2006-01")) + "#months", nil
		}
		list = append(list, month{At: at, Open: now.Before(firstOfMonth(at, 1))})
	}
	return list, "", nil
}

// countMonths puts the counts of days into their months.
func countMonths(list []month, days verdictDays) {
	at := map[time.Time]*month{}
	for i := range list {
		at[list[i].At.UTC()] = &list[i]
	}
	for _, one := range days.Days {
		if m := at[firstOfMonth(one.At, 0).UTC()]; m != nil {
			m.Calls += one.Calls()
			m.Units += one.Units
		}
	}
}

// previewDays are days that look like those of a firm that works on weekdays.
func previewDays(from time.Time, days int) (d verdictDays) {
	for i := range days {
		at := from.AddDate(0, 0, i)
		n := int64(560 + i*37%211)
		if wd := at.In(quartet.Shanghai).Weekday(); wd == time.Saturday || wd == time.Sunday {
			n /= 4
		}
		one := verdictDay{At: at, Match: n * 8 / 10, Mismatch: n * 16 / 100, Undetermined: n * 3 / 100, Refused: n / 100}
		one.Units = one.Match + one.Mismatch
		d.add(one)
	}
	return d
}

func statementListPreviews() []preview {
	months := []month{{At: time.Date(2026, 3, 1, 0, 0, 0, 0, quartet.Shanghai), Calls: 164, Units: 158, Open: true}}
	for i, calls := range []int64{14722, 15310, 13988, 16204} {
		months = append(months, month{At: firstOfMonth(months[0].At, -1-i), Calls: calls, Units: calls * 96 / 100})
	}
	return []preview{
		{name: "statements", path: statementsPath, page: StatementsPage{
			Days: previewDays(firstOfMonth(previewNow, -1).AddDate(0, 0, 1), 30), Span: 30, Products: previewProducts(), Months: months, Earlier: statementsPath + "?before=2025-11#months",
		}},
		{name: "statements-empty", path: statementsPath, page: StatementsPage{Span: 30, Products: previewProducts(), Months: []month{{At: months[0].At, Open: true}}}},
	}
}
