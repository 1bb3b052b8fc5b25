// Package settlement compares the daily bill of each online provider with our books.
//
// A line of the bill and a payment or refund belong together by our number. Three things
// must agree: what the provider says moved, the payment or the refund, and the units that
// the order gave. What does not agree is a difference; it is kept with the day until a
// treasurer has looked at it and says so with a note (Desk.Acknowledge). Nothing is ever
// repaired by a comparison: it only tells.
//
// The comparison of a day is a job (Desk.Run) at 10:00 of the next one, when providers have
// their bills ready, and may be repeated: the last one stands. A provider puts a movement on
// the bill of the day on which it made it, and we may hear of it a day later; so what is
// missing on one bill is looked for on those of other days before it counts as missing.
package settlement

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/job"
)

// Books is what a bill is compared with.
type Books interface {
	Booked(ctx context.Context, provider string, from, to time.Time) ([]quartet.Booked, error)
	BookedAs(ctx context.Context, provider string, numbers []string) ([]quartet.Booked, error)
	BilledOtherwise(ctx context.Context, provider, day string, numbers []string) (map[string]bool, error)
}

// Store keeps what came of it.
type Store interface {
	Books
	PutSettlement(ctx context.Context, s quartet.Settlement, bill []quartet.BillLine, e quartet.AuditEntry) error
	AcknowledgeSettlement(ctx context.Context, s quartet.Settlement, e quartet.AuditEntry) error
	Settlement(ctx context.Context, provider, day string) (quartet.Settlement, error)
	Settlements(ctx context.Context, provider, day, behind string, limit int) ([]quartet.Settlement, error)
	PutJobs(ctx context.Context, jobs ...quartet.Job) error
}

// Biller is a provider that sends the bill of a day.
type Biller interface {
	// Bill lists what moved in the day of Asia/Shanghai that an instant falls in.
	// ErrNotFound: there is no bill of it, or none yet.
	Bill(ctx context.Context, day time.Time) ([]quartet.BillLine, error)
}

// Desk is where bills are compared. Safe for concurrent use.
type Desk struct {
	store     Store
	providers map[string]Biller
	now       func() time.Time
}

// New makes a desk of the providers that send bills, by name.
func New(store Store, providers map[string]Biller, now func() time.Time) *Desk {
	return &Desk{store: store, providers: providers, now: now}
}

// JobKind is the kind of job that Run does, keyed "provider/2026-03-02".
const JobKind = "bill.reconcile"

const (
	readyHour = 10 // of the next day: bills are ready
	lookBack  = 7  // days for which jobs are planned anew at a start
	dayForm   = "2006-01-02"
	system    = "daily bill"
)

