package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"time"

	"quartet"
	"quartet/internal/web"
)

// statementGrant is what became of a grant in a month.
type statementGrant struct {
	statementSums

	Grant     string    `json:"grant_id"`
	Product   string    `json:"product_id"`
	ExpiresAt time.Time `json:"expires_at"`
}

// LastDay is the last instant at which its units can be used.
func (g statementGrant) LastDay() time.Time { return lastMoment(g.ExpiresAt) }

// statementSums are opening + given + restored - used - withdrawn - expired = closing.
type statementSums struct {
	Opening   int64 `json:"opening"`
	Given     int64 `json:"given"`
	Restored  int64 `json:"restored"`
	Used      int64 `json:"used"`
	Withdrawn int64 `json:"withdrawn"`
	Expired   int64 `json:"expired"`
	Closing   int64 `json:"closing"`
}

func (s *statementSums) add(t statementSums) {
	s.Opening += t.Opening
	s.Given += t.Given
	s.Restored += t.Restored
	s.Used += t.Used
	s.Withdrawn += t.Withdrawn
	s.Expired += t.Expired
	s.Closing += t.Closing
}

// statementUse is calls of a kind.
type statementUse struct {
	Product        string `json:"product_id"`
	Credential     string `json:"credential_id"`
	CredentialName string `json:"credential_name"`
	Code           string `json:"code"`
	Verdict        string `json:"verdict"`
	Calls          int64  `json:"calls"`
	Units          int64  `json:"units"`
}

// useLine is calls of a product and a credential by verdict.
type useLine struct {
	Product, Credential, CredentialName          string
	Match, Mismatch, Undetermined, Refused, Unit int64
}

// Calls is how many there were.
func (l useLine) Calls() int64 { return l.Match + l.Mismatch + l.Undetermined + l.Refused }

// monthStatement is what a month came to.
type monthStatement struct {
	From    time.Time        `json:"from_at"`
	To      time.Time        `json:"to_at"`
	Made    time.Time        `json:"made_at"`
	Final   bool             `json:"final"`
	Grants  []statementGrant `json:"grants"`
	Usage   []statementUse   `json:"usage"`
	Orders  []statementOrder `json:"orders"`
	Refunds []struct {
		Refund string    `json:"refund_id"`
		Order  string    `json:"order_id"`
		Ended  time.Time `json:"ended_at"`
		Amount int64     `json:"amount_fen"`
	} `json:"refunds"`
}

// statementOrder is an order that was paid in the month.
type statementOrder struct {
	Order    string    `json:"order_id"`
	PaidAt   time.Time `json:"paid_at"`
	PlanName string    `json:"plan_name"`
	Units    int64     `json:"units"`
	Amount   int64     `json:"amount_fen"`
}

// StatementPage is the statement of a month.
type StatementPage struct {
	Month    string // such as 2026-02
	S        monthStatement
	Days     verdictDays
	Products map[string]string
	Account  string
	Buyer    string // its name
}

func (StatementPage) template() string  { return "statement" }
func (StatementPage) title() string     { return "月度账单" }
func (StatementPage) scripts() []string { return chartScripts }

// File is the address of the statement as a file.
func (p StatementPage) File(kind string) string {
	return apiPrefix + "/accounts/" + url.PathEscape(p.Account) + "/statements/" + p.Month + "/statement." + kind
}

// LastDay is the last instant of the month.
func (p StatementPage) LastDay() time.Time { return lastMoment(p.S.To) }

// Over reports whether the month is over.
func (p StatementPage) Over() bool { return !p.S.Made.Before(p.S.To) }

// Sums are those of all grants.
func (p StatementPage) Sums() (s statementSums) {
	for _, g := range p.S.Grants {
		s.add(g.statementSums)
	}
	return s
}

