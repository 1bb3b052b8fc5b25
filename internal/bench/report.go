package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"quartet"
	"quartet/internal/auth"
	"quartet/internal/seal"
)

// report is what was measured, ready to be written.
type report struct {
	session session
	flush   []time.Duration
	rows    []row
	rounds  map[kind][]float64 // answers a second, by round
	find    time.Duration      // one of many callers
	share   float64            // of an answer of the road without accounting, in percent
}

// row is one server over all rounds.
type row struct {
	kind     kind
	rate     spread // answers a second
	p50, p99 spread // milliseconds
	cpu      spread // microseconds of processor time an answer, the database's included
}

// spread is a median with its range.
type spread struct{ low, median, high float64 }

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	v := slices.Sorted(slices.Values(values))
	return spread{v[0], v[len(v)/2], v[len(v)-1]}
}

func newReport(s session, flush []time.Duration, servers []*server, results map[kind][]result) *report {
	slices.Sort(flush)
	r := &report{session: s, flush: flush, rounds: map[kind][]float64{}}
	for _, v := range servers {
		var rate, p50, p99, cpu []float64
		for _, m := range results[v.kind] {
			slices.Sort(m.times)
			n := len(m.times)
			rate = append(rate, float64(n)/m.took.Seconds())
			p50 = append(p50, milliseconds(m.times[n/2]))
			p99 = append(p99, milliseconds(m.times[n*99/100]))
			cpu = append(cpu, float64(m.cpu.Microseconds())/float64(n))
		}
		r.rounds[v.kind] = rate
		r.rows = append(r.rows, row{v.kind, spreadOf(rate), spreadOf(p50), spreadOf(p99), spreadOf(cpu)})
		if v.kind == unaccounted {
			r.find = findOne()
			r.share = float64(r.find.Nanoseconds()) / 10 / spreadOf(cpu).median // ns of µs, in percent
		}
	}
	return r
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// ratio of two servers, taken in each round.
func (r *report) ratio(a, b kind) spread {
	var ratios []float64
	for i := range min(len(r.rounds[a]), len(r.rounds[b])) {
		ratios = append(ratios, r.rounds[a][i]/r.rounds[b][i])
	}
	return spreadOf(ratios)
}

// goal is a ratio that the road is built to reach.
type goal struct {
	what      string
	of, by    kind
	must, aim float64
}

func goals() []goal {
	return []goal{
		{"the road without accounting, of echo", unaccounted, echo, 0.85, 0.92},
		{"with 100,000 callers, of one", many, unaccounted, 0.98, 1},
		{"signed, of AppCode, accounting off", signed, unaccounted, 0, 0},
		{"signed, of AppCode, durable on SQLite", signedLite, onSQLite, 0.85, 0.95},
		{"durable on SQLite, of echo", onSQLite, echo, 0.50, 0.70},
		{"durable on SQLite, of the road without accounting", onSQLite, unaccounted, 0.60, 0.75},
		{"SQLite: group commit, of one transaction per call", onSQLite, eachSQLite, 5, 10},
		{"PostgreSQL: group commit, of one transaction per call", onPostgres, eachPG, 8, 12},
		{"durable on PostgreSQL, of echo", onPostgres, echo, 0, 0},
	}
}

var titles = map[kind]string{
	echo: "Go HTTP server that reads the body and answers a constant", unaccounted: "the road, accounting off",
	many: "accounting off, 100,000 callers in use", signed: "accounting off, every call signed",
	onSQLite: "the road, durable on SQLite", signedLite: "on SQLite, every call signed", eachSQLite: "on SQLite, one transaction per call",
	onPostgres: "the road, durable on PostgreSQL", eachPG: "on PostgreSQL, one transaction per call",
}

// text gives the report in Markdown that also reads well on a screen.
func (r *report) text() (string, error) {
	s := r.session
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmarks\n\n")
	fmt.Fprintf(&b, "Written by `make bench` on %s. Read the ratios: they are taken within one round, on the same machine under the same load; the absolute figures say more about the machine.\n\n", time.Now().Format(time.DateOnly))
	fmt.Fprintf(&b, "- %d processors (%s/%s, %s), shared by the servers, the database and the client.\n", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	fmt.Fprintf(&b, "- %d keep-alive connections in a closed loop, %d rounds of %v in rotating order after %v of warming; %d different bodies, every one a match and charged.\n", s.conns, s.rounds, s.duration, s.warm, bodies)
	fmt.Fprintf(&b, "- One account and one grant: every call takes its unit from the same row. %d people in the registry. The log is written, the guard is off, fsync is on.\n", s.people)
	fmt.Fprintf(&b, "- Write and fdatasync of 4 KiB on this disk: p50 %.2f ms, p99 %.2f ms.\n\n", milliseconds(r.flush[len(r.flush)/2]), milliseconds(r.flush[len(r.flush)*99/100]))
	fmt.Fprintf(&b, "Median, and range over the rounds:\n\n")

	t := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	fmt.Fprintf(t, "| server\t| answers/s\t| p50 ms\t| p99 ms\t| CPU µs/answer\t| of echo\t|\n|---\t|---\t|---\t|---\t|---\t|---\t|\n")
	for _, w := range r.rows {
		fmt.Fprintf(t, "| %s\t| %.0f (%.0f–%.0f)\t| %.2f\t| %.2f\t| %.1f\t| %s\t|\n", titles[w.kind],
			w.rate.median, w.rate.low, w.rate.high, w.p50.median, w.p99.median, w.cpu.median, r.ratio(w.kind, echo))
	}
	fmt.Fprintf(t, "\n| ratio\t| median (range)\t| goal\t| aim\t| reached\t|\n|---\t|---\t|---\t|---\t|---\t|\n")
	for _, g := range goals() {
		fmt.Fprintf(t, "| %s\t| %s\t| %s\t|\n", g.what, r.ratio(g.of, g.by), g.judge(r.ratio(g.of, g.by).median))
	}
	if err := t.Flush(); err != nil {
		return "", fmt.Errorf("write the report: %w", err)
	}
	if r.share > 0 {
		fmt.Fprintf(&b, "\nBy itself, finding who calls among %d AppCodes takes %d ns, keyed hash included: %.1f %% of the processor time of an answer with accounting off.\n", callers, r.find.Nanoseconds(), r.share)
	}
	fmt.Fprintf(&b, "\nCPU is the time of the server and, where there is one, of its database; the client is not in it. "+
		"The client shares the processors and costs every server the same, which brings ratios nearer to 1 than a client elsewhere would. "+
		"The goals hold for a disk that flushes in 0.2 ms or less: with a slower one the rate on %d connections is bounded by connections / (2 × flush).\n", s.conns)
	return b.String(), nil
}

// findOne measures how long it takes to find one of many callers. The codes lie in the order
// in which they are asked for, as those of requests that have just been read; the callers
// do not.
func findOne() time.Duration {
	hasher := seal.NewHasher([32]byte{1})
	list, codes := make([]quartet.Credential, callers), make([]string, callers)
	for i := range list {
		codes[i] = codeOf(i)
	}
	for i := range list {
		of := i * 7919 % callers
		list[i] = quartet.Credential{ID: fmt.Sprint("c", of), Account: "buyer", Kind: quartet.KindAppCode, Hash: hasher.Sum(string(quartet.KindAppCode), codes[of])}
	}
	d := auth.New(hasher, nil)
	d.Replace([]quartet.Account{{ID: "buyer"}}, list)
	const times = 2_000_000
	begun := time.Now()
	for i := range times {
		d.Find(quartet.KindAppCode, codes[i%callers], begun)
	}
	return time.Since(begun) / times
}

func (g goal) judge(median float64) string {
	switch {
	case g.must == 0:
		return "– \t| – \t| –"
	case median >= g.aim:
		return fmt.Sprintf("%g\t| %g\t| aim", g.must, g.aim)
	case median >= g.must:
		return fmt.Sprintf("%g\t| %g\t| goal", g.must, g.aim)
	default:
		return fmt.Sprintf("%g\t| %g\t| no", g.must, g.aim)
	}
}

func (s spread) String() string {
	if s.median == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", s.median, s.low, s.high)
}
