package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/store"
)

func ticket(id, account string, created time.Time) quartet.Ticket {
	return quartet.Ticket{
		ID: id, Number: "T" + id, Account: account, Person: "p", Subject: []byte{1, 0, 255}, Category: "call", Priority: quartet.TicketNormal, State: quartet.TicketOpen,
		Opening: quartet.Fingerprint{9, byte(len(id)), id[0]}, Created: created,
	}
}

func saying(id, ticket string) quartet.TicketMessage {
	m := quartet.TicketMessage{ID: id, Ticket: ticket, Side: quartet.SideBuyer, By: "person p", Sealed: []byte{7, 0, 7}, At: base}
	copy(m.Key[:], "key of "+id)
	return m
}

// opens writes a ticket with one message.
func opens(t *testing.T, s *store.Store, tk quartet.Ticket) quartet.Ticket {
	t.Helper()
	p := quartet.TicketStep{Ticket: tk, Entry: done(tk.ID, "ticket.open", base)}
	p.Say(saying("first of "+tk.ID, tk.ID))
	return value(s.OpenTicket(t.Context(), p, 9))(t)
}

func tickets(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addAccounts(t, s, "a", "b")
	one := ticket("1", "a", base)
	one.SeqNo, one.Live = quartet.SeqNo{Second: 1767225600, N: 1 << 40}, true
	p := quartet.TicketStep{Ticket: one, Entry: done("1", "ticket.open", base), Jobs: []quartet.Job{{ID: "j", Kind: "ticket.tell", Key: "1", NextAt: base, Created: base}}}
	first := saying("m1", "1")
	p.Say(first)
	first.Place, one.Last = 1, 1
	same(t, "opened", value(s.OpenTicket(ctx, p, 1))(t), one)
	again := p
	again.Ticket.ID, again.Ticket.Number = "2", "another"
	same(t, "opened twice", value(s.OpenTicket(ctx, again, 1))(t), one)
	same(t, "kept", value(s.Ticket(ctx, "1"))(t), one)
	same(t, "said", value(s.TicketMessages(ctx, "1", 0, false, 9))(t), []quartet.TicketMessage{first})
	same(t, "the job", len(value(s.ClaimJobs(ctx, []string{"ticket.tell"}, after(1), after(time.Minute), 9))(t)), 1)

	two := ticket("2", "a", base)
	_, err := s.OpenTicket(ctx, quartet.TicketStep{Ticket: two}, 1)
	wantCode(t, "more than may wait", err, quartet.ErrLimited)
	two.Number = one.Number
	_, err = s.OpenTicket(ctx, quartet.TicketStep{Ticket: two}, 9)
	wantCode(t, "a number that is taken", err, quartet.ErrConflict)

	// A message with a file, and a note.
	answer := saying("m2", "1")
	answer.Side, answer.Scrubbed, answer.File = quartet.SideSupport, true, quartet.TicketFile{ID: "f", Kind: "image/png", Size: 3, Width: 20, Height: 10}
	said := value(s.StepTicket(ctx, "1", answer.Key, func(now quartet.Ticket) (quartet.TicketStep, error) {
		same(t, "shown", now, one)
		p := quartet.TicketStep{Ticket: now, File: []byte{4, 0, 4}, Entry: done("1", "ticket.say", base), Mails: []quartet.Message{{ID: "mail", Channel: quartet.ChannelEmail, Kind: "ticket.answer", Sealed: []byte{1}, Created: base}}}
		p.Ticket.State, p.Ticket.Answered, p.Ticket.Assignee, p.Ticket.Buyer.Told = quartet.TicketWaitingForBuyer, after(time.Minute), "o", 2
		p.Say(answer)
		return p, nil
	}))(t)
	answer.Place = 2
	same(t, "answered", said, answer)
	one.State, one.Answered, one.Assignee, one.Buyer.Told, one.Last, one.Files = quartet.TicketWaitingForBuyer, after(time.Minute), "o", 2, 2, 1
	same(t, "after the answer", value(s.Ticket(ctx, "1"))(t), one)
	same(t, "the mail", value(s.Message(ctx, "mail"))(t).Kind, "ticket.answer")
	said = value(s.StepTicket(ctx, "1", answer.Key, func(quartet.Ticket) (quartet.TicketStep, error) {
		t.Error("something is decided about what was written before")
		return quartet.TicketStep{}, nil
	}))(t)
	same(t, "said twice", said, answer)
	note := saying("m3", "1")
	note.Side, note.Internal = quartet.SideSupport, true
	value(s.StepTicket(ctx, "1", note.Key, func(now quartet.Ticket) (quartet.TicketStep, error) {
		p := quartet.TicketStep{Ticket: now}
		p.Say(note)
		return p, nil
	}))(t)
	note.Place = 3
	behind := saying("m4", "1")
	value(s.StepTicket(ctx, "1", behind.Key, func(now quartet.Ticket) (quartet.TicketStep, error) {
		p := quartet.TicketStep{Ticket: now}
		p.Say(behind)
		return p, nil
	}))(t)
	behind.Place, behind.Notes, one.Last, one.Notes = 4, 1, 4, 1
	same(t, "what a buyer reads", value(s.TicketMessages(ctx, "1", 0, false, 9))(t), []quartet.TicketMessage{first, answer, behind})
	same(t, "what a buyer reads behind two", value(s.TicketMessages(ctx, "1", 2, false, 9))(t), []quartet.TicketMessage{behind})
	same(t, "what a buyer reads behind three", len(value(s.TicketMessages(ctx, "1", 3, false, 9))(t)), 0)
	same(t, "what the house reads", value(s.TicketMessages(ctx, "1", 1, true, 9))(t), []quartet.TicketMessage{answer, note, behind})
	m, sealed, err := s.TicketFile(ctx, "1", "f")
	must(t, err)
	same(t, "the file", []any{m, sealed}, []any{answer, []byte{4, 0, 4}})
	for _, of := range [][2]string{{"1", "g"}, {"2", "f"}, {"1", ""}} {
		_, _, err = s.TicketFile(ctx, of[0], of[1])
		wantCode(t, "no such file", err, quartet.ErrNotFound)
	}

	refused := errors.New("no")
	_, err = s.StepTicket(ctx, "1", quartet.Fingerprint{}, func(quartet.Ticket) (quartet.TicketStep, error) { return quartet.TicketStep{}, refused })
	if quartet.CodeOf(err) == "" {
		t.Error("a step that was refused is taken")
	}
	value(s.StepTicket(ctx, "1", quartet.Fingerprint{}, func(quartet.Ticket) (quartet.TicketStep, error) { return quartet.TicketStep{Untouched: true}, nil }))(t)
	_, err = s.StepTicket(ctx, "none", quartet.Fingerprint{}, nil)
	wantCode(t, "no ticket", err, quartet.ErrNotFound)
	must(t, s.SeeTicket(ctx, "1", quartet.SideBuyer, 2))
	must(t, s.SeeTicket(ctx, "1", quartet.SideBuyer, 1))
	must(t, s.SeeTicket(ctx, "1", quartet.SideSupport, 3))
	one.Buyer.Seen, one.Support.Seen = 2, 3
	same(t, "read", value(s.Ticket(ctx, "1"))(t), one)

	two = opens(t, s, ticket("2", "b", after(time.Hour)))
	list := func(f quartet.TicketFilter) string {
		f.Limit = 9
		var ids strings.Builder
		for _, tk := range value(s.Tickets(ctx, f))(t) {
			ids.WriteString(tk.ID)
		}
		return ids.String()
	}
	for want, f := range map[string]quartet.TicketFilter{"21": {}, "1": {Account: "a"}, "2": {State: quartet.TicketOpen}, "": {State: quartet.TicketClosed}} {
		same(t, fmt.Sprintf("%+v", f), list(f), want)
	}
	for _, f := range []quartet.TicketFilter{{Assignee: "o"}, {Before: "2"}, {Number: "T1"}, {SeqNo: one.SeqNo}, {Category: "call", Account: "a"}} {
		same(t, fmt.Sprintf("%+v", f), list(f), "1")
	}
	same(t, "nobody's", list(quartet.TicketFilter{Unassigned: true}), "2")

	value(s.StepTicket(ctx, "2", quartet.Fingerprint{}, func(now quartet.Ticket) (quartet.TicketStep, error) {
		now.State, now.Solved, now.Stars, now.Word, now.Rated = quartet.TicketSolved, base, 4, []byte{2}, base
		return quartet.TicketStep{Ticket: now}, nil
	}))(t)
	same(t, "too early to close", value(s.CloseSolved(ctx, base, after(time.Hour)))(t), int64(0))
	same(t, "closed", value(s.CloseSolved(ctx, after(1000), after(time.Hour)))(t), int64(1))
	two.State, two.Solved, two.Stars, two.Word, two.Rated, two.Closed = quartet.TicketClosed, base, 4, []byte{2}, base, after(time.Hour)
	same(t, "after it closed", value(s.Ticket(ctx, "2"))(t), two)
}

