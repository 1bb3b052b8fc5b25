package sandbox

import (
	"fmt"
	"strings"

	"quartet"
	"quartet/internal/web"
)

// A number of the table has 19 digits: 62000000000, under which nobody issues cards, seven
// digits that can be read, and the Luhn digit. The seven are
//
//	000000S  state S, without a reason
//	0002NIM  state 2: a 1 for each of name, ID number and mobile that differs
//	000300R  state 3 for reason R
//	0010CCC  code 10CCC
//	1010003  code 10003 whose charge by the supplier is open
//	HHHLLLL  the gateway's answer of HTTP status HHH; LLLL are the places in the alphabet
//	         of the two letters that its code ends in, 30 and the digit for a digit
//	90000SS  state 1 after SS seconds
const issuer = "62000000000"

// number is the card number with these seven digits.
func number(format string, a ...any) string {
	body := issuer + fmt.Sprintf(format, a...)
	return body + string(quartet.LuhnDigit(body))
}

// gatewayNumber is the number of a gateway answer: 403 and M 13, Q 17 for B403MQ.
func gatewayNumber(g web.Gateway) string {
	text := g.Text()
	var places strings.Builder
	for _, c := range text.Code[len(text.Code)-2:] {
		if c >= 'A' {
			fmt.Fprintf(&places, "%02d", c-'A'+1)
		} else {
			fmt.Fprintf(&places, "%02d", 30+c-'0')
		}
	}
	return number("%03d%s", text.Status, places.String())
}
