package docs_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/sheet"
	"quartet/internal/source/registry"
)

// TestElements_EveryExampleGetsItsCode gives each example of elements.md to check.
func TestElements_EveryExampleGetsItsCode(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| .+ \\| `(\\{.+\\})` \\|$").FindAllStringSubmatch(read(t, "elements.md"), -1)
	var lines strings.Builder
	for _, row := range rows {
		lines.WriteString(row[2] + "\n")
	}
	n := &node{dir: t.TempDir()} // check needs no server
	out := strings.Split(strings.TrimSpace(n.command(t, lines.String(), "check", "--json", "-")), "\n")
	if len(rows) == 0 || len(out) != len(rows) {
		t.Fatalf("%d examples, %d results", len(rows), len(out))
	}
	for i, row := range rows {
		var found struct {
			Warn   []string
			Reject []struct{ Code string }
		}
		if err := json.Unmarshal([]byte(out[i]), &found); err != nil {
			t.Fatal(err)
		}
		codes := found.Warn
		for _, r := range found.Reject {
			codes = append(codes, r.Code)
		}
		if !slices.Contains(codes, row[1]) {
			t.Errorf("%s gets %v, not %s", row[2], codes, row[1])
		}
	}
}

// TestRegistry_HeadersAreThoseThatAreRead compares the table of registry.md with what a
// file with a strange header is told.
func TestRegistry_HeadersAreThoseThatAreRead(t *testing.T) {
	_, err := sheet.New(strings.NewReader("no such column\n"), 0)
	if err == nil {
		t.Fatal("a strange header is read")
	}
	_, list, _ := strings.Cut(err.Error(), "use ")
	known := strings.FieldsFunc(list, func(r rune) bool { return r == '|' || r == ',' || r == ' ' })

	var told []string
	sets := map[string]quartet.ElementSet{"name": quartet.NeedName, "ID number": quartet.NeedID, "card": quartet.NeedCard, "mobile": quartet.NeedMobile}
	word := regexp.MustCompile("`([^`]+)`")
	for _, row := range regexp.MustCompile("(?m)^\\| ([a-zA-Z ]+) \\| (`[^|]+`) \\|$").FindAllStringSubmatch(read(t, "registry.md"), -1) {
		for _, m := range word.FindAllStringSubmatch(row[2], -1) {
			told = append(told, m[1])
			r, err := sheet.New(strings.NewReader(m[1]+"\nx\n"), 0)
			if err != nil || r.Columns() != sets[row[1]] {
				t.Errorf("the column %s does not hold the %s (%v)", m[1], row[1], err)
			}
		}
	}
	slices.Sort(known)
	slices.Sort(told)
	if len(known) == 0 || !slices.Equal(known, told) {
		t.Errorf("registry.md tells the columns\n%v\nread are\n%v", told, known)
	}
}

// TestRegistry_StatusesMeanWhatTheTableSays reads every word of registry.md's table.
func TestRegistry_StatusesMeanWhatTheTableSays(t *testing.T) {
	rows := regexp.MustCompile(`(?m)^\| ([a-z ]+) \| ([^|]+) \| state \d \|$`).FindAllStringSubmatch(read(t, "registry.md"), -1)
	if len(rows) != int(registry.Dormant) {
		t.Errorf("%d statuses are told", len(rows))
	}
	for _, row := range rows {
		want := strings.ReplaceAll(row[1], " ", "_")
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[2], -1) {
			if s, ok := registry.ParseStatus(m[1]); !ok || s.String() != want {
				t.Errorf("%s is %s, not %s", m[1], s, want)
			}
		}
	}
}

// TestRooms_AreAllExplained compares the table of architecture.md with the folders that
// hold Go files.
func TestRooms_AreAllExplained(t *testing.T) {
	var told, there []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9./]+)` \\|").FindAllStringSubmatch(read(t, "architecture.md"), -1) {
		told = append(told, m[1])
	}
	for _, pattern := range []string{"../*.go", "../*/*.go", "../*/*/*.go", "../*/*/*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if room, err := filepath.Rel("..", filepath.Dir(file)); err == nil && !slices.Contains(there, room) {
				there = append(there, room)
			}
		}
	}
	slices.Sort(told)
	slices.Sort(there)
	if !slices.Equal(told, there) {
		t.Errorf("architecture.md explains\n%v\nthere are\n%v", told, there)
	}
}

// documents gives every document with its path from the root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"../*.md", "../*/*.md", "../*/*/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			texts[file] = read(t, file)
		}
	}
	if len(texts) < 10 {
		t.Fatalf("%d documents were found", len(texts))
	}
	return texts
}

// TestCommands_ExistAsTheDocumentsWriteThem looks every command line up in cli.md, which
// is made from the command tree: its words and its flags.
func TestCommands_ExistAsTheDocumentsWriteThem(t *testing.T) {
	reference := map[string]string{}
	for _, section := range strings.Split(read(t, "cli.md"), "\n## ")[1:] {
		name, text, _ := strings.Cut(section, "\n")
		reference[name] = text
	}
	line := regexp.MustCompile("(?m)(?:^    (?:[A-Z_]+=\\S+ )*|`)(?:go run ./cmd/)?(quartet(?: [a-z]+)+)([^`\n]*)")
	flag := regexp.MustCompile(`--[a-z-]+`)
	seen := 0
	for file, text := range documents(t) {
		if strings.HasSuffix(file, "cli.md") {
			continue
		}
		for _, m := range line.FindAllStringSubmatch(text, -1) {
			name := m[1]
			for reference[name] == "" && strings.Contains(name, " ") {
				name = name[:strings.LastIndex(name, " ")] // the last words are arguments
			}
			if name == "quartet" {
				t.Errorf("%s: there is no command %s", file, m[1])
			}
			seen++
			for _, f := range flag.FindAllString(m[2], -1) {
				if all := reference[name] + reference["quartet"]; !strings.Contains(all, f+" ") {
					t.Errorf("%s: %s has no flag %s", file, name, f)
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d commands were found", seen)
	}
}

// TestLinks_WithAnAnchorFindTheirHeading looks at what stands behind the # of a link.
func TestLinks_WithAnAnchorFindTheirHeading(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]*)#([^)]+)\)`)
	for file, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			to := file
			if m[1] != "" {
				to = filepath.Join(filepath.Dir(file), m[1])
			}
			found := false
			for _, h := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(read(t, to), -1) {
				found = found || strings.ReplaceAll(strings.ToLower(h[1]), " ", "-") == m[2]
			}
			if !found {
				t.Errorf("%s: %s has no heading %s", file, to, m[2])
			}
		}
	}
}

// TestHouse_NothingNamesTheMachineItWasMadeOn looks for folders of people and of
// workshops in everything that is text.
func TestHouse_NothingNamesTheMachineItWasMadeOn(t *testing.T) {
	machine := regexp.MustCompile(`/(home|root|Users|work)/[a-z]|\.\./shared`)
	files := 0
	err := filepath.WalkDir("..", func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "quartet-data"):
			return filepath.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			return err
		}
		files++
		if m := machine.Find(text); m != nil {
			t.Errorf("%s names %s", path, m)
		}
		return nil
	})
	if err != nil || files < 100 {
		t.Errorf("looked at %d files: %v", files, err)
	}
}