// Support reads first who waits most urgently; a page goes on behind its last ticket, also when
// that was answered meanwhile.
func queueing(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addAccounts(t, s, "a", "b")
	for i, q := range []struct {
		state    quartet.TicketState
		priority quartet.TicketPriority
		waits    int // minutes after base
	}{
		{quartet.TicketClosed, "urgent", 0},
		{quartet.TicketWaitingForBuyer, "urgent", 0},
		{quartet.TicketOpen, "normal", 5},
		{quartet.TicketWaitingForSupport, "normal", 3},
		{quartet.TicketWaitingForSupport, "urgent", 9},
		{quartet.TicketOpen, "low", 1},
		{quartet.TicketOpen, "high", 8},
		{quartet.TicketWaitingForBuyer, "low", 0},
		{quartet.TicketSolved, "low", 0},
	} {
		tk := ticket(strconv.Itoa(i), []string{"a", "b"}[i%2], after(time.Duration(i)*time.Second))
		tk.State, tk.Priority = q.state, q.priority
		if q.waits > 0 {
			tk.Waits = after(time.Duration(q.waits) * time.Minute)
		}
		tk.Last = 1
		same(t, "as written", opens(t, s, tk), value(s.Ticket(ctx, tk.ID))(t))
	}
	read := func(f quartet.TicketFilter, between func(last quartet.Ticket)) string {
		var ids strings.Builder
		behind := quartet.TicketPlace{Rank: -1}
		for {
			page := value(s.TicketQueue(ctx, f, behind))(t)
			for _, tk := range page {
				ids.WriteString(tk.ID)
			}
			if len(page) < f.Limit {
				return ids.String()
			}
			last := page[len(page)-1]
			behind = last.Place()
			between(last)
		}
	}
	idle := func(quartet.Ticket) {}
	for limit := 1; limit < 11; limit++ {
		same(t, "the queue", read(quartet.TicketFilter{Limit: limit}, idle), "463257180")
	}
	same(t, "of an account", read(quartet.TicketFilter{Account: "b", Limit: 2}, idle), "3571")
	same(t, "answered meanwhile", read(quartet.TicketFilter{Limit: 2, State: quartet.TicketOpen}, func(last quartet.Ticket) {
		value(s.StepTicket(ctx, last.ID, quartet.Fingerprint{}, func(now quartet.Ticket) (quartet.TicketStep, error) {
			now.State, now.Waits = quartet.TicketWaitingForBuyer, time.Time{}
			return quartet.TicketStep{Ticket: now}, nil
		}))(t)
	}), "625")
	same(t, "what waits for buyers now", read(quartet.TicketFilter{Limit: 9, State: quartet.TicketWaitingForBuyer}, idle), "721")
}

