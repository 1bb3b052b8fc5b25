package quartet

import (
	"slices"
	"strings"
	"time"
)

// CreditCode is a unified social credit code (统一社会信用代码, GB 32100-2015): 18 signs, the
// last of which checks the others.
type CreditCode string

const creditSigns = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// ParseCreditCode reads a code as people type it. ErrInvalid: it cannot be one. One whose
// last sign does not check the others is read nevertheless: see Sound.
func ParseCreditCode(s string) (CreditCode, error) {
	c := strings.ToUpper(strings.Join(strings.Fields(s), ""))
	if len(c) != 18 || strings.Trim(c, creditSigns) != "" {
		return "", &Error{Code: ErrInvalid, Field: "credit_code", Message: "a unified social credit code has 18 digits and capitals, without I, O, S, V and Z"}
	}
	return CreditCode(c), nil
}

// Sound reports whether the last sign checks the others. Some firms print a code that is
// not, so that a person must look at the licence; none is let through without.
func (c CreditCode) Sound() bool {
	if len(c) != 18 {
		return false
	}
	sum, weight := 0, 1
	for _, sign := range []byte(c[:17]) {
		value := strings.IndexByte(creditSigns, sign)
		if value < 0 {
			return false
		}
		sum += value * weight
		weight = weight * 3 % 31
	}
	return c[17] == creditSigns[(31-sum%31)%31]
}

// FirmState is where an application stands.
type FirmState string

// The states of an application. What is decided is never changed again: who applies once
// more, or corrects what was rejected, begins another one.
const (
	FirmDraft     FirmState = "draft"
	FirmSubmitted FirmState = "submitted"
	FirmApproved  FirmState = "approved"
	FirmRejected  FirmState = "rejected"
	FirmReplaced  FirmState = "replaced" // approved once, until another one of the account was
	FirmRevoked   FirmState = "revoked"
)

// FirmApplication asks to have an account known as a firm.
type FirmApplication struct {
	ID        string
	Account   string
	Name      string // as the licence has it
	Code      CreditCode
	Scene     string   // what the answers are used for, in the buyer's words
	Purposes  []string // of FirmPurposes
	Contact   []byte   // sealed: whom a reviewer asks
	Licence   string   // type of the scan; empty: there is none yet
	Size      int64    // of the scan, in bytes
	State     FirmState
	Identity  Fingerprint // keyed hash of the code
	Created   time.Time
	Submitted time.Time
	Decided   time.Time
	DecidedBy string
	Why       string // it was rejected or revoked
	Override  bool   // approved though the code is not sound
}

// Licence is a scan of a business licence.
type Licence struct {
	Type   string // "image/png"
	Size   int64
	Sealed []byte
}

// FirmPurpose is something that elements may be checked for.
type FirmPurpose struct{ Code, Name string }

// FirmPurposes is all that buyers may ask for. Whether somebody deserves credit is not among
// them: that is another trade, with a licence of its own.
func FirmPurposes() []FirmPurpose {
	return []FirmPurpose{
		{"finance", "金融开户与支付"},
		{"lending", "借贷身份核验"},
		{"guarantee", "担保"},
		{"insurance", "保险"},
		{"law", "法律服务"},
		{"airline", "航空"},
		{"logistics", "物流"},
		{"dating", "婚恋交友"},
		{"travel", "旅游"},
		{"rental", "租赁"},
		{"payroll", "代发工资"},
		{"public", "政务与公共服务"},
	}
}

// CheckFirmPurposes is ErrInvalid for none, for one twice, and for what is no purpose.
func CheckFirmPurposes(purposes []string) error {
	for i, p := range purposes {
		known := slices.ContainsFunc(FirmPurposes(), func(f FirmPurpose) bool { return f.Code == p })
		if !known || slices.Contains(purposes[:i], p) {
			return &Error{Code: ErrInvalid, Field: "purposes", Message: "the purposes are of the list, each once"}
		}
	}
	if len(purposes) == 0 {
		return &Error{Code: ErrInvalid, Field: "purposes", Message: "say at least one purpose"}
	}
	return nil
}
