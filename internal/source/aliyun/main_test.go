package aliyun_test

import (
	"os"
	"os/exec"
	"testing"
)

// TestMain runs the tests in a process that was started with DEBUG=sdk: the cloud's SDK
// reads it before any test begins, and would print every question.
func TestMain(m *testing.M) {
	if os.Getenv("DEBUG") == "sdk" {
		os.Exit(m.Run())
	}
	cmd := exec.Command(os.Args[0], os.Args[1:]...)
	cmd.Env = append(os.Environ(), "DEBUG=sdk")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		os.Exit(1)
	}
}
