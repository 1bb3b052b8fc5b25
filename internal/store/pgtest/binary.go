package pgtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// debianBins is where Debian keeps the server's programs, outside PATH, a folder a version.
const debianBins = "/usr/lib/postgresql/*/bin"

// findBinaries returns the folder that holds initdb and postgres: the newest of Debian's,
// else the one in PATH.
func findBinaries() (string, error) {
	folders, err := filepath.Glob(debianBins)
	if err != nil {
		return "", fmt.Errorf("look for PostgreSQL: %w", err)
	}
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		folders = append(folders, filepath.Dir(path))
	}
	for _, folder := range folders {
		if isProgram(filepath.Join(folder, "initdb")) && isProgram(filepath.Join(folder, "postgres")) {
			return folder, nil
		}
	}
	return "", fmt.Errorf("PostgreSQL's programs initdb and postgres are neither in PATH nor in %s: "+
		"run `make deps`, or install them (Debian: apt-get install postgresql)", debianBins)
}

// version of a folder like /usr/lib/postgresql/15/bin; 0 if it names none.
func version(folder string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
	if err != nil {
		return 0
	}
	return n
}

func isProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
