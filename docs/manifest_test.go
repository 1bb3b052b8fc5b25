package docs_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestManifests_ExplainEveryKey compares manifests.md with the keys that the code reads.
func TestManifests_ExplainEveryKey(t *testing.T) {
	code, err := os.ReadFile("../internal/source/httpjson/schema.go")
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, m := range regexp.MustCompile("`yaml:\"(\\w+)[\",]").FindAllStringSubmatch(string(code), -1) {
		keys = append(keys, m[1])
	}
	// Rows begin with what they explain: keys, or words.
	var told []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*) \\|").FindAllStringSubmatch(read(t, "manifests.md"), -1) {
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			told = append(told, m[1])
		}
	}
	short := []string{"id", "card", "mobile", "by", "take", "step"} // explained within the row of what holds them, or needing no key
	for _, key := range keys {
		if !slices.Contains(told, key) && !slices.Contains(short, key) {
			t.Errorf("manifests.md does not explain the key %s", key)
		}
	}
	if len(keys) < 70 {
		t.Errorf("only %q are keys", strings.Join(keys, " "))
	}
}
