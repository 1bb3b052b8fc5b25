package obs

import (
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"

	"quartet"
)

// NewLogger writes lines of the given level and format ("json" or "text") to out. Every
// text in them passes Redact.
func NewLogger(out io.Writer, level, format string) *slog.Logger {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		least = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: least, ReplaceAttr: redactAttr}
	if format == "text" {
		return slog.New(slog.NewTextHandler(out, opts))
	}
	return slog.New(slog.NewJSONHandler(out, opts))
}

func redactAttr(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindTime: // as on the lines of calls, whatever zone the machine is in
		a.Value = slog.TimeValue(a.Value.Time().In(quartet.Shanghai))
	case slog.KindString:
		if s := a.Value.String(); s != "" {
			a.Value = slog.StringValue(Redact(s))
		}
	case slog.KindAny:
		switch v := a.Value.Any().(type) {
		case *slog.Source, slog.Level, nil:
		case error:
			a.Value = slog.StringValue(Redact(v.Error()))
		default: // its structure is lost, its content is safe
			a.Value = slog.StringValue(Redact(fmt.Sprint(v)))
		}
	default:
	}
	return a
}

// Err is an error as an attribute, with its code and its causes.
func Err(err error) slog.Attr {
	if err == nil {
		return slog.Attr{}
	}
	args := []any{slog.String("message", err.Error()), slog.String("code", string(quartet.CodeOf(err)))}
	var e *quartet.Error
	if errors.As(err, &e) && e.Cause != nil {
		args = append(args, slog.String("cause", e.Cause.Error()))
	}
	return slog.Group("error", args...)
}

// StdLog is a log as the standard library's servers want one.
func StdLog(l *slog.Logger) *log.Logger { return slog.NewLogLogger(l.Handler(), slog.LevelWarn) }
