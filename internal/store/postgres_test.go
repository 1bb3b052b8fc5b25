package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
	"quartet/internal/store/pgtest"
	"quartet/internal/store/storetest"
)

func newCall() quartet.Call {
	return quartet.Call{SeqNo: quartet.SeqNo{Second: time.Now().Unix(), N: nextN()}, At: time.Now(), Account: "a"}
}

// commitWhile writes a batch of one call whose commit meets a fault of the wire.
func commitWhile(t *testing.T, s *store.Store, w *wire, f fault) (quartet.Call, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c := newCall()
	err := s.Commit(ctx, quartet.Reading{}, func(quartet.Book) quartet.Postings {
		w.harm(f)
		return quartet.Postings{Calls: []quartet.Call{c}}
	})
	return c, err
}

// throughWire is a leased store whose batches have been prepared, and its wire. direct
// looks into the same database past the wire.
func throughWire(t *testing.T) (s *store.Store, w *wire, direct *store.Store) {
	t.Helper()
	url := storetest.Postgres(t)
	w, through := newWire(t, url)
	s = leased(t, store.Options{URL: through})
	for range 2 {
		if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{newCall()}}); err != nil {
			t.Fatal(err)
		}
	}
	return s, w, open(t, store.Options{URL: url})
}

func isThere(t *testing.T, s *store.Store, c quartet.Call) bool {
	t.Helper()
	_, err := s.FindCall(t.Context(), c.SeqNo)
	if code := quartet.CodeOf(err); code != "" && code != quartet.ErrNotFound {
		t.Fatal(err)
	}
	return err == nil
}

func TestCommit_OfUnknownOutcomeIsReadBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault fault
		code  quartet.ErrorCode
		there bool
	}{
		{"the server never heard of it", fault{kind: cutSending}, quartet.ErrUnavailable, false},
		{"the server committed and its word was lost", fault{kind: cutAnswer}, "", true},
		{"the network swallowed it", fault{kind: holdingBack}, quartet.ErrUnavailable, false},
		{"the network swallowed the server's word", fault{kind: holdAnswer}, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, w, direct := throughWire(t)
			call, err := commitWhile(t, s, w, c.fault)
			wantCode(t, "the batch", err, c.code)
			if got := isThere(t, direct, call); got != c.there {
				t.Errorf("the call is there: %v, want %v", got, c.there)
			}
			if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{newCall()}}); err != nil {
				t.Errorf("the next batch: %v", err)
			}
		})
	}
}

// Wherever the connection breaks, what the store says of the batch is what stands.
func TestCommit_CutAfterAnyByteSaysWhatStands(t *testing.T) {
	t.Parallel()
	s, w, direct := throughWire(t)
	saw := map[quartet.ErrorCode]int{}
	for cut, reached := 0, true; reached; cut += 1 + cut/16 {
		call, err := commitWhile(t, s, w, fault{kind: cutSending, budget: cut})
		reached = w.heal()
		code := quartet.CodeOf(err)
		saw[code]++
		if there := isThere(t, direct, call); there != (code == "") || code != "" && code != quartet.ErrUnavailable {
			t.Errorf("cut after %d bytes: %q (%v), but the call is there: %v", cut, code, err, there)
		}
		// Again a prepared batch on a whole connection.
		for range 2 {
			if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{newCall()}}); err != nil {
				t.Fatalf("after a cut at %d: %v", cut, err)
			}
		}
	}
	if saw[""] == 0 || saw[quartet.ErrUnavailable] == 0 {
		t.Errorf("the cuts did not reach both sides of the commit: %v", saw)
	}
}

func TestCommit_WhoseOutcomeNobodyCanReadSaysSo(t *testing.T) {
	t.Parallel()
	s, w, direct := throughWire(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	c := newCall()
	err := s.Commit(ctx, quartet.Reading{}, func(quartet.Book) quartet.Postings {
		w.harm(fault{kind: cutAnswer})
		w.shut(true)
		return quartet.Postings{Calls: []quartet.Call{c}}
	})
	wantCode(t, "the batch", err, quartet.ErrUnknownOutcome)
	if !isThere(t, direct, c) {
		t.Error("the batch was not committed; the test shows nothing")
	}
	w.shut(false)
	if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{newCall()}}); err != nil {
		t.Errorf("the next batch: %v", err)
	}
}

