package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/account"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/obs"
	"quartet/internal/seal"
	"quartet/internal/source/registry"
	"quartet/internal/verify"
)

// kind is a kind of server.
type kind string

const (
	echo        kind = "echo"          // reads the body, answers a constant
	unaccounted kind = "unaccounted"   // the whole road, without its ledger
	many        kind = "many"          // the same, with credentials of 100,000 callers in use
	signed      kind = "signed"        // the same, every call signed and under a nonce of its own
	onSQLite    kind = "sqlite"        // the product as it is
	signedLite  kind = "sqlite-signed" // the same, every call signed
	onPostgres  kind = "postgres"      // the product as it is, on PostgreSQL
	eachSQLite  kind = "sqlite-each"   // one transaction for each call
	eachPG      kind = "postgres-each" // one transaction for each call
	pagesOf     kind = "pages"         // a demo with many calls of one buyer; not of the road
)

// kinds are those of the road, in the order of the report.
func kinds() []kind {
	return []kind{echo, unaccounted, many, signed, onSQLite, signedLite, eachSQLite, onPostgres, eachPG}
}

// seed of the people whom every server knows.
const seed = 1887

// runServer serves until ctx ends. The first line on standard output says where.
func runServer(ctx context.Context, k kind, s session, database string) error {
	if k == pagesOf { // before the profile: making so many calls is no part of it
		whole := filepath.Join(s.dir, "filled") // who looks for what is slow serves a folder more than once
		if _, err := os.Stat(whole); err != nil {
			if err := fill(ctx, s.dir, s.calls); err != nil {
				return err
			}
			if err := os.WriteFile(whole, nil, 0o600); err != nil {
				return fmt.Errorf("mark the folder as filled: %w", err)
			}
		}
	}
	if s.profile != "" {
		f, err := os.Create(s.profile)
		if err != nil {
			return fmt.Errorf("write the profile: %w", err)
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return fmt.Errorf("profile: %w", err)
		}
		defer pprof.StopCPUProfile()
	}
	switch k {
	case echo:
		return serveEcho(ctx)
	case pagesOf:
		return servePages(ctx, s.dir)
	default:
		return serveRoad(ctx, k, s, database)
	}
}

// serveEcho is the yardstick: what Go's HTTP server costs when it does nothing.
func serveEcho(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // open as long as the process
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	path := quartet.FourElements().Path
	answer := []byte(`{"code":"10000","message":"成功","data":{"state":"1"},"seqNo":"000000000000000000"}`)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		_, _ = w.Write(answer)
	})
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	if err := json.NewEncoder(os.Stdout).Encode(ready{URL: "http://" + l.Addr().String(), Path: path}); err != nil { //nolint:gosec // without one
		return fmt.Errorf("say where it serves: %w", err)
	}
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// serveRoad is the product with its settings of every day, the log included; only the
// guard is off, since the client asks for the same people again and again.
func serveRoad(ctx context.Context, k kind, s session, database string) (err error) {
	app.SpareProcessor() // as the product does
	c := config.Default()
	c.Listen, c.AdminListen, c.GuardEnabled = "127.0.0.1:0", "127.0.0.1:0", false
	c.Data, c.Keyring, c.Store = filepath.Join(s.dir, "data"), filepath.Join(s.dir, "keyring"), database
	logFile, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return fmt.Errorf("make the log: %w", err)
	}
	lines := obs.NewLines(logFile)
	o := app.Options{Config: config.Loaded{Config: c}, Log: obs.NewLogger(lines, c.LogLevel, c.LogFormat), Version: "bench"}
	switch k {
	case unaccounted, many, signed:
		o.Accounting = func(l verify.Ledger) verify.Ledger { return nothing{l} }
	case eachSQLite, eachPG:
		o.MaxBatch = 1
	case echo, onSQLite, signedLite, onPostgres, pagesOf:
	}
	a, err := app.Start(ctx, o, lines, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx)), lines.Close(), logFile.Close()) }()
	at, err := furnish(ctx, a, k, s.people)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(at); err != nil { //nolint:gosec // invented, and for the client next door
		return fmt.Errorf("say where it serves: %w", err)
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-a.Failed():
		return err
	}
}

