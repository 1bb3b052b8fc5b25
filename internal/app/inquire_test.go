package app_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/simulator"
	"quartet/internal/source/httpjson"
)

// A supplier goes away while it works on a question, and comes back: the buyer was answered
// that nobody knows, and the house learns by itself that the supplier charges for it.
func TestInquire_ARunningHouseLearnsAfterwardsWhatBecameOfAQuestion(t *testing.T) {
	supplier, c := acme(t, simulator.Act{Delay: time.Hour})
	n, err := launchWith(t, app.Options{
		Config: config.Loaded{Config: c}, Waits: app.Waits{Inquiry: time.Millisecond, Inquiries: 50 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	answer := make(chan string, 1)
	go func() {
		a, err := n.client.Verify(context.WithoutCancel(t.Context()), person(1))
		if err != nil {
			a.Code = err.Error()
		}
		answer <- a.Code
	}()
	eventually(t, "the supplier never heard of it", func() bool { return supplier.Asked() == 1 })
	supplier.Down(true)
	if got := <-answer; got != "10007" {
		t.Fatalf("of a question that was cut off: %s", got)
	}
	if yes, _ := charges(t, n); yes != 0 {
		t.Fatal("the house knows before it can")
	}
	supplier.Down(false)
	eventually(t, "the house never learnt of it", func() bool { yes, _ := charges(t, n); return yes == 1 })
	if _, note := charges(t, n); note != quartet.NoteAfterwards {
		t.Errorf("it is noted as %q", note)
	}
	if supplier.Asked() != 1 || supplier.Charged() != 1 {
		t.Errorf("the supplier was asked %d times and charges %d", supplier.Asked(), supplier.Charged())
	}
}

// acme is a simulated supplier that can be asked afterwards, alone in a house.
func acme(t *testing.T, act simulator.Act) (*simulator.Server, config.Config) {
	t.Helper()
	credentials, err := simulator.Invent("acme")
	if err != nil {
		t.Fatal(err)
	}
	s, err := simulator.New("acme", simulator.Script{Default: act}, credentials)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(func() { s.Down(true) }) // before: who waits for an answer waits no longer
	credentials["url"] = server.URL
	spec, err := httpjson.ShippedManifest("template")
	if err != nil {
		t.Fatal(err)
	}
	c := settings(t)
	h, err := app.Open(t.Context(), app.Options{Config: config.Loaded{Config: c}})
	if err != nil {
		t.Fatal(err)
	}
	_, off := h.Sources.Switch(t.Context(), "test", "registry", false, "")
	_, added := h.Sources.Add(t.Context(), "test", quartet.Source{Name: "acme", Kind: quartet.SourceHTTPJSON, Spec: string(spec), On: true}, credentials)
	if err := errors.Join(off, added, h.Close()); err != nil {
		t.Fatal(err)
	}
	return s, c
}

// charges counts the attempts that are charged, with their notes.
func charges(t *testing.T, n *node) (yes int, notes string) {
	t.Helper()
	if err := n.Ledger.Check(t.Context()); err != nil { // refusals are written behind
		t.Fatal(err)
	}
	var all []string
	err := n.Store.Calls(t.Context(), quartet.CallFilter{}, func(c quartet.Call) error {
		list, err := n.Store.Attempts(t.Context(), c.SeqNo)
		for i := range list {
			if list[i].Charged == quartet.ChargedYes {
				yes++
				all = append(all, list[i].Note)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return yes, strings.Join(all, "; ")
}

func eventually(t *testing.T, otherwise string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(otherwise)
		}
	}
}
