package setup

import (
	"errors"
	"fmt"

	"quartet"
)

// Text says one thing in both languages.
type Text struct{ Chinese, English string }

// In is the text in one language.
func (t Text) In(english bool) string {
	if english {
		return t.English
	}
	return t.Chinese
}

// say fills the same values into both languages.
func say(chinese, english string, args ...any) Text {
	if len(args) == 0 {
		return Text{chinese, english}
	}
	return Text{fmt.Sprintf(chinese, args...), fmt.Sprintf(english, args...)}
}

// Refusal is an answer that is not taken, with the reason. Nothing was changed by it.
type Refusal struct { //nolint:errname // it is shown as a refusal
	Text

	Field string // the question; empty: the step as a whole
	Cause error
}

// Error implements error.
func (r *Refusal) Error() string { return r.English }

// Unwrap gives the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

func refuse(field, chinese, english string, args ...any) error {
	return &Refusal{Text: say(chinese, english, args...), Field: field}
}

// because makes a refusal of what another room refused, and leaves alone what is no refusal.
func because(field, chinese string, err error) error {
	if err == nil {
		return nil
	}
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r
	}
	switch quartet.CodeOf(err) {
	case quartet.ErrInternal, quartet.ErrTimeout:
		return err
	case quartet.ErrLimited:
		return &Refusal{Text: Text{"尝试过于频繁，请稍后再试", err.Error()}, Field: field, Cause: err}
	default:
		return &Refusal{Text: Text{chinese + "：" + err.Error(), err.Error()}, Field: field, Cause: err}
	}
}

// Question is asked of whoever sets the house up.
type Question struct {
	Key      string
	Text     Text
	Help     Text
	Default  string
	Choices  []Choice // none: free text
	Secret   bool     // neither shown nor repeated
	Twice    bool     // typed twice where it is not shown
	Optional bool

	// Enrolment is a second factor that an app has to read before this can be answered.
	Enrolment *Enrolment
}

// Choice is one answer of a closed list.
type Choice struct {
	Value string
	Text  Text
}

// Enrolment is what an authenticator app reads.
type Enrolment struct{ Secret, URL string }

// Answers are what was answered, by the key of the question.
type Answers map[string]string

// State is how a step stands.
type State struct {
	Done     bool
	Facts    []Text
	Warnings []Text
}

// Outcome is what a step made.
type Outcome struct {
	Said []Text
	Once []Shown // shown now and never again
}

// Shown is something to keep: recovery codes, an AppCode.
type Shown struct {
	Text  Text
	Lines []string
}
