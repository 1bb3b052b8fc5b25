package storetest

import (
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
)

// openedBatch has the account a with the batch of an id, whose file has come in one part.
func openedBatch(t *testing.T, s *store.Store, id string) quartet.Batch {
	t.Helper()
	ctx := t.Context()
	b := quartet.Batch{ID: id, Account: "a", Product: "1887", Name: "三月", By: "person li", State: quartet.BatchUploading, Columns: []string{}, Created: base, Changed: base}
	must(t, s.OpenBatch(ctx, b, 9))
	must(t, s.PutBatchPart(ctx, id, 0, []byte("sealed file"), 1<<20))
	b.Parts, b.Bytes, b.Run, b.State = 1, 11, 1, quartet.BatchChecking
	must(t, s.ReadBatch(ctx, b, []quartet.Job{{ID: "check " + id, Kind: quartet.JobBatchCheck, Key: id + "/1", NextAt: base, Created: base}}, quartet.AuditEntry{}))
	return b
}

func readyRow(row int64) quartet.BatchRow {
	return quartet.BatchRow{Row: row, Line: row + 1, State: quartet.RowReady, Params: quartet.Fingerprint{byte(row), 1, byte(row >> 8)}}
}

// checkedBatch has so many rows that can be sent, and runs up to a ceiling.
func runningBatch(t *testing.T, s *store.Store, id string, rows int64, ceiling int64) quartet.Batch {
	t.Helper()
	ctx := t.Context()
	b := openedBatch(t, s, id)
	var list []quartet.BatchRow
	for i := range rows {
		list = append(list, readyRow(i+1))
	}
	must(t, s.AddBatchRows(ctx, &b, list, []byte("sealed people"), quartet.BatchCount{Rows: rows}))
	must(t, s.EndBatchCheck(ctx, &b, quartet.BatchChecked, "", after(time.Minute)))
	b, err := s.TurnBatch(ctx, "a", id, func(b *quartet.Batch) ([]quartet.Job, quartet.AuditEntry, error) {
		b.State, b.Credential, b.Ceiling, b.Run, b.Started, b.Changed = quartet.BatchRunning, "cred", ceiling, 2, after(time.Hour), after(time.Hour)
		return []quartet.Job{{ID: "run " + id, Kind: quartet.JobBatchRun, Key: id + "/2", NextAt: base, Created: base}}, quartet.AuditEntry{}, nil
	})
	must(t, err)
	return b
}

func sent(row int64, n uint64, most int64) quartet.BatchRow {
	r := readyRow(row)
	r.SeqNo, r.Sent, r.Most = quartet.SeqNo{Second: 1000, N: n}, base, most
	return r
}

func ended(r quartet.BatchRow, v quartet.Verdict, charged int64) quartet.BatchRow {
	r.State, r.Code, r.Verdict, r.Charged = quartet.RowAnswered, quartet.CodeOK, v, charged
	return r
}

