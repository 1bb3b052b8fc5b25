package main

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// initials are written in capitals, as Go writes them.
const initials = " api csv id ip ms pdf qps sha256 sql ttl tls totp uri url "

// exported is a name of the wire as Go has it.
func exported(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		switch {
		case part == "":
		case strings.Contains(initials, " "+part+" "):
			b.WriteString(strings.ToUpper(part))
		default:
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// local is the same, of an argument.
func local(name string) string {
	first, rest, more := strings.Cut(name, "_")
	if !more {
		return first
	}
	return first + exported(rest)
}

// lower is a sentence behind a colon.
func lower(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if next, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(next) {
		return s // an abbreviation
	}
	return string(unicode.ToLower(first)) + s[n:]
}

// comment writes paragraphs.
func comment(out *bytes.Buffer, paragraphs ...string) {
	first := true
	for _, p := range paragraphs {
		if p == "" {
			continue
		}
		if !first {
			out.WriteString("//\n")
		}
		first = false
		line := "//"
		for word := range strings.FieldsSeq(p) {
			if utf8.RuneCountInString(line)+utf8.RuneCountInString(word) > 100 {
				out.WriteString(line + "\n")
				line = "//"
			}
			line += " " + word
		}
		out.WriteString(line + "\n")
	}
}
