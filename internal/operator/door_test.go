package operator_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"quartet"
)

func from(t *testing.T, origin string) context.Context {
	t.Helper()
	return quartet.WithOrigin(t.Context(), origin)
}

func (d *desk) saysFrom(t *testing.T, origin, name, password string) quartet.ErrorCode {
	t.Helper()
	_, err := d.Authenticate(from(t, origin), door, name, password)
	return quartet.CodeOf(err)
}

func TestAuthenticate_AStrangerClosesHisOwnDoorAlone(t *testing.T) {
	d := newDesk(t)
	o := d.add(t, "zhang")
	if got := d.saysFrom(t, "192.0.2.7", "zhang", password); got != "" {
		t.Fatal(got)
	}
	for i := range 10 {
		for range 5 {
			if got := d.saysFrom(t, fmt.Sprintf("198.51.100.%d", i), "zhang", "wrong"); got != quartet.ErrUnauthenticated {
				t.Fatal(got)
			}
		}
		if got := d.saysFrom(t, fmt.Sprintf("198.51.100.%d", i), "zhang", password); got != quartet.ErrLimited {
			t.Errorf("where the guesses came from: %q", got)
		}
	}
	d.restart()
	if got := d.saysFrom(t, "203.0.113.1", "zhang", password); got != quartet.ErrLimited {
		t.Errorf("from where nobody is known, after fifty: %q", got)
	}
	if got := d.saysFrom(t, "192.0.2.7", "zhang", password); got != "" {
		t.Errorf("from where zhang is known: %q", got)
	}
	if err := d.ProvePassword(from(t, "203.0.113.1"), "zhang", o.ID, password); err != nil {
		t.Errorf("who is signed in: %v", err)
	}
	if _, err := d.AuthenticateAtTerminal(t.Context(), door, "zhang", password); err != nil {
		t.Errorf("at the terminal: %v", err)
	}
	for range 5 {
		if err := d.ProvePassword(t.Context(), "zhang", o.ID, "wrong"); quartet.CodeOf(err) != quartet.ErrUnauthenticated {
			t.Fatal(err)
		}
	}
	if err := d.ProvePassword(t.Context(), "zhang", o.ID, password); quartet.CodeOf(err) != quartet.ErrLimited {
		t.Errorf("who is signed in, and guesses: %v", err)
	}
	if _, err := d.AuthenticateAtTerminal(t.Context(), door, "zhang", password); err != nil {
		t.Errorf("at the terminal meanwhile: %v", err)
	}
}

func TestRefusals_OfStrangersAreCounted(t *testing.T) {
	d := newDesk(t)
	d.add(t, "zhang")
	for i := range 20 {
		d.saysFrom(t, fmt.Sprintf("198.51.100.%d", i), fmt.Sprintf("nobody%d", i), "wrong")
	}
	if lines := d.audit(t); len(lines) != 2 {
		t.Errorf("%q", lines)
	}
	d.saysFrom(t, "198.51.100.99", "zhang", "wrong")
	if last := d.audit(t)[0]; !strings.HasSuffix(last, "wrong password of zhang") {
		t.Errorf("hidden behind those of nobody: %q", last)
	}
	d.now = d.now.Add(time.Second)
	d.says(t, "nobody", "wrong")
	if last := d.audit(t)[0]; !strings.HasSuffix(last, "a name that no operator has (and 19 others just before)") {
		t.Errorf("the audit says %q", last)
	}
}

func TestPassword_ThatSomebodyElseGaveIsChangedFirst(t *testing.T) {
	d := newDesk(t)
	zhang, li := d.add(t, "zhang"), d.add(t, "li")
	due := func(o quartet.Operator) bool {
		t.Helper()
		s, err := d.Standing(t.Context(), quartet.Session{Who: o.ID})
		if err != nil {
			t.Fatal(err)
		}
		return s.PasswordDue
	}
	if due(zhang) || !due(li) {
		t.Errorf("the first one has chosen it (due: %v), the second was given it (due: %v)", due(zhang), due(li))
	}
	if err := d.SetPassword(t.Context(), "li", "li", password); quartet.CodeOf(err) != quartet.ErrInvalid {
		t.Errorf("the same again: %v", err)
	}
	if err := d.SetPassword(t.Context(), "li", "li", "five other words in a row"); err != nil || due(li) {
		t.Errorf("%v, due: %v", err, due(li))
	}
	if err := d.SetPassword(t.Context(), "command line", "zhang", "five other words in a row"); err != nil || !due(zhang) {
		t.Errorf("given anew: %v, due: %v", err, due(zhang))
	}
}
