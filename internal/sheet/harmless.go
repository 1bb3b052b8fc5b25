package sheet

import "strings"

// Harmless keeps a spreadsheet from taking a text for a formula.
func Harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n|", rune(s[0])) {
		return "'" + s
	}
	return s
}