// A partition in the middle of a batch leaves the server with half of it, waiting for the
// rest with the node's row locked. It must not keep the node from its next batch.
func TestCommit_HalfDeliveredHoldsUpNothing(t *testing.T) {
	t.Parallel()
	for _, half := range []struct {
		name     string
		withheld int
		there    bool
	}{
		{"the end of its end", 1, true},
		{"its commit", 40, false},
		{"all of it", 1 << 20, false},
	} {
		for _, reachable := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s withheld, then reachable %v", half.name, reachable), func(t *testing.T) {
				t.Parallel()
				s, w, direct := throughWire(t)
				ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
				defer cancel()
				c, want := newCall(), quartet.ErrUnavailable
				if half.there {
					want = ""
				}
				err := s.Commit(ctx, quartet.Reading{}, func(quartet.Book) quartet.Postings {
					w.harm(fault{kind: holdRest, budget: half.withheld})
					if !reachable {
						want = quartet.ErrUnknownOutcome
						w.shut(true)
					}
					return quartet.Postings{Calls: []quartet.Call{c}}
				})
				wantCode(t, "the batch", err, want)
				w.shut(false)
				if err := commitWithin(t, s, 4*time.Second, newCall()); err != nil {
					t.Errorf("the next batch: %v", err)
				}
				if got := isThere(t, direct, c); got != half.there {
					t.Errorf("the call is there: %v, want %v", got, half.there)
				}
			})
		}
	}
}

func commitWithin(t *testing.T, s *store.Store, patience time.Duration, c quartet.Call) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return commit(ctx, s, quartet.Postings{Calls: []quartet.Call{c}})
}

// Another owner of the node's number counts its batches on from the same mark. Its batch
// must not pass for ours.
func TestReadBack_TakesNoSuccessorsBatchForItsOwn(t *testing.T) {
	t.Parallel()
	s, w, successor := throughWire(t)
	taken := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	c := newCall()
	err := s.Commit(ctx, quartet.Reading{}, func(quartet.Book) quartet.Postings {
		w.harm(fault{kind: cutSending})
		w.shut(true)
		go func() { // its lease waits until the lost batch is gone
			defer w.shut(false)
			_, _, err := successor.LeaseNode(ctx, "another folder", "another session", time.Now().Add(time.Minute))
			if err == nil {
				err = commit(ctx, successor, quartet.Postings{Calls: []quartet.Call{newCall()}})
			}
			taken <- err
		}()
		return quartet.Postings{Calls: []quartet.Call{c}}
	})
	if err := <-taken; err != nil {
		t.Fatal(err)
	}
	wantCode(t, "the batch", err, quartet.ErrInternal)
	if isThere(t, successor, c) {
		t.Error("the call is there")
	}
}

func TestCommit_OnAConnectionLostMeanwhileBeginsAnew(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	o := store.Options{URL: server.NewDatabase(t)}
	s := leased(t, o)
	for _, harm := range []func() error{
		server.KillBackends,
		func() error { return server.Restart(pgtest.Fast) },
		func() error { return server.Restart(pgtest.Immediate) },
	} {
		if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{newCall()}}); err != nil {
			t.Fatal(err)
		}
		if err := harm(); err != nil {
			t.Fatal(err)
		}
		c := newCall()
		if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{c}}); err != nil {
			t.Errorf("the batch after: %v", err)
		}
		if direct := open(t, o); !isThere(t, direct, c) {
			t.Error("its call is not there")
		}
	}
}

