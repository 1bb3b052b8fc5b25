package api

import (
	"context"
	"math"
	"net/http"
	"time"

	"quartet"
)

// sourceHour is what became of the questions that a source was sent in an hour.
type sourceHour struct {
	At          time.Time        `json:"at" doc:"When the hour began"`
	Asked       int64            `json:"asked"`
	Verdicts    int64            `json:"verdicts"`
	Failures    map[string]int64 `json:"failures" nullable:"false" doc:"All others, by the word for what came of them"`
	SuccessRate float64          `json:"success_rate" doc:"Verdicts among those asked, from 0 to 1"`
	LatencyMS   float64          `json:"latency_ms" doc:"On average"`
	SlowestMS   float64          `json:"slowest_ms"`
	CostFen     float64          `json:"cost_fen" doc:"Of those that are charged"`
}

// hourOf puts the sums of a source together, over whatever hours they are.
func hourOf(at time.Time, name string, sums []quartet.SourceSum) sourceHour {
	h := sourceHour{At: at, Failures: map[string]int64{}}
	var took, slowest time.Duration
	var cost quartet.Millifen
	for i := range sums {
		s := &sums[i]
		if s.Source != name {
			continue
		}
		h.Asked += s.Asked
		took, slowest, cost = took+s.Took, max(slowest, s.Slowest), cost+s.Cost
		if s.Failure == "" {
			h.Verdicts += s.Asked
		} else {
			h.Failures[s.Failure] += s.Asked
		}
	}
	if h.Asked > 0 {
		h.SuccessRate = math.Round(float64(h.Verdicts)/float64(h.Asked)*1e4) / 1e4
		h.LatencyMS = millisOf(took / time.Duration(h.Asked))
	}
	h.SlowestMS, h.CostFen = millisOf(slowest), fenOf(cost)
	return h
}

func millisOf(d time.Duration) float64 { return float64(d.Round(100*time.Microsecond)) / 1e6 }

func (a *API) registerSourceHours() {
	register(a, operation{
		ID: "listSourceHours", Method: http.MethodGet, Path: "/sources/{source}/hours", Tag: "sources", Summary: "What became of the questions to a source, by hours of a day",
		Doc: "Hours without any question are left out. Rows that are kept no longer are not counted.", Rights: []quartet.Right{quartet.MayWatchHouse, quartet.MayInspect},
	}, func(ctx context.Context, _ Caller, in *struct {
		SourceIn

		Day string `query:"day" pattern:"^\\d{4}-\\d{2}-\\d{2}$" patternDescription:"2026-12-01" doc:"Of Asia/Shanghai; left out: today"`
	},
	) (*struct {
		Body struct {
			Items []sourceHour `json:"items" nullable:"false"`
		}
	}, error,
	) {
		if _, err := a.o.Sources.Find(ctx, in.Source); err != nil {
			return nil, err
		}
		day, err := dayAt("day", &in.Day)
		if err != nil {
			return nil, err
		}
		if day.IsZero() {
			day = time.Unix(quartet.DayStart(quartet.DayOf(a.o.Now().Unix())), 0)
		}
		sums, err := a.o.SourceWatch.SourceSums(ctx, day.Unix(), day.AddDate(0, 0, 1).Unix())
		if err != nil {
			return nil, err
		}
		out := &struct {
			Body struct {
				Items []sourceHour `json:"items" nullable:"false"`
			}
		}{}
		out.Body.Items = []sourceHour{}
		for i := range sums {
			if sums[i].Source != in.Source {
				continue
			}
			n, of := len(out.Body.Items), sums[i].Hour
			if n == 0 || !out.Body.Items[n-1].At.Equal(of) {
				out.Body.Items = append(out.Body.Items, hourOf(of, in.Source, among(sums, of)))
			}
		}
		return out, nil
	})
}

// among are the sums of one hour.
func among(sums []quartet.SourceSum, hour time.Time) (list []quartet.SourceSum) {
	for i := range sums {
		if sums[i].Hour.Equal(hour) {
			list = append(list, sums[i])
		}
	}
	return list
}
