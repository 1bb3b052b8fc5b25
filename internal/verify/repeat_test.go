package verify_test

import (
	"testing"
)

func TestRoad_ARepeatedIdempotencyKeyGetsTheSameBytesUncharged(t *testing.T) {
	for _, local := range []bool{true, false} {
		w := newWorld(t, options{local: local})
		r := request{body: form(cardMismatch), header: map[string]string{"Idempotency-Key": "order-7"}}
		first := w.do(r)
		second := w.do(r)
		if first.code() != "10000" || first.body != second.body {
			t.Errorf("first %s, second %s", first.body, second.body)
		}
		if second.header.Get("Idempotent-Replayed") != "true" || first.header.Get("Idempotent-Replayed") != "" {
			t.Errorf("Idempotent-Replayed: first %v, second %v", first.header, second.header)
		}
		if used := w.used(); used != 1 {
			t.Errorf("used %d, want 1", used)
		}
		if rows := w.rows(); len(rows) != 1 {
			t.Errorf("%d rows, want one", len(rows))
		}
	}
}

func TestRoad_ARefusalFreesItsIdempotencyKey(t *testing.T) {
	for _, local := range []bool{true, false} {
		w := newWorld(t, options{local: local})
		header := map[string]string{"Idempotency-Key": "order-8"}
		for range 2 {
			if a := w.do(request{body: form(cardFailed), header: header}); a.code() != "10007" {
				t.Errorf("refused with %s", a.body)
			}
		}
		if a := w.do(request{body: form(cardMatch), header: header}); a.code() != "10000" {
			t.Errorf("another person under the free key: %s", a.body)
		}
		if used := w.used(); used != 1 {
			t.Errorf("used %d, want 1", used)
		}
	}
}

func TestRoad_ARepeatNeedsNoUnit(t *testing.T) {
	for _, local := range []bool{true, false} {
		w := newWorld(t, options{local: local, units: 1})
		r := request{body: form(cardMatch), header: map[string]string{"Idempotency-Key": "the last"}}
		first := w.do(r)
		if again := w.do(r); first.code() != "10000" || again.body != first.body {
			t.Errorf("first %s, again %d %s", first.body, again.status, again.body)
		}
		r.header = map[string]string{"Idempotency-Key": "one more"}
		if a := w.do(r); a.status != 403 || a.header.Get("X-Ca-Error-Code") != "B403MQ" {
			t.Errorf("a new key without a unit: %d %s", a.status, a.body)
		}
	}
}

func TestRoad_AnIdempotencyKeyMayBeOfAnyLength(t *testing.T) {
	w := newWorld(t, options{local: true})
	long := make([]byte, 4000)
	for i := range long {
		long[i] = 'k'
	}
	r := request{body: form(cardMatch), header: map[string]string{"Idempotency-Key": string(long)}}
	if first, again := w.do(r), w.do(r); first.code() != "10000" || again.body != first.body {
		t.Errorf("first %s, again %s", first.body, again.body)
	}
}
