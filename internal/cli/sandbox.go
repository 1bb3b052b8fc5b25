package cli

import (
	"time"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/sandbox"
	"quartet/internal/web"
)

func newSandbox(env *Env) *cobra.Command {
	return group("sandbox", "The sandbox: card numbers that give test credentials every answer",
		newSandboxList(env))
}

// sandboxLine is a row of the table; what it does not answer with is empty or 0.
type sandboxLine struct {
	Card       string         `json:"card"`
	Answers    string         `json:"answers"`
	Status     int            `json:"status"`
	Code       string         `json:"code"`
	State      string         `json:"state"`
	Reason     quartet.Reason `json:"reason"`
	Differs    []string       `json:"differs"`
	Gateway    string         `json:"gateway"`
	Message    string         `json:"message"`
	RetryAfter int64          `json:"retry_after_s"`
	Delay      int64          `json:"delay_s"`
	Meaning    string         `json:"meaning"`
	MeaningZH  string         `json:"meaning_zh"`
}

func newSandboxList(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the card numbers of the sandbox and what each answers",
		Long: `List the card numbers of the sandbox and what each answers. A call of a test credential
uses no unit and asks no source: its card number alone decides. The other elements may be
any that pass their rules; a card that is not listed is answered 10015.`,
		Example: "  quartet sandbox list\n  quartet sandbox list --json | jq -r 'select(.code == \"10020\").card'",
		Args:    exactly(0),
		RunE: func(*cobra.Command, []string) error {
			out := newLines(env.Out, asJSON, "CARD", "ANSWERS", "MEANING")
			for _, r := range sandbox.Rows() {
				if err := out.row(lineOf(r), r.Card, r.Outcome, r.Meaning); err != nil {
					return err
				}
			}
			return out.flush()
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

// lineOf tells the outcome as it is on the wire.
func lineOf(r sandbox.Row) sandboxLine {
	o := r.Outcome
	l := sandboxLine{
		Card: r.Card, Answers: o.String(), Status: 200, State: o.Verdict.State(), Reason: o.Reason, Differs: o.Differs.Parameters(),
		RetryAfter: int64(o.RetryAfter / time.Second), Delay: int64(o.Delay / time.Second), Meaning: r.Meaning, MeaningZH: r.MeaningZH,
	}
	if o.Gateway == web.NoGateway {
		l.Code, l.Message = o.Code.String(), o.Code.Message()
		return l
	}
	text := o.Gateway.Text()
	l.Status, l.Gateway, l.Message = text.Status, text.Code, text.Message
	if o.Message != "" {
		l.Message = o.Message
	}
	return l
}
