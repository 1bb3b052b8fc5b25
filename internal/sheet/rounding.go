package sheet

import "fmt"

// rounding looks for what a spreadsheet does to a whole file of long numbers: it keeps 15
// digits of each and writes zeros for the others. Of one number that cannot be told; of
// many it can, when they end so far more often than chance has it.
type rounding struct {
	zeros  int
	chance float64 // how many would end so by chance
}

func (r *rounding) see(number string) {
	const kept = 15
	if len(number) <= kept {
		return
	}
	chance, zeros := 1.0, true
	for i := range len(number) {
		if number[i] < '0' || number[i] > '9' {
			return
		}
		if i >= kept {
			chance /= 10
			zeros = zeros && number[i] == '0'
		}
	}
	r.chance += chance
	if zeros {
		r.zeros++
	}
}

// doubtful reports whether more numbers end in zeros than chance has it.
func (r *rounding) doubtful() bool { return r.zeros >= 5 && float64(r.zeros) > 5*r.chance }

// Doubt says what is odd about the rows read so far as a whole, "" for nothing.
func (r *Reader) Doubt() string {
	if n := r.rounding.zeros; r.rounding.doubtful() {
		return fmt.Sprintf("%d long numbers end in zeros from the 16th digit on: a spreadsheet has probably rounded them; "+
			"format their columns as text and fill them in anew", n)
	}
	return ""
}
