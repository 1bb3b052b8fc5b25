package operator_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/operator"
	work "quartet/internal/password"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// desk is a roster with a clock of its own.
type desk struct {
	*operator.Roster
	store *store.Store
	ring  *seal.Keyring
	now   time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keyring"))
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{store: st, ring: ring, now: time.Date(2026, 3, 1, 9, 0, 0, 0, quartet.Shanghai)}
	d.restart()
	return d
}

// restart opens the roster anew, with nothing in memory.
func (d *desk) restart() {
	d.Roster = operator.NewOfWork(d.store, d.ring, func() time.Time { return d.now }, light)
}

// light is the work of passwords that nobody wants to steal.
var light = work.Work{MemoryKiB: 64, Iterations: 1}

const (
	password = "four words in a row"
	door     = "front door"
)

func (d *desk) add(t *testing.T, name string) quartet.Operator {
	t.Helper()
	o, err := d.Add(t.Context(), door, name, quartet.RoleAdministrator, password)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// says is the code of what a name and a password are answered.
func (d *desk) says(t *testing.T, name, password string) quartet.ErrorCode {
	t.Helper()
	_, err := d.Authenticate(t.Context(), door, name, password)
	return quartet.CodeOf(err)
}

// audit is the audit, newest first, as "actor action subject detail".
func (d *desk) audit(t *testing.T) []string {
	t.Helper()
	list, err := d.store.AuditEntries(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range list {
		lines = append(lines, strings.Join([]string{e.Actor, e.Action, e.Subject, e.Detail}, "|"))
	}
	return lines
}

func TestAdd_KeepsAHashOfThePasswordAlone(t *testing.T) {
	d := newDesk(t)
	d.Roster = operator.New(d.store, d.ring, func() time.Time { return d.now }) // as every house has it
	o := d.add(t, "王芳")
	list, err := d.store.Operators(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("%d operators, %v", len(list), err)
	}
	if kept := list[0]; kept.ID != o.ID || kept.Name != "王芳" || !strings.HasPrefix(kept.Password, "$argon2id$v=19$m=65536,t=3,p=1$") {
		t.Errorf("kept as %+v", kept)
	}
	if got, want := d.audit(t), "front door|operator.add|"+o.ID+"|王芳"; len(got) != 1 || got[0] != want {
		t.Errorf("%q, want %q", got, want)
	}
	again := d.add(t, "li")
	if list, _ := d.store.Operators(t.Context()); list[0].Password == list[1].Password || again.ID == o.ID {
		t.Error("two alike passwords have one hash")
	}
}

func TestAdd_Refuses(t *testing.T) {
	d := newDesk(t)
	d.add(t, "Zhang.Wei")
	for _, tt := range []struct {
		why, name string
		role      quartet.Role
		password  string
		want      quartet.ErrorCode
	}{
		{"a name that is taken", "Zhang.Wei", quartet.RoleSupport, password, quartet.ErrConflict},
		{"the same in another case", "zhang.wei", quartet.RoleSupport, password, quartet.ErrConflict},
		{"no name", "", quartet.RoleSupport, password, quartet.ErrInvalid},
		{"a name that could pass for a door", "command line", quartet.RoleSupport, password, quartet.ErrInvalid},
		{"a name that begins like a flag", "-x", quartet.RoleSupport, password, quartet.ErrInvalid},
		{"a name with a line break", "a\nb", quartet.RoleSupport, password, quartet.ErrInvalid},
		{"a name without end", strings.Repeat("a", 65), quartet.RoleSupport, password, quartet.ErrInvalid},
		{"no role", "li", "", password, quartet.ErrInvalid},
		{"a role of buyers", "li", quartet.RoleOwner, password, quartet.ErrInvalid},
		{"no password", "li", quartet.RoleSupport, "", quartet.ErrInvalid},
		{"eleven characters", "li", quartet.RoleSupport, "四个要素一起核验四个要", quartet.ErrInvalid},
		{"a password without end", "li", quartet.RoleSupport, strings.Repeat("x", 129), quartet.ErrInvalid},
		{"the name as its password", "li.the.operator", quartet.RoleSupport, "Li.The.Operator", quartet.ErrInvalid},
		{"an arrow key", "li", quartet.RoleSupport, "four words \x1b[D in a row", quartet.ErrInvalid},
		{"bytes that are no text", "li", quartet.RoleSupport, "four words \xff in a row", quartet.ErrInvalid},
	} {
		t.Run(tt.why, func(t *testing.T) {
			if _, err := d.Add(t.Context(), door, tt.name, tt.role, tt.password); quartet.CodeOf(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	if list, _ := d.List(t.Context()); len(list) != 1 || len(d.audit(t)) != 1 {
		t.Errorf("%d operators", len(list))
	}
	for _, fits := range []string{"四个要素一起核验四个要素", strings.Repeat("x", 128)} {
		if err := operator.CheckPassword("li", fits); err != nil {
			t.Errorf("%d bytes: %v", len(fits), err)
		}
	}
}

func TestAuthenticate_KnowsWhoSaysThePassword(t *testing.T) {
	d := newDesk(t)
	o := d.add(t, "René")
	d.add(t, "li")
	got, err := d.Authenticate(t.Context(), door, "Rene\u0301", password) // as some keyboards type it
	if err != nil || got.ID != o.ID {
		t.Errorf("%+v, %v", got, err)
	}
	if n := len(d.audit(t)); n != 2 {
		t.Errorf("%d entries: that somebody came in is none by itself", n)
	}
}

func TestAuthenticate_SaysTheSameOfAWrongNameAndAWrongPassword(t *testing.T) {
	d := newDesk(t)
	o := d.add(t, "zhang")
	_, wrong := d.Authenticate(t.Context(), door, "zhang", "another four words")
	_, strange := d.Authenticate(t.Context(), door, "my secret typed too early", password)
	d.now = d.now.Add(time.Second) // entries of one kind are that far apart
	_, empty := d.Authenticate(t.Context(), door, "zhang", "")
	for _, err := range []error{wrong, strange, empty} {
		if quartet.CodeOf(err) != quartet.ErrUnauthenticated || err.Error() != wrong.Error() {
			t.Errorf("got %v", err)
		}
	}
	want := []string{
		"front door|operator.refused|" + o.ID + "|wrong password of zhang",
		"front door|operator.refused||a name that no operator has",
		"front door|operator.refused|" + o.ID + "|wrong password of zhang",
	}
	if got := d.audit(t)[:3]; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the audit says\n%q, want\n%q", got, want)
	}
}

// Each attempt costs the work of a password, so there are no more of them than are needed.
func TestAuthenticate_RefusesANameAfterFiveFailures(t *testing.T) {
	for _, name := range []string{"zhang", "nobody"} { // whether somebody has it or not
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.add(t, "zhang")
			for i := range 5 {
				d.now = d.now.Add(time.Minute)
				if got := d.says(t, name, "wrong"); got != quartet.ErrUnauthenticated {
					t.Fatalf("failure %d: %s", i+1, got)
				}
			}
			if last := d.audit(t)[0]; !strings.HasSuffix(last, "; the name is refused until 2026-03-01 09:16:00") {
				t.Errorf("the audit says %q", last)
			}
			d.now = d.now.Add(11*time.Minute - time.Second)
			_, err := d.Authenticate(t.Context(), door, name, password)
			if quartet.CodeOf(err) != quartet.ErrLimited || !strings.Contains(err.Error(), "2026-03-01 09:16:00") {
				t.Errorf("the right password meanwhile: %v", err)
			}
			if n := len(d.audit(t)); n != 6 {
				t.Errorf("%d entries: one that was not looked at is none", n)
			}
			d.now = d.now.Add(time.Second)
			want := quartet.ErrorCode("")
			if name == "nobody" {
				want = quartet.ErrUnauthenticated
			}
			if got := d.says(t, name, password); got != want {
				t.Errorf("afterwards: %q, want %q", got, want)
			}
		})
	}
}

func TestAuthenticate_ForgetsFailuresOfWhoComesIn(t *testing.T) {
	d := newDesk(t)
	d.add(t, "zhang")
	for _, wrong := range []int{4, 1} { // the fifth in all
		for range wrong {
			d.says(t, "zhang", "wrong")
		}
		if got := d.says(t, "zhang", password); got != "" {
			t.Fatalf("got %s", got)
		}
	}
}

// Many at once are no way around the limit.
func TestAuthenticate_CountsAttemptsUnderWay(t *testing.T) {
	d := newDesk(t)
	d.add(t, "zhang")
	var wg sync.WaitGroup
	codes := make(chan quartet.ErrorCode, 12)
	for range cap(codes) {
		wg.Go(func() {
			_, err := d.Authenticate(context.Background(), door, "zhang", "wrong")
			codes <- quartet.CodeOf(err)
		})
	}
	wg.Wait()
	close(codes)
	count := map[quartet.ErrorCode]int{}
	for c := range codes {
		count[c]++
	}
	if count[quartet.ErrUnauthenticated] != 5 || count[quartet.ErrLimited] != 7 {
		t.Errorf("%v", count)
	}
}

// deaf is a store that reads on when its caller has gone.
type deaf struct{ *store.Store }

func (s deaf) Operators(context.Context) ([]quartet.Operator, error) {
	return s.Store.Operators(context.Background())
}

func TestAuthenticate_AnAttemptThatWasGivenUpIsNoFailure(t *testing.T) {
	d := newDesk(t)
	d.Roster = operator.NewOfWork(deaf{d.store}, d.ring, time.Now, light)
	d.add(t, "zhang")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		if _, err := d.Authenticate(gone, door, "zhang", "wrong"); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
	}
	if got := d.says(t, "zhang", password); got != "" {
		t.Errorf("got %s", got)
	}
}

func TestSetPassword_PutsAnotherInItsPlace(t *testing.T) {
	d := newDesk(t)
	o := d.add(t, "zhang")
	for range 5 {
		d.says(t, "zhang", "wrong")
	}
	const next = "five other words in a row"
	if err := d.SetPassword(t.Context(), "zhang", "zhang", "short"); quartet.CodeOf(err) != quartet.ErrInvalid {
		t.Errorf("a short one: %v", err)
	}
	if err := d.SetPassword(t.Context(), "zhang", "nobody", next); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("nobody's: %v", err)
	}
	if err := d.SetPassword(t.Context(), "zhang", "zhang", next); err != nil {
		t.Fatal(err)
	}
	if got, want := d.audit(t)[0], "zhang|operator.password|"+o.ID+"|zhang"; got != want {
		t.Errorf("the audit says %q, want %q", got, want)
	}
	if got := d.says(t, "zhang", next); got != "" {
		t.Errorf("the new one: %s", got)
	}
	if got := d.says(t, "zhang", password); got != quartet.ErrUnauthenticated {
		t.Errorf("the old one: %q", got)
	}
	for _, line := range d.audit(t) {
		if strings.Contains(line, "words") || strings.Contains(line, "argon2id") {
			t.Errorf("the audit says %q", line)
		}
	}
}
