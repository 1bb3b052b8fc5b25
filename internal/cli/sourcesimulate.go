package cli

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/config"
	"quartet/internal/simulator"
)

// newSourceSimulate is the command that serves the simulator of a supplier.
func newSourceSimulate(env *Env) *cobra.Command {
	var (
		o       simulation
		dialect string
		price   string
	)
	cmd := &cobra.Command{
		Use: "simulate DIALECT", Short: "Serve a simulator of a supplier on this machine", Args: exactly(1),
		Long: `Serve a simulator that speaks a supplier's contract from the supplier's side, until a signal
ends it. It checks what the supplier checks, signature included, answers by a script, and
counts what it would charge. It knows nobody; without a script, everybody matches. Every
answer bears the header ` + simulator.Header + `: ` + simulator.HeaderValue + `.

Dialects: ` + strings.Join(simulator.Dialects(), ", ") + `.

A script is YAML: what is answered by default, and by card.

  default: {verdict: match}
  cards:
    "6200000000000000018": {verdict: mismatch, reason: mobile_mismatch, delay: 80ms}
    "6200000000000000026": {fault: busy}

Faults: ` + faultWords() + `.`,
		Example: `  quartet source simulate market
  quartet source simulate acme --listen 127.0.0.1:0 --script drill.yaml --credentials acme.secret.yaml
  quartet source simulate acme --price 0.22 --statement statement.csv`,
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return simulator.Dialects(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return env.simulate(cmd.Context(), dialect, o) },
	}
	cmd.Flags().StringVar(&o.listen, "listen", "127.0.0.1:9600", "address; port 0 is any free one")
	cmd.Flags().StringVar(&o.script, "script", "", "script `FILE`")
	cmd.Flags().StringVar(&o.credentials, "credentials", "", "YAML `FILE` of the credentials it expects, as the source has them (url is passed over); without one they are invented")
	cmd.Flags().StringVar(&price, "price", "", "yuan for a question that it charges (default 0.30)")
	cmd.Flags().StringVar(&o.statement, "statement", "", "`FILE` for its statement of the month, CSV, written when it ends")
	cmd.Flags().BoolVar(&o.plain, "allow-plain-http", false, "listen also where other machines can reach it, in clear")
	before(cmd, func(args []string) error {
		if dialect = args[0]; !slices.Contains(simulator.Dialects(), dialect) {
			return usagef("no dialect is called %q; there are %s", dialect, strings.Join(simulator.Dialects(), ", "))
		}
		if price != "" {
			var err error
			if o.price, err = quartet.ParseMillifen(price); err != nil {
				return usagef("--price must be yuan such as 0.22")
			}
			o.priced = true
		}
		host, _, err := net.SplitHostPort(o.listen)
		switch {
		case err != nil:
			return usagef("--listen must be an address such as 127.0.0.1:9600")
		case !config.IsLoopback(host) && !o.plain:
			return usagef("a simulator listens on this machine alone, unless --allow-plain-http is given")
		}
		return nil
	})
	return cmd
}

// simulation is what the flags say.
type simulation struct {
	listen, script, credentials, statement string
	price                                  quartet.Millifen
	priced, plain                          bool
}

func (e *Env) simulate(ctx context.Context, dialect string, o simulation) error {
	script, err := e.simulatorScript(o.script)
	if err != nil {
		return err
	}
	secrets, err := e.simulatorSecrets(dialect, o.credentials)
	if err != nil {
		return err
	}
	s, err := simulator.New(dialect, script, secrets)
	if err != nil {
		return err
	}
	if o.priced {
		s.Price = o.price
	}
	end := func() error { return nil }
	if o.statement != "" {
		out, closeOut, err := e.create(o.statement)
		if err != nil {
			return err
		}
		end = func() error {
			return errors.Join(simulator.WriteStatement(out, s.Lines(time.Now())), closeOut())
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return errors.Join(fmt.Errorf("cannot listen: %w", err), end())
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(e.Err, "", 0)}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	_, err = fmt.Fprint(e.Out, simulatorGreeting(dialect, "http://"+listener.Addr().String(), o.credentials, secrets))
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	s.Down(true) // those that wait for an answer wait no longer
	err = errors.Join(err, server.Close())
	t := s.Totals()
	_, written := fmt.Fprintf(e.Out, "\nRequests %d, refused %d, inquiries %d. Asked %d, charged %d: ¥%s.\n",
		t.Arrived, t.Refused, t.Inquired, t.Asked, t.Charged, (quartet.Millifen(t.Charged) * s.Price).Fen())
	return errors.Join(err, written, end())
}

func (e *Env) simulatorScript(path string) (simulator.Script, error) {
	if path == "" {
		return simulator.Script{}, nil
	}
	return simulator.Load(e.path(path))
}

// simulatorSecrets reads credentials, or invents them. Its errors hold no value.
func (e *Env) simulatorSecrets(dialect, path string) (map[string]string, error) {
	if path == "" {
		return simulator.Invent(dialect)
	}
	data, err := os.ReadFile(e.path(path))
	if err != nil {
		return nil, usagef("cannot read the credentials: %v", err)
	}
	var secrets map[string]string
	if yaml.Unmarshal(data, &secrets) != nil {
		return nil, usagef("--credentials %s: it must be YAML, a line for each of %s: NAME: VALUE", path, strings.Join(simulator.Slots(dialect), ", "))
	}
	delete(secrets, "url") // where whoever asks finds the supplier
	return secrets, nil
}

// simulatorGreeting shows invented credentials, and of others the names alone.
func simulatorGreeting(dialect, url, file string, secrets map[string]string) string {
	var b strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	line("Simulator of the dialect %s. It knows nobody, and nothing it charges is owed.", dialect)
	line("")
	line("  URL  %s", url)
	line("")
	if file != "" {
		line("Credentials are those of %s: %s.", file, strings.Join(slices.Sorted(maps.Keys(secrets)), ", "))
	} else {
		line("Credentials, invented for this time; keep these lines in a file for --credentials to have them again:")
		line("")
		text, err := yaml.MarshalWithOptions(secrets, yaml.UseLiteralStyleIfMultiline(true))
		if err != nil { // cannot happen: they are plain texts
			text = []byte(err.Error())
		}
		b.Write(text)
	}
	line("")
	line("Ctrl-C ends it.")
	return b.String()
}

func faultWords() string {
	var words []string
	for _, f := range simulator.Faults() {
		words = append(words, string(f))
	}
	return strings.Join(words, ", ")
}
