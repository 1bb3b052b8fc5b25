package tencent

import (
	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/wire"
)

// What results say. The cloud charges for every answer that the issuer was asked for,
// whatever it was.
var (
	passed     = wire.Meaning{Verdict: quartet.Match, Charged: quartet.ChargedYes}
	notPassed  = wire.Meaning{Verdict: quartet.Mismatch, Charged: quartet.ChargedYes}
	holder     = wire.Meaning{Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch, Charged: quartet.ChargedYes}
	notEnabled = undetermined(quartet.ReasonNotEnabled)
	restricted = undetermined(quartet.ReasonCardRestricted)
	dormant    = undetermined(quartet.ReasonDormant)
	lost       = undetermined(quartet.ReasonCardLost)
	expired    = undetermined(quartet.ReasonCardExpired)
	invalid    = wire.Meaning{Kind: source.Rejected, Charged: quartet.ChargedYes}
	noIssuer   = invalid
	unserved   = wire.Meaning{Kind: source.Unsupported, Charged: quartet.ChargedYes}
	malformed  = wire.Meaning{Kind: source.Rejected, Charged: quartet.ChargedNo}
	busy       = wire.Meaning{Kind: source.Busy, Retry: true, Charged: quartet.ChargedNo}
	tooOften   = wire.Meaning{Kind: source.Frequency, Charged: quartet.ChargedNo}
	otherID    = wire.Meaning{Kind: source.Unsupported, Charged: quartet.ChargedNo}
	account    = busy // it is exhausted, or not allowed to ask: nothing was processed
	failed     = wire.Meaning{Kind: source.Failed}
	refused    = wire.Meaning{Kind: source.Failed, Retry: true, Charged: quartet.ChargedNo}
)

func undetermined(r quartet.Reason) wire.Meaning {
	return wire.Meaning{Verdict: quartet.Undetermined, Reason: r, Charged: quartet.ChargedYes}
}

// results tells what a code means for the elements that were compared. A confiscated card,
// one that was used in fraud, one with too many wrong PINs and one in a state that is only
// called abnormal are all restricted: the vocabulary has no nearer word.
func results(need quartet.ElementSet) map[string]wire.Meaning {
	switch need {
	case wire.Two:
		return twoElements
	case wire.Three:
		return threeElements
	default:
		return fourElements
	}
}

var twoElements = map[string]wire.Meaning{
	"0":   passed,
	"-1":  notPassed,
	"-2":  malformed, // name
	"-3":  malformed, // card
	"-4":  holder,
	"-5":  notEnabled,
	"-6":  restricted, // confiscated
	"-7":  invalid,
	"-8":  noIssuer,
	"-9":  dormant,
	"-10": restricted, // fraud
	"-11": lost,
	"-12": expired,
	"-13": restricted,
	"-14": restricted, // wrong PINs
	"-15": unserved,
	"-16": busy,
	"-17": tooOften,
	"-18": restricted, // abnormal
}

var threeElements = map[string]wire.Meaning{
	"0":   passed,
	"-1":  notPassed,
	"-2":  malformed, // name
	"-3":  malformed, // ID number
	"-4":  malformed, // card
	"-5":  holder,
	"-6":  notEnabled,
	"-7":  restricted, // confiscated
	"-8":  invalid,
	"-9":  noIssuer,
	"-10": dormant,
	"-11": restricted, // fraud
	"-12": lost,
	"-13": expired,
	"-14": restricted,
	"-15": restricted, // wrong PINs
	"-16": unserved,
	"-17": busy,
	"-18": tooOften,
	"-19": otherID,
}

var fourElements = map[string]wire.Meaning{
	"0":   passed,
	"-1":  notPassed,
	"-2":  malformed, // name
	"-3":  malformed, // ID number
	"-4":  malformed, // card
	"-5":  malformed, // mobile
	"-6":  holder,
	"-7":  notEnabled,
	"-8":  restricted, // confiscated
	"-9":  invalid,
	"-10": noIssuer,
	"-11": dormant,
	"-12": restricted, // fraud
	"-13": lost,
	"-14": expired,
	"-15": restricted,
	"-16": restricted, // wrong PINs
	"-17": unserved,
	"-18": busy,
	"-19": tooOften,
	"-20": otherID,
	"-21": restricted, // abnormal
}

// faults are the errors that the cloud answers instead of a result. One that is not here
// is read by what stands before its dot, and is otherwise not understood.
var faults = map[string]wire.Meaning{
	"UnauthorizedOperation":                account, // not ordered, no balance, not allowed
	"RequestLimitExceeded":                 busy,
	"LimitExceeded":                        busy,
	"FailedOperation.RequestLimitExceeded": busy,
	"FailedOperation.StsUnAuthErrError":    account,
	"FailedOperation.DecryptSystemError":   refused, // it could not read the elements
	"FailedOperation":                      failed,
	"InternalError":                        failed,
	"InvalidParameter":                     malformed,
	"InvalidParameterValue":                malformed,
	"MissingParameter":                     malformed,
	"UnknownParameter":                     malformed,
	"AuthFailure":                          refused, // secret, signature or clock
	"InvalidAction":                        refused,
	"NoSuchVersion":                        refused,
	"UnsupportedOperation":                 refused,
	"UnsupportedRegion":                    refused,
	"ResourceUnavailable":                  refused,
	"ServiceUnavailable":                   failed,
}
