package api

import (
	"context"
	"math/big"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/margin"
	"quartet/internal/route"
	"quartet/internal/today"
)

// Today makes the picture of this moment.
type Today interface {
	Picture(ctx context.Context) (today.Picture, error)
}

type (
	// paceView is how long calls took.
	paceView struct {
		Calls int64 `json:"calls" doc:"Of the last five minutes, at this node"`
		P50MS int64 `json:"p50_ms" doc:"Half of them took no longer; to an eighth"`
		P95MS int64 `json:"p95_ms"`
	}
	refusalCount struct {
		Code  string `json:"code"`
		Calls int64  `json:"calls"`
	}
	dayCounts struct {
		Calls        int64          `json:"calls"`
		Units        int64          `json:"units" doc:"Charged"`
		Match        int64          `json:"match"`
		Mismatch     int64          `json:"mismatch"`
		Undetermined int64          `json:"undetermined"`
		Refusals     []refusalCount `json:"refusals" nullable:"false" doc:"By code: calls that got no verdict"`
	}
	todayMoney struct {
		At         time.Time `json:"at" doc:"When it was reckoned: at most a few minutes ago"`
		RevenueFen int64     `json:"revenue_fen" doc:"What charged units brought in"`
		CostFen    int64     `json:"cost_fen" doc:"What sources charge"`
		OpenFen    int64     `json:"open_cost_fen" doc:"What they would charge where nobody knows yet"`
		MarginFen  int64     `json:"margin_fen" doc:"Revenue less cost"`
	}
	sourceStanding struct {
		Name      string `json:"name"`
		On        bool   `json:"on"`
		Breaker   string `json:"breaker" enum:"closed,half_open,open"`
		Skipped   string `json:"skipped,omitempty" doc:"Why it would not be asked now"`
		InFlight  int64  `json:"in_flight"`
		Today     int64  `json:"questions" doc:"Sent today"`
		Asked     int64  `json:"asked" doc:"Questions of the last five minutes, at this node"`
		Succeeded int64  `json:"succeeded" doc:"Those of them in which nothing speaks against it"`
		P50MS     int64  `json:"p50_ms"`
		P95MS     int64  `json:"p95_ms"`
	}
	choresView struct {
		Applications int64 `json:"firm_applications" doc:"Submitted"`
		Refunds      int64 `json:"refunds" doc:"Asked for, or refused by the provider"`
		Transfers    int64 `json:"transfers" doc:"That nobody has said the purpose of"`
		Claims       int64 `json:"claims" doc:"That a second person decides"`
		Adjustments  int64 `json:"adjustments" doc:"Likewise"`
		BankAccounts int64 `json:"bank_accounts" doc:"Likewise"`
		Roles        int64 `json:"roles" doc:"Of operators, likewise"`
		Invoices     int64 `json:"invoices" doc:"To approve, issue, confirm or look after"`
		RedLetters   int64 `json:"red_letters" doc:"Likewise"`
		Tickets      int64 `json:"tickets" doc:"In which support is to answer"`
		Jobs         int64 `json:"dead_jobs"`
		Settlements  int64 `json:"settlements" doc:"That differ, and nobody has said that it was seen"`
	}
	todayBody struct {
		At      time.Time        `json:"at"`
		Minute  int64            `json:"calls_last_minute" doc:"At this node; a sixtieth of them come a second"`
		Peak    int64            `json:"peak_calls" doc:"Of the busiest second today, at this node since it began"`
		PeakAt  time.Time        `json:"peak_at,omitzero"`
		Latency paceView         `json:"latency"`
		Today   dayCounts        `json:"today" doc:"Since 00:00 in Asia/Shanghai"`
		Hours   []usageSlot      `json:"hours" nullable:"false" doc:"The last 24, oldest first"`
		Money   *todayMoney      `json:"money,omitempty" doc:"For who reads money or runs the house; left out while it is reckoned for the first time"`
		Sources []sourceStanding `json:"sources" nullable:"false"`
		Chores  choresView       `json:"waiting" doc:"What waits for people"`
	}
)

func ms(d time.Duration) int64 { return d.Round(time.Millisecond).Milliseconds() }

func todayMoneyOf(m *today.Money) *todayMoney {
	l := m.Line
	if l.Revenue == nil { // nobody has ever called
		l.Revenue = new(big.Rat)
	}
	fen := func(cost quartet.Millifen) int64 { return int64(margin.Fen(big.NewRat(int64(cost), 1000))) }
	return &todayMoney{m.At, int64(margin.Fen(l.Revenue)), fen(l.Cost), fen(l.Open), int64(margin.Fen(l.Margin()))}
}

func (a *API) sourceStandings() []sourceStanding {
	list := []sourceStanding{}
	for _, h := range a.o.Health() {
		p := a.o.PaceOf(h.Name)
		list = append(list, sourceStanding{h.Name, h.On, string(h.Breaker), h.Skipped, h.InFlight, h.Today, p.Count, p.Good, ms(p.P50), ms(p.P95)})
	}
	return list
}

// Health tells how sources stand, and PaceOf how long one took.
type (
	Health = func() []route.Health
	PaceOf = func(source string) today.Pace
)

func (a *API) registerToday() {
	register(a, operation{
		ID: "showToday", Method: http.MethodGet, Path: "/today", Tag: "today", Summary: "How the house does at this moment, and what waits for people", Rights: []quartet.Right{quartet.MayWatchHouse},
	}, func(ctx context.Context, c Caller, _ *struct{}) (*struct{ Body todayBody }, error) {
		p, err := a.o.Today.Picture(ctx)
		if err != nil {
			return nil, err
		}
		b := todayBody{
			At: p.At, Minute: p.Minute, Peak: p.Peak.Calls, Latency: paceView{p.Pace.Count, ms(p.Pace.P50), ms(p.Pace.P95)},
			Today: dayCounts{p.Today.Calls, p.Today.Units, p.Today.Match, p.Today.Mismatch, p.Today.Undetermined, []refusalCount{}},
			Hours: make([]usageSlot, len(p.Hours)), Sources: a.sourceStandings(), Chores: choresView(p.Chores),
		}
		if p.Peak.Calls > 0 {
			b.PeakAt = p.Peak.At
		}
		for _, r := range p.Today.Refusals {
			b.Today.Refusals = append(b.Today.Refusals, refusalCount{r.Code.String(), r.Calls})
		}
		for i, h := range p.Hours {
			b.Hours[i] = usageSlot{h.At, h.At.In(quartet.Shanghai).Format(time.DateOnly), h.Calls, h.Units, h.Match, h.Mismatch, h.Undetermined}
		}
		if p.Money != nil && (c.Standing.Role.May(quartet.MayReadMoney) || c.Standing.Role.May(quartet.MayRunHouse)) {
			b.Money = todayMoneyOf(p.Money)
		}
		return &struct{ Body todayBody }{b}, nil
	})
}
