package auth

import (
	"strings"

	"quartet/internal/web"
)

// AppCode reads the Authorization header. given is false when there is none or it speaks
// another scheme; code is empty when it is malformed: two different lines, or no code.
// The word APPCODE may be in any case and be followed by blanks or tabs; the code is
// taken as it stands.
func AppCode(lines []string) (code string, given bool) {
	for i, line := range lines {
		line = strings.Trim(line, " \t")
		if len(line) < len("APPCODE") || !strings.EqualFold(line[:len("APPCODE")], "APPCODE") {
			continue
		}
		rest := line[len("APPCODE"):]
		found := strings.TrimLeft(rest, " \t")
		if found != "" && len(found) == len(rest) {
			continue // no blank: another scheme that begins alike
		}
		if given && found != code || i > 0 && !given {
			return "", true
		}
		code, given = found, true
	}
	if given && len(lines) > 1 {
		for _, line := range lines[1:] {
			if line != lines[0] {
				return "", true
			}
		}
	}
	return code, given
}

// AppCodeOf reads a query, where an operator lets it carry an AppCode. Every proxy on the
// way writes a query into its log, so nobody should.
func AppCodeOf(query []web.Param) (code string, given bool) {
	for _, p := range query {
		switch p.Name {
		case "AppCode", "appcode", "appCode", "APPCODE", "APPCode":
			if given && p.Value != code {
				return "", true
			}
			code, given = p.Value, true
		}
	}
	return code, given
}
