package e2e_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// importSeed is not the demo's: its people are strangers until they are imported.
const importSeed = 77

func peopleFile(t *testing.T, count int) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "people.csv")
	must(t, environ(), "registry", "synth", "--count", strconv.Itoa(count), "--seed", strconv.Itoa(importSeed), "--csv", file)
	return file
}

func TestImport_BesideARunningServerIsInForceAtOnce(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	n := startDemo(t, dir, environ())
	who := invent(t, 50, importSeed)[0]
	if a := n.buyer().mustAsk(t, who.form()); a.result() != "10015" {
		t.Fatalf("a stranger got %s", a.body)
	}
	must(t, environ(), "registry", "import", peopleFile(t, 50), "--data", dir)
	if a := n.buyer().mustAsk(t, who.form()); a.result() != "1" {
		t.Errorf("after the import: %s", a.body)
	}
	if a := n.buyer().mustAsk(t, n.demo.People[0].form()); a.result() != "1" {
		t.Errorf("whom the registry knew before: %s", a.body)
	}
}

func TestImport_KilledAtAnyMomentGoesOn(t *testing.T) {
	t.Parallel()
	const count = 150_000
	dir, file := folder(t), peopleFile(t, count)
	args := []string{"registry", "import", file, "--data", dir}
	kills := 0
	for wait := 150 * time.Millisecond; kills < 8; wait += 100 * time.Millisecond {
		cmd := exec.Command(binary(t), args...)
		cmd.Env = environ()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stop := time.AfterFunc(wait, func() { _ = cmd.Process.Kill() })
		if err := cmd.Wait(); err == nil {
			stop.Stop()
			break // it was faster
		}
		kills++
	}
	if kills == 0 {
		t.Error("it was never killed: the test did not test that")
	}
	must(t, environ(), args...)
	var stat struct{ Records, Bytes int64 }
	if err := json.Unmarshal([]byte(must(t, environ(), "registry", "stat", "--json", "--data", dir)), &stat); err != nil {
		t.Fatal(err)
	}
	if stat.Records != count {
		t.Errorf("%d records after %d kills, want %d", stat.Records, kills, count)
	}
}
