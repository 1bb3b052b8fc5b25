package cli_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/job"
)

// deadJob leaves a job in a folder that nobody could do, and one that waits.
func deadJob(t *testing.T, dir string) (id string) {
	t.Helper()
	c := config.Default()
	c.Data = dir
	h, err := app.Open(t.Context(), app.Options{Config: config.Loaded{Config: c}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	dead, waits := job.At("refund.send", "r1", now, now), job.At("unheard.of", "u1", now.Add(time.Hour), now)
	err = h.Store.PutJobs(t.Context(), dead, waits)
	claimed, claim := h.Store.ClaimJobs(t.Context(), []string{"refund.send"}, now, now.Add(time.Minute), 1)
	if err := errors.Join(err, claim); err != nil || len(claimed) != 1 {
		t.Fatal(claimed, err)
	}
	claimed[0].State, claimed[0].Ended, claimed[0].Error = quartet.JobDead, now, "the provider knows no such payment"
	if err := errors.Join(h.Store.EndJob(t.Context(), claimed[0]), h.Close()); err != nil {
		t.Fatal(err)
	}
	return dead.ID
}

func TestJobs_AreListedAndRestartedByAnOperator(t *testing.T) {
	dir := newAccountFolder(t)
	id := deadJob(t, dir)
	table := must(t, "--data", dir, "job", "list")
	for _, want := range []string{"refund.send", "dead", "the provider knows no such payment", "unheard.of", "waiting"} {
		if !strings.Contains(table, want) {
			t.Errorf("the list lacks %q:\n%s", want, table)
		}
	}
	if dead := must(t, "--data", dir, "job", "list", "--state", "dead", "--json"); strings.Contains(dead, "unheard.of") || !strings.Contains(dead, `"id":"`+id+`"`) {
		t.Errorf("the dead ones:\n%s", dead)
	}
	if o, _ := ask(t, nil, "--data", dir, "job", "restart", id); o.code != 1 || !strings.Contains(o.err, "there is no operator yet") {
		t.Errorf("by nobody: %+v", o)
	}
	if o, _ := ask(t, []string{words, words}, "--data", dir, "operator", "add", "zhang"); o.code != 0 {
		t.Fatal(o)
	}
	if o, _ := ask(t, []string{words}, "--data", dir, "job", "restart", id); o.code != 0 || o.out != "restarted job "+id+"\n" {
		t.Errorf("%+v", o)
	}
	if last := audited(t, dir)[0]; last != "zhang|job.restart|"+id+"|" {
		t.Errorf("the audit says %q", last)
	}
	if o, _ := ask(t, []string{words}, "--data", dir, "job", "restart", id); o.code != 1 || !strings.Contains(o.err, "there is no dead job") {
		t.Errorf("once more: %+v", o)
	}
	if o, _ := ask(t, nil, "--data", dir, "job", "list", "--state", "lost"); o.code != 2 {
		t.Errorf("a state that there is not: %+v", o)
	}
}
