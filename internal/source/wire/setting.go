package wire

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"quartet"
	"quartet/internal/source"
)

// Decode reads a source's settings into a struct. Unknown keys are refused; every fault
// tells line and column.
func Decode(settings []byte, into any) error {
	err := yaml.NewDecoder(bytes.NewReader(settings), yaml.Strict()).Decode(into)
	if err == nil || errors.Is(err, io.EOF) { // nothing set: the defaults
		return nil
	}
	var y yaml.Error
	if !errors.As(err, &y) {
		return quartet.Errorf(quartet.ErrInvalid, "the settings cannot be read as YAML")
	}
	if t := y.GetToken(); t != nil && t.Position != nil {
		return quartet.Errorf(quartet.ErrInvalid, "the settings, line %d, column %d: %s", t.Position.Line, t.Position.Column, y.GetMessage())
	}
	return quartet.Errorf(quartet.ErrInvalid, "the settings: %s", y.GetMessage())
}

// Invalid is a refusal of the setting of this name.
func Invalid(field, format string, args ...any) error {
	e := quartet.Errorf(quartet.ErrInvalid, "the setting "+field+" "+format, args...)
	e.Field = field
	return e
}

// CheckCredentials refuses a slot that is empty, missing or not known here. It names
// slots, never what is in them.
func CheckCredentials(given map[string]string, slots ...string) error {
	for _, slot := range slots {
		if given[slot] == "" {
			return unfit(slot, "lacks "+slot)
		}
	}
	for _, slot := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(slots, slot) {
			return unfit(slot, "has "+slot+", which is not used here; take it out")
		}
	}
	return nil
}

func unfit(slot, message string) error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: slot, Message: message, Cause: source.ErrCredential}
}

// Address reads where a source is reached: a host, a host with a port, or a URL without a
// path. Plain HTTP is taken for this machine alone.
func Address(field, text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" { // without a scheme
		u, err = url.Parse("https://" + text)
	}
	switch {
	case err != nil || u.Hostname() == "":
		return nil, Invalid(field, "is no address; write a host such as api.example.com")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" && u.Path != "/":
		return nil, Invalid(field, "is more than an address; write scheme and host alone")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, Invalid(field, "must begin with https: elements do not travel in clear")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, Invalid(field, "must begin with https")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func loopback(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	return host == "localhost"
}

// Duration reads a length of time between a tenth of a second and a minute; empty is the
// default.
func Duration(field, text string, otherwise time.Duration) (time.Duration, error) {
	if text == "" {
		return otherwise, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 100*time.Millisecond || d > time.Minute {
		return 0, Invalid(field, "is no time from 100ms to 1m; write one such as 5s")
	}
	return d, nil
}