func batches(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addAccounts(t, s, "a", "b")
	b := openedBatch(t, s, "b1")
	same(t, "as it came", value(s.Batch(ctx, "b1"))(t), b)
	same(t, "its check is asked for", len(value(s.Jobs(ctx, quartet.JobWaiting, "", 9))(t)), 1)
	wantCode(t, "one batch too many", s.OpenBatch(ctx, quartet.Batch{ID: "b2", Account: "a", State: quartet.BatchUploading}, 1), quartet.ErrLimited)
	wantCode(t, "a part that comes late", s.PutBatchPart(ctx, "b1", 1, []byte("x"), 99), quartet.ErrConflict)
	same(t, "the part", value(s.BatchPart(ctx, "b1", quartet.PartFile, 0))(t), []byte("sealed file"))

	broken := quartet.BatchRow{Row: 2, Line: 3, State: quartet.RowBroken, Code: quartet.CodeElement, Fault: quartet.RejectCardLength, Fields: quartet.NeedCard}
	twin := quartet.BatchRow{Row: 3, Line: 4, State: quartet.RowDuplicate, Twin: 1, Tail: quartet.NeedID}
	rounded := readyRow(4)
	rounded.Tail = quartet.NeedID | quartet.NeedCard
	rows := []quartet.BatchRow{readyRow(1), broken, twin, rounded}
	found := quartet.BatchCount{Rows: 4, Broken: 1, Duplicates: 1}
	must(t, s.AddBatchRows(ctx, &b, rows, []byte("people"), found))
	wantCode(t, "the same rows again", s.AddBatchRows(ctx, &b, rows, []byte("people"), found), quartet.ErrConflict)
	same(t, "the rows", value(s.BatchRows(ctx, "b1", 0, 9))(t), rows)
	same(t, "those behind one", value(s.BatchRows(ctx, "b1", 3, 9))(t), rows[3:])
	same(t, "those that can be sent", value(s.ReadyRows(ctx, "b1", 0, 9))(t), []quartet.BatchRow{rows[0], rows[3]})
	same(t, "the others", value(s.FaultyRows(ctx, "b1", 0, 9))(t), rows[1:3])
	same(t, "who stands where", value(s.BatchTwins(ctx, "b1", []quartet.Fingerprint{rows[0].Params, {9}}))(t), map[quartet.Fingerprint]int64{rows[0].Params: 1})
	must(t, s.BreakRounded(ctx, &b, quartet.NeedCard))
	must(t, s.EndBatchCheck(ctx, &b, quartet.BatchChecked, "", after(time.Minute)))
	same(t, "what is wrong", value(s.BatchFaults(ctx, "b1"))(t), []quartet.BatchFault{
		{Code: quartet.CodeElement, Fault: quartet.RejectCardLength, Fields: quartet.NeedCard, Rows: 1}, {Code: quartet.CodeElement, Fault: quartet.RejectRounded, Fields: quartet.NeedCard, Rows: 1},
	})
	b.State, b.Changed, b.Count = quartet.BatchChecked, after(time.Minute), quartet.BatchCount{Rows: 4, Broken: 2, Duplicates: 1}
	same(t, "checked", value(s.Batches(ctx, "a", "", 9))(t), []quartet.Batch{b})
	same(t, "of another account", len(value(s.Batches(ctx, "b", "", 9))(t)), 0)
	// Checked anew under other columns: what was found counts no more.
	b.Columns, b.Run, b.State = []string{"name", "", "acc_no"}, 2, quartet.BatchChecking
	must(t, s.ReadBatch(ctx, b, nil, quartet.AuditEntry{}))
	wantCode(t, "by two at once", s.ReadBatch(ctx, b, nil, quartet.AuditEntry{}), quartet.ErrConflict)
	old := b
	old.Run = 1 // the check before, which goes on somewhere
	wantCode(t, "cleared by another check", s.ClearBatch(ctx, &old), quartet.ErrConflict)
	wantCode(t, "broken by another check", s.BreakRounded(ctx, &old, quartet.NeedID), quartet.ErrConflict)
	same(t, "and the rows are there", len(value(s.BatchRows(ctx, "b1", 0, 9))(t)), 4)
	must(t, s.ClearBatch(ctx, &b))
	b.Count = quartet.BatchCount{}
	same(t, "begun anew", value(s.Batch(ctx, "b1"))(t), b)
	must(t, s.AddBatchRows(ctx, &b, rows[:1], []byte("people"), quartet.BatchCount{Rows: 1}))
	_, err := s.TurnBatch(ctx, "b", "b1", nil)
	wantCode(t, "by another account", err, quartet.ErrNotFound)
}