// Plan asks for the comparison of today and of the last days, each once. It is called from
// time to time, and each comparison asks for that of the next day.
func (d *Desk) Plan(ctx context.Context) error {
	now := d.now()
	var jobs []quartet.Job
	for name := range d.providers {
		for back := range lookBack {
			jobs = append(jobs, planned(name, now.In(quartet.Shanghai).AddDate(0, 0, -back), now))
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	return d.store.PutJobs(ctx, jobs...)
}

func planned(provider string, day, now time.Time) quartet.Job {
	return job.At(JobKind, provider+"/"+day.Format(dayForm), ready(day), now)
}

// ready is when the bill of a day can be asked for.
func ready(day time.Time) time.Time {
	return quartet.EndOfDay(day).Add(readyHour * time.Hour)
}

// Run is the job "bill.reconcile". While there is no bill it comes again every hour; a day
// later no bill means that nothing moved.
func (d *Desk) Run(ctx context.Context, key string) error {
	provider, text, _ := strings.Cut(key, "/")
	day, err := parseDay(text)
	if err != nil {
		return err
	}
	if d.providers[provider] == nil {
		return errNoProvider()
	}
	if err := d.store.PutJobs(ctx, planned(provider, day.AddDate(0, 0, 1), d.now())); err != nil {
		return err
	}
	_, err = d.Reconcile(ctx, system, provider, text)
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		return job.Later{In: time.Hour, Why: "the provider has no bill of this day yet"}
	}
	return err
}

func errNoProvider() error {
	return &quartet.Error{Code: quartet.ErrNotFound, Field: "provider", Message: "no provider of that name sends bills here"}
}

func parseDay(text string) (time.Time, error) {
	day, err := time.ParseInLocation(dayForm, text, quartet.Shanghai)
	if err != nil {
		return day, &quartet.Error{Code: quartet.ErrInvalid, Field: "day", Message: "a day is written as 2026-03-02"}
	}
	return day, nil
}

// Reconcile fetches the bill of a day and compares it. ErrNotFound: the provider is not
// known here, or has no bill yet. ErrInvalid: the day is not over.
func (d *Desk) Reconcile(ctx context.Context, by, provider, dayText string) (quartet.Settlement, error) {
	none := quartet.Settlement{}
	day, err := parseDay(dayText)
	if err != nil {
		return none, err
	}
	biller, is := d.providers[provider]
	now := d.now()
	switch {
	case !is:
		return none, errNoProvider()
	case now.Before(quartet.EndOfDay(day)):
		return none, &quartet.Error{Code: quartet.ErrInvalid, Field: "day", Message: "this day is not over; its bill comes at 10:00 of the next one"}
	}
	bill, err := biller.Bill(ctx, day)
	if quartet.CodeOf(err) == quartet.ErrNotFound && !now.Before(ready(day).AddDate(0, 0, 1)) {
		bill, err = nil, nil
	}
	if err != nil {
		return none, err
	}
	s := quartet.Settlement{Provider: provider, Day: dayText, Compared: now, Lines: int64(len(bill))}
	if err := d.compare(ctx, &s, day, bill); err != nil {
		return none, err
	}
	entry := audit.Entry(now, by, "settlement.compare", provider+"/"+dayText,
		strconv.Itoa(len(bill))+" lines, "+strconv.Itoa(len(s.Differences))+" differences, fee "+s.Fee.String()+" yuan")
	if err := d.store.PutSettlement(ctx, s, bill, entry); err != nil {
		return none, err
	}
	return d.store.Settlement(ctx, provider, dayText)
}

// compare puts a bill beside our books.
func (d *Desk) compare(ctx context.Context, s *quartet.Settlement, day time.Time, bill []quartet.BillLine) error {
	numbers := make([]string, len(bill))
	for i, l := range bill {
		numbers[i] = l.Number
	}
	list, err := d.store.BookedAs(ctx, s.Provider, numbers)
	if err != nil {
		return err
	}
	type key struct {
		kind   quartet.BillKind
		number string
	}
	ours := map[key]quartet.Booked{}
	for _, b := range list {
		ours[key{b.Kind, b.Number}] = b
	}
	otherwise, err := d.store.BilledOtherwise(ctx, s.Provider, s.Day, numbers)
	if err != nil {
		return err
	}
	seen := map[key]bool{}
	for _, l := range bill {
		if s.Fee += l.Fee; l.Kind == quartet.BillPaid {
			s.Paid += l.Amount
		} else {
			s.Refunded += l.Amount
		}
		k := key{l.Kind, l.Number}
		b, is := ours[k]
		if seen[k] || otherwise[l.Number] {
			s.Differences = append(s.Differences, difference(quartet.BilledTwice, l, b))
			continue
		}
		seen[k] = true
		if !is {
			s.Differences = append(s.Differences, difference(quartet.MissingHere, l, b))
			continue
		}
		s.Differences = append(s.Differences, disagree(l, b)...)
	}
	booked, err := d.store.Booked(ctx, s.Provider, day, quartet.EndOfDay(day))
	if err != nil {
		return err
	}
	missing := map[string]quartet.Booked{}
	for _, b := range booked {
		if b.Kind == quartet.BillPaid {
			s.PaidHere += b.Amount
		} else {
			s.RefundedHere += b.Amount
		}
		if !seen[key{b.Kind, b.Number}] {
			missing[b.Number] = b
		}
	}
	if otherwise, err = d.store.BilledOtherwise(ctx, s.Provider, s.Day, slices.Collect(keys(missing))); err != nil {
		return err
	}
	for number, b := range missing {
		if !otherwise[number] {
			s.Differences = append(s.Differences, difference(quartet.MissingThere, quartet.BillLine{Kind: b.Kind, Number: b.Number}, b))
		}
	}
	slices.SortFunc(s.Differences, func(a, b quartet.Difference) int {
		return cmp.Or(cmp.Compare(a.Bill, b.Bill), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Reference, b.Reference), cmp.Compare(a.Kind, b.Kind))
	})
	return nil
}

