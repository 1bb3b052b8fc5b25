package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/httpjson"
)

const termsHelp = `Its terms say when it may be asked, how much at once, and for what price; what is not given
does not bound. Prices are yuan for one question: 0.22 for all, 2026-12-01=0.20 from a day
on, card,name=0.12 for products with just these elements, 2026-12-01/card,name=0.10 for
both. Maintenance is written "daily 23:30-01:00", "sun 01:00-05:00" or
"2026-12-01T01:00/2026-12-01T05:00". Days and times are those of Asia/Shanghai. A list that
is given takes the place of the whole list before; an empty one ("") clears it.`

// sourceFlags say what a source is to be.
type sourceFlags struct {
	spec, shipped, credentials string
	off                        bool
	terms                      quartet.Terms // what flags give of it as numbers
	from, until                string
	purposes, ids, kinds       []string
	windows, prices            []string

	given   []func(*quartet.Source) // what each flag that was given makes of it
	secrets map[string]string       // nil: none were given
	ownQPS  bool                    // --qps was not given
}

// flags adds the flags, and reads them and their files where the command was typed.
func (f *sourceFlags) flags(cmd *cobra.Command, env *Env) {
	flags, t := cmd.Flags(), &f.terms
	flags.StringVar(&f.spec, "spec", "", "file that describes it")
	flags.StringVar(&f.shipped, "shipped", "", "name of a manifest that comes with the program, in the place of --spec")
	flags.StringVar(&f.credentials, "credentials", "", "YAML file of its credentials, which takes the place of all it has")
	flags.BoolVar(&f.off, "off", false, "do not ask it until it is enabled")
	flags.IntVar(&t.Priority, "priority", 0, "lower is asked earlier")
	flags.IntVar(&t.Weight, "weight", 0, "how often it is first among those of one priority (0: as 1)")
	flags.IntVar(&t.Share, "share", 0, "percent of calls that ask it first whatever its priority: for a newcomer")
	flags.DurationVar(&t.Timeout, "timeout", 0, "time for one question (0: what is left of the call's)")
	flags.IntVar(&t.Rate.QPS, "qps", 0, "questions a second (0: no limit)")
	flags.IntVar(&t.Rate.Burst, "burst", 0, "questions at once after a pause (0: one second's)")
	flags.IntVar(&t.Concurrent, "concurrent", 0, "questions at the same time (0: no limit)")
	flags.Int64Var(&t.DailyCap, "daily-cap", 0, "questions a day (0: no limit)")
	flags.IntVar(&t.Failures, "failures", 0, "failures in a row after which it is left alone (0: 5)")
	flags.DurationVar(&t.Open, "open", 0, "how long it is left alone then (0: 10s)")
	flags.DurationVar(&t.HedgeAfter, "hedge-after", 0, "ask the next one as well when it has not answered by then (0: never); two may charge then, and both see the person")
	flags.StringVar(&f.from, "authorised-from", "", "first day of the contract (2006-01-02)")
	flags.StringVar(&f.until, "authorised-until", "", "last day of the contract (2006-01-02)")
	flags.StringSliceVar(&f.purposes, "purpose", nil, "purposes of the accounts it may be asked for (empty: all)")
	flags.StringSliceVar(&f.ids, "id-type", nil, "kinds of ID number it takes (empty: all): "+idTypes())
	flags.StringSliceVar(&f.kinds, "card-kind", nil, "kinds of card it takes (empty: all): DC, CC, SCC, PC")
	flags.StringArrayVar(&f.windows, "maintenance", nil, "a time when it is not asked; may be given more than once")
	flags.StringArrayVar(&f.prices, "price", nil, "what one question costs, in yuan; may be given more than once")
	before(cmd, func([]string) error { return f.read(env, flags.Changed) })
}

func idTypes() string {
	list := make([]string, 0, len(quartet.IDTypes()))
	for _, id := range quartet.IDTypes() {
		list = append(list, string(id))
	}
	return strings.Join(list, ", ")
}

