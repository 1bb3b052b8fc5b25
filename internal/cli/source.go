package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/source/httpjson"
)

func newSource(env *Env) *cobra.Command {
	return group("source", "Sources: who is asked for verdicts (渠道)",
		newSourceAdd(env), newSourceSet(env), newSourceList(env), newSourceShow(env), newSourceManifest(env),
		newSourceTest(env), newSourceSimulate(env), newSourceDrill(env),
		newSourceSwitch(env, "enable", true, "Ask a source"),
		newSourceSwitch(env, "disable", false, "Ask a source no more"),
		newSourcePolicy(env), newSourcePin(env), newSourceUnpin(env), newSourceReconcile(env))
}

func newSourceAdd(env *Env) *cobra.Command {
	var (
		f    sourceFlags
		kind string
	)
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add a source", Args: exactly(1),
		Long: `Add a source. Beside a running server it is asked at once, unless it is added with --off.

What describes it is a file: the manifest of a supplier (httpjson), settings (tencent,
aliyun), or a script (sim). Its credentials come from a YAML file of names and values; they
are kept sealed and never shown. A source is never removed, but it can be disabled.

Without --qps a manifest's own qps is the limit. What a manifest that comes with the program
does not know for sure is told; where that is the address, the credentials must hold url.

` + termsHelp,
		Example: `  quartet source add market --kind httpjson --shipped market --credentials market.secret.yaml --price 0.25 --off
  quartet source add shumai --kind httpjson --spec shumai.yaml --credentials shumai.secret.yaml --price 0.22 --off
  quartet source add slow --kind sim --spec script.yaml`,
		RunE: env.inNewFolder(func(ctx context.Context, h *app.House, args []string) error {
			s := quartet.Source{Name: args[0], Kind: quartet.SourceKind(kind), On: true}
			f.describe(&s)
			s, err := h.Sources.Add(ctx, env.actor(), s, f.secrets)
			if err := env.sourceChanged(ctx, h, s, ofCredentials(args[0], err)); err != nil {
				return err
			}
			env.adviseOnManifest(&f, s)
			return env.adviseOnNew(ctx, h, s)
		}),
	}
	cmd.Flags().StringVar(&kind, "kind", "", "registry, sim, httpjson, tencent or aliyun")
	f.flags(cmd, env)
	needs(cmd, "kind")
	before(cmd, func(args []string) error {
		s := quartet.Source{Name: args[0], Kind: quartet.SourceKind(kind)}
		f.apply(&s)
		if f.shipped != "" && s.Kind != quartet.SourceHTTPJSON {
			return usagef("--shipped is a manifest; it goes with --kind %s", quartet.SourceHTTPJSON)
		}
		if s.Kind == quartet.SourceHTTPJSON && s.Spec == "" {
			return usagef("a source of this kind is described by a manifest; give --spec FILE or --shipped NAME")
		}
		if err := ofFlag(s.Check()); err != nil || f.shipped == "" {
			return err
		}
		return needsAddress(f.shipped, s.Spec, f.secrets)
	})
	return cmd
}

// adviseOnNew says what somebody who adds a source may not expect.
func (e *Env) adviseOnNew(ctx context.Context, h *app.House, s quartet.Source) error {
	if s.Kind == quartet.SourceSim {
		_, _ = fmt.Fprintf(e.Err, "source %s answers by a script and knows nobody: its verdicts are worth nothing\n", s.Name)
	}
	e.warnOfHedge(s)
	if s.Kind.Local() {
		return nil
	}
	list, err := h.Sources.List(ctx)
	if err != nil {
		return err
	}
	for _, other := range list {
		if other.Kind == quartet.SourceRegistry && other.On {
			_, _ = fmt.Fprintln(e.Err, besideRegistry(other, s)+"; if the house holds no data, run `quartet source disable "+other.Name+"`")
		}
	}
	return nil
}

// besideRegistry says when the registry is asked beside a supplier.
func besideRegistry(registry, s quartet.Source) string {
	if registry.Terms.Priority <= s.Terms.Priority {
		return "the registry is asked first"
	}
	return "the registry is asked after " + s.Name
}

func (e *Env) warnOfHedge(s quartet.Source) {
	if after := s.Terms.HedgeAfter; after > 0 {
		_, _ = fmt.Fprintf(e.Err, "when %s has not answered after %s the next source is asked as well: then two may charge for one call, and both see the person\n", s.Name, after)
	}
}

func newSourceSet(env *Env) *cobra.Command {
	var f sourceFlags
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Change a source", Args: exactly(1),
		Long: `Change a source: what is given changes, the rest stays. Its name and kind cannot be
changed. Questions that are under way end as they began; later ones find it changed at once.

` + termsHelp,
		Example: `  quartet source set shumai --price 0.22 --price 2027-01-01=0.20 --share 5
  quartet source set shumai --credentials shumai.secret.yaml
  quartet source set shumai --maintenance "daily 23:30-00:30" --maintenance "sun 01:00-05:00"`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			s, err := h.Sources.Change(ctx, env.actor(), args[0], f.apply, f.secrets)
			if err := env.sourceChanged(ctx, h, s, ofCredentials(args[0], err)); err != nil {
				return err
			}
			if f.hedges() {
				env.warnOfHedge(s)
			}
			return nil
		}),
	}
	f.flags(cmd, env)
	before(cmd, func([]string) error {
		if len(f.given) == 0 && f.secrets == nil {
			return usagef("say what to change; run `%s --help`", cmd.CommandPath())
		}
		return nil
	})
	return cmd
}

// sourceChanged puts a change in force and says what the source is now.
func (e *Env) sourceChanged(ctx context.Context, h *app.House, s quartet.Source, err error) error {
	if _, wrong := errors.AsType[httpjson.Faults](err); wrong {
		return usagef("the manifest is wrong, at these lines and columns:\n%w", err)
	}
	if err != nil {
		return err
	}
	if err := h.Changed(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.Out, "source %s is %s\n", s.Name, onOff(s.On))
	return err
}

func newSourceSwitch(env *Env, verb string, on bool, short string) *cobra.Command {
	return &cobra.Command{
		Use: verb + " NAME", Short: short, Args: exactly(1),
		Example: "  quartet source " + verb + " registry",
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			s, err := h.Sources.Switch(ctx, env.actor(), args[0], on, "")
			return env.sourceChanged(ctx, h, s, err)
		}),
	}
}
