package console

import (
	"net/url"
	"time"

	"quartet"
)

// ownRed is a red letter, by which an invoice of the account or a part of it is taken back.
type ownRed struct {
	ID        string    `json:"id"`
	State     string    `json:"state"`
	Reason    string    `json:"reason"`
	Refund    string    `json:"refund_id"`
	Amount    int64     `json:"amount_fen"`
	Number    string    `json:"number"`
	IssuedOn  string    `json:"issued_on"`
	Answer    string    `json:"answer"`
	Files     []paper   `json:"files"`
	AgreeBy   time.Time `json:"agree_by"`
	CreatedAt time.Time `json:"created_at"`
	ChangedAt time.Time `json:"changed_at"`
}

// Waits reports whether it waits for the buyer.
func (r ownRed) Waits() bool { return quartet.RedState(r.State) == quartet.RedWaitingBuyer }

// Words and Colour tell its state.
func (r ownRed) Words() string {
	switch quartet.RedState(r.State) {
	case quartet.RedApplying, quartet.RedNeedsLogin, quartet.RedFailed, quartet.RedUnknown:
		return "红冲申请中"
	case quartet.RedWaitingBuyer:
		return "红冲待您确认"
	case quartet.RedIssuing, quartet.RedEntered:
		return "红冲开具中"
	case quartet.RedDone:
		return "红字发票已开具"
	case quartet.RedRefused:
		return "红冲已终止"
	}
	return r.State
}

func (r ownRed) Colour() string {
	switch quartet.RedState(r.State) {
	case quartet.RedWaitingBuyer:
		return "red"
	case quartet.RedDone:
		return "green"
	case quartet.RedRefused:
		return "secondary"
	default:
		return "orange"
	}
}

// ReasonWords are why the invoice is taken back.
func (r ownRed) ReasonWords() string {
	switch quartet.RedReason(r.Reason) {
	case quartet.RedMistake:
		return "开票有误"
	case quartet.RedReturned:
		return "退款"
	case quartet.RedEnded:
		return "服务中止"
	case quartet.RedAllowance:
		return "销售折让"
	}
	return r.Reason
}

func (c *Console) agreeRed(v *visit) (string, error) { return v.answerRed("agreement", nil, "agreed") }

func (c *Console) refuseRed(v *visit) (string, error) {
	return v.answerRed("refusal", map[string]string{"reason": v.value("reason")}, "refused")
}

func (v *visit) answerRed(how string, in any, done string) (string, error) {
	to := query(invoicesPath+"/"+url.PathEscape(v.r.PathValue("invoice")), "done", done)
	return to, v.post(v.account("/red-letters/"+url.PathEscape(v.r.PathValue("red"))+"/"+how), in, nil)
}