func batchSteps(t *testing.T, open Database) {
	s, ctx := leased(t, open), t.Context()
	addAccounts(t, s, "a")
	runningBatch(t, s, "b1", 3, 10)
	_, mine, err := s.DriveBatch(ctx, "b1", "d1", base, after(time.Minute), false)
	must(t, err)
	same(t, "driven", mine, true)
	one, two := sent(1, 1, 2), sent(2, 2, 2)
	b, goOn, err := s.StepBatch(ctx, "b1", "d1", 2, after(time.Minute), nil, nil, []quartet.BatchRow{one, two})
	must(t, err)
	same(t, "sent", []any{goOn, b.Count}, []any{true, quartet.BatchCount{Rows: 3, Sent: 2, Reserved: 4}})
	_, _, err = s.StepBatch(ctx, "b1", "d1", 2, after(time.Minute), []quartet.BatchRow{ended(one, quartet.Match, 1)}, nil, []quartet.BatchRow{sent(2, 9, 2)})
	wantCode(t, "a row that is sent is sent again", err, quartet.ErrConflict)
	same(t, "and nothing of that step stands", value(s.Batch(ctx, "b1"))(t).Count, b.Count)
	list := value(s.SentRows(ctx, "b1"))(t)
	same(t, "on the road", []quartet.SeqNo{list[0].SeqNo, list[1].SeqNo}, []quartet.SeqNo{one.SeqNo, two.SeqNo})
	_, newest, err := s.LeaseNode(ctx, "folder", "next", base)
	must(t, err)
	same(t, "no number of a row on the road is given again", newest, int64(1000))

	stranger := ended(one, quartet.Mismatch, 9)
	stranger.SeqNo.N = 77
	for range 2 { // an end that comes twice changes nothing, nor does one of another number
		b, _, err = s.StepBatch(ctx, "b1", "d1", 2, after(time.Minute), []quartet.BatchRow{stranger, ended(one, quartet.Match, 1)}, nil, nil)
		must(t, err)
		same(t, "ended once", b.Count, quartet.BatchCount{Rows: 3, Sent: 1, Matched: 1, Charged: 1, Reserved: 2})
	}
	b, _, err = s.StepBatch(ctx, "b1", "d1", 2, after(time.Minute), nil, []quartet.BatchRow{two}, nil)
	must(t, err)
	same(t, "nobody was asked", b.Count, quartet.BatchCount{Rows: 3, Matched: 1, Charged: 1})
	same(t, "it is ready again", len(value(s.ReadyRows(ctx, "b1", 0, 9))(t)), 2)
	three := sent(3, 3, 2)
	_, _, err = s.StepBatch(ctx, "b1", "d1", 2, after(time.Minute), nil, nil, []quartet.BatchRow{three})
	must(t, err)
	// Paused: what is on the road ends, and nothing is sent.
	_, err = s.TurnBatch(ctx, "a", "b1", func(b *quartet.Batch) ([]quartet.Job, quartet.AuditEntry, error) {
		b.State = quartet.BatchPaused
		return nil, quartet.AuditEntry{}, nil
	})
	must(t, err)
	three.State = quartet.RowUnknown
	b, goOn, err = s.StepBatch(ctx, "b1", "d1", 2, after(time.Minute), []quartet.BatchRow{three}, nil, []quartet.BatchRow{two})
	must(t, err)
	same(t, "paused", []any{goOn, b.Count}, []any{false, quartet.BatchCount{Rows: 3, Matched: 1, Unknown: 1, Charged: 1}})
	must(t, s.LeaveBatch(ctx, "b1", "d1", 2, quartet.BatchDone, "", base))
	same(t, "a drive that ends does not undo a pause", value(s.Batch(ctx, "b1"))(t).State, quartet.BatchPaused)
	b, err = s.AskAgain(ctx, "a", "b1", false, func(b *quartet.Batch, rows int64) ([]quartet.Job, quartet.AuditEntry, error) {
		same(t, "rows to be asked again", rows, int64(1))
		b.State, b.Run = quartet.BatchRunning, 3
		return nil, quartet.AuditEntry{}, nil
	})
	must(t, err)
	same(t, "asked again", []any{b.State, b.Count}, []any{quartet.BatchRunning, quartet.BatchCount{Rows: 3, Matched: 1, Charged: 1}})
	same(t, "both are ready", len(value(s.ReadyRows(ctx, "b1", 0, 9))(t)), 2)
	// The drive of the run before still is there: it says nothing of this one.
	_, mine, err = s.DriveBatch(ctx, "b1", "d1", base, after(time.Minute), true)
	must(t, err)
	b, goOn, err = s.StepBatch(ctx, "b1", "d1", 2, after(time.Minute), nil, nil, []quartet.BatchRow{two})
	must(t, err)
	same(t, "a drive of the run before sends nothing", []any{mine, goOn, b.Count.Sent}, []any{true, false, int64(0)})
	must(t, s.LeaveBatch(ctx, "b1", "d1", 2, quartet.BatchDone, "", base))
	same(t, "and does not end it", value(s.Batch(ctx, "b1"))(t).State, quartet.BatchRunning)
}