// failing makes the server raise an error for the first times rows of a table.
func failing(t *testing.T, url, table, code string, times int) {
	t.Helper()
	exec(t, beside(t, "pgx", url),
		`CREATE SEQUENCE tries`,
		fmt.Sprintf(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('tries') <= %d THEN RAISE EXCEPTION 'scripted' USING ERRCODE = '%s'; END IF;
			RETURN NEW; END $$`, times, code),
		fmt.Sprintf(`CREATE TRIGGER fail BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION fail()`, table))
}

func TestCommit_TellsALostRaceFromAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]quartet.ErrorCode{
		"40001": quartet.ErrConflict,    // serialization failure: run it again
		"40P01": quartet.ErrConflict,    // deadlock: run it again
		"23514": quartet.ErrConflict,    // a row breaks a rule
		"22003": quartet.ErrConflict,    // a number is out of range
		"53100": quartet.ErrUnavailable, // the server's disk is full
		"40003": quartet.ErrUnavailable, // the server cannot tell: it is read back, and here absent
		"08007": quartet.ErrUnavailable, // as above
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			url := storetest.Postgres(t)
			s := leased(t, store.Options{URL: url})
			failing(t, url, "call", code, 1)
			c := newCall()
			wantCode(t, "the batch", commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{c}}), want)
			if isThere(t, s, c) {
				t.Error("the call is there")
			}
			if err := commit(t.Context(), s, quartet.Postings{Calls: []quartet.Call{c}}); err != nil {
				t.Errorf("once more: %v", err)
			}
		})
	}
}

func TestWrite_ThatLostARaceRunsAgain(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"40001", "40P01"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			url := storetest.Postgres(t)
			s := open(t, store.Options{URL: url})
			failing(t, url, "account", code, 3)
			if err := s.CreateAccount(t.Context(), quartet.Account{ID: "a", Name: "a"}, quartet.AuditEntry{}); err != nil {
				t.Error(err)
			}
			if list, err := s.Accounts(t.Context()); err != nil || len(list) != 1 {
				t.Errorf("%v, %v; want one account", list, err)
			}
		})
	}
}

func TestWrite_WhoseCommitHadNoAnswerSaysThatNobodyKnows(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	w, through := newWire(t, url)
	s, direct := open(t, store.Options{URL: through}), open(t, store.Options{URL: url})
	if err := s.UpdateAccount(t.Context(), quartet.Account{ID: "nobody"}, quartet.AuditEntry{}); err == nil {
		t.Fatal("nobody was suspended")
	}
	w.harm(fault{kind: cutAnswer})
	err := s.CreateAccount(t.Context(), quartet.Account{ID: "a", Name: "a"}, quartet.AuditEntry{})
	wantCode(t, "a change", err, quartet.ErrUnknownOutcome)
	if list, err := direct.Accounts(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("%v, %v; the test shows nothing", list, err)
	}
}

func TestLease_RefusesASecondNodeOnOneDatabase(t *testing.T) {
	t.Parallel()
	o := store.Options{URL: storetest.Postgres(t)}
	leased(t, o)
	second := open(t, o)
	_, _, err := second.LeaseNode(t.Context(), "another folder", "s", time.Now())
	wantCode(t, "a second node", err, quartet.ErrLocked)
	wantCode(t, "its batch", commit(t.Context(), second, quartet.Postings{Calls: []quartet.Call{newCall()}}), quartet.ErrInternal)
}

func TestLease_BehindASessionThatHoldsTheNumberSaysWhatToDo(t *testing.T) {
	t.Parallel()
	url := storetest.Postgres(t)
	leased(t, store.Options{URL: url})
	stuck := beside(t, "pgx", url)
	exec(t, stuck, `BEGIN`, `SELECT number FROM node FOR UPDATE`)
	successor, begun := open(t, store.Options{URL: url}), time.Now()
	_, _, err := successor.LeaseNode(t.Context(), "folder", "next", time.Now())
	wantCode(t, "a start meanwhile", err, quartet.ErrUnavailable)
	if err == nil || !strings.Contains(err.Error(), "pg_terminate_backend") {
		t.Errorf("the message does not say what to do: %v", err)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v to say so", took)
	}
	exec(t, stuck, `ROLLBACK`)
	if _, _, err := successor.LeaseNode(t.Context(), "folder", "next", time.Now()); err != nil {
		t.Errorf("a start after it: %v", err)
	}
}

func TestWrite_ThatLosesEveryRaceIsNoConflict(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"40001", "40P01"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			url := storetest.Postgres(t)
			s := open(t, store.Options{URL: url})
			failing(t, url, "account", code, 100)
			err := s.CreateAccount(t.Context(), quartet.Account{ID: "a", Name: "a"}, quartet.AuditEntry{})
			wantCode(t, "the change", err, quartet.ErrUnavailable)
		})
	}
}
