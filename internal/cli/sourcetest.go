package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/obs"
	"quartet/internal/source"
	"quartet/internal/sourcebook"
)

// sourceTest is how a source is tested.
type sourceTest struct {
	person, yes, dryRun bool
	need                string
	set                 quartet.ElementSet // of need
}

func newSourceTest(env *Env) *cobra.Command {
	var f sourceTest
	cmd := &cobra.Command{
		Use: "test NAME", Short: "Ask a source once, or show what it would be sent", Args: exactly(1),
		Long: `Ask a source once, whether it is enabled or not: about the person whom the supplier itself
offers for tests. Where it offers none, nothing is sent, and the command fails. With --dry-run
nothing is sent either: the request is shown as it would be, with secrets and elements masked,
about an invented person where there is none for tests.

With --person one person is asked for, or read from standard input as verify does. That
discloses the person to the source, and may cost: it needs --yes, or a yes on the terminal.

A test uses no unit and is no call. Who made it is in the audit, and what came of it, with its
order number, which begins with TEST: by it the supplier's statement can be told from calls.`,
		Example: `  quartet source test shumai --dry-run
  quartet source test shumai
  quartet source test shumai --person`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			return env.testSource(ctx, h, args[0], f)
		}),
	}
	cmd.Flags().BoolVar(&f.person, "person", false, "ask about a person who is asked for, or read from standard input")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "disclose the person, and pay, without asking back")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show the request and send nothing")
	cmd.Flags().StringVar(&f.need, "need", "", "elements to compare, such as card,name (default: all that the source compares)")
	before(cmd, func([]string) (err error) {
		switch {
		case f.person && f.dryRun:
			return usagef("--dry-run sends nothing; leave --person out")
		case f.yes && !f.person:
			return usagef("--yes belongs to --person")
		case f.person && !f.yes && !env.Prompt:
			return usagef("--person discloses somebody to the source, and may cost; give --yes if that is meant")
		case f.need != "":
			f.set, err = needOf(f.need)
		}
		return err
	})
	return cmd
}

func (e *Env) testSource(ctx context.Context, h *app.House, name string, f sourceTest) error {
	t, offered, done, err := h.Trial(ctx, name)
	if err != nil {
		return err
	}
	defer done()
	t.Need = f.set
	s := t.Source
	_, shows := t.Asker.(source.Rehearser)
	switch {
	case f.person:
		if t.Raw, err = e.disclosed(s, h.Now(), f.yes); err != nil {
			return err
		}
		t.Whom = "the person who was given"
	case !shows:
		return quartet.Errorf(quartet.ErrUnsupported, "nothing was sent: source %s offers no test person and cannot show what it would be sent; ask about a person with --person", s.Name)
	case f.dryRun:
		return e.rehearse(ctx, h, t)
	case !offered:
		return quartet.Errorf(quartet.ErrUnsupported, "nothing was sent: source %s offers no test person; look at the request with --dry-run, or ask about a person with --person", s.Name)
	}
	r, err := h.Sources.Test(ctx, e.actor(), t)
	if r.Order == "" {
		return err
	}
	if err := errors.Join(e.printTraits(told(t, r)), err); err != nil {
		return err
	}
	if r.Failure != nil {
		return exitError(exitFailed)
	}
	return nil
}

func (e *Env) rehearse(ctx context.Context, h *app.House, t sourcebook.Trial) error {
	text, whom, err := h.RehearseSource(ctx, t.Source.Name, t.Need)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(e.Err, "nothing was sent; this is what %s would be sent about %s\n", t.Source.Name, whom)
	_, err = fmt.Fprintln(e.Out, strings.TrimRight(text, "\n"))
	return err
}

// disclosed reads the person to ask about, once it is clear that this is meant.
func (e *Env) disclosed(s quartet.Source, now time.Time, yes bool) (quartet.Raw, error) {
	if !yes {
		cost := "may cost"
		if price := priceNow(&s.Terms, now); price != "" {
			cost = "may cost " + price + " yuan"
		}
		_, _ = fmt.Fprintf(e.Err, "This discloses a person to %s and %s. Go on? [y/N] ", s.Name, cost)
		answer, err := e.line("an answer")
		if answer = strings.ToLower(strings.TrimSpace(answer)); err != nil || answer != "y" && answer != "yes" {
			return quartet.Raw{}, quartet.Errorf(quartet.ErrConflict, "nothing was sent")
		}
	}
	p, err := e.askPerson()
	return quartet.Raw{Name: p.Name, ID: p.IDCard, Card: p.AccNo, Mobile: p.Mobile}, err
}

// told is what came of a test, line by line.
func told(t sourcebook.Trial, r sourcebook.Result) []sourcebook.Trait {
	var answer, differs, code, reference, cause string
	var charged quartet.Charged
	if f := r.Failure; f != nil {
		answer, charged, code, reference = "no verdict: "+f.Kind.String(), f.Charged, f.Code, f.Reference
		if !f.Sent {
			answer, charged = answer+", not sent", quartet.ChargedNo
		}
		cause = causeOf(f, r.Latency)
	} else {
		a := r.Answer
		answer, charged, code, reference, differs = a.Verdict.String(), a.Charged, a.Code, a.Reference, a.Differs.String()
		if a.Reason != quartet.ReasonNone {
			answer += ", " + string(a.Reason)
		}
	}
	cost := charged.String()
	switch {
	case t.Source.Kind.Local():
		cost = "no"
	case charged == quartet.ChargedYes:
		cost += ", " + r.Cost.String() + " yuan by its terms"
	case charged == quartet.ChargedUnknown:
		cost += ", " + r.Cost.String() + " yuan by its terms if so"
	}
	var card []string
	for _, text := range []string{r.Answer.Card.Bank, r.Answer.Card.Kind} {
		if text != "" {
			card = append(card, text)
		}
	}
	return []sourcebook.Trait{
		{Name: "source", Text: t.Source.Name},
		{Name: "about", Text: t.Whom},
		{Name: "compared", Text: r.Need.String()},
		{Name: "order", Text: r.Order},
		{Name: "answer", Text: answer},
		{Name: "cause", Text: cause},
		{Name: "differs", Text: differs},
		{Name: "latency", Text: r.Latency.Round(time.Millisecond / 10).String()},
		{Name: "charged", Text: cost},
		{Name: "code", Text: code},
		{Name: "reference", Text: reference},
		{Name: "card", Text: strings.Join(card, ", ")},
	}
}

// causeOf says more of a failure than its word does; empty where there is no more to say.
func causeOf(f *source.Error, took time.Duration) string {
	took = took.Round(10 * time.Millisecond)
	switch {
	case f.Kind == source.Timeout && f.Sent:
		return "no answer within " + took.String()
	case f.Kind == source.Timeout:
		return "it was not reached within " + took.String()
	case f.Cause != nil:
		return obs.Redact(f.Cause.Error())
	case f.Kind == source.Busy: // one word for several causes
		return f.Kind.Why()
	default:
		return ""
	}
}