// Rows are asked again a thousand at a time. What a request that was cut off made ready goes along
// with the next one.
func batchAgain(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addAccounts(t, s, "a")
	const rows = 2500
	b := runningBatch(t, s, "b1", rows, 10)
	_, _, err := s.DriveBatch(ctx, "b1", "d1", base, after(time.Minute), false)
	must(t, err)
	var next, ends []quartet.BatchRow
	for i := range int64(rows) {
		r := sent(i+1, uint64(i+1), 0)
		next = append(next, r)
		ends = append(ends, ended(r, quartet.NoVerdict, 0))
	}
	_, _, err = s.StepBatch(ctx, "b1", "d1", 2, after(time.Minute), nil, nil, next)
	must(t, err)
	_, _, err = s.StepBatch(ctx, "b1", "d1", 2, after(time.Minute), ends, nil, nil)
	must(t, err)
	must(t, s.LeaveBatch(ctx, "b1", "d1", 2, quartet.BatchDone, "", base))

	asked := 0
	again := func(most int) error {
		t.Helper()
		asked = 0
		b, err = s.AskAgain(ctx, "a", "b1", true, func(b *quartet.Batch, rows int64) ([]quartet.Job, quartet.AuditEntry, error) {
			if asked++; asked > most {
				return nil, quartet.AuditEntry{}, quartet.Errorf(quartet.ErrTimeout, "cut off")
			}
			same(t, "rows to be asked again", rows, int64(2500))
			b.State, b.Run = quartet.BatchRunning, 3
			return nil, quartet.AuditEntry{}, nil
		})
		return err
	}
	wantCode(t, "cut off behind the second thousand", again(2), quartet.ErrTimeout)
	b = value(s.Batch(ctx, "b1"))(t)
	same(t, "what it made ready is counted so", []any{b.State, b.Run, b.Count, b.Count.Ready()}, []any{quartet.BatchDone, int64(2), quartet.BatchCount{Rows: rows, Refused: 500}, int64(2000)})
	must(t, again(9))
	same(t, "the rest at once", asked, 1)
	same(t, "asked again", []any{b.State, b.Count, b.Count.Ready()}, []any{quartet.BatchRunning, quartet.BatchCount{Rows: rows}, int64(rows)})
	same(t, "each is ready", len(value(s.ReadyRows(ctx, "b1", 0, 2*rows))(t)), rows)
}

func batchDrivers(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addAccounts(t, s, "a")
	runningBatch(t, s, "b1", 1, 10)
	runningBatch(t, s, "b2", 1, 10)
	drive := func(id, driver string, at time.Duration, alone bool) bool {
		t.Helper()
		_, mine, err := s.DriveBatch(ctx, id, driver, after(at), after(at+time.Minute), alone)
		must(t, err)
		return mine
	}
	same(t, "the first", drive("b1", "d1", 0, false), true)
	same(t, "another one of the account", drive("b2", "d2", time.Second, false), false)
	same(t, "the same by another", drive("b1", "d2", time.Second, false), false)
	same(t, "when nothing is heard", drive("b2", "d2", 2*time.Minute, false), true)
	_, goOn, err := s.StepBatch(ctx, "b1", "d1", 2, after(time.Hour), nil, nil, []quartet.BatchRow{sent(1, 1, 1)})
	must(t, err)
	same(t, "the first sends no more", goOn, false)
	must(t, s.LeaveBatch(ctx, "b2", "d2", 2, quartet.BatchDone, "", after(3*time.Minute)))
	same(t, "left", value(s.Batch(ctx, "b2"))(t).State, quartet.BatchDone)
	same(t, "free again", drive("b1", "d3", 2*time.Minute, false), true)
	same(t, "alone", drive("b1", "d4", 2*time.Minute, true), true)
}