// Uses are the calls by product and credential, those with the most units first.
func (p StatementPage) Uses() []useLine {
	at := map[[2]string]int{}
	var list []useLine
	for _, u := range p.S.Usage {
		key := [2]string{u.Product, u.Credential}
		i, ok := at[key]
		if !ok {
			i = len(list)
			at[key] = i
			list = append(list, useLine{Product: u.Product, Credential: u.Credential, CredentialName: u.CredentialName})
		}
		l := &list[i]
		switch u.Verdict {
		case "match":
			l.Match += u.Calls
		case "mismatch":
			l.Mismatch += u.Calls
		case "undetermined":
			l.Undetermined += u.Calls
		default:
			l.Refused += u.Calls
		}
		l.Unit += u.Units
	}
	slices.SortStableFunc(list, func(a, b useLine) int { return cmp.Compare(b.Unit, a.Unit) })
	return list
}

// UseSum is what the lines of Uses come to.
func (p StatementPage) UseSum() (sum useLine) {
	for _, l := range p.Uses() {
		sum.Match += l.Match
		sum.Mismatch += l.Mismatch
		sum.Undetermined += l.Undetermined
		sum.Refused += l.Refused
		sum.Unit += l.Unit
	}
	return sum
}

func (c *Console) statementPage(v *visit) (page, error) {
	p := StatementPage{Month: v.r.PathValue("month"), Account: v.who().Account, Buyer: v.place()}
	from, err := time.ParseInLocation("2006-01", p.Month, quartet.Shanghai)
	if err != nil || from.After(c.o.Now()) {
		return nil, &web.Problem{Status: http.StatusNotFound, Code: "not_found"}
	}
	if err := v.get(v.account("/statements/"+url.PathEscape(p.Month)), &p.S); err != nil {
		return nil, err
	}
	if p.Products, err = v.productNames(); err != nil {
		return nil, err
	}
	p.Days, err = v.verdictDays("from", day(p.S.From), "to", day(p.LastDay()))
	return p, err
}

func statementPreviews() []preview {
	from := firstOfMonth(previewNow, -1)
	days := previewDays(from, 28)
	use := func(credential, name, code, verdict string, calls, units int64) statementUse {
		return statementUse{"1887", credential, name, code, verdict, calls, units}
	}
	var sum verdictDay
	for _, d := range days.Days {
		sum.Match += d.Match
		sum.Mismatch += d.Mismatch
		sum.Undetermined += d.Undetermined
		sum.Refused += d.Refused
	}
	used := sum.Match + sum.Mismatch
	s := monthStatement{
		From: from, To: firstOfMonth(previewNow, 0), Made: previewNow, Final: true,
		Grants: []statementGrant{
			{statementSums{Opening: 6000, Used: 5000, Expired: 1000}, "g3", "1887", firstOfMonth(previewNow, 0)},
			{statementSums{Opening: 12000, Used: used - 5000, Closing: 17000 - used}, "g4", "1887", previewNow.AddDate(1, 10, 1)},
			{statementSums{Given: 1200, Withdrawn: 1200}, "g5", "", previewNow.AddDate(1, 11, 1)},
		},
		Usage: []statementUse{
			use("c1", "正式环境", "10000", "match", sum.Match-900, sum.Match-900), use("c1", "正式环境", "10000", "mismatch", sum.Mismatch, sum.Mismatch),
			use("c1", "正式环境", "10000", "undetermined", sum.Undetermined, 0), use("c1", "正式环境", "10003", "", sum.Refused, 0), use("c2", "风控系统", "10000", "match", 900, 900),
		},
		Orders: []statementOrder{{"20260210000000000035", from.AddDate(0, 0, 9).Add(10 * time.Hour), "500元/1200次", 1200, 500_00}},
	}
	s.Refunds = append(s.Refunds, struct {
		Refund string    `json:"refund_id"`
		Order  string    `json:"order_id"`
		Ended  time.Time `json:"ended_at"`
		Amount int64     `json:"amount_fen"`
	}{"r1", "20260210000000000035", from.AddDate(0, 0, 12).Add(15 * time.Hour), 500_00})
	open := monthStatement{From: s.To, To: firstOfMonth(s.To, 1), Made: previewNow}
	return []preview{
		{name: "statement", path: statementsPath + "/2026-02", page: StatementPage{"2026-02", s, days, previewProducts(), "acme", "测试贸易有限公司"}},
		{name: "statement-empty", path: statementsPath + "/2026-03", page: StatementPage{"2026-03", open, verdictDays{}, previewProducts(), "acme", "测试贸易有限公司"}},
	}
}
