package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/usage"
)

// Usage tells what became of calls.
type Usage interface {
	View(ctx context.Context, f quartet.UsageFilter, days usage.Days) (usage.View, error)
	Calls(ctx context.Context, f quartet.CallFilter, after string, operator bool) ([]usage.Call, error)
	Call(ctx context.Context, account, seqNo string, operator bool) (usage.Call, error)
	Export(ctx context.Context, out io.Writer, e usage.Export) error
	Statement(ctx context.Context, account, month string) (quartet.Statement, error)
	Names(ctx context.Context, account string) (map[string]string, error)
}

type (
	// CallKind chooses calls by what they were.
	CallKind struct {
		Product    string `query:"product_id" maxLength:"32"`
		Credential string `query:"credential_id" maxLength:"64"`
		Code       string `query:"code" pattern:"^100(0[0-9]|1[0-9]|20)$" patternDescription:"10003" doc:"A result code, such as 10003"`
		Verdict    string `query:"verdict" enum:"match,mismatch,undetermined"`
	}

	// DaySpan is days in Asia/Shanghai, both included.
	DaySpan struct {
		From string `query:"from" pattern:"^\\d{4}-\\d{2}-\\d{2}$" patternDescription:"2026-03-02" doc:"First day in Asia/Shanghai"`
		To   string `query:"to" pattern:"^\\d{4}-\\d{2}-\\d{2}$" patternDescription:"2026-03-02" doc:"Last day, included; left out: today"`
	}

	// UsageIn chooses what is counted.
	UsageIn struct {
		CallKind
		DaySpan

		By    string `query:"by" enum:"hour,day" default:"day" doc:"At most 31 days by the hour, and 400 by the day"`
		Kinds bool   `query:"kinds" default:"true" doc:"false: kinds are left out, and the answer takes a third of the time"`
	}

	usageSlot struct {
		At    time.Time `json:"at" doc:"The first instant of the hour or day"`
		Day   string    `json:"day" doc:"In Asia/Shanghai"`
		Calls int64     `json:"calls"`
		Units int64     `json:"units" doc:"Charged"`

		Match        int64 `json:"match" doc:"Calls that got this verdict"`
		Mismatch     int64 `json:"mismatch" doc:"Likewise"`
		Undetermined int64 `json:"undetermined" doc:"Likewise; the other calls got none"`
	}
	usageKind struct {
		Product    string `json:"product_id"`
		Credential string `json:"credential_id,omitempty"`
		Name       string `json:"credential_name,omitempty" doc:"Of one account alone"`
		Code       string `json:"code"`
		Verdict    string `json:"verdict,omitempty"`
		Calls      int64  `json:"calls"`
		Units      int64  `json:"units"`
	}
	usageAccount struct {
		Account string `json:"account_id"`
		Calls   int64  `json:"calls"`
		Units   int64  `json:"units"`
	}
	usageBody struct {
		From     string         `json:"from"`
		To       string         `json:"to"`
		Calls    int64          `json:"calls" doc:"The sum of slots, and that of kinds"`
		Units    int64          `json:"units" doc:"Likewise; charged"`
		Slots    []usageSlot    `json:"slots" nullable:"false" doc:"Every hour or day, also where nobody called"`
		Kinds    []usageKind    `json:"kinds" nullable:"false" doc:"None where the query leaves them out"`
		Accounts []usageAccount `json:"accounts,omitempty" doc:"Of the house: the most units first"`
	}
	usageAnswer struct{ Body usageBody }
)

// codeIn reads a code that keeps the pattern; 0: none is given.
func codeIn(text string) (code quartet.Code) {
	for _, d := range []byte(text) {
		code = code*10 + quartet.Code(d-'0')
	}
	return code
}

func verdictIn(text string) quartet.Verdict {
	for _, v := range []quartet.Verdict{quartet.Match, quartet.Mismatch, quartet.Undetermined} {
		if v.String() == text {
			return v
		}
	}
	return quartet.NoVerdict
}

func verdictOut(v quartet.Verdict) string {
	if v == quartet.NoVerdict {
		return ""
	}
	return v.String()
}

// kindsOf are the kinds of calls; names are those of credentials.
func kindsOf(list []quartet.StatementUsage, names map[string]string) []usageKind {
	kinds := make([]usageKind, len(list))
	for i, u := range list {
		kinds[i] = usageKind{u.Product, u.Credential, names[u.Credential], u.Code.String(), verdictOut(u.Verdict), u.Calls, u.Units}
	}
	return kinds
}

func (a *API) viewUsage(ctx context.Context, account string, in *UsageIn) (*usageAnswer, error) {
	usual, most := int64(30), int64(usage.MostDaily)
	if in.By == "hour" {
		usual, most = 2, usage.MostHourly
	}
	days, err := usage.ParseDays(in.From, in.To, usual, most, a.o.Now())
	if err != nil {
		return nil, err
	}
	v, err := a.o.Usage.View(ctx, quartet.UsageFilter{
		Account: account, Product: in.Product, Credential: in.Credential, Code: codeIn(in.Code), Verdict: verdictIn(in.Verdict), Daily: in.By == "day", Kinds: in.Kinds,
	}, days)
	if err != nil {
		return nil, err
	}
	var names map[string]string
	if account != "" && len(v.Kinds) > 0 {
		if names, err = a.o.Usage.Names(ctx, account); err != nil {
			return nil, err
		}
	}
	b := usageBody{
		From: usage.DayText(days.From), To: usage.DayText(days.To), Calls: v.Sum.Calls, Units: v.Sum.Units, Slots: make([]usageSlot, len(v.Slots)), Kinds: kindsOf(v.Kinds, names),
	}
	for i, s := range v.Slots {
		b.Slots[i] = usageSlot{s.At, s.At.Format(time.DateOnly), s.Calls, s.Units, s.Match, s.Mismatch, s.Undetermined}
	}
	for _, s := range v.Accounts {
		b.Accounts = append(b.Accounts, usageAccount{s.Account, s.Calls, s.Units})
	}
	return &usageAnswer{b}, nil
}

const (
	usageTag = "usage"
	callTag  = "calls"
)

// usageReaders are who sees what became of an account's calls, and usageWatchers who sees
// those of the house.
func usageReaders() []quartet.Right {
	return []quartet.Right{quartet.MayRead, quartet.MayWatchHouse}
}
func usageWatchers() []quartet.Right { return []quartet.Right{quartet.MayWatchHouse} }

func (a *API) registerUsage() {
	register(a, operation{
		ID: "showUsage", Method: http.MethodGet, Path: "/accounts/{account}/usage", Tag: usageTag, Rights: usageReaders(),
		Summary: "How many calls an account made, by hour or by day", Doc: "Days are those of Asia/Shanghai, 30 of them unless the query says otherwise, or 2 by the hour.",
	}, func(ctx context.Context, _ Caller, in *struct {
		AccountIn
		UsageIn
	},
	) (*usageAnswer, error) {
		return a.viewUsage(ctx, in.Account, &in.UsageIn)
	})
	register(a, operation{
		ID: "showHouseUsage", Method: http.MethodGet, Path: "/usage", Tag: usageTag, Rights: usageWatchers(), Summary: "How many calls all accounts made, by hour or by day",
	}, func(ctx context.Context, _ Caller, in *UsageIn) (*usageAnswer, error) {
		return a.viewUsage(ctx, "", in)
	})
	a.registerCalls()
	a.registerExports()
	a.registerMonths()
}
