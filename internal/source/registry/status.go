package registry

import (
	"strings"

	"quartet"
)

// Status is what the issuer says of a card.
type Status byte

// The statuses. The numbers are on disk and never change.
const (
	Normal     Status = 1
	Lost       Status = 2
	Expired    Status = 3
	Restricted Status = 4
	NotEnabled Status = 5
	Dormant    Status = 6
)

// ParseStatus reads the status column of a file: the English word, its Chinese, or
// nothing for a normal card. It is false for a word not known here.
func ParseStatus(text string) (Status, bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "normal", "正常":
		return Normal, true
	case "lost", "挂失", "已挂失":
		return Lost, true
	case "expired", "过期", "已过期":
		return Expired, true
	case "restricted", "受限", "受限制", "冻结":
		return Restricted, true
	case "not_enabled", "未开通", "未激活":
		return NotEnabled, true
	case "dormant", "睡眠", "睡眠户":
		return Dormant, true
	default:
		return 0, false
	}
}

// String is the word of the status column.
func (s Status) String() string {
	switch s {
	case Normal:
		return "normal"
	case Lost:
		return "lost"
	case Expired:
		return "expired"
	case Restricted:
		return "restricted"
	case NotEnabled:
		return "not_enabled"
	case Dormant:
		return "dormant"
	default:
		return "unknown"
	}
}

// verdict is what the status makes of elements that agree. It is NoVerdict for a byte
// that no release wrote.
func (s Status) verdict() (quartet.Verdict, quartet.Reason) {
	switch s {
	case Normal:
		return quartet.Match, quartet.ReasonNone
	case Lost:
		return quartet.Undetermined, quartet.ReasonCardLost
	case Expired:
		return quartet.Undetermined, quartet.ReasonCardExpired
	case Restricted:
		return quartet.Undetermined, quartet.ReasonCardRestricted
	case NotEnabled:
		return quartet.Undetermined, quartet.ReasonNotEnabled
	case Dormant:
		return quartet.Undetermined, quartet.ReasonDormant
	default:
		return quartet.NoVerdict, quartet.ReasonNone
	}
}
