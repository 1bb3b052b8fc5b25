package sheet

import (
	"strings"
	"unicode/utf8"
)

// Harmless keeps a spreadsheet from taking a text for a formula. Those of East Asia take signs
// of full width for the plain ones.
func Harmless(s string) string {
	if first, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune("=+-@\t\r\n|＝＋－＠", first) {
		return "'" + s
	}
	return s
}