func keys(m map[string]quartet.Booked) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// disagree lists in what a line and what we booked differ.
func disagree(l quartet.BillLine, b quartet.Booked) (found []quartet.Difference) {
	if !moved(b) {
		return append(found, difference(quartet.StateDiffers, l, b))
	}
	if l.Amount != b.Amount {
		found = append(found, difference(quartet.AmountDiffers, l, b))
	}
	if l.Kind == quartet.BillPaid && l.Reference != "" && b.Reference != "" && l.Reference != b.Reference {
		found = append(found, difference(quartet.ReferenceDiffer, l, b))
	}
	if b.State == string(quartet.PaymentPaid) && !b.Granted {
		found = append(found, difference(quartet.GrantDiffers, l, b))
	}
	return found
}

// moved reports whether money moved by our books.
func moved(b quartet.Booked) bool {
	if b.Kind == quartet.BillRefund {
		return b.State == string(quartet.RefundDone)
	}
	switch quartet.PaymentState(b.State) {
	case quartet.PaymentPaid, quartet.PaymentSurplus, quartet.PaymentReturned:
		return true
	default:
		return false
	}
}

func difference(kind quartet.DifferenceKind, l quartet.BillLine, b quartet.Booked) quartet.Difference {
	return quartet.Difference{
		Kind: kind, Bill: l.Kind, Number: l.Number, Reference: cmp.Or(l.Reference, b.Reference), Order: b.Order,
		Ours: b.Amount, Theirs: l.Amount, State: b.State,
	}
}

// List lists comparisons, the newest day first and then by provider, at most limit: of one
// provider, or of all for ""; behind the one that after names as Key does, or from the
// newest for "". ErrInvalid.
func (d *Desk) List(ctx context.Context, provider, after string, limit int) ([]quartet.Settlement, error) {
	behind, day, _ := strings.Cut(after, "/")
	if after != "" {
		if _, err := parseDay(day); err != nil {
			return nil, &quartet.Error{Code: quartet.ErrInvalid, Message: "after is not next of an earlier page; begin at the first one"}
		}
	}
	return d.store.Settlements(ctx, provider, day, behind, limit)
}

// Key names a comparison: "alipay/2026-03-02".
func Key(s *quartet.Settlement) string { return s.Provider + "/" + s.Day }

// Find finds the comparison of a provider's day, or ErrNotFound.
func (d *Desk) Find(ctx context.Context, provider, day string) (quartet.Settlement, error) {
	return d.store.Settlement(ctx, provider, day)
}

const maxNote = 1000

// Acknowledge says that a treasurer has looked at a comparison, with a note. ErrInvalid,
// ErrNotFound. ErrConflict: it was acknowledged, or made anew since compared.
func (d *Desk) Acknowledge(ctx context.Context, by, provider, day string, compared time.Time, note string) (quartet.Settlement, error) {
	note = strings.TrimSpace(note)
	if note == "" || utf8.RuneCountInString(note) > maxNote || !utf8.ValidString(note) || strings.ContainsFunc(note, unicode.IsControl) {
		return quartet.Settlement{}, &quartet.Error{Code: quartet.ErrInvalid, Field: "note", Message: "say in 1 to 1000 characters what you found, without control characters"}
	}
	s, err := d.store.Settlement(ctx, provider, day)
	if err != nil {
		return s, err
	}
	s.Compared, s.Acknowledged, s.By, s.Note = compared, d.now(), by, note
	return s, d.store.AcknowledgeSettlement(ctx, s, audit.Entry(s.Acknowledged, by, "settlement.acknowledge", provider+"/"+day, strconv.Itoa(len(s.Differences))+" differences"))
}
