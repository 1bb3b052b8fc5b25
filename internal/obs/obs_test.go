package obs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/obs"
)

func TestRedact_MasksWhateverLooksLikeAnElement(t *testing.T) {
	for in, want := range map[string]string{
		"card 6200000000000000019!":   "card [redacted]!",
		"6200 0000 0000 0000 019":     "[redacted]",
		"6200-0000-0000-0000":         "[redacted]",
		"mobile=13900000000&x=1":      "mobile=[redacted]&x=1",
		"139 0000 0000":               "[redacted]",
		"id 11010119900101001X":       "id [redacted]X",
		"acc6200000000000":            "acc[redacted]",
		"１３９００００００００":                 "[redacted]",
		"two 13900000000,13900000001": "two [redacted],[redacted]",
		"seqNo 4XU29Z4D1704061618":    "seqNo 4XU29Z4D1704061618",
		"at 2026-11-25 06:53:36":      "at 2026-11-25 06:53:36",
		"unix 1704061618":             "unix 1704061618",
		"张三":                          "张三",
		"":                            "",
	} {
		if got := obs.Redact(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("a 13900000000 \xff 4XU29Z4D1704061618")
	f.Fuzz(func(t *testing.T, s string) {
		out := obs.Redact(s)
		if again := obs.Redact(out); again != out {
			t.Errorf("%q is redacted further to %q", out, again)
		}
	})
}

type talkative struct{ Card string }

func TestLogger_LetsNoElementThrough(t *testing.T) {
	const card, mobile = "6200000000000000019", "13900000000"
	for _, format := range []string{"json", "text"} {
		var out bytes.Buffer
		log := obs.NewLogger(&out, "info", format)
		log.Info("about "+card, "text", mobile, "err", fmt.Errorf("cannot ask about %s", card),
			"struct", talkative{card}, "list", []string{mobile}, "raw", quartet.Raw{Card: card})
		log.WithGroup("g").With("with", card).Warn("x", obs.Err(&quartet.Error{Code: quartet.ErrInvalid, Message: "m " + card, Cause: errors.New("c " + mobile)}))
		for _, planted := range []string{card, mobile} {
			if strings.Contains(out.String(), planted) {
				t.Errorf("%s: an element is in the log:\n%s", format, out.String())
			}
		}
		if format == "json" {
			for line := range strings.Lines(out.String()) {
				if !json.Valid([]byte(line)) {
					t.Errorf("not JSON: %s", line)
				}
			}
		}
	}
}

func TestLines_KeepsEveryLineWhole(t *testing.T) {
	var out bytes.Buffer
	l := obs.NewLines(&out)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 1000 {
				if _, err := fmt.Fprintf(l, "writer %d line %d\n", w, i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		seen[line] = true
	}
	if len(seen) != 8000 {
		t.Errorf("%d different lines, want 8000", len(seen))
	}
	if _, err := l.Write([]byte("late\n")); err == nil {
		t.Error("a closed log took a line")
	}
}

type slow struct {
	mu  sync.Mutex
	got int
}

func (s *slow) Write(p []byte) (int, error) {
	time.Sleep(20 * time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got += len(p)
	return len(p), nil
}

func TestLines_MakesWritersWaitRatherThanDrop(t *testing.T) {
	out := &slow{}
	l := obs.NewLines(out)
	line := bytes.Repeat([]byte("x"), 1<<20)
	for range 20 {
		if _, err := l.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	l.Flush()
	if out.got != 20<<20 {
		t.Errorf("%d bytes arrived before Flush returned, want %d", out.got, 20<<20)
	}
	_ = l.Close()
}

func TestLines_ArriveSoonByThemselves(t *testing.T) {
	r, w := io.Pipe()
	l := obs.NewLines(w)
	start := time.Now()
	_, _ = l.Write([]byte("hello\n"))
	buf := make([]byte, 6)
	if _, err := io.ReadFull(r, buf); err != nil || string(buf) != "hello\n" {
		t.Fatalf("%q, %v", buf, err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("after %v", took)
	}
	_ = l.Close()
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestLines_CountsWhatTheOutputRefused(t *testing.T) {
	l := obs.NewLines(full{})
	_, _ = l.Write([]byte("hello\n"))
	l.Flush()
	if l.Lost() != 6 {
		t.Errorf("lost %d, want 6", l.Lost())
	}
	_ = l.Close()
}

func TestMetrics_ShowWhatHappened(t *testing.T) {
	m := obs.NewMetrics("v1", []string{"A400AC"})
	m.Call(quartet.CodeOK, 1, time.Millisecond)
	m.Call(quartet.CodeNoRecord, 0, time.Millisecond)
	m.Gateway("A400AC")
	m.Gateway("unheard of")
	m.Batch(3, time.Millisecond)
	m.Audited("ok")
	m.TrailVerified("different")
	m.Watch("quartet_answer", "Of everything.", func() float64 { return 42 })
	m.WatchSources(func() []obs.SourceState {
		return []obs.SourceState{{Name: "tencent", Up: true, InFlight: 3}, {Name: "aliyun", Breaker: 2}}
	})
	m.Source("tencent", "mismatch", time.Second)
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`quartet_calls_total{code="10000"} 1`, `quartet_calls_total{code="10015"} 1`, `quartet_calls_total{code="10020"} 0`,
		`quartet_gateway_answers_total{code="A400AC"} 1`, `quartet_gateway_answers_total{code="other"} 1`,
		`quartet_units_charged_total 1`, `quartet_ledger_batch_acts_sum 3`, `quartet_build_info{version="v1"} 1`,
		`quartet_call_seconds_count 2`, `quartet_quota_audits_total{result="ok"} 1`, `quartet_audit_trail_verifications_total{result="different"} 1`, `quartet_answer 42`,
		`quartet_source_attempts_total{outcome="mismatch",source="tencent"} 1`, `quartet_source_seconds_sum{source="tencent"} 1`,
		`quartet_source_attempts_total{outcome="match",source="aliyun"} 0`, `quartet_source_seconds_count{source="aliyun"} 0`,
		`quartet_source_up{source="tencent"} 1`, `quartet_source_up{source="aliyun"} 0`, `quartet_source_in_flight{source="tencent"} 3`,
		`quartet_source_breaker{source="tencent"} 0`, `quartet_source_breaker{source="aliyun"} 2`,
	} {
		if !strings.Contains(rec.Body.String(), want+"\n") {
			t.Errorf("missing: %s", want)
		}
	}
}

func BenchmarkLines(b *testing.B) {
	l := obs.NewLines(io.Discard)
	line := bytes.Repeat([]byte("x"), 300)
	line[299] = '\n'
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _ = l.Write(line)
		}
	})
}

func BenchmarkMetrics(b *testing.B) {
	m := obs.NewMetrics("v1", nil)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.Call(quartet.CodeOK, 1, time.Millisecond)
		}
	})
}

func TestLogger_TellsTheTimeOfShanghai(t *testing.T) {
	for _, format := range []string{"json", "text"} {
		var out bytes.Buffer
		obs.NewLogger(&out, "info", format).Info("hello")
		if !strings.Contains(out.String(), "+08:00") {
			t.Errorf("%s: %s", format, out.String())
		}
	}
}

func TestRedact_LeavesOfATokenItsIDAlone(t *testing.T) {
	value := quartet.NewTokenValue()
	for text, want := range map[string]string{
		"Bearer " + value.Reveal() + ".":      "Bearer qtk_" + value.ID() + "[redacted].",
		"qtk_ and qtk_" + value.ID():          "qtk_ and qtk_" + value.ID(),
		value.Reveal() + "," + value.Reveal(): "qtk_" + value.ID() + "[redacted],qtk_" + value.ID() + "[redacted]",
	} {
		if got := obs.Redact(text); got != want {
			t.Errorf("%s", got)
		}
	}
}
