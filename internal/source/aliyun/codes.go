package aliyun

import (
	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/wire"
)

// What codes say. The cloud charges for BizCode 1 and 2.
var (
	passed     = wire.Meaning{Verdict: quartet.Match, Charged: quartet.ChargedYes}
	holder     = wire.Meaning{Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch, Charged: quartet.ChargedYes}
	mobile     = wire.Meaning{Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch, Differs: quartet.NeedMobile, Charged: quartet.ChargedYes}
	notEnabled = undetermined(quartet.ReasonNotEnabled)
	expired    = undetermined(quartet.ReasonCardExpired)
	restricted = undetermined(quartet.ReasonCardRestricted)
	dormant    = undetermined(quartet.ReasonDormant)
	lost       = undetermined(quartet.ReasonCardLost)
	noAnswer   = undetermined(quartet.ReasonIssuerRefused)
	invalid    = wire.Meaning{Kind: source.Rejected, Charged: quartet.ChargedYes}
	unserved   = wire.Meaning{Kind: source.Unsupported, Charged: quartet.ChargedYes}
	malformed  = wire.Meaning{Kind: source.Rejected, Charged: quartet.ChargedNo}
	otherCard  = wire.Meaning{Kind: source.Unsupported, Charged: quartet.ChargedNo}
	noRecord   = wire.Meaning{Kind: source.NoRecord, Charged: quartet.ChargedNo}
	tooOften   = wire.Meaning{Kind: source.Frequency, Charged: quartet.ChargedNo}
	busy       = wire.Meaning{Kind: source.Busy, Retry: true, Charged: quartet.ChargedNo}
	account    = busy // it is exhausted, or not allowed to ask: nothing was processed
	unable     = wire.Meaning{Kind: source.Failed, Charged: quartet.ChargedNo}
	failed     = wire.Meaning{Kind: source.Failed}
	refused    = wire.Meaning{Kind: source.Failed, Retry: true, Charged: quartet.ChargedNo}
)

func undetermined(r quartet.Reason) wire.Meaning {
	return wire.Meaning{Verdict: quartet.Undetermined, Reason: r, Charged: quartet.ChargedYes}
}

// The SubCodes of each BizCode.
var (
	match = map[string]wire.Meaning{
		"":    passed,
		"101": passed,
	}
	// Those that speak of the person are mismatches. A card that was confiscated, used in
	// fraud, locked by wrong PINs or is in an abnormal state is restricted: the vocabulary has
	// no nearer word.
	compared = map[string]wire.Meaning{
		"201": holder,
		"202": notEnabled,
		"203": expired,
		"204": restricted,
		"205": restricted, // confiscated
		"206": invalid,
		"207": invalid, // no issuer
		"208": dormant,
		"209": restricted, // fraud
		"210": lost,
		"211": restricted, // wrong PINs
		"212": unserved,
		"213": restricted, // abnormal
		"214": mobile,     // none is reserved on the card
		"215": noAnswer,   // PIN, expiry or CVN2 wrong, which nobody sent
		"216": noAnswer,   // another exception of the card
	}
	// BizCode 3 by itself says that there is no record. Its SubCodes say that nothing could be
	// compared, and why; of "other reasons" nobody can tell a buyer that there is no record.
	notCompared = map[string]wire.Meaning{
		"":    noRecord,
		"301": otherCard,
		"302": {Verdict: quartet.Undetermined, Reason: quartet.ReasonIssuerRefused, Charged: quartet.ChargedNo},
		"303": otherCard, // its mobile cannot be compared
		"304": malformed,
		"305": unable,
		"306": tooOften,
	}
)

// answers are the Codes of a question that was not compared.
var answers = map[string]wire.Meaning{
	"400": malformed,
	"401": malformed,
	"402": unable, // the authority behind the cloud failed
	"403": tooOften,
	"410": account,
	"411": account,
	"412": account,
	"500": failed,
}

// faults are the errors of the gateway in front. One that is not here is read by what stands
// before its dot.
var faults = map[string]wire.Meaning{
	"Throttling":            busy,
	"ServiceUnavailable":    failed,
	"InternalError":         failed,
	"SignatureNonceUsed":    failed, // it saw the question before: something on the way repeats
	"InvalidAccessKeyId":    refused,
	"InvalidTimeStamp":      refused,
	"InvalidSecurityToken":  refused,
	"IncompleteSignature":   refused,
	"SignatureDoesNotMatch": refused,
	"InvalidAction":         refused,
	"InvalidVersion":        refused,
	"UnsupportedOperation":  refused,
	"Forbidden":             account,
	"NoPermission":          account,
	"InvalidParameter":      malformed,
	"MissingParameter":      malformed,
}
