// Command bench measures what the road costs beside an empty HTTP server, and what
// durable accounting costs on each store.
//
// The trip: main starts every server as a process of its own (server.go), then goes round
// after round over all of them in rotating order with one client (load.go), reads the time
// that each server and its database spent on the processors (process.go), and writes medians
// and ranges with their ratios (report.go). Ratios are taken within a round, so a machine
// that is slow for a while is slow for both sides.
//
// Last it fills a demo with a million calls of one buyer (past.go) and asks for every page of
// the console (screens.go) one after the other (pages.go); the table of it is a part of its
// own in the report (pagereport.go).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/schollz/progressbar/v3"
)

// session is what one run of the command is told.
type session struct {
	rounds   int
	duration time.Duration // of one measurement
	warm     time.Duration // asked before each measurement, not counted
	conns    int
	people   int64
	calls    int    // of the buyer whose pages are asked for
	asks     int    // for each page; 0: none
	pages    string // matches the names of those that are asked for; for profiling
	at       string // where a server with them runs already; likewise
	dir      string
	out      string
	only     string // kinds of server, by comma; for profiling
	profile  string // where its CPU profile goes
}

func main() {
	var s session
	flag.IntVar(&s.rounds, "rounds", 7, "rounds over all servers")
	flag.DurationVar(&s.duration, "duration", 4*time.Second, "length of one measurement")
	flag.DurationVar(&s.warm, "warm", time.Second, "load before each measurement that is not counted")
	flag.IntVar(&s.conns, "conns", 64, "keep-alive connections")
	flag.Int64Var(&s.people, "people", 100_000, "people in the registry")
	flag.IntVar(&s.calls, "calls", 1_000_000, "calls of the buyer whose pages are asked for")
	flag.IntVar(&s.asks, "asks", 300, "how often each page is asked for; 0: pages are left out")
	flag.StringVar(&s.pages, "page", "", "ask for pages alone whose names match this; for profiles")
	flag.StringVar(&s.at, "at", "", "with -only pages: the address of a server that runs already, by -serve pages -dir DIR")
	flag.StringVar(&s.dir, "dir", "", "folder for the data of all servers; its disk is what is measured")
	flag.StringVar(&s.out, "out", "", "Markdown file to write; none: the screen alone")
	flag.StringVar(&s.only, "only", "", "measure these kinds of server alone, by comma; pages: the console alone")
	flag.StringVar(&s.profile, "profile", "", "with -only: file for the server's CPU profile")
	rows := flag.Int64("batch", 0, "take so many people through the house as one batch instead")
	serve := flag.String("serve", "", "run one server of this kind; the command starts itself so")
	url := flag.String("database", "", "with -serve: its PostgreSQL database")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *rows > 0 {
		err = s.runBatch(ctx, *rows, s.out)
	} else if *serve != "" {
		err = runServer(ctx, kind(*serve), s, *url)
	} else {
		err = s.run(ctx)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to clean up
	}
}

// ready is the line by which a server says that it serves.
type ready struct {
	URL     string `json:"url"`
	AppCode string `json:"appcode"`
	AppKey  string `json:"app_key"`
	Secret  string `json:"app_secret"`
	Path    string `json:"path"`
}

func (s *session) run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp(s.dir, "quartet-bench-")
	if err != nil {
		return fmt.Errorf("make a folder for the data: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s.dir = dir
	road, pages := "", ""
	if s.only != string(pagesOf) {
		if road, err = s.road(ctx); err != nil {
			return err
		}
	}
	if s.asks > 0 && (s.only == "" || s.only == string(pagesOf)) {
		list, err := s.readPages(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", pagesOf, err)
		}
		if pages, err = s.pageReport(list); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(os.Stdout, road+pages); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if s.out == "" {
		return nil
	}
	return writeReport(s.out, road, pages)
}

// road measures the road on every server.
func (s *session) road(ctx context.Context) (_ string, err error) {
	flush, err := flushTimes(s.dir)
	if err != nil {
		return "", err
	}
	servers, stop, err := s.start(ctx)
	defer func() { err = errors.Join(err, stop()) }()
	if err != nil {
		return "", err
	}
	results, err := s.measure(ctx, servers)
	if err != nil {
		return "", err
	}
	return newReport(*s, flush, servers, results).text()
}

// measure goes over all servers in each round, every round beginning with another one.
func (s *session) measure(ctx context.Context, servers []*server) (map[kind][]result, error) {
	total := int64(s.rounds*len(servers)) * int64((s.warm+s.duration)/time.Millisecond)
	bar := progressbar.NewOptions64(total, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription("measuring"),
		progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish())
	results := map[kind][]result{}
	for round := range s.rounds {
		for i := range servers {
			v := servers[(i+round)%len(servers)]
			r, err := s.ask(ctx, v)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", v.kind, err)
			}
			results[v.kind] = append(results[v.kind], r)
			_ = bar.Add64(int64((s.warm + s.duration) / time.Millisecond))
		}
	}
	return results, bar.Finish()
}

// ask loads one server and measures it.
func (s *session) ask(ctx context.Context, v *server) (result, error) {
	v.load.prepare(s.warm)
	if _, err := v.load.run(ctx, s.warm); err != nil {
		return result{}, err
	}
	v.load.prepare(s.duration)
	before, err := v.cpu()
	if err != nil {
		return result{}, err
	}
	r, err := v.load.run(ctx, s.duration)
	if err != nil {
		return result{}, err
	}
	after, err := v.cpu()
	r.cpu = after - before
	return r, err
}

// readReady waits for the server's line.
func readReady(from io.Reader) (ready, error) {
	var r ready
	if err := json.NewDecoder(from).Decode(&r); err != nil {
		return r, fmt.Errorf("the server did not start: %w", err)
	}
	return r, nil
}