// read looks at the flags that were given, and at the files that they name.
func (f *sourceFlags) read(env *Env, given func(flag string) bool) error {
	f.given, f.secrets, f.ownQPS = nil, nil, !given("qps")
	if given("spec") && given("shipped") {
		return usagef("give --spec or --shipped, not both")
	}
	spec, err := env.textOf("spec", f.spec)
	if err == nil && given("shipped") {
		spec, err = shippedManifest(f.shipped)
	}
	if err != nil {
		return err
	}
	if given("credentials") {
		if f.secrets, err = env.credentialsOf(f.credentials); err != nil {
			return err
		}
	}
	lists, err := f.lists()
	if err != nil {
		return err
	}
	t := &f.terms
	for _, flag := range []struct {
		name string
		set  func(s *quartet.Source)
	}{
		{"spec", func(s *quartet.Source) { s.Spec = spec }},
		{"shipped", func(s *quartet.Source) { s.Spec = spec }},
		{"off", func(s *quartet.Source) { s.On = !f.off }},
		{"priority", func(s *quartet.Source) { s.Terms.Priority = t.Priority }},
		{"weight", func(s *quartet.Source) { s.Terms.Weight = t.Weight }},
		{"share", func(s *quartet.Source) { s.Terms.Share = t.Share }},
		{"timeout", func(s *quartet.Source) { s.Terms.Timeout = t.Timeout }},
		{"qps", func(s *quartet.Source) {
			s.Terms.Rate.QPS = t.Rate.QPS
			if t.Rate.QPS == 0 && !given("burst") {
				s.Terms.Rate.Burst = 0 // of a limit that is gone
			}
		}},
		{"burst", func(s *quartet.Source) { s.Terms.Rate.Burst = t.Rate.Burst }},
		{"concurrent", func(s *quartet.Source) { s.Terms.Concurrent = t.Concurrent }},
		{"daily-cap", func(s *quartet.Source) { s.Terms.DailyCap = t.DailyCap }},
		{"failures", func(s *quartet.Source) { s.Terms.Failures = t.Failures }},
		{"open", func(s *quartet.Source) { s.Terms.Open = t.Open }},
		{"hedge-after", func(s *quartet.Source) { s.Terms.HedgeAfter = t.HedgeAfter }},
		{"authorised-from", func(s *quartet.Source) { s.Terms.AuthorisedFrom = lists.AuthorisedFrom }},
		{"authorised-until", func(s *quartet.Source) { s.Terms.AuthorisedUntil = lists.AuthorisedUntil }},
		{"purpose", func(s *quartet.Source) { s.Terms.Purposes = lists.Purposes }},
		{"id-type", func(s *quartet.Source) { s.Terms.IDTypes = lists.IDTypes }},
		{"card-kind", func(s *quartet.Source) { s.Terms.CardKinds = lists.CardKinds }},
		{"maintenance", func(s *quartet.Source) { s.Terms.Maintenance = lists.Maintenance }},
		{"price", func(s *quartet.Source) { s.Terms.Prices = lists.Prices }},
	} {
		if given(flag.name) {
			f.given = append(f.given, flag.set)
		}
	}
	var alone quartet.Source // what is given must be right whatever else there is
	f.apply(&alone)
	return ofFlag(alone.Terms.Check())
}

func (f *sourceFlags) apply(s *quartet.Source) {
	for _, set := range f.given {
		set(s)
	}
}

// describe makes of a new source what the flags give, and of its manifest what they leave to it.
func (f *sourceFlags) describe(s *quartet.Source) {
	f.apply(s)
	if s.Kind != quartet.SourceHTTPJSON || !f.ownQPS {
		return
	}
	if m, err := httpjson.Parse([]byte(s.Spec)); err == nil { // else it is refused when it is tried
		s.Terms.Rate.QPS = m.QPS()
	}
}

// hedges reports whether the flags make it so that two sources may be asked.
func (f *sourceFlags) hedges() bool {
	var s quartet.Source
	f.apply(&s)
	return s.Terms.HedgeAfter > 0
}