// servePages serves the demo that was filled, with its log, once what a start has to do is
// done: days are closed, and the jobs of what was bought are over.
func servePages(ctx context.Context, dir string) (err error) {
	app.SpareProcessor()
	o := demoOptions(dir)
	logFile, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return fmt.Errorf("make the log: %w", err)
	}
	lines := obs.NewLines(logFile)
	o.Log = obs.NewLogger(lines, o.Config.LogLevel, o.Config.LogFormat)
	a, err := app.Start(ctx, o, lines, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx)), lines.Close(), logFile.Close()) }()
	yesterday := quartet.DayOf(time.Now().Add(-time.Hour).Unix()) - 1
	for {
		closed, err := a.Store.LastClosedDay(ctx)
		if err != nil {
			return err
		}
		if closed >= yesterday {
			break
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
	if err := pause(ctx, 5*time.Second); err != nil { // the audits of a start are over by then
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(ready{URL: a.URL()}); err != nil { //nolint:gosec // without one
		return fmt.Errorf("say where it serves: %w", err)
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-a.Failed():
		return err
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// furnish fills the registry and gives one buyer more units than anybody can use, one hot
// account, and the credentials of its kind.
func furnish(ctx context.Context, a *app.App, k kind, people int64) (at ready, err error) {
	at = ready{URL: a.URL(), Path: quartet.FourElements().Path}
	r, err := a.Registry()
	if err != nil {
		return at, err
	}
	if _, err := r.Synth(ctx, registry.Synth{Count: people, Seed: seed}); err != nil {
		return at, err
	}
	if _, err := a.Desk.Open(ctx, "bench", "buyer", "Buyer"); err != nil {
		return at, err
	}
	switch k {
	case many:
		err = addMany(ctx, a)
	case signed, signedLite:
		var c quartet.Credential
		c, at.Secret, err = a.Desk.Issue(ctx, "bench", "buyer", quartet.Credential{Kind: quartet.KindAppKey})
		at.AppKey = c.AppKey
	case echo, unaccounted, onSQLite, eachSQLite, onPostgres, eachPG, pagesOf:
		_, at.AppCode, err = a.Desk.Issue(ctx, "bench", "buyer", quartet.Credential{Kind: quartet.KindAppCode})
	}
	if err != nil {
		return at, err
	}
	g := quartet.Grant{ID: uuid.NewString(), Account: "buyer", Units: 1 << 39, ExpiresAt: a.Now().Add(24 * time.Hour)}
	if err := a.Ledger.Give(ctx, g, "benchmark"); err != nil {
		return at, err
	}
	return at, a.Changed(ctx)
}

// callers is how many credentials are in use where there are many.
const callers = 100_000

// codeOf is the AppCode of one of many callers, which client and server make alike.
func codeOf(i int) string { return fmt.Sprintf("%032x", uint64(i)*0x9E3779B97F4A7C15) }

// addMany writes the rows by itself: what issuing costs is not measured here.
func addMany(ctx context.Context, a *app.App) error {
	hasher := seal.NewHasher(a.Ring.Key(account.CredentialLabel))
	for i := range callers {
		c := quartet.Credential{ID: fmt.Sprintf("c%d", i), Account: "buyer", Kind: quartet.KindAppCode, CreatedAt: a.Now()}
		c.Hash, c.Sealed = hasher.Sum(string(c.Kind), codeOf(i)), a.Ring.Seal([]byte(codeOf(i)), c.ID)
		if err := a.Store.CreateCredential(ctx, c, quartet.AuditEntry{}); err != nil {
			return err
		}
	}
	return nil
}

// nothing accounts for nothing: every call passes and no row is kept.
type nothing struct{ verify.Ledger }

func (nothing) Charge(_ context.Context, c *quartet.Call, units int64, _ quartet.Claim) error {
	c.Charged = units
	return nil
}

func (nothing) Record(quartet.Call) {}
