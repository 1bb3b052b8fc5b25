package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a command that somebody runs at a terminal.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File // what is typed and seen
	tty    *os.File // the command's end, to look at its settings
	screen *buffer
}

func atTerminal(t *testing.T, env []string, args ...string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &terminal{t: t, cmd: exec.Command(binary(t), args...), master: master, tty: tty, screen: &buffer{}}
	s.cmd.Env, s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = env, tty, tty, tty
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer master.Close()
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			_, _ = s.screen.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // it may be gone
		_ = tty.Close()          // after which the reader is at its end
	})
	return s
}

// shows reports whether the terminal shows what is typed.
func (s *terminal) shows() bool {
	s.t.Helper()
	settings, err := unix.IoctlGetTermios(int(s.tty.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	return settings.Lflag&unix.ECHO != 0
}

// asked waits until the screen ends in a question and hides the answer.
func (s *terminal) asked(question string) {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if strings.HasSuffix(s.screen.String(), question) && !s.shows() {
			return
		}
	}
	s.t.Fatalf("%q was not asked in secret; the screen:\n%s", question, s.screen)
}

func (s *terminal) types(text string) {
	s.t.Helper()
	if _, err := s.master.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// ends waits for the command and gives its exit code.
func (s *terminal) ends() int {
	s.t.Helper()
	ended := make(chan struct{})
	go func() {
		_ = s.cmd.Wait() // the code says it
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		s.t.Fatalf("it does not end; the screen:\n%s", s.screen)
	}
	return s.cmd.ProcessState.ExitCode()
}

// saw waits until the screen has a text: what a command wrote last comes after its end.
func (s *terminal) saw(text string) {
	s.t.Helper()
	for end := time.Now().Add(5 * time.Second); !strings.Contains(s.screen.String(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%q is not on the screen:\n%s", text, s.screen)
		}
	}
}

func TestPasswords_AreAskedForInSecret(t *testing.T) {
	t.Parallel()
	t.Run("without a server", func(t *testing.T) { askInSecret(t, newDesk(t, folder(t))) })
	t.Run("beside a server", func(t *testing.T) {
		dir := folder(t)
		startServe(t, dir, environ())
		askInSecret(t, newDesk(t, dir))
	})
}

func askInSecret(t *testing.T, d desk) {
	made := d.add()
	s := atTerminal(t, d.env, "operator", "add", "zhang", "--data", d.dir)
	s.asked("New password of zhang: ")
	s.types(words + "\n")
	s.asked("The same again: ")
	s.types(words + "\n")
	if code := s.ends(); code != 0 || !s.shows() {
		t.Fatalf("exit %d, the terminal shows again what is typed: %v\n%s", code, s.shows(), s.screen)
	}
	s.saw("added operator zhang")
	if strings.Contains(s.screen.String(), words) {
		t.Errorf("the password was shown:\n%s", s.screen)
	}

	s = atTerminal(t, d.env, "credential", "show", made.ID, "--reason", "the buyer lost it", "--data", d.dir)
	s.asked("Password of zhang: ")
	s.types(words + "\n")
	if code := s.ends(); code != 0 {
		t.Fatalf("exit %d\n%s", code, s.screen)
	}
	s.saw(made.Secret)

	// Whoever thinks better of it has his terminal back as it was.
	s = atTerminal(t, d.env, "credential", "show", made.ID, "--reason", "the buyer lost it", "--data", d.dir)
	s.asked("Password of zhang: ")
	s.types("\x03")
	if code := s.ends(); code != 1 || !s.shows() {
		t.Errorf("exit %d, the terminal shows again what is typed: %v\n%s", code, s.shows(), s.screen)
	}
	s.saw("quartet: interrupted")
	if n := strings.Count(d.must("audit", "list", "--json"), "credential.show"); n != 1 {
		t.Errorf("it was shown %d times", n)
	}
}
