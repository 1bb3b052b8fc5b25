package web

import (
	"bytes"
	"unicode/utf8"
)

// Param is one pair of a query or a form, decoded once.
type Param struct{ Name, Value string }

// MaxParams is how many pairs are decoded. A call has a handful.
const MaxParams = 1000

// AppendParams decodes name=value pairs onto dst: + is a blank, then %XX. Everything is
// decoded onto scratch, which is given back to be used again, and becomes one string, of
// which the pairs are parts. A pair whose percent-encoding is broken is left out, and so is
// what comes after MaxParams: a pair takes many times the bytes that it has on the wire. ok
// is false then, and when the whole or one of its parts is not UTF-8.
func AppendParams(dst []Param, scratch, raw []byte) (params []Param, used []byte, ok bool) {
	type span struct{ name, value, end int }
	var (
		spans [16]span
		list  = spans[:0]
		b     = scratch[:0]
	)
	ok = true
	for taken := 0; len(raw) > 0; taken++ {
		if taken == MaxParams {
			ok = false
			break
		}
		var pair []byte
		if i := bytes.IndexByte(raw, '&'); i >= 0 {
			pair, raw = raw[:i], raw[i+1:]
		} else {
			pair, raw = raw, nil
		}
		name, value, _ := bytes.Cut(pair, []byte{'='})
		s := span{name: len(b)}
		var whole bool
		if b, whole = unescape(b, name); whole {
			s.value = len(b)
			b, whole = unescape(b, value)
		}
		if !whole {
			ok = false
			continue
		}
		s.end = len(b)
		list = append(list, s)
	}
	ok = ok && utf8.Valid(b)
	all := string(b)
	for _, s := range list {
		// Two broken parts may be whole side by side.
		ok = ok && !midRune(all, s.name) && !midRune(all, s.value)
		dst = append(dst, Param{all[s.name:s.value], all[s.value:s.end]})
	}
	return dst, b, ok
}

// midRune reports whether a part of a text begins within a character.
func midRune(all string, at int) bool { return at < len(all) && !utf8.RuneStart(all[at]) }

// unescape decodes '+' and %XX onto dst, once.
func unescape(dst, src []byte) ([]byte, bool) {
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '+':
			dst = append(dst, ' ')
		case '%':
			c, ok := Unhex(src[i:])
			if !ok {
				return dst, false
			}
			dst = append(dst, c)
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return dst, true
}

// Unhex reads %XX at the beginning of a text.
func Unhex[T string | []byte](s T) (byte, bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	high, low := digit(s[1]), digit(s[2])
	return high<<4 | low, high <= 15 && low <= 15
}

func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	default:
		return 255
	}
}
