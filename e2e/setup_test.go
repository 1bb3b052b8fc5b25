package e2e_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"quartet/internal/store/pgtest"
)

var (
	typedSecret = regexp.MustCompile(`(?:type:|手动输入：)\s+([A-Z2-7]{32})`)
	shownCode   = regexp.MustCompile(`AppCode: hand it to the buyer[^\n]*:\r?\n\s+(\S+)`)
)

// nowCode is the code that the app of a secret on the screen shows.
func nowCode(t *testing.T, screen string) string {
	t.Helper()
	all := typedSecret.FindAllStringSubmatch(screen, -1)
	if all == nil {
		t.Fatalf("no secret is shown:\n%s", screen)
	}
	code, err := totp.GenerateCode(all[len(all)-1][1], time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// prompts waits until the screen ends in a question whose answer is shown.
func (s *terminal) prompts(question string) {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if strings.HasSuffix(s.screen.String(), question) && s.shows() {
			return
		}
	}
	s.t.Fatalf("%q was not asked; the screen:\n%s", question, s.screen)
}

// servesTheBuyer starts the server from the settings that a setup wrote, and has the first
// buyer call once: one unit is gone.
func servesTheBuyer(t *testing.T, dir, appcode string, env []string) {
	t.Helper()
	config, data := filepath.Join(dir, "quartet.yaml"), filepath.Join(dir, "data")
	must(t, env, "registry", "import", peopleFile(t, 20), "--config", config)
	n, _ := launch(t, []string{binary(t)}, env, "serve", "--config", config)
	if !n.findAdmin() {
		t.Fatalf("serve did not start:\n%s", n.log)
	}
	who := invent(t, 20, importSeed)[0]
	if a := newClient(n.url, appcode).mustAsk(t, who.form()); a.result() != "1" {
		t.Errorf("the first call: %d %s %s", a.status, a.gateway(), a.body)
	}
	grants := lines[grant](t, must(t, env, "quota", "show", "--json", "--data", data))
	if len(grants) != 1 || grants[0].Used != 1 || grants[0].Units != 100 || grants[0].Held != 0 {
		t.Errorf("the book has %+v", grants)
	}
	if code := n.stop(); code != 0 {
		t.Errorf("serve ended with %d:\n%s", code, n.log)
	}
}

func TestSetup_AtATerminal(t *testing.T) {
	t.Parallel()
	dir, env := t.TempDir(), environ()
	args := []string{"setup", "--config", filepath.Join(dir, "quartet.yaml"), "--data", filepath.Join(dir, "data")}
	s := atTerminal(t, env, args...)
	s.prompts("[" + filepath.Join(dir, "data") + "]: ")
	s.types("\n")
	s.prompts("[" + filepath.Join(dir, "quartet.keyring") + "]: ")
	s.types("\n")
	s.saw("back the keyring")
	s.prompts("Choose [1]: ")
	s.types("\n")
	s.prompts("Choose [1]: ")
	s.types("1\n")
	s.prompts("[127.0.0.1:8080]: ")
	s.types("0.0.0.0:0\n")
	s.saw("! other machines can reach 0.0.0.0:0")
	s.prompts("Choose [1]: ")
	s.types("1\n")
	s.prompts(": ")
	s.types("127.0.0.1:0\n")
	s.saw("Name (")
	s.prompts("]: ")
	s.types("zhang\n")
	s.asked("do well): ")
	s.types("aaaaaaaaaaaaaa\n")
	s.asked("The same again: ")
	s.types("aaaaaaaaaaaaaa\n")
	s.saw("! the password is easily guessed")
	s.prompts("[zhang]: ")
	s.types("\n")
	s.asked("do well): ")
	s.types(words + "\n")
	s.asked("The same again: ")
	s.types(words + "\n")
	s.prompts("Six digits: ")
	if screen := s.screen.String(); !strings.Contains(screen, "▄") || !strings.Contains(screen, "\x1b[30;107m") {
		t.Errorf("no QR code is drawn:\n%s", screen)
	}
	s.types(nowCode(t, s.screen.String()) + "\n")
	s.saw("Recovery codes")
	s.saw("match 1, mismatch 1, undetermined 0")
	s.prompts("Choose [1]: ")
	s.types("1\n")
	s.prompts("line of business): ")
	s.types("Acme Air\n")
	s.prompts("[100]: ")
	s.types("\n")
	if code := s.ends(); code != 0 {
		t.Fatalf("exit %d\n%s", code, s.screen)
	}
	s.saw("quartet serve --config " + filepath.Join(dir, "quartet.yaml"))
	screen := s.screen.String()
	if strings.Contains(screen, words) {
		t.Errorf("the password is on the screen:\n%s", screen)
	}
	shown := shownCode.FindStringSubmatch(screen)
	if shown == nil {
		t.Fatalf("no AppCode is shown:\n%s", screen)
	}
	before := readTree(t, dir)["quartet.yaml"]
	again := must(t, env, args...)
	if strings.Count(again, ": done") != 8 || strings.Contains(again, shown[1]) || readTree(t, dir)["quartet.yaml"] != before {
		t.Errorf("the second run says\n%s", again)
	}
	servesTheBuyer(t, dir, shown[1], env)
}

// It is answered through a pipe, and killed when it asks for the next step.
func TestSetup_KilledBetweenAnyTwoSteps(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { killSetup(t, "1\n", environ()) })
	t.Run("PostgreSQL", func(t *testing.T) {
		killSetup(t, "2\n"+pgtest.Shared(t).NewDatabase(t)+"\n\n", environ())
	})
}

