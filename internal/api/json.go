package api

import (
	"errors"
	"io"
	"reflect"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/danielgtaylor/huma/v2"
)

// tick is how finely the store keeps time. Nothing finer is taken or shown, and all is
// shown in UTC, so that what was made is shown as it will be shown ever after.
const tick = time.Microsecond

// jsonFormat is how bodies are read and written.
//
// Names are taken as they are described, once each: huma's own check would let NAME pass for
// name, and a limit that is spelt so would be lost.
func jsonFormat() huma.Format {
	in := jsonv2.JoinOptions(jsonv2.RejectUnknownMembers(true), jsonv2.WithUnmarshalers(jsonv2.UnmarshalFunc(func(text []byte, t *time.Time) error {
		if err := t.UnmarshalJSON(text); err != nil {
			return err
		}
		*t = t.Truncate(tick)
		return nil
	})))
	out := jsonv2.JoinOptions(jsonv1.DefaultOptionsV1(), jsontext.EscapeForHTML(false), jsonv2.WithMarshalers(jsonv2.MarshalFunc(func(t time.Time) ([]byte, error) {
		return t.UTC().Truncate(tick).MarshalJSON()
	})))
	return huma.Format{
		Unmarshal: func(data []byte, v any) error { return unreadableOf(jsonv2.Unmarshal(data, v, in)) },
		Marshal: func(w io.Writer, v any) error {
			if err := jsonv2.MarshalWrite(w, v, out); err != nil {
				return err
			}
			_, err := io.WriteString(w, "\n")
			return err
		},
	}
}

// unreadable is a body that cannot be read. huma keeps of an error its text alone, so the place
// stands in it, before a line feed, which no words of ours have.
type unreadable struct{ pointer, words string }

func (u unreadable) Error() string { return u.pointer + "\n" + u.words }

// unreadableOf says what to do about a body that cannot be read, and quotes nothing of it.
func unreadableOf(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		words := "this is no JSON; send one JSON object"
		switch {
		case errors.Is(e.Err, jsontext.ErrDuplicateName):
			words = "this is given twice; give it once"
		case errors.Is(err, io.ErrUnexpectedEOF):
			words = "the JSON ends too early; send it whole"
		}
		return unreadable{string(e.JSONPointer), words}
	}
	e, ok := errors.AsType[*jsonv2.SemanticError](err)
	switch {
	case !ok:
		return unreadable{"", "the JSON ends too early; send it whole"}
	case errors.Is(e.Err, jsonv2.ErrUnknownName):
		return unreadable{string(e.JSONPointer), "nothing has this name here; look at its spelling"}
	case e.GoType == reflect.TypeFor[time.Time]():
		return unreadable{string(e.JSONPointer), "write a time as 2026-03-02T09:00:00+08:00"}
	}
	return unreadable{string(e.JSONPointer), "this cannot be read as what it is to be; the description of the API says how it is written"}
}
