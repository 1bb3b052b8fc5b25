package source

// FailureWord is how an attempt without a verdict ended, in one word.
type FailureWord struct {
	Word string
	Why  string // the rest of a sentence about the source
}

// FailureWords lists all of them: the kinds, then those that no source gives.
func FailureWords() []FailureWord {
	words := make([]FailureWord, 0, Frequency+3)
	for k := Unreachable; k <= Frequency; k++ {
		words = append(words, FailureWord{k.String(), k.Why()})
	}
	return append(words,
		FailureWord{"given_up", "another one answered first, and nobody waited for it any more"},
		FailureWord{"forsaken", "the call was cut off while it may have been asked: by a crash, or at the deadline"},
		FailureWord{"panic", "the program broke while it was asked; the log says where"})
}

// Why says what a kind means, as the rest of a sentence about the source.
func (k Kind) Why() string {
	switch k {
	case Unreachable:
		return "no connection to it came about, so it was surely not asked"
	case Timeout:
		return "it did not answer in time; if the question was sent, nobody knows what became of it"
	case Failed:
		return "it answered that it failed, or its answer broke off"
	case NotUnderstood:
		return "it answered something for which its description has no meaning"
	case Busy:
		return "it is busy, or our account or credentials are not accepted"
	case Rejected:
		return "it calls parameters malformed that passed our rules"
	case NoRecord:
		return "it holds no record of this card"
	case Unsupported:
		return "it does not take this kind of ID number or card"
	case Frequency:
		return "the card or the person was asked about too often"
	default:
		return ""
	}
}
