package batch

import (
	"context"
	"strconv"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/verify"
	"quartet/internal/web"
)

// drive is one try of the job of a batch: some rows are on the road, and whenever one comes
// back, all ends that are there and as many rows anew are written in one transaction.
type drive struct {
	desk   *Desk
	batch  quartet.Batch // as the last step left it
	run    int64         // the one that this drive is of: it says nothing of a later one
	driver string
	until  time.Time
	going  bool      // rows may be sent
	stop   string    // why no more are, of a batch that pauses for it
	resume time.Time // when they may be again, where a limit of time was met

	people  people
	queue   []quartet.BatchRow // ready, read ahead
	after   int64              // the last row that was read
	drained bool               // there is none behind it
	aloft   int                // rows on the road
	came    chan outcome
	ends    []quartet.BatchRow
	back    []quartet.BatchRow
	open    int // rows of which nobody knows yet what became of them
	streak  int // refusals one after another that were no fault of their rows; see refusals
}

// refusals is how many rows one after another were refused in a run. Many drives make a run, each
// with its slice of time: refusals that come slowly must count from one to the next, or the whole
// file would be spent on them.
type refusals struct {
	run    int64
	streak int
}

// outcome is a row that came back.
type outcome struct {
	row    quartet.BatchRow
	answer verify.Answer
	test   bool
}

// flight is a row that is about to be sent.
type flight struct {
	row    quartet.BatchRow
	person person
}

const (
	readAhead = quartet.BatchPart
	// maxStreak is how many rows one after another may be refused for no fault of theirs: more
	// would be refused alike, and the batch pauses until somebody has looked.
	maxStreak = 100
)

func (r *drive) drive(ctx context.Context) error {
	var err error
	if r.ends, r.open, err = r.desk.settle(ctx, &r.batch); err != nil {
		return err
	}
	r.until = time.Now().Add(r.desk.o.Slice)
	for {
		next, leave, err := r.choose(ctx)
		if err != nil {
			return r.fail(err)
		}
		if err := r.step(ctx, next, leave); err != nil {
			return r.fail(err)
		}
		if r.aloft == 0 && (!r.sending(ctx) || r.drained && len(r.queue) == 0) {
			return nil
		}
		r.wait(ctx)
	}
}

// sending reports whether more rows are to be sent in this drive.
func (r *drive) sending(ctx context.Context) bool {
	return r.going && r.stop == "" && ctx.Err() == nil && time.Now().Before(r.until)
}

// fail waits for what is on the road. Its ends are not written: the next drive finds them by
// their calls.
func (r *drive) fail(err error) error {
	for ; r.aloft > 0; r.aloft-- {
		o := <-r.came
		r.desk.land(o.row)
	}
	r.desk.land(r.ends...)
	r.desk.land(r.back...)
	r.open++ // however it ended, somebody must look
	return err
}

// choose takes the next rows: as many as have a place on the road, keep the ceiling whatever
// they cost, and have leave.
func (r *drive) choose(ctx context.Context) (next []flight, leave verify.Leave, err error) {
	if !r.sending(ctx) || time.Now().Before(r.resume) {
		return nil, leave, nil
	}
	want := r.desk.o.AtOnce - r.aloft
	if len(r.queue) < want && !r.drained {
		more, err := r.desk.o.Store.ReadyRows(ctx, r.batch.ID, r.after, readAhead)
		if err != nil {
			return nil, leave, err
		}
		r.drained = len(more) < readAhead
		if len(more) > 0 {
			r.after = more[len(more)-1].Row
		}
		r.queue = append(r.queue, more...)
	}
	if want = min(want, len(r.queue)); want == 0 {
		return nil, leave, nil
	}
	road, b := r.desk.o.Road, &r.batch
	leave = road.LeaveFor(ctx, b.Credential, b.Product, 0) // what a row may cost, before one counts for a limit
	if want = r.affordable(want, &leave); want > 0 && leave.Gateway == web.NoGateway {
		leave = road.LeaveFor(ctx, b.Credential, b.Product, want)
		want = min(leave.Calls, r.affordable(leave.Calls, &leave)) // the price may have changed between the two
	} else if leave.Gateway == web.NoGateway && r.aloft == 0 {
		r.stop = quartet.PausedCeiling // with rows on the road some units may come free again
	}
	r.mind(&leave)
	now := r.desk.o.Now()
	for range min(want, leave.Calls) {
		row := r.queue[0]
		p, err := r.people.at(ctx, row.Row)
		if err != nil {
			return nil, leave, err
		}
		r.queue = r.queue[1:]
		row.SeqNo, row.Sent, row.Most = road.Number(), now, mostOf(&leave)
		next = append(next, flight{row, *p})
	}
	return next, leave, nil
}

// mostOf is what a row may cost under a leave, in units. The sandbox charges nothing.
func mostOf(l *verify.Leave) int64 {
	if l.Caller.Test || l.Product == nil {
		return 0
	}
	return l.Product.Charge.Most()
}

// affordable is how many of so many rows keep the ceiling, whatever they cost.
func (r *drive) affordable(want int, l *verify.Leave) int {
	most := mostOf(l)
	if most == 0 {
		return want
	}
	left := r.batch.Ceiling - r.batch.Count.Charged - r.batch.Count.Reserved
	for i := range r.ends {
		left += r.ends[i].Most - r.ends[i].Charged
	}
	for i := range r.back {
		left += r.back[i].Most
	}
	return int(max(0, min(int64(want), left/most)))
}

