package sim

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/goccy/go-yaml"

	"quartet"
	"quartet/internal/source"
)

// Script says what to answer.
type Script struct {
	Default Act
	Cards   map[string]Act // by card in normalised form
}

// Act is one answer. Without a verdict and a fault it means match.
type Act struct {
	Verdict quartet.Verdict
	Reason  quartet.Reason
	Differs quartet.ElementSet // of a mismatch: those that never agree
	Fault   source.Kind        // 0: none
	Panic   bool
	Sent    bool // of a fault
	Retry   bool // of a fault: it was surely not processed
	Delay   time.Duration
}

// wireScript and wireAct are the script as it is written.
type wireScript struct {
	Default wireAct            `yaml:"default"`
	Cards   map[string]wireAct `yaml:"cards"`
}

type wireAct struct {
	Verdict string   `yaml:"verdict"`
	Reason  string   `yaml:"reason"`
	Differs []string `yaml:"differs"`
	Fault   string   `yaml:"fault"`
	Sent    *bool    `yaml:"sent"`
	Retry   *bool    `yaml:"retry"`
	Delay   string   `yaml:"delay"`
}

// Parse reads a script. Unknown keys are refused. Its errors name lines and words, never a card.
func Parse(data []byte) (Script, error) {
	var w wireScript
	if err := yaml.UnmarshalWithOptions(data, &w, yaml.Strict()); err != nil {
		return Script{}, readable(err)
	}
	s := Script{Cards: make(map[string]Act, len(w.Cards))}
	var err error
	if s.Default, err = w.Default.act(); err != nil {
		return Script{}, fmt.Errorf("default: %w", err)
	}
	for text, wa := range w.Cards {
		card, _, rej := quartet.ParseCard(text)
		if rej != nil {
			return Script{}, fmt.Errorf("one of the cards breaks the rule %s", rej.Code)
		}
		if _, twice := s.Cards[card.Reveal()]; twice {
			return Script{}, errors.New("one card is written twice, in two forms")
		}
		if s.Cards[card.Reveal()], err = wa.act(); err != nil {
			return Script{}, fmt.Errorf("cards: %w", err)
		}
	}
	return s, nil
}

func (w wireAct) act() (Act, error) {
	var a Act
	switch w.Verdict {
	case "match":
		a.Verdict = quartet.Match
	case "mismatch":
		a.Verdict = quartet.Mismatch
	case "undetermined":
		a.Verdict = quartet.Undetermined
	case "":
		if w.Fault == "" {
			a.Verdict = quartet.Match
		}
	default:
		return a, fmt.Errorf("verdict %q is not match, mismatch or undetermined", w.Verdict)
	}
	if w.Verdict != "" && w.Fault != "" {
		return a, errors.New("write a verdict or a fault, not both")
	}
	if w.Fault != "" && w.Reason != "" {
		return a, errors.New("a fault has no reason")
	}
	if w.Fault == "" && w.Sent != nil {
		return a, errors.New("sent belongs to a fault; a verdict was always sent")
	}
	if w.Retry != nil && (w.Fault == "" || w.Fault == "panic") {
		return a, errors.New("retry belongs to a fault other than panic: it says that the question was surely not processed")
	}
	if err := w.detail(&a); err != nil {
		return a, err
	}
	if w.Delay != "" {
		delay, err := time.ParseDuration(w.Delay)
		if err != nil || delay < 0 {
			return a, fmt.Errorf("delay %q is not a duration such as 80ms", w.Delay)
		}
		a.Delay = delay
	}
	switch w.Fault {
	case "":
		return a, nil
	case "panic":
		a.Panic = true
	default:
		for k := source.Unreachable; k <= source.Frequency; k++ {
			if k.String() == w.Fault {
				a.Fault = k
			}
		}
		if a.Fault == 0 {
			return a, fmt.Errorf("fault %q is not known", w.Fault)
		}
	}
	a.Sent = a.Fault != source.Unreachable && a.Fault != source.Unsupported
	if w.Sent != nil {
		a.Sent = *w.Sent
	}
	a.Retry = !a.Sent
	if w.Retry != nil {
		a.Retry = *w.Retry
	}
	if !a.Sent && !a.Retry && !a.Panic {
		return a, errors.New("what was not sent was not processed: leave out retry, or write sent: true")
	}
	return a, nil
}

// detail reads what stands below the verdict.
func (w wireAct) detail(a *Act) error {
	a.Reason = quartet.Reason(w.Reason)
	if w.Fault == "" && !a.Reason.Explains(a.Verdict) {
		return fmt.Errorf("%q is no reason of a %s", w.Reason, a.Verdict)
	}
	if len(w.Differs) == 0 {
		return nil
	}
	if a.Verdict != quartet.Mismatch {
		return errors.New("differs belongs to a mismatch")
	}
	for _, word := range w.Differs {
		set := quartet.Element(word).Set() &^ quartet.NeedCard // by which people are found
		if set == 0 {
			return fmt.Errorf("differs %q is not name, id or mobile", word)
		}
		a.Differs |= set
	}
	implied := quartet.MismatchReason(a.Differs)
	if a.Reason != quartet.ReasonNone && a.Reason != implied {
		return fmt.Errorf("the reason of what differs is %s, not %s", implied, a.Reason)
	}
	return nil
}

// readable gives the place and the message of a YAML error without the quoted text, and
// without any long number that the message repeats.
func readable(err error) error {
	var y yaml.Error
	if !errors.As(err, &y) {
		return errors.New("it cannot be read as YAML or JSON")
	}
	message := regexp.MustCompile(`\d{6,}`).ReplaceAllString(y.GetMessage(), "…")
	if t := y.GetToken(); t != nil && t.Position != nil {
		return fmt.Errorf("line %d, column %d: %s", t.Position.Line, t.Position.Column, message)
	}
	return errors.New(message)
}
