package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the client")

const (
	described = "../../docs/openapi.yaml"
	folder    = "../../client"
)

func TestDocs_ClientIsFresh(t *testing.T) {
	if *update {
		if err := run(described, folder); err != nil {
			t.Fatal(err)
		}
	}
	want, err := generate(described, folder)
	if err != nil {
		t.Fatal(err)
	}
	there, err := filepath.Glob(filepath.Join(folder, "*"+suffix))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if want[filepath.Base(path)] == nil {
			t.Errorf("%s is of no noun any more: run `make generate`", path)
		}
	}
	for name, text := range want {
		if got, err := os.ReadFile(filepath.Join(folder, name)); err != nil || !bytes.Equal(got, text) {
			t.Errorf("client/%s is stale (%v): run `make generate`", name, err)
		}
	}
}

// Every operation is in the client, or on the list of those that are left out, with a reason.
func TestClient_HasEveryOperationThatItDoesNotLeaveOut(t *testing.T) {
	doc, err := read(described)
	if err != nil {
		t.Fatal(err)
	}
	files, err := generate(described, folder)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, text := range files {
		all = append(all, text...)
	}
	ids, in := map[string]bool{}, 0
	for tag, ops := range doc.byTag() {
		ids[tag] = true
		for _, op := range ops {
			ids[op.ID] = true
			there := bytes.Contains(all, []byte("func (c *API) "+exported(op.ID)+"("))
			if there {
				in++
			}
			if there == (reasonFor(op) != "") {
				t.Errorf("%s: in the client %t, left out because %q", op.ID, there, reasonFor(op))
			}
		}
	}
	if in < 200 {
		t.Errorf("only %d operations are in the client", in)
	}
	for name := range left() {
		if !ids[name] {
			t.Errorf("%s is left out, and there is no such noun", name)
		}
	}
	for name := range leftAlone() {
		if !ids[name] {
			t.Errorf("%s is left out, and there is no such operation", name)
		}
	}
}