func killSetup(t *testing.T, store string, env []string) {
	dir := t.TempDir()
	args := []string{"setup", "--config", filepath.Join(dir, "quartet.yaml"), "--data", filepath.Join(dir, "data")}
	code := func(screen string) string { return nowCode(t, screen) + "\n" }
	text := func(s string) func(string) string { return func(string) string { return s } }
	for _, run := range []struct {
		say  []func(screen string) string
		wait []string // what is on the screen before each of them
		next string   // what is on the screen when it is killed
	}{
		{[]func(string) string{text("\n\n")}, []string{"[1/8]"}, "[2/8]"},
		{[]func(string) string{text(store)}, []string{"[2/8]"}, "[3/8]"},
		{[]func(string) string{text("1\n127.0.0.1:0\n")}, []string{"[3/8]"}, "[4/8]"},
		{[]func(string) string{text("zhang\n" + words + "\n")}, []string{"[4/8]"}, "[5/8]"},
		{[]func(string) string{text(words + "\n"), code}, []string{"[5/8]", "type:"}, "[7/8]"},
		{[]func(string) string{text("1\n")}, []string{"[7/8]"}, "[8/8]"},
		{[]func(string) string{text("1\nAcme Air\n\n")}, []string{"[7/8]"}, ""},
	} {
		cmd := exec.Command(binary(t), args...)
		screen := &buffer{}
		cmd.Env, cmd.Stdout, cmd.Stderr = env, screen, screen
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		in, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		until := func(words string) {
			for end := time.Now().Add(30 * time.Second); !strings.Contains(screen.String(), words); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					_ = cmd.Process.Kill()
					t.Fatalf("%q was never said:\n%s", words, screen)
				}
			}
		}
		for i, say := range run.say {
			until(run.wait[i])
			if _, err := io.WriteString(in, say(screen.String())); err != nil {
				t.Fatal(err)
			}
		}
		if run.next != "" {
			until(run.next)
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // killed
			continue
		}
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%v\n%s", err, screen)
		}
		shown := shownCode.FindStringSubmatch(screen.String())
		if shown == nil {
			t.Fatalf("no AppCode is shown:\n%s", screen)
		}
		servesTheBuyer(t, dir, shown[1], env)
	}
}

func TestSetup_AnswersFromAFile(t *testing.T) {
	t.Parallel()
	dir, env := t.TempDir(), environ()
	answers := filepath.Join(dir, "answers.yaml")
	if err := os.WriteFile(answers, []byte("keys: {data: "+filepath.Join(dir, "data")+", keyring: "+filepath.Join(dir, "keys/ring")+"}\nstore: {kind: sqlite}\naddress: {way: loopback, listen: 0.0.0.0:1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, exit := typed(t, env, "", "setup", "--lang", "zh", "--config", filepath.Join(dir, "quartet.yaml"), "--answers", answers)
	if exit != 1 || !strings.Contains(errs, "明文 HTTP") || !strings.Contains(out, "[3/8] 地址与 TLS") {
		t.Errorf("exit %d\n%s%s", exit, out, errs)
	}
}