// mind says what follows from a leave that was not given whole.
func (r *drive) mind(l *verify.Leave) {
	switch l.Gateway {
	case web.NoGateway:
	case web.CredentialThrottled, web.AccountThrottled:
		r.resume = time.Now().Add(min(l.Wait, r.desk.o.Slice))
	case web.QuotaExhausted, web.QuotaExpired:
		if r.aloft == 0 { // else some that are held may come free again
			r.stop = pauseFor(l.Gateway, &l.Caller, r.batch.Product)
		}
	default:
		r.stop = pauseFor(l.Gateway, &l.Caller, r.batch.Product)
	}
}

// pauseFor is why a batch pauses at an answer of the gateway.
func pauseFor(g web.Gateway, caller *auth.Caller, product string) string {
	switch g {
	case web.QuotaExhausted:
		return quartet.PausedUnits
	case web.QuotaExpired:
		return quartet.PausedExpired
	case web.SubscriptionInvalid:
		return quartet.PausedAccount
	case web.DayThrottled:
		return quartet.PausedDay
	case web.APINotFound:
		return quartet.PausedProduct
	case web.NotAuthorised:
		if caller.May(product) { // the account never had a unit for it
			return quartet.PausedUnits
		}
		return quartet.PausedCredential
	default:
		return quartet.PausedCredential
	}
}

// step writes what came back and what is sent next, and sends it once that is durable.
func (r *drive) step(ctx context.Context, next []flight, leave verify.Leave) error {
	if len(r.ends)+len(r.back)+len(next) == 0 {
		return nil
	}
	rows := make([]quartet.BatchRow, len(next))
	for i := range next {
		rows[i] = next[i].row
	}
	d := r.desk
	d.fly(rows) // before they are written: nobody takes them for those of a dead process
	b, goOn, err := d.o.Store.StepBatch(context.WithoutCancel(ctx), r.batch.ID, r.driver, r.run, d.o.Now().Add(d.lease()), r.ends, r.back, rows)
	if err != nil {
		d.land(rows...)
		return err
	}
	d.land(r.ends...)
	d.land(r.back...)
	if len(r.back) > 0 { // they stand before what was read ahead
		r.queue, r.after, r.drained = nil, 0, false
	}
	r.batch, r.ends, r.back = b, r.ends[:0], r.back[:0]
	if !goOn {
		d.land(rows...)
		r.going = false
		return nil
	}
	for i := range next {
		r.send(context.WithoutCancel(ctx), &next[i], leave)
	}
	return nil
}

// send puts a row on the road. It runs to its end whatever becomes of the drive.
func (r *drive) send(ctx context.Context, f *flight, leave verify.Leave) {
	r.aloft++
	row, raw, road := f.row, f.person.raw, r.desk.o.Road
	q := verify.Query{Product: leave.Product, Raw: raw, Received: r.desk.o.Now(), SeqNo: row.SeqNo}
	request := "batch " + r.batch.ID + "/" + strconv.FormatInt(row.Row, 10)
	go func() { r.came <- outcome{row, road.Ask(ctx, leave.Caller, q, request), leave.Caller.Test} }()
}

// wait takes the rows that have come back, and waits for one where there is nothing else to do.
func (r *drive) wait(ctx context.Context) {
	if pause := time.Until(r.resume); pause > 0 && r.sending(ctx) && (r.aloft == 0 || r.aloft < r.desk.o.AtOnce) {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case o := <-r.came:
			r.take(&o)
		case <-timer.C:
		case <-ctx.Done():
		}
	} else if r.aloft > 0 {
		o := <-r.came
		r.take(&o)
	}
	for {
		select {
		case o := <-r.came:
			r.take(&o)
		default:
			return
		}
	}
}

// take is what becomes of a row that came back.
func (r *drive) take(o *outcome) {
	r.aloft--
	a := &o.answer
	switch {
	case a.Lost: // its call tells, as soon as it can
		r.desk.land(o.row)
		r.open++
	case a.Gateway != web.NoGateway && o.test: // the sandbox plays such an answer for its card
		c := quartet.Call{Code: quartet.CodeForbidden}
		r.ends = append(r.ends, answered(o.row, &c))
	case a.Gateway != web.NoGateway: // no unit could be taken: nobody was told a verdict
		r.back = append(r.back, o.row)
		r.stop = pauseFor(a.Gateway, &auth.Caller{}, r.batch.Product)
	default:
		r.ends = append(r.ends, answered(o.row, &a.Call))
		r.count(a.Call.Code)
	}
}

// count stops a batch that would be refused to its end for no fault of its rows.
func (r *drive) count(c quartet.Code) {
	switch c {
	case quartet.CodeUnreachable, quartet.CodeDeadline, quartet.CodeInternal, quartet.CodeSourcesFailed, quartet.CodeForbidden, quartet.CodeSourcesOff,
		quartet.CodeProductOff, quartet.CodeNotUnderstood, quartet.CodeSourceBusy, quartet.CodeNotCommitted:
		if r.streak++; r.streak >= maxStreak {
			r.stop = quartet.PausedRefused
		}
	default:
		r.streak = 0
	}
}

// verdict is what a batch has come to when a drive ends: paused, done, or nothing new.
func (r *drive) verdict(err error) (state quartet.BatchState, why string) {
	c := &r.batch.Count
	switch {
	case err != nil || !r.going:
		return "", ""
	case c.Ready() == 0 && c.Sent == 0:
		return quartet.BatchDone, ""
	case r.stop != "":
		return quartet.BatchPaused, r.stop
	default:
		return "", ""
	}
}
