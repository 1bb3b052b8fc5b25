package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"quartet/internal/config"
	"quartet/internal/setup"
)

// settingsFile is where setup writes the settings when it is told no other place.
const settingsFile = "quartet.yaml"

// setupFlags are how a house is set up.
type setupFlags struct {
	answers, lang string
	web           bool
	listen        string
	cert, key     string
}

func newSetup(env *Env) *cobra.Command {
	var f setupFlags
	cmd := &cobra.Command{
		Use: "setup", Short: "Set a house up step by step: administrator, keys, store, TLS, product, source, buyer", Args: exactly(0),
		Long: `Set a house up step by step: keys, store, address and TLS, an administrator with a second
factor, the first product, source and buyer. It asks on the terminal, or with --web in the
browser, writes the settings file (--config, or quartet.yaml here), and ends by telling the
command that starts the server.

It finds what is done, and asks for the rest only: run it again after it was interrupted, or
to see how the house stands. What is complete is not changed. Unsafe answers are refused with
the reason. No server may run on the data folder meanwhile.

Where standard input is no terminal, answers are read from it, a line each, in the order in
which they would be asked for. --answers names a YAML file that answers before anybody is
asked, by step and question; a second factor takes the code of its moment.

--web serves the same steps as pages, to whoever has the code that is printed here once; it
ends with the last step. On an address that other machines can reach it needs a certificate.`,
		Example: `  quartet setup
  quartet setup --config /etc/quartet/quartet.yaml --data /var/lib/quartet/data --keyring /etc/quartet/quartet.keyring
  quartet setup --web
  quartet setup --answers answers.yaml`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := env.openSetup(cmd)
			if err != nil {
				return err
			}
			if f.web {
				return errors.Join(env.setupWeb(cmd.Context(), s, f), s.Close())
			}
			t := talk{env: env, s: s, english: env.english(f.lang)}
			if t.answers, err = env.readAnswers(s, f.answers); err != nil {
				return errors.Join(err, s.Close())
			}
			return errors.Join(t.run(cmd.Context()), s.Close())
		},
	}
	cmd.Flags().StringVar(&f.answers, "answers", "", "YAML file that answers before anybody is asked, such as store: {kind: sqlite}")
	cmd.Flags().StringVar(&f.lang, "lang", "", "zh or en (default: as LANG says)")
	cmd.Flags().BoolVar(&f.web, "web", false, "ask in the browser")
	cmd.Flags().StringVar(&f.listen, "web-listen", "127.0.0.1:8088", "with --web: where its pages are")
	cmd.Flags().StringVar(&f.cert, "web-cert", "", "with --web: certificate file (PEM), for an address that other machines can reach")
	cmd.Flags().StringVar(&f.key, "web-key", "", "with --web: private key file (PEM)")
	before(cmd, func([]string) error {
		switch {
		case f.lang != "" && f.lang != "zh" && f.lang != "en":
			return usagef("--lang must be zh or en")
		case f.web && f.answers != "":
			return usagef("--answers is for the terminal; leave --web out")
		case !f.web && (cmd.Flags().Changed("web-listen") || f.cert != "" || f.key != ""):
			return usagef("--web-listen, --web-cert and --web-key belong to --web")
		}
		return nil
	})
	return cmd
}

// openSetup begins a run on the settings file of a command.
func (e *Env) openSetup(cmd *cobra.Command) (*setup.Setup, error) {
	o := setup.Options{
		Dir: e.Dir, Environ: e.Environ, Flags: map[string]string{}, By: e.actor(), User: e.User,
		Log: e.quietLog(), Now: e.Now, Version: e.Version, Passwords: e.Passwords,
	}
	o.File, _ = cmd.Flags().GetString("config")
	if o.File == "" {
		o.File = e.getenv(config.EnvPrefix + "CONFIG")
	}
	if o.File == "" {
		o.File = settingsFile
	}
	o.File = e.path(o.File)
	for _, s := range config.Settings() {
		if flag := cmd.Flags().Lookup(s.Flag()); flag != nil && flag.Changed && isFolderFlag(s.Key) {
			o.Flags[s.Key] = flag.Value.String()
		}
	}
	return setup.Open(o)
}

// english is the language of whoever is asked.
func (e *Env) english(lang string) bool {
	if lang == "" {
		for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
			if lang = e.getenv(name); lang != "" {
				break
			}
		}
	}
	return !strings.HasPrefix(lang, "zh")
}

