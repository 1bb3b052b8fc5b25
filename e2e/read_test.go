package e2e_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readUntil reads what a process prints until a word has come.
func readUntil(t *testing.T, r io.Reader, word string) string {
	t.Helper()
	var text strings.Builder
	chunk := make([]byte, 4096)
	for {
		n, err := r.Read(chunk)
		text.Write(chunk[:n])
		if strings.Contains(text.String(), word) {
			return text.String()
		}
		if err != nil {
			t.Fatalf("it ended before saying %q:\n%s", word, text.String())
		}
	}
}

// readTree reads every file below a folder.
func readTree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		files[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