// lists reads the flags that are no plain numbers.
func (f *sourceFlags) lists() (t quartet.Terms, err error) {
	if t.AuthorisedFrom, err = dayOf("authorised-from", f.from); err != nil {
		return t, err
	}
	if t.AuthorisedUntil, err = dayOf("authorised-until", f.until); err != nil {
		return t, err
	}
	if !t.AuthorisedUntil.IsZero() {
		t.AuthorisedUntil = quartet.EndOfDay(t.AuthorisedUntil)
	}
	t.Purposes = distinct(f.purposes)
	for _, id := range distinct(f.ids) {
		t.IDTypes = append(t.IDTypes, quartet.IDType(id))
	}
	t.CardKinds = distinct(f.kinds)
	for i, kind := range t.CardKinds {
		t.CardKinds[i] = strings.ToUpper(kind)
	}
	for _, text := range distinct(f.windows) {
		w, err := quartet.ParseWindow(text)
		if err != nil {
			return t, usagef("--maintenance %q: %w", text, err)
		}
		t.Maintenance = append(t.Maintenance, w)
	}
	for _, text := range distinct(f.prices) {
		p, err := quartet.ParsePrice(text)
		if err != nil {
			return t, usagef("--price %q: %w", text, err)
		}
		if slices.ContainsFunc(t.Prices, func(other quartet.Price) bool { return other.Need == p.Need && other.From.Equal(p.From) }) {
			return t, usagef("--price %q: another price holds for the same from the same day", text)
		}
		t.Prices = append(t.Prices, p)
	}
	return t, nil
}

func dayOf(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, quartet.Shanghai)
	if err != nil {
		return day, usagef("--%s must be a day such as 2028-12-31", flag)
	}
	return day, nil
}

// distinct is a list without blanks, empty items and repeats; nil when nothing is left.
func distinct(items []string) (list []string) {
	for _, item := range items {
		if item = strings.TrimSpace(item); item != "" && !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

// ofFlag tells a fault of a source by the flag that has it.
func ofFlag(err error) error {
	var e *quartet.Error
	if !errors.As(err, &e) || e.Field == "" || e.Field == "name" {
		return err
	}
	flag, known := map[string]string{"purposes": "purpose", "id_types": "id-type", "card_kinds": "card-kind", "prices": "price"}[e.Field]
	if !known {
		flag = strings.ReplaceAll(e.Field, "_", "-")
	}
	return usagef("--%s: %w", flag, err)
}

// ofCredentials tells a fault of credentials by their source and the flag that brings them.
func ofCredentials(name string, err error) error {
	if errors.Is(err, source.ErrCredential) {
		return usagef("source %s: --credentials %w", name, err)
	}
	return err
}

// maxText is more than any file that describes a source may have.
const maxText = 1 << 20

// textOf reads a file that a flag names; none is empty.
func (e *Env) textOf(flag, path string) (string, error) {
	if path == "" {
		return "", nil
	}
	file, err := os.Open(e.path(path))
	if err != nil {
		return "", usagef("--%s: %w", flag, err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxText+1))
	if err == nil && len(text) > maxText {
		err = fmt.Errorf("%s has more than %d bytes", path, maxText)
	}
	if err != nil {
		return "", usagef("--%s: %w", flag, err)
	}
	return string(text), nil
}

// credentialsOf reads a file of credentials; no file is no credentials. Its errors never
// repeat any of it. A value that YAML takes for a number is refused: 0123 would be 83.
func (e *Env) credentialsOf(path string) (map[string]string, error) {
	secrets := map[string]string{}
	text, err := e.textOf("credentials", path)
	if err != nil || path == "" {
		return secrets, err
	}
	var values map[string]any
	if err := yaml.Unmarshal([]byte(text), &values); err != nil || len(values) == 0 {
		return nil, usagef("--credentials must be a YAML file of names and values, such as appcode: \"…\"")
	}
	for name, value := range values {
		secret, ok := value.(string)
		if !ok {
			return nil, usagef("--credentials: write every value in quotes; what looks like a number is read as one")
		}
		secrets[name] = secret
	}
	return secrets, nil
}
