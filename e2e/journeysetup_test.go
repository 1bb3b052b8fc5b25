package e2e_test

import (
	"bufio"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// A fresh folder is set up in the browser; then the server starts from what was written, and
// the first buyer's call is charged once. The pages are for one browser, and gone behind the
// last step.
func TestSetup_InTheBrowser(t *testing.T) {
	t.Parallel()
	journey(t, func(t *testing.T, width int64) {
		dir, env := t.TempDir(), environ()
		args := []string{"setup", "--web", "--web-listen", "127.0.0.1:0", "--config", filepath.Join(dir, "quartet.yaml"), "--data", filepath.Join(dir, "data")}
		cmd := exec.Command(binary(t), args...)
		cmd.Env = env
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		screen := bufio.NewReader(out)
		line := func(shape string) string {
			for {
				text, err := screen.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				if m := regexp.MustCompile(shape).FindStringSubmatch(text); m != nil {
					return m[1]
				}
			}
		}
		url := line(`(http://\S+)/`)
		code := line(`code\s+(\S+)`)

		b := sit(t, url, width)
		b.forgive(http.StatusUnauthorized, "/")
		b.forgive(http.StatusUnprocessableEntity, "/")
		b.open("/")
		b.sees("请输入终端上显示的一次性代码")
		b.types("code", "ABCD-EFGH-JKLM")
		b.presses("开始设置")
		b.sees("代码不对")
		b.looks("setup-door")
		b.types("code", strings.ToLower(code))
		b.presses("开始设置")
		b.sees("密钥与数据目录")
		b.looks("setup-keys")
		b.presses("继续")
		b.sees("密钥环文件")
		b.types("answer.keyring", filepath.Join(dir, "data", "ring"))
		b.presses("继续")
		b.sees("在数据目录里：数据一旦被复制")
		b.looks("setup-refused")
		b.types("answer.keyring", filepath.Join(dir, "quartet.keyring"))
		b.presses("继续")
		b.sees("请现在备份密钥环")
		b.looks("setup-done")
		b.presses("继续")
		b.sees("PostgreSQL：已有的数据库")
		b.presses("继续")
		b.sees("谁来调用")
		b.presses("继续")
		b.sees("监听地址")
		b.types("answer.listen", "127.0.0.1:0")
		b.presses("继续")
		b.sees("再输入一次")
		b.types("answer.name", "zhang")
		b.types("answer.password", words)
		b.types("again.password", words)
		b.looks("setup-administrator")
		b.presses("继续")
		b.sees("六位数字")
		b.looks("setup-factor")
		secret := strings.ReplaceAll(b.text("p.font-monospace"), " ", "")
		now, err := totp.GenerateCode(secret, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		b.types("answer.code", now)
		b.presses("继续")
		b.sees("恢复码")
		b.looks("setup-recovery")
		b.presses("继续")
		b.sees("由谁给出核验结果")
		b.looks("setup-source")
		b.presses("继续")
		b.sees("这一步已完成")
		b.presses("继续")
		b.sees("买家名称")
		b.types("answer.name", "北方航空")
		b.looks("setup-buyer")

		// Another browser, and a program that has learnt the code, find the door shut.
		if r, err := http.PostForm(url+"/enter", map[string][]string{"code": {code}}); err != nil || r.StatusCode != http.StatusGone {
			t.Errorf("the code opened a second time: %v, %v", r, err)
		}
		b.presses("继续")
		b.sees("设置完成")
		b.looks("setup-end")
		b.sees("quartet serve --config " + filepath.Join(dir, "quartet.yaml"))
		appcode := b.text("pre.recovery-codes")
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		if _, err := http.Get(url); err == nil {
			t.Error("the pages are still served")
		}
		if again := must(t, env, args...); strings.Contains(again, "http://127.0.0.1:0/\n  code") || strings.Count(again, ": done") != 8 {
			t.Errorf("pages are served of a house that is complete:\n%s", again)
		}
		servesTheBuyer(t, dir, appcode, env)
	})
}
