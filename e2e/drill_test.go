package e2e_test

import (
	"encoding/json"
	"testing"

	"quartet/internal/drill"
)

// Three simulated suppliers under load: one dies over a question, one slows down, and one is
// slow, answers nonsense and breaks off, and cannot be asked afterwards. What buyers saw, what
// suppliers charge and what the house has booked must agree. How many calls got a verdict
// depends on the machine; that every fault happened, and what it was answered, does not.
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
	if len(r.Phases) != 7 || len(r.Sources) != 3 || len(r.Checks) != 14 {
		t.Fatalf("the report is not whole: %s", out)
	}
	for i, want := range []string{"1", "10007", "1", "10003", "10016", "10007", "1"} {
		if p := r.Phases[i]; p.Calls != 150 || p.Answers[want] == 0 {
			t.Errorf("%s: %d calls and none answered %s: %v", p.Name, p.Calls, want, p.Answers)
		}
	}
	dead, slow, broken := r.Sources[0], r.Sources[1], r.Sources[2]
	if dead.Failures["failed"] == 0 || dead.Failures["unreachable"] == 0 || dead.Learnt == 0 {
		t.Errorf("the first never died over a question of which the house learnt afterwards: %+v", dead)
	}
	if slow.Inquired == 0 {
		t.Errorf("the second was never so slow that it was inquired of: %+v", slow)
	}
	for _, failure := range []string{"timeout", "not_understood", "failed"} {
		if broken.Failures[failure] == 0 || broken.Settled == 0 {
			t.Errorf("the third never left the house in doubt by %s: %+v", failure, broken)
		}
	}
	for _, s := range r.Sources {
		if s.Processed == 0 || s.Charged == 0 || s.Skipped["breaker open"] == 0 {
			t.Errorf("%s was not drilled: %+v", s.Name, s)
		}
	}
	t.Logf("%s", out)
}
