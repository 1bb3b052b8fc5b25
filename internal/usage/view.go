package usage

import (
	"cmp"
	"context"
	"slices"
	"time"

	"quartet"
)

// The longest spans of a view: more points than these no chart shows.
const (
	MostHourly = 31
	MostDaily  = 400
)

// Slot is an hour or a day. Those without calls stand there too, for charts.
type Slot struct {
	At time.Time // its first instant
	quartet.UsageSlot
}

// AccountSum is what the calls of one account come to.
type AccountSum struct {
	Account string
	quartet.UsageSum
}

// View is what the chosen calls come to. The sums of Slots, of Kinds where they were asked for,
// and of Accounts are the same.
type View struct {
	Days     Days
	Slots    []Slot
	Kinds    []quartet.StatementUsage
	Accounts []AccountSum // the most units first; of the house alone
	Sum      quartet.UsageSum
}

// View adds up the calls of days, by hours or, where f.Daily, by days. Without an account it
// is that of the house.
func (d *Desk) View(ctx context.Context, f quartet.UsageFilter, days Days) (View, error) {
	from, to := days.seconds()
	f.From, f.To = from/quartet.HourSeconds, to/quartet.HourSeconds
	found, err := d.o.Store.UsageView(ctx, f, f.Account == "")
	if err != nil {
		return View{}, err
	}
	v := View{Days: days, Kinds: found.Kinds}
	slot := func(key, second int64) {
		sum := found.Times[key]
		v.Slots = append(v.Slots, Slot{time.Unix(second, 0).In(quartet.Shanghai), sum})
		v.Sum.Calls, v.Sum.Units = v.Sum.Calls+sum.Calls, v.Sum.Units+sum.Units
	}
	if f.Daily {
		for day := days.From; day <= days.To; day++ {
			slot(day, quartet.DayStart(day))
		}
	} else {
		for hour := f.From; hour < f.To; hour++ {
			slot(hour, hour*quartet.HourSeconds)
		}
	}
	for account, sum := range found.Accounts {
		v.Accounts = append(v.Accounts, AccountSum{account, sum})
	}
	slices.SortFunc(v.Accounts, func(a, b AccountSum) int {
		return cmp.Or(cmp.Compare(b.Units, a.Units), cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Account, b.Account))
	})
	return v, nil
}