func batchCeiling(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addAccounts(t, s, "a")
	runningBatch(t, s, "b1", 3, 3)
	_, _, err := s.DriveBatch(ctx, "b1", "d1", base, after(time.Minute), true)
	must(t, err)
	_, _, err = s.StepBatch(ctx, "b1", "d1", 2, after(time.Minute), nil, nil, []quartet.BatchRow{sent(1, 1, 2), sent(2, 2, 2)})
	wantCode(t, "more than the ceiling", err, quartet.ErrConflict)
	same(t, "nothing of it stands", value(s.Batch(ctx, "b1"))(t).Count, quartet.BatchCount{Rows: 3})
	_, _, err = s.StepBatch(ctx, "b1", "d1", 2, after(time.Minute), nil, nil, []quartet.BatchRow{sent(1, 1, 2)})
	must(t, err)
}

func erasedBatches(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addAccounts(t, s, "a")
	b := runningBatch(t, s, "b1", 2, 3)
	wantCode(t, "while it runs", s.EraseBatch(ctx, "b1", after(time.Hour), quartet.AuditEntry{}), quartet.ErrConflict)
	same(t, "none is due while it runs", len(value(s.DueBatches(ctx, after(99*time.Hour), after(99*time.Hour)))(t)), 0)
	_, err := s.TurnBatch(ctx, "a", "b1", func(b *quartet.Batch) ([]quartet.Job, quartet.AuditEntry, error) {
		b.State = quartet.BatchPaused
		return nil, quartet.AuditEntry{}, nil
	})
	must(t, err)
	same(t, "not yet", len(value(s.DueBatches(ctx, after(time.Minute), base))(t)), 0)
	same(t, "due", value(s.DueBatches(ctx, after(2*time.Hour), base))(t), []string{"b1"})
	wantCode(t, "not due any more", s.EraseDueBatch(ctx, "b1", after(3*time.Hour), after(time.Minute), base), quartet.ErrConflict)
	must(t, s.EraseDueBatch(ctx, "b1", after(3*time.Hour), after(2*time.Hour), base))
	must(t, s.EraseBatch(ctx, "b1", after(4*time.Hour), quartet.AuditEntry{}))
	got := value(s.Batch(ctx, "b1"))(t)
	same(t, "its counts stay", []any{got.State, got.Count, got.Erased, got.Parts}, []any{quartet.BatchCancelled, b.Count, after(3 * time.Hour), int64(0)})
	for _, kind := range []string{quartet.PartFile, quartet.PartPeople} {
		_, err := s.BatchPart(ctx, "b1", kind, 0)
		wantCode(t, kind, err, quartet.ErrNotFound)
	}
	same(t, "its rows are gone", len(value(s.BatchRows(ctx, "b1", 0, 9))(t)), 0)
	same(t, "nothing is due", len(value(s.DueBatches(ctx, after(99*time.Hour), base))(t)), 0)
	openedBatch(t, s, "b2")
	broken := quartet.Batch{ID: "b3", Account: "a", State: quartet.BatchUploading, Created: base, Changed: base}
	must(t, s.OpenBatch(ctx, broken, 9))
	must(t, s.PutBatchPart(ctx, "b3", 0, []byte("seven.."), 11+7))
	wantCode(t, "more bytes than an account may keep", s.PutBatchPart(ctx, "b3", 1, []byte("x"), 11+7), quartet.ErrLimited)
	same(t, "a file that broke off", value(s.DueBatches(ctx, base, after(time.Minute)))(t), []string{"b3"})
}
