package app_test

import (
	"context"
	"testing"
)

// neverUsed reports whether the buyer's credential is listed as never used.
func (n *node) neverUsed(t *testing.T) bool {
	t.Helper()
	list, err := n.Desk.Credentials(t.Context(), "buyer")
	if err != nil {
		t.Fatal(err)
	}
	return list[0].LastUsedAt.IsZero()
}

// Whoever lists credentials may go away while last uses are written; the next one sees them.
func TestLastUse_IsKeptUntilItIsWritten(t *testing.T) {
	c := settings(t)
	bySimulator(t, &c, bySupplier)
	n := start(t, c)
	if got := n.result(t, person(1)); got != paid {
		t.Fatalf("got %s", got)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Current(gone); err == nil {
		t.Fatal("it was written for somebody who is gone")
	}
	if err := n.Current(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n.neverUsed(t) {
		t.Error("the last use was forgotten")
	}
}

func TestLastUse_OfARevokedCredentialIsWrittenToo(t *testing.T) {
	c := settings(t)
	bySimulator(t, &c, bySupplier)
	n := start(t, c)
	if got := n.result(t, person(1)); got != paid {
		t.Fatalf("got %s", got)
	}
	list, err := n.Desk.Credentials(t.Context(), "buyer")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Desk.Revoke(t.Context(), "test", list[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := n.Changed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.Current(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n.neverUsed(t) {
		t.Error("the last use was forgotten")
	}
}
