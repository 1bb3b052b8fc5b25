package e2e_test

import (
	"strings"
	"testing"
)

// TestReuse_AsksASupplierOnceUntilTheHouseChanges sets it beside a running node.
func TestReuse_AsksASupplierOnceUntilTheHouseChanges(t *testing.T) {
	t.Parallel()
	dir, env := folder(t), environ(guardOff, unannounced)
	supplier := newContractor(t, 0)
	supplier.hire(t, dir, env)
	buyer, other := openAccount(t, dir, env, "buyer", 100), openAccount(t, dir, env, "other", 100)
	who := citizens(t, 20)[0]
	n := startServe(t, dir, env)

	asked := 0
	ask := func(appcode string, reused bool) {
		t.Helper()
		a := newClient(n.url, appcode).mustAsk(t, who.form())
		if !reused {
			asked++
		}
		if a.result() != "1" || (a.header.Get("X-Quartet-Reused") == "true") != reused || supplier.Asked() != asked {
			t.Errorf("answered %s, marked %q; the supplier was asked %d times, want %d", a.body, a.header.Get("X-Quartet-Reused"), supplier.Asked(), asked)
		}
	}
	ask(buyer, false)
	ask(buyer, false) // off unless an operator sets it
	must(t, env, "product", "set", "1887", "--reuse", "10m", "--data", dir)
	ask(buyer, false)
	ask(buyer, true)
	ask(other, false)
	ask(other, true)
	for _, change := range [][]string{
		{"source", "set", "acme", "--priority", "7"},
		{"account", "purpose", "buyer", "payroll"},
		{"product", "set", "1887", "--charge", "2/1/0"},
	} {
		must(t, env, append(change, "--data", dir)...)
		ask(buyer, false)
		ask(buyer, true)
	}
	supplier.agrees(t, dir, env)
	if code := n.stop(); code != 0 { // nothing of it outlives the process
		t.Errorf("the stop: exit %d\n%s", code, n.log)
	}
	n = startServe(t, dir, env)
	ask(buyer, false)

	var marked, charged int
	for _, r := range lines[struct {
		row

		Reused bool `json:"reused"`
	}](t, must(t, env, "call", "list", "--json", "--data", dir)) {
		if r.Reused {
			marked++
			charged += int(r.Charged)
		}
	}
	if marked != 5 || charged != 6 { // one of them after the price went up
		t.Errorf("%d calls are marked and charged %d units, want 5 and 6", marked, charged)
	}
	if out := must(t, env, "product", "show", "1887", "--data", dir); !strings.Contains(out, "reuse   10m") {
		t.Errorf("the product: %s", out)
	}
	must(t, env, "quota", "audit", "--data", dir)
}
