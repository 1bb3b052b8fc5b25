package console

import "net/http"

// sourceTest is what came of one question to a source that is no call.
type sourceTest struct {
	Whom      string  `json:"about"`
	Needs     string  `json:"needs"`
	Order     string  `json:"order_number"`
	Passed    bool    `json:"passed"`
	Verdict   string  `json:"verdict"`
	Reason    string  `json:"reason"`
	Failure   string  `json:"failure"`
	Sent      bool    `json:"sent"`
	Charged   string  `json:"charged"`
	Cost      float64 `json:"cost_fen"`
	Code      string  `json:"code"`
	Reference string  `json:"reference"`
	Latency   float64 `json:"latency_ms"`
}

// attempt is the same as one of those that a call made.
func (t sourceTest) attempt() callAttempt {
	return callAttempt{Failure: t.Failure, Charged: t.Charged, Cost: t.Cost}
}

// FailureWords, ChargedWords, CostText and NeedWords tell it in words.
func (t sourceTest) FailureWords() string { return t.attempt().FailureWords() }
func (t sourceTest) ChargedWords() string { return t.attempt().ChargedWords() }
func (t sourceTest) CostText() string     { return t.attempt().CostText() }
func (t sourceTest) NeedWords() string    { return labelIn(needChoices, t.Needs) }

// Took is how long it took, in whole milliseconds and at least one.
func (t sourceTest) Took() int64 { return max(1, int64(t.Latency+0.5)) }

// sourceRehearsal is what a source would be sent.
type sourceRehearsal struct {
	Whom string `json:"about"`
	Text string `json:"request"`
}

// testSource answers by itself: what came of it is told once.
func (c *Console) testSource(v *visit) (string, error) {
	var test sourceTest
	return c.tried(v, "/test", &test, func(p *HouseSourcePage) { p.Test = &test })
}

func (c *Console) rehearseSource(v *visit) (string, error) {
	var text sourceRehearsal
	return c.tried(v, "/rehearsal", &text, func(p *HouseSourcePage) { p.Rehearsal = &text })
}

func (c *Console) tried(v *visit, act string, out any, put func(*HouseSourcePage)) (string, error) {
	if err := v.post(query("/sources/"+v.segment("source")+act, "needs", v.value("needs")), nil, out); err != nil {
		return "", err
	}
	shown, err := c.houseSourcePage(v)
	if err != nil {
		return "", err
	}
	p, _ := shown.(HouseSourcePage)
	put(&p)
	c.render(v, http.StatusOK, p)
	return "", nil
}
