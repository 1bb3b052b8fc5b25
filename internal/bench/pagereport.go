package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
)

// pagesHead begins the part of the report that tells of pages. It is the last one.
const pagesHead = "\n## Pages\n"

// pageGoal is what the server may take for a page, at the 95th of a hundred.
const pageGoal = 20 * time.Millisecond

// pageReport is that part.
func (s *session) pageReport(pages []*page) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nWritten by `make bench-pages`, which `make bench` does as well, on %s: how long each page of the console takes, from the request to the last byte of the page, over loopback HTTP. Read it beside its first row: what is more than a few milliseconds there, the machine was busy with something else.\n\n", pagesHead, time.Now().Format(time.DateOnly))
	fmt.Fprintf(&b, "- A demo of which one buyer has %d calls in 60 days, written through the ledger day by day, beside those of its story; SQLite. %d processors (%s/%s, %s), shared with the client and whatever else the machine does%s.\n", s.calls, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), busy())
	fmt.Fprintf(&b, "- One request at a time, %d for each page, going round over all pages. First is the first request for the page since the server began; CPU is the processor time that the server spent meanwhile, which is what remains of the figures where nothing else wants the processors.\n\n", s.asks)
	t := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	fmt.Fprintf(t, "| page\t| KiB\t| CPU p50 ms\t| CPU p95 ms\t| first ms\t| p50 ms\t| p95 ms\t| max ms\t| p95 ≤ %d ms\t|\n|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|---\t|\n", pageGoal.Milliseconds())
	missed, busied := 0, 0
	for _, p := range pages {
		n, reached := len(p.times), "yes"
		if p.times[n*95/100] > pageGoal {
			reached = "**no**"
			missed++
		}
		if p.cpu[n*95/100] > pageGoal {
			busied++
		}
		fmt.Fprintf(t, "| %s\t| %d\t| %.1f\t| %.1f\t| %.1f\t| %.1f\t| %.1f\t| %.1f\t| %s\t|\n", p.screen.name, p.bytes>>10,
			milliseconds(p.cpu[n/2]), milliseconds(p.cpu[n*95/100]), milliseconds(p.first), milliseconds(p.times[n/2]), milliseconds(p.times[n*95/100]), milliseconds(p.times[n-1]), reached)
	}
	if err := t.Flush(); err != nil {
		return "", fmt.Errorf("write the report: %w", err)
	}
	slowest := slices.MaxFunc(pages, func(a, b *page) int { return cmp.Compare(a.times[len(a.times)*95/100], b.times[len(b.times)*95/100]) })
	fmt.Fprintf(&b, "\n%d of %d pages reach the goal by the clock, and %d by the processor time that they took; the slowest is %s.\n", len(pages)-missed, len(pages), len(pages)-busied, slowest.screen.name)
	return b.String(), nil
}

// busy tells how many programs wanted a processor in the last minutes, where the system says so.
func busy() string {
	text, err := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return ""
	}
	said := fmt.Sprintf(": its load was %s in the last minute and %s in the last five", fields[0], fields[1])
	if raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0); err == nil && raw != 20 {
		said += fmt.Sprintf(", and client and server ran at niceness %d", 20-raw)
	}
	return said
}

// writeReport writes the parts that were measured, and keeps of the file the pages when they
// were not measured, and the road when it was not.
func writeReport(path, road, pages string) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write the report: %w", err)
	}
	oldRoad, oldPages, found := strings.Cut(string(old), pagesHead)
	if road == "" {
		road = oldRoad
	}
	if pages == "" && found {
		pages = pagesHead + oldPages
	}
	if err := os.WriteFile(path, []byte(road+pages), 0o644); err != nil { //nolint:gosec // a document
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
