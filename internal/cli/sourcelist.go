package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/sourcebook"
)

// sourceLine is a source as --json prints it. Terms are told by the names and in the words
// of their flags.
type sourceLine struct {
	Name        string            `json:"name"`
	Kind        string            `json:"kind"`
	On          bool              `json:"on"`
	Address     string            `json:"address"` // where elements are sent; "": nowhere
	SpecBytes   int               `json:"spec_bytes"`
	SpecSHA256  string            `json:"spec_sha256"`
	Credentials []string          `json:"credentials"` // names alone
	Terms       map[string]string `json:"terms"`       // those that bound
	Price       string            `json:"price"`       // now
	Health      *sourceHealth     `json:"health"`      // null without a running server
	CreatedAt   string            `json:"created_at"`
	ChangedAt   string            `json:"changed_at"`
}

// sourceHealth is how a source stands at the running server, counted since it began.
type sourceHealth struct {
	Skipped     string `json:"skipped"` // why it would not be asked now; empty: it would
	Breaker     string `json:"breaker"`
	InFlight    int64  `json:"in_flight"`
	Today       int64  `json:"today"`
	Verdicts    int64  `json:"verdicts"`
	Failures    int64  `json:"failures"`
	LastFailure string `json:"last_failure"`
	FailedAt    string `json:"failed_at"`
}

func healthOf(h *app.House, name string) *sourceHealth {
	for _, s := range h.SourceHealth() {
		if s.Name == name {
			return &sourceHealth{
				s.Skipped, string(s.Breaker), s.InFlight, s.Today, s.Verdicts, s.Failures, s.LastFailure, stamp(s.FailedAt),
			}
		}
	}
	return nil
}

// String is how it stands in short; empty where nobody knows.
func (s *sourceHealth) String() string {
	switch {
	case s == nil:
		return ""
	case s.Skipped != "":
		return s.Skipped
	case s.Failures > 0:
		return fmt.Sprintf("ok; %d of %d failed, last %s", s.Failures, s.Failures+s.Verdicts, s.LastFailure)
	default:
		return "ok"
	}
}

func sourceOf(h *app.House, s *quartet.Source) (sourceLine, error) {
	slots, err := h.Sources.Slots(*s)
	if err != nil {
		return sourceLine{}, err
	}
	facts, err := h.Sources.Facts(*s)
	if err != nil {
		return sourceLine{}, err
	}
	terms := map[string]string{}
	for _, t := range sourcebook.Traits(&s.Terms) {
		if t.Text != "" {
			terms[strings.ReplaceAll(t.Name, "-", "_")] = t.Text
		}
	}
	line := sourceLine{
		Name: s.Name, Kind: string(s.Kind), On: s.On, Address: facts.Address, SpecBytes: len(s.Spec), Credentials: slots, Terms: terms,
		Price: priceNow(&s.Terms, h.Now()), Health: healthOf(h, s.Name), CreatedAt: stamp(s.CreatedAt), ChangedAt: stamp(s.ChangedAt),
	}
	if s.Spec != "" {
		digest := sha256.Sum256([]byte(s.Spec))
		line.SpecSHA256 = hex.EncodeToString(digest[:])
	}
	return line, nil
}

// priceNow is what is asked for at a time: for all, and for those elements that have a
// price of their own.
func priceNow(t *quartet.Terms, now time.Time) string {
	var needs []quartet.ElementSet
	for _, p := range t.Prices {
		if !now.Before(p.From) && !slices.Contains(needs, p.Need) {
			needs = append(needs, p.Need)
		}
	}
	slices.Sort(needs)
	texts := make([]string, len(needs))
	for i, need := range needs {
		texts[i] = quartet.Price{Need: need, Cost: t.PriceAt(now, need)}.String()
	}
	return strings.Join(texts, " ")
}

// authorised is the last day of the authorisation, and what else there is to say of it.
func authorised(t *quartet.Terms, now time.Time) string {
	switch {
	case now.Before(t.AuthorisedFrom):
		return "not before " + t.AuthorisedFrom.In(quartet.Shanghai).Format(time.DateOnly)
	case !t.Authorised(now):
		return sourcebook.LastDay(t.AuthorisedUntil) + ", over"
	default:
		return sourcebook.LastDay(t.AuthorisedUntil)
	}
}

func newSourceList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List all sources", Args: exactly(0),
		Long: `List all sources, with the price of a question now. HEALTH is how a source stands at the
running server: ok, with the failures since it began, or why it is not asked now; a dash
where no server runs.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Sources.List(ctx)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "NAME", "KIND", "STATE", "PRIORITY", "PRICE", "AUTHORISED UNTIL", "HEALTH")
			for i := range list {
				s := &list[i]
				line, err := sourceOf(h, s)
				if err != nil {
					return err
				}
				if err := out.row(line, s.Name, s.Kind, onOff(s.On), s.Terms.Priority, dash(line.Price), dash(authorised(&s.Terms, h.Now())), dash(line.Health.String())); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newSourceShow(env *Env) *cobra.Command {
	var asJSON, spec bool
	cmd := &cobra.Command{
		Use: "show NAME", Short: "Show a source and all its terms", Args: exactly(1),
		Long: `Show a source and all its terms, by the names of the flags that set them. Of its credentials
only the names are shown. The address is the host to which the elements of people are sent,
whether it stands in the description or among the credentials; a dash where they stay here.`,
		Example: `  quartet source show shumai
  quartet source show shumai --spec > shumai.yaml`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			s, err := h.Sources.Find(ctx, args[0])
			if err != nil {
				return err
			}
			if spec {
				_, err = fmt.Fprint(env.Out, s.Spec)
				return err
			}
			line, err := sourceOf(h, &s)
			if err != nil {
				return err
			}
			if asJSON {
				return newLines(env.Out, true).row(line)
			}
			return env.showSource(&s, line)
		}),
	}
	cmd.Flags().BoolVar(&spec, "spec", false, "print the text that describes it, and nothing else")
	jsonFlag(cmd, &asJSON)
	before(cmd, func([]string) error {
		if spec && asJSON {
			return usagef("give --spec or --json, not both")
		}
		return nil
	})
	return cmd
}

func (e *Env) showSource(s *quartet.Source, line sourceLine) error {
	spec := "none"
	if s.Spec != "" {
		spec = fmt.Sprintf("%d bytes, sha256 %s", line.SpecBytes, line.SpecSHA256)
	}
	rows := []sourcebook.Trait{
		{Name: "name", Text: s.Name},
		{Name: "kind", Text: line.Kind},
		{Name: "state", Text: onOff(s.On)},
		{Name: "address", Text: line.Address},
		{Name: "spec", Text: spec},
		{Name: "credentials", Text: strings.Join(line.Credentials, ", ")},
	}
	rows = append(rows, sourcebook.Traits(&s.Terms)...)
	if line.Health != nil {
		rows = append(rows, sourcebook.Trait{Name: "health", Text: line.Health.String()})
	}
	rows = append(rows, sourcebook.Trait{Name: "added", Text: day(s.CreatedAt)}, sourcebook.Trait{Name: "changed", Text: day(s.ChangedAt)})
	return e.printTraits(rows)
}

// printTraits prints names and texts in two columns.
func (e *Env) printTraits(rows []sourcebook.Trait) error {
	tab := tabwriter.NewWriter(e.Out, 0, 4, 2, ' ', 0)
	for _, r := range rows {
		if _, err := fmt.Fprintf(tab, "%s\t%s\n", r.Name, dash(r.Text)); err != nil {
			return err
		}
	}
	return tab.Flush()
}