// readAnswers reads what is answered before anybody is asked: by step, then by question. A
// number is refused, since YAML reads 012345 as another one, and so is a key that nobody asks
// for, since its answer would be forgotten.
func (e *Env) readAnswers(s *setup.Setup, path string) (map[setup.Name]setup.Answers, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(e.path(path))
	if err != nil {
		return nil, usagef("--answers: %w", err)
	}
	var raw map[setup.Name]map[string]any
	if err := yaml.Unmarshal(text, &raw); err != nil {
		return nil, usagef("--answers must be a YAML file of steps, each with questions and answers, such as store: {kind: sqlite}")
	}
	list := map[setup.Name]setup.Answers{}
	hides := false
	for name, answers := range raw {
		list[name] = setup.Answers{}
		for key, value := range answers {
			known, secret := s.Takes(name, key)
			if !known {
				return nil, usagef("--answers: nothing asks for %s of step %s; docs/setup.md names them all", key, name)
			}
			answer, isText := value.(string)
			if !isText {
				return nil, usagef("--answers: %s of step %s must stand in quotes, such as %s: \"012345\"", key, name, key)
			}
			list[name][key], hides = answer, hides || secret
		}
	}
	if info, err := os.Stat(e.path(path)); hides && err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, usagef("--answers: %s holds a secret and has mode %04o, so that others can read it; run chmod 600 %[1]s", e.path(path), info.Mode().Perm())
	}
	return list, nil
}

// talk is the face of a setup on the terminal.
type talk struct {
	env     *Env
	s       *setup.Setup
	english bool
	answers map[setup.Name]setup.Answers
}

func (t *talk) say(format string, args ...any) {
	_, _ = fmt.Fprintf(t.env.Out, format+"\n", args...)
}

func (t *talk) text(words setup.Text) string { return words.In(t.english) }

// run takes every step that is not done, and shows those that are.
func (t *talk) run(ctx context.Context) error {
	steps, err := t.s.Steps(ctx)
	if err != nil {
		return t.refused(err)
	}
	for i := range steps {
		// What was done before this step may have changed how it stands.
		if steps, err = t.s.Steps(ctx); err != nil {
			return t.refused(err)
		}
		one := steps[i]
		head := fmt.Sprintf("[%d/%d] %s", i+1, len(steps), t.text(one.Title))
		if !one.Done {
			t.say("\n%s\n      %s", head, t.text(one.About))
			if err := t.take(ctx, one.Name); err != nil {
				return err
			}
			continue
		}
		t.say("\n%s: %s", head, t.pick("已完成", "done"))
		for _, fact := range one.Facts {
			t.say("      %s", t.text(fact))
		}
		for _, warning := range one.Warnings {
			t.say("    ! %s", t.text(warning))
		}
	}
	t.finish()
	return nil
}

func (t *talk) pick(chinese, english string) string {
	if t.english {
		return english
	}
	return chinese
}

// patience is how often a step may be refused before the run ends.
const patience = 10

// take asks for a step until it is done. Somebody at a terminal may try again; from a file
// or a pipe a refusal ends the run.
func (t *talk) take(ctx context.Context, name setup.Name) error {
	usual := setup.Answers{}
	for range patience {
		given := setup.Answers{}
		out, err := t.answerAll(ctx, name, given, usual)
		if err == nil {
			t.show(out)
			return nil
		}
		var refusal *setup.Refusal
		if !errors.As(err, &refusal) || !t.env.Prompt {
			return t.refused(err)
		}
		t.say("    ! %s", t.text(refusal.Text))
		delete(t.answers, name) // they did not do
		if usual = given; refusal.Field != "" {
			delete(usual, refusal.Field)
		}
	}
	return exitError(exitFailed)
}

// answerAll asks all questions of a step and does it. given has the answers that may be
// offered again.
func (t *talk) answerAll(ctx context.Context, name setup.Name, given, usual setup.Answers) (setup.Outcome, error) {
	all := setup.Answers{}
	for {
		questions, err := t.s.Ask(ctx, name, all)
		if err != nil {
			return setup.Outcome{}, err
		}
		if len(questions) == 0 {
			return t.s.Act(ctx, name, all)
		}
		for _, q := range questions {
			answer, err := t.answer(name, q, usual[q.Key])
			if err != nil {
				return setup.Outcome{}, err
			}
			if all[q.Key] = answer; !q.Secret && q.Enrolment == nil {
				given[q.Key] = answer
			}
		}
	}
}

// refused tells a refusal in the language of the run and ends it.
func (t *talk) refused(err error) error {
	if refusal, ok := errors.AsType[*setup.Refusal](err); ok {
		_, _ = fmt.Fprintln(t.env.Err, "quartet:", t.text(refusal.Text))
		return exitError(exitFailed)
	}
	return err
}

// show tells what a step made.
func (t *talk) show(out setup.Outcome) {
	for _, said := range out.Said {
		t.say("      %s", t.text(said))
	}
	for _, once := range out.Once {
		t.say("\n      %s:", t.text(once.Text))
		for _, line := range once.Lines {
			t.say("        %s", line)
		}
	}
	t.say("      %s", t.pick("完成", "done"))
}

func (t *talk) finish() {
	end := t.s.End()
	t.say("\n%s\n\n  %s\n", t.pick("设置完成。启动服务：", "The house is set up. Start the server:"), end.Command)
	for _, site := range end.Sites {
		t.say("  %s  %s", t.text(site.Name), site.Value)
	}
}
