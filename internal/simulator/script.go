package simulator

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"quartet"
)

// Fault is what goes wrong in place of a verdict, or with its answer.
type Fault string

// The faults that a contract has words for.
const (
	FaultNone        Fault = ""
	FaultRejected    Fault = "rejected"     // it calls the parameters malformed
	FaultNoRecord    Fault = "no_record"    // it has no record of the card
	FaultUnsupported Fault = "unsupported"  // it does not take this card or certificate
	FaultFrequency   Fault = "frequency"    // the card was asked about too often
	FaultBusy        Fault = "busy"         // try again later
	FaultExhausted   Fault = "exhausted"    // the buyer has no balance left
	FaultRateLimited Fault = "rate_limited" // too many questions a second
	FaultFailed      Fault = "failed"       // it says that its system failed
	FaultUnknownCode Fault = "unknown_code" // a code that its contract does not list
)

// The faults of the wire.
const (
	FaultMalformed Fault = "malformed"  // processed; the answer is broken JSON or of a wrong type, in turn
	FaultStatus500 Fault = "status_500" // not processed
	FaultStatus502 Fault = "status_502" // not processed
	FaultStatus503 Fault = "status_503" // not processed
	FaultCutBefore Fault = "cut_before" // not processed; the connection is closed
	FaultCutAfter  Fault = "cut_after"  // processed; closed before or in the middle of the answer, in turn
	FaultHang      Fault = "hang"       // not processed; no answer until the client goes
)

// Faults lists all but FaultNone.
func Faults() []Fault {
	return []Fault{
		FaultRejected, FaultNoRecord, FaultUnsupported, FaultFrequency, FaultBusy, FaultExhausted, FaultRateLimited,
		FaultFailed, FaultUnknownCode, FaultMalformed, FaultStatus500, FaultStatus502, FaultStatus503,
		FaultCutBefore, FaultCutAfter, FaultHang,
	}
}

// spoilsAnswer reports whether there is an answer which only does not arrive whole.
func (f Fault) spoilsAnswer() bool { return f == FaultMalformed || f == FaultCutAfter }

// processed reports whether the question reaches the supplier's book.
func (f Fault) processed() bool {
	switch f {
	case FaultStatus500, FaultStatus502, FaultStatus503, FaultCutBefore, FaultHang:
		return false
	default:
		return true
	}
}

// bindsOrder reports whether the order number is used up by such an answer: not where the
// supplier turned the question away before it worked on it.
func (f Fault) bindsOrder() bool {
	switch f {
	case FaultRejected, FaultBusy, FaultExhausted, FaultRateLimited:
		return false
	default:
		return f.processed()
	}
}

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
	Fault   Fault
	Delay   time.Duration // between the processing and the answer
}

// about is the act for a question about these elements. Where the script tells what
// differs, those who do not ask about it get a match.
func (a Act) about(need quartet.ElementSet) (quartet.Verdict, quartet.Reason, quartet.ElementSet) {
	if a.Verdict == quartet.NoVerdict {
		if a.Fault != FaultNone && !a.Fault.spoilsAnswer() {
			return quartet.NoVerdict, quartet.ReasonNone, 0
		}
		return quartet.Match, quartet.ReasonNone, 0
	}
	if a.Verdict != quartet.Mismatch {
		return a.Verdict, a.Reason, 0
	}
	known := a.Differs
	if known == 0 && a.Reason == quartet.ReasonMobileMismatch { // the reason says it
		known = quartet.NeedMobile
	}
	differs := known & need
	switch {
	case known == 0:
		return quartet.Mismatch, a.Reason, 0
	case differs == 0:
		return quartet.Match, quartet.ReasonNone, 0
	default:
		return quartet.Mismatch, quartet.MismatchReason(differs), differs
	}
}

// Load reads a script file. Unknown keys are refused.
func Load(path string) (Script, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Script{}, &quartet.Error{
			Code: quartet.ErrInvalid, Field: "script", Cause: err,
			Message: fmt.Sprintf("cannot read the script %s: %v", path, err),
		}
	}
	s, err := Parse(data)
	if err != nil {
		return Script{}, &quartet.Error{
			Code: quartet.ErrInvalid, Field: "script", Message: fmt.Sprintf("the script %s: %v", path, err),
		}
	}
	return s, nil
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
	Delay   string   `yaml:"delay"`
}

// Parse reads a script. Its errors name lines and words, never a card.
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
	a := Act{Fault: Fault(w.Fault), Reason: quartet.Reason(w.Reason)}
	if a.Fault != FaultNone && !slices.Contains(Faults(), a.Fault) {
		return a, fmt.Errorf("fault %q is not known; write one of %s", w.Fault, faultWords())
	}
	for _, v := range [...]quartet.Verdict{quartet.Match, quartet.Mismatch, quartet.Undetermined} {
		if v.String() == w.Verdict {
			a.Verdict = v
		}
	}
	withoutAnswer := a.Fault != FaultNone && !a.Fault.spoilsAnswer()
	switch {
	case a.Verdict == quartet.NoVerdict && w.Verdict != "":
		return a, fmt.Errorf("verdict %q is not match, mismatch or undetermined", w.Verdict)
	case w.Verdict != "" && withoutAnswer:
		return a, errors.New("write a verdict or a fault; only malformed and cut_after go with a verdict")
	case w.Reason != "" && withoutAnswer:
		return a, errors.New("a fault has no reason")
	case w.Verdict == "" && !withoutAnswer:
		a.Verdict = quartet.Match
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
	return a, nil
}

// detail reads what stands below the verdict.
func (w wireAct) detail(a *Act) error {
	if !a.Reason.Explains(a.Verdict) {
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
	if implied := quartet.MismatchReason(a.Differs); a.Reason != quartet.ReasonNone && a.Reason != implied {
		return fmt.Errorf("the reason of what differs is %s, not %s", implied, a.Reason)
	}
	return nil
}

func faultWords() string {
	words := make([]string, 0, len(Faults()))
	for _, f := range Faults() {
		words = append(words, string(f))
	}
	return strings.Join(words, ", ")
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
