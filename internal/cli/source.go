package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newSource(env *Env) *cobra.Command {
	return group("source", "Sources: who is asked for verdicts (渠道)",
		newSourceAdd(env), newSourceList(env),
		newSourceSwitch(env, "enable", true, "Ask a source"),
		newSourceSwitch(env, "disable", false, "Ask a source no more"),
		newSourceReconcile(env))
}

func newSourceAdd(env *Env) *cobra.Command {
	var (
		kind, spec, credentials string
		off                     bool
		given                   quartet.Source
		secrets                 map[string]string
	)
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add a source", Args: exactly(1),
		Long: `Add a source. Beside a running server it is asked at once.

What describes it is a file: the manifest of a supplier (httpjson), settings (tencent,
aliyun), or a script (sim). Its credentials come from a YAML file of names and values; they
are kept sealed and never shown. A source is never removed, but it can be disabled.`,
		Example: `  quartet source add slow --kind sim --spec script.yaml`,
		RunE: env.inNewFolder(func(ctx context.Context, h *app.House, args []string) error {
			given.Name, given.Kind, given.On = args[0], quartet.SourceKind(kind), !off
			s, err := h.Sources.Add(ctx, commandLine, given, secrets)
			return env.sourceChanged(ctx, h, s, err)
		}),
	}
	cmd.Flags().StringVar(&kind, "kind", "", "registry, sim, httpjson, tencent or aliyun")
	cmd.Flags().StringVar(&spec, "spec", "", "file that describes it")
	cmd.Flags().StringVar(&credentials, "credentials", "", "YAML file of its credentials")
	cmd.Flags().BoolVar(&off, "off", false, "do not ask it until it is enabled")
	needs(cmd, "kind")
	before(cmd, func([]string) (err error) {
		if given.Spec, err = env.textOf("spec", spec); err != nil {
			return err
		}
		secrets, err = env.credentialsOf(credentials)
		return err
	})
	return cmd
}

// textOf reads a file that a flag names; none is empty.
func (e *Env) textOf(flag, path string) (string, error) {
	if path == "" {
		return "", nil
	}
	text, err := os.ReadFile(e.path(path))
	if err != nil {
		return "", usagef("--%s: %w", flag, err)
	}
	return string(text), nil
}

// credentialsOf reads a file of credentials. Its errors never repeat any of it.
func (e *Env) credentialsOf(path string) (map[string]string, error) {
	text, err := e.textOf("credentials", path)
	if err != nil || text == "" {
		return nil, err
	}
	var secrets map[string]string
	if err := yaml.Unmarshal([]byte(text), &secrets); err != nil {
		return nil, usagef("--credentials must be a YAML file of names and values, such as appcode: \"…\"")
	}
	return secrets, nil
}

// sourceChanged puts a change in force and says what the source is now.
func (e *Env) sourceChanged(ctx context.Context, h *app.House, s quartet.Source, err error) error {
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
			s, err := h.Sources.Switch(ctx, commandLine, args[0], on)
			return env.sourceChanged(ctx, h, s, err)
		}),
	}
}

type sourceLine struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	On   bool   `json:"on"`
}

func newSourceList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List all sources", Args: exactly(0),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Sources.List(ctx)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "NAME", "KIND", "STATE")
			for _, s := range list {
				if err := out.row(sourceLine{s.Name, string(s.Kind), s.On}, s.Name, s.Kind, onOff(s.On)); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}
