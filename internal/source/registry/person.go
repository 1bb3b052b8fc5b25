package registry

import (
	"math/bits"
	"strconv"
	"strings"
	"time"

	"quartet"
)

// Person invents person number i of a seed: always the same one, rule-valid in every
// element, and with a card that no other number of the seed has. Load tools can ask for
// any person without reading a file.
func Person(seed uint64, i int64) quartet.Raw {
	d := newDice(seed, i)
	p := quartet.Raw{Card: inventCard(seed, i), Mobile: inventMobile(&d)}
	switch form := d.roll(100); {
	case form < 2: // foreigners with a permanent-resident number
		p.Name, p.ID = inventLatinName(&d), inventID(&d, foreignPlaces)
	case form < 4: // residents from Hong Kong, Macau and Taiwan
		p.Name, p.ID = inventHanName(&d), inventID(&d, strait)
	case form < 9:
		p.Name, p.ID = inventDottedName(&d), inventID(&d, counties)
	default:
		p.Name, p.ID = inventHanName(&d), inventID(&d, counties)
	}
	return p
}

// PersonStatus is the status of that person's card: one in a hundred is not normal, in
// turn lost (person 99), expired (199), restricted, not enabled, dormant.
func PersonStatus(i int64) Status {
	if i%100 != 99 {
		return Normal
	}
	return Lost + Status(i/100%5)
}

// dice is splitmix64: small, and fixed for all time, which the library's generators do
// not promise of their helper methods.
type dice struct{ state uint64 }

func newDice(seed uint64, i int64) dice {
	d := dice{state: seed}
	d.state = d.next() ^ uint64(i)*0xd1342543de82ef95
	return d
}

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// roll gives 0 to n-1.
func (d *dice) roll(n int) int {
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

func pick[T any](d *dice, from []T) T { return from[d.roll(len(from))] }

// inventCard deals the people out over the issuers, and within an issuer through a
// permutation of its numbers, so that no card comes twice.
func inventCard(seed uint64, i int64) string {
	issuer := issuers[uint64(i)%uint64(len(issuers))]
	nth := uint64(i) / uint64(len(issuers))

	space := uint64(1)
	body := issuer.length - len(issuer.prefix) - 1
	for range body {
		space *= 10
	}
	key := dice{state: seed ^ uint64(i)%uint64(len(issuers))<<32}
	factor := key.next()%space/10*10 + [4]uint64{1, 3, 7, 9}[key.roll(4)] // prime to ten
	hi, lo := bits.Mul64(nth%space, factor)
	_, number := bits.Div64(hi%space, lo, space)
	number = (number + key.next()%space) % space

	buf := make([]byte, 0, issuer.length)
	buf = append(buf, issuer.prefix...)
	text := strconv.FormatUint(number, 10)
	for range body - len(text) {
		buf = append(buf, '0')
	}
	buf = append(buf, text...)
	return string(append(buf, quartet.LuhnDigit(string(buf))))
}

func inventMobile(d *dice) string {
	rest := strconv.Itoa(100_000_000 + d.roll(100_000_000))[1:]
	return pick(d, segments) + rest
}

// inventID joins a place, a birthday between 1940 and 2007, a serial and the check
// character.
func inventID(d *dice, places []string) string {
	place := pick(d, places)
	born := time.Date(1940, 1, 1+d.roll(24800), 0, 0, 0, 0, time.UTC).Format("20060102")
	serial := strconv.Itoa(1001 + d.roll(995))[1:] // 996 to 999 were set apart
	digits := place + born + serial
	return digits + string(rune(quartet.IDCheckDigit(digits)))
}

func inventHanName(d *dice) string {
	var b strings.Builder
	given := 1 + d.roll(2)
	if d.roll(25) == 0 {
		b.WriteString(pick(d, compoundSurnames))
	} else {
		b.WriteString(pick(d, surnames))
	}
	for range given {
		from := givenLetters
		if d.roll(60) == 0 {
			from = rareLetters
		}
		b.WriteRune(pick(d, from))
	}
	return b.String()
}

func inventDottedName(d *dice) string {
	parts := 2 + d.roll(8)/7
	words := make([]string, 0, parts)
	for range parts {
		words = append(words, pick(d, minorityWords))
	}
	return strings.Join(words, "·")
}

func inventLatinName(d *dice) string {
	name := pick(d, latinFamily) + " " + pick(d, latinGiven)
	if d.roll(4) == 0 {
		name += " " + pick(d, latinGiven)
	}
	return name
}
