package throttle_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"quartet"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
	"quartet/internal/throttle"
)

var rule = throttle.Rule{What: "password", Each: 5, Place: 12, Total: 20, Span: 15 * time.Minute}

// door is one with a clock of its own.
type door struct {
	*throttle.Door

	t   *testing.T
	now time.Time
}

func newDoor(t *testing.T) *door {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	ring, err := seal.Create(filepath.Join(t.TempDir(), "ring"))
	if err != nil {
		t.Fatal(err)
	}
	d := &door{t: t, now: time.Date(2026, 3, 1, 9, 0, 0, 0, quartet.Shanghai)}
	d.Door = throttle.New(s, seal.NewHasher(ring.Key("door")).Sum, func() time.Time { return d.now })
	return d
}

func zhang() throttle.Target { return throttle.Target{Name: "zhang", Secret: "hash"} }

// try makes one, and reports whether it may be made.
func (d *door) try(target throttle.Target, origin string) (throttle.Attempt, bool) {
	d.t.Helper()
	a, err := d.Try(d.t.Context(), rule, target, origin)
	if err != nil {
		d.t.Fatal(err)
	}
	return a, a.Refused.IsZero()
}

// wrong makes so many, of which none is taken back.
func (d *door) wrong(n int, target throttle.Target, origin string) {
	d.t.Helper()
	for range n {
		d.try(target, origin)
	}
}

func (d *door) mayTry(why string, want bool, target throttle.Target, origin string) {
	d.t.Helper()
	if _, may := d.try(target, origin); may != want {
		d.t.Errorf("%s: may try: %v", why, may)
	}
}

func TestTry_ClosesWhatWasTriedTooOftenFromThereAlone(t *testing.T) {
	d := newDoor(t)
	d.wrong(4, zhang(), "192.0.2.1")
	if a, may := d.try(zhang(), "192.0.2.1"); !may || !a.Last.Equal(d.now.Add(rule.Span)) {
		t.Errorf("the fifth: %v, %+v", may, a)
	}
	if a, may := d.try(zhang(), "192.0.2.1"); may || !a.First || !a.Refused.Equal(d.now.Add(rule.Span)) {
		t.Errorf("the sixth: %v, %+v", may, a)
	}
	if a, _ := d.try(zhang(), "192.0.2.1"); a.First {
		t.Error("the seventh is the first one over the bound")
	}
	d.mayTry("from elsewhere", true, zhang(), "192.0.2.2")
	d.mayTry("another name from there", true, throttle.Target{Name: "li"}, "192.0.2.1")
	d.mayTry("another password", true, throttle.Target{Name: "zhang", Secret: "new hash"}, "192.0.2.1")
	d.now = d.now.Add(rule.Span)
	d.mayTry("when its time is over", true, zhang(), "192.0.2.1")
}

func TestTry_ClosesAnOriginThatTriesMany(t *testing.T) {
	d := newDoor(t)
	for i := range 12 {
		d.wrong(1, throttle.Target{Name: fmt.Sprint(i)}, "192.0.2.1")
	}
	d.mayTry("the thirteenth name", false, throttle.Target{Name: "zhang"}, "192.0.2.1")
	d.mayTry("from elsewhere", true, throttle.Target{Name: "zhang"}, "192.0.2.2")
}

// Many together close a name to strangers, and to nobody who came in from there before.
func TestTry_LetsWhoIsKnownPassWhereManyTryTogether(t *testing.T) {
	d := newDoor(t)
	first, _ := d.try(zhang(), "192.0.2.1")
	if err := d.Pass(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	for i := range 4 { // five each, and a sixth one that does not count
		d.wrong(6, zhang(), fmt.Sprintf("198.51.100.%d", i))
	}
	d.mayTry("a stranger", false, zhang(), "203.0.113.1")
	d.mayTry("who is known", true, zhang(), "192.0.2.1")
	d.wrong(5, zhang(), "192.0.2.1")
	d.mayTry("who is known, and guesses", false, zhang(), "192.0.2.1")
	d.mayTry("another name", true, throttle.Target{Name: "li", Secret: "hash"}, "203.0.113.1")
	d.mayTry("with a new password", true, throttle.Target{Name: "zhang", Secret: "new hash"}, "203.0.113.1")
}

func TestTry_OneOriginUsesUpItsOwnShareAlone(t *testing.T) {
	d := newDoor(t)
	d.wrong(100, zhang(), "198.51.100.1")
	d.mayTry("from elsewhere", true, zhang(), "192.0.2.1")
}

func TestKnown_IsForThirtyDays(t *testing.T) {
	d := newDoor(t)
	if err := d.Welcome(t.Context(), rule, zhang(), "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	flood := func() {
		for i := range 5 {
			d.wrong(5, zhang(), fmt.Sprintf("198.51.100.%d", i))
		}
	}
	d.now = d.now.Add(30*24*time.Hour - time.Second)
	flood()
	d.mayTry("on the thirtieth day", true, zhang(), "192.0.2.1")
	d.now = d.now.Add(rule.Span)
	flood()
	d.mayTry("after it", false, zhang(), "192.0.2.1")
}

func TestPass_ForgetsHalfDoesNotBackTakesOne(t *testing.T) {
	d := newDoor(t)
	const from = "192.0.2.1"
	d.wrong(4, zhang(), from)
	fifth, _ := d.try(zhang(), from)
	if err := d.Half(t.Context(), fifth); err != nil {
		t.Fatal(err)
	}
	d.mayTry("while something is still to be proved", false, zhang(), from)
	if err := d.Welcome(t.Context(), rule, zhang(), from); err != nil {
		t.Fatal(err)
	}
	for range 20 { // given up
		a, may := d.try(zhang(), from)
		if err := d.Back(t.Context(), a); err != nil || !may {
			t.Fatal(may, err)
		}
	}
	d.wrong(4, zhang(), from)
	fifth, may := d.try(zhang(), from)
	if err := d.Pass(t.Context(), fifth); err != nil || !may {
		t.Fatal(may, err)
	}
	d.mayTry("who came in", true, zhang(), from)
}

func TestTry_TellsWhichIsTheLastAlsoWithoutATotal(t *testing.T) {
	d := newDoor(t)
	one := throttle.Rule{What: "proof", Each: 1, Span: time.Minute}
	if a, err := d.Try(t.Context(), one, zhang(), ""); err != nil || !a.Last.Equal(d.now.Add(time.Minute)) {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := d.Try(t.Context(), one, zhang(), ""); err != nil || a.Refused.IsZero() {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestOrigin_IsWhatOneCustomerHas(t *testing.T) {
	for from, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3::4": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "": "", "pipe": "pipe",
	} {
		if got := throttle.Origin(quartet.WithOrigin(context.Background(), from)); got != want {
			t.Errorf("%q is %q, want %q", from, got, want)
		}
	}
}

// Who goes on trying what is refused from there anyway learns nothing by it, and locks out
// nobody else at that address.
func TestTry_CountsNoRefusedTryAgainstTheOthersOfItsOrigin(t *testing.T) {
	d := newDoor(t)
	first, _ := d.try(throttle.Target{Name: "li"}, "192.0.2.1")
	if err := d.Pass(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	d.wrong(100, zhang(), "192.0.2.1")
	d.mayTry("a neighbour", true, throttle.Target{Name: "li"}, "192.0.2.1")
}
