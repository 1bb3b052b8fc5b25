package e2e_test

import (
	"encoding/json"
	"testing"

	"quartet/internal/drill"
)

// Three simulated suppliers under load: one dies, one slows down, one answers nonsense, and
// all get well again. What buyers saw, what suppliers charge and what the house has booked
// must agree, and whoever could be answered was.
func TestDrill_BadDaysOfSuppliersAreNotTheBuyers(t *testing.T) {
	t.Parallel()
	out, errs, code := command(t, environ(), "source", "drill", "--invented", "--calls", "150", "--callers", "12", "--json")
	var r drill.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, errs)
	}
	for _, c := range r.Checks {
		if !c.OK {
			t.Errorf("does not hold: %s (%s)", c.What, c.Detail)
		}
	}
	if code != 0 && !t.Failed() {
		t.Errorf("exit %d\n%s", code, errs)
	}
	if len(r.Phases) != 5 || len(r.Sources) != 3 || len(r.Checks) < 8 {
		t.Fatalf("the report is not whole: %s", out)
	}
	for i, p := range r.Phases {
		if p.Calls != 150 {
			t.Errorf("%s: %d calls", p.Name, p.Calls)
		}
		verdicts := p.Answers["1"] + p.Answers["2"]
		if i < 3 && verdicts < 140 { // one supplier is well; breakers may let a few through to the others
			t.Errorf("%s: only %d of 150 calls got a verdict: %v", p.Name, verdicts, p.Answers)
		}
		if i == 4 && verdicts < 75 {
			t.Errorf("%s: only %d of 150 calls got a verdict: %v", p.Name, verdicts, p.Answers)
		}
	}
	for _, s := range r.Sources {
		if s.Processed == 0 || s.Charged == 0 || s.Skipped["breaker open"] == 0 {
			t.Errorf("%s was not drilled: %+v", s.Name, s)
		}
	}
	t.Logf("%s", out)
}
