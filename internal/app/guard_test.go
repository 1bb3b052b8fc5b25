package app_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/verify"
)

func TestGuard_RemembersAcrossARestart(t *testing.T) {
	c := settings(t)
	c.GuardMismatches = 2
	bySimulator(t, &c, "default: {verdict: mismatch}\n")
	n := start(t, c)
	if a, b := n.result(t, person(1)), n.result(t, person(1)); a+b != "22" {
		t.Fatalf("got %s and %s", a, b)
	}
	if err := n.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := start(t, c).result(t, person(1)); got != "10020" {
		t.Errorf("after a restart: %s", got)
	}
	c.GuardEnabled = false
	// The folder is free again only when the second node has stopped; a third has another.
	c.Data = filepath.Join(t.TempDir(), "data")
	bySimulator(t, &c, "default: {verdict: mismatch}\n")
	off := start(t, c)
	for range 12 {
		if got := off.result(t, person(1)); got != "2" {
			t.Fatalf("with the guard off: %s", got)
		}
	}
	off.lines.Flush()
	if !strings.Contains(off.log.String(), "the guard is off") {
		t.Error("the log does not say that the guard is off")
	}
}

// unsettled is a ledger that cannot commit what suppliers answered.
type unsettled struct{ verify.Ledger }

func (unsettled) Settle(context.Context, quartet.Hold, *quartet.Call, int64, quartet.Claim) error {
	return quartet.Errorf(quartet.ErrUnavailable, "made to fail")
}

// A call whose settle failed has the row of its refusal and, until it is swept, its hold.
func TestGuard_CountsACallOnceThatHasAHoldAndARow(t *testing.T) {
	c := settings(t)
	c.GuardCalls = 2
	bySimulator(t, &c, bySupplier)
	n, err := launchWith(t, app.Options{
		Config: config.Loaded{Config: c}, Accounting: func(l verify.Ledger) verify.Ledger { return unsettled{l} },
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := n.result(t, person(1)); got != "10019" {
		t.Fatalf("got %s", got)
	}
	if err := n.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	n = start(t, c)
	if a, b := n.result(t, person(1)), n.result(t, person(1)); a != paid || b != "10020" {
		t.Errorf("the second and third call of a card that has two: %s and %s", a, b)
	}
}
