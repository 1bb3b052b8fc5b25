package quartet

// Verdict is what a source says of a person: a result, never an error. The zero
// value means that there is none.
type Verdict uint8

// The verdicts, with the numbers that the wire shows as data.state.
const (
	NoVerdict    Verdict = 0
	Match        Verdict = 1 // 一致: all elements agree
	Mismatch     Verdict = 2 // 不一致: they do not agree
	Undetermined Verdict = 3 // 异常: the card's state forbids a comparison
)

// State is the verdict as data.state shows it: "1", "2", "3", or "" without one.
func (v Verdict) State() string {
	switch v {
	case Match:
		return "1"
	case Mismatch:
		return "2"
	case Undetermined:
		return "3"
	default:
		return ""
	}
}

// String is the English word for logs and tables.
func (v Verdict) String() string {
	switch v {
	case Match:
		return "match"
	case Mismatch:
		return "mismatch"
	case Undetermined:
		return "undetermined"
	default:
		return "none"
	}
}

// Reason is the detail below a verdict or a refusal, from a closed set. It is kept
// on the call; the wire shows it only where the product's detail grade allows.
type Reason string

// Reasons of a mismatch.
const (
	ReasonNone           Reason = ""
	ReasonHolderMismatch Reason = "holder_mismatch" // name or ID number differs
	ReasonMobileMismatch Reason = "mobile_mismatch" // holder agrees, mobile differs
)

// Reasons of an undetermined verdict: the card is known but cannot answer.
const (
	ReasonCardLost       Reason = "card_lost"
	ReasonCardExpired    Reason = "card_expired"
	ReasonCardRestricted Reason = "card_restricted"
	ReasonNotEnabled     Reason = "not_enabled"
	ReasonDormant        Reason = "dormant"
	ReasonIssuerRefused  Reason = "issuer_refused"
)

// Explains reports whether the reason may stand below a verdict. None may stand anywhere.
func (r Reason) Explains(v Verdict) bool {
	switch r {
	case ReasonNone:
		return true
	case ReasonHolderMismatch, ReasonMobileMismatch:
		return v == Mismatch
	case ReasonCardLost, ReasonCardExpired, ReasonCardRestricted, ReasonNotEnabled, ReasonDormant, ReasonIssuerRefused:
		return v == Undetermined
	default:
		return false
	}
}

// MismatchReason is the reason of a mismatch in these elements: the holder comes first.
func MismatchReason(differs ElementSet) Reason {
	switch {
	case differs&(NeedName|NeedID) != 0:
		return ReasonHolderMismatch
	case differs.Has(NeedMobile):
		return ReasonMobileMismatch
	default:
		return ReasonNone
	}
}

// ReasonUnresolved stands on a call that was given up while a source was being asked:
// whether the source charges for it is open.
const ReasonUnresolved Reason = "unresolved"