// Twenty people say something to one ticket at once: every message has its place, and no
// place has two.
func talking(t *testing.T, open Database) {
	s, ctx := open(t), t.Context()
	addAccounts(t, s, "a")
	opens(t, s, ticket("1", "a", base))
	const people = 20
	var wg sync.WaitGroup
	errs := make([]error, 2*people)
	for i := range errs {
		m := saying(fmt.Sprintf("%cm", 'A'+i%people), "1") // each twice
		wg.Go(func() {
			m.ID = fmt.Sprint("m", i)
			_, errs[i] = s.StepTicket(ctx, "1", m.Key, func(now quartet.Ticket) (quartet.TicketStep, error) {
				p := quartet.TicketStep{Ticket: now, Entry: done("1", "ticket.say", base)}
				p.Entry.ID = m.ID
				p.Say(m)
				return p, nil
			})
		})
	}
	wg.Wait()
	for _, err := range errs {
		must(t, err)
	}
	list := value(s.TicketMessages(ctx, "1", 0, true, 1000))(t)
	same(t, "messages", len(list), people+1)
	for i, m := range list {
		same(t, "place", m.Place, int64(i+1))
	}
	same(t, "the last", value(s.Ticket(ctx, "1"))(t).Last, int64(people+1))
}

func supporting(t *testing.T, open Database) {
	s, ctx, none := open(t), t.Context(), quartet.AuditEntry{}
	addAccounts(t, s, "a")
	same(t, "nothing yet", value(s.TicketStatistics(ctx, base, after(time.Hour)))(t), quartet.TicketStatistics{})
	for i, wait := range []time.Duration{time.Minute, 4 * time.Minute, 2 * time.Minute, 8 * time.Minute, 0} {
		tk := ticket(strconv.Itoa(i), "a", after(time.Duration(i)*time.Second))
		if tk.Stars = int64(i); wait > 0 {
			tk.Answered = tk.Created.Add(wait)
		}
		opens(t, s, tk)
	}
	same(t, "an even number", value(s.TicketStatistics(ctx, base, after(time.Hour)))(t), quartet.TicketStatistics{Opened: 5, Answered: 4, Median: 3 * time.Minute, Rated: 4, Stars: 10})
	same(t, "an odd one", value(s.TicketStatistics(ctx, base, after(3*time.Second)))(t), quartet.TicketStatistics{Opened: 3, Answered: 3, Median: 2 * time.Minute, Rated: 2, Stars: 3})

	must(t, s.SetPresence(ctx, "o", after(time.Minute), done("o", "support.come", base)))
	must(t, s.SetPresence(ctx, "q", after(time.Hour), none))
	must(t, s.SetPresence(ctx, "r", base, none))
	same(t, "there", value(s.Presence(ctx, base))(t), []string{"o", "q"})
	same(t, "a minute later", value(s.Presence(ctx, after(time.Minute)))(t), []string{"q"})

	answer := quartet.CannedAnswer{Code: "10005", Text: "请核对 key。", By: "wang", At: base}
	must(t, s.PutCannedAnswer(ctx, quartet.CannedAnswer{Code: "10005", Text: "旧", By: "li", At: base}, none))
	must(t, s.PutCannedAnswer(ctx, answer, done("10005", "canned.write", base)))
	same(t, "the last word", value(s.CannedAnswers(ctx))(t), []quartet.CannedAnswer{answer})
	must(t, s.PutCannedAnswer(ctx, quartet.CannedAnswer{Code: "10005"}, none))
	same(t, "taken back", len(value(s.CannedAnswers(ctx))(t)), 0)
}
