package person_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"quartet"
)

func TestAuthenticate_SaysTheSameOfAWrongAddressAndAWrongPassword(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	got, err := d.Authenticate(t.Context(), door, "ＺＨＡＮＧ@example.com", password)
	if err != nil || got.ID != p.ID {
		t.Fatalf("%+v, %v", got, err)
	}
	_, wrong := d.Authenticate(t.Context(), door, "zhang@example.com", "other words in a row")
	d.wantAudit(t, door+"|person.refused|"+p.ID+"|wrong password")
	_, strange := d.Authenticate(t.Context(), door, "nobody@example.com", password)
	d.wantAudit(t, door+"|person.refused||an address that nobody has")
	_, none := d.Authenticate(t.Context(), door, "my secret typed too early", password)
	for _, err := range []error{wrong, strange, none} {
		if quartet.CodeOf(err) != quartet.ErrUnauthenticated || err.Error() != wrong.Error() {
			t.Errorf("%v", err)
		}
	}
	if strings.Contains(strings.Join(d.audit(t), " "), "typed too early") {
		t.Error("the audit repeats what was typed")
	}
}

func TestAuthenticate_LimitsFailuresAlsoAcrossARestart(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	for range 4 {
		_, err := d.Authenticate(t.Context(), door, "zhang@example.com", "wrong")
		wantCode(t, "wrong", err, quartet.ErrUnauthenticated)
	}
	_, err := d.Authenticate(t.Context(), door, "zhang@example.com", password)
	must(t, err) // which forgives the four
	for range 5 {
		_, err := d.Authenticate(t.Context(), door, "zhang@example.com", "wrong")
		wantCode(t, "wrong", err, quartet.ErrUnauthenticated)
	}
	d.restart(t)
	_, err = d.Authenticate(t.Context(), door, "zhang@example.com", password)
	wantCode(t, "the right one after five wrong ones", err, quartet.ErrLimited)
	if !strings.Contains(err.Error(), "2026-03-02 12:15:00") {
		t.Errorf("%v", err)
	}
	d.wantAudit(t, "person.limited||too many failed sign-ins")

	// A code to the address opens it again.
	asked, err := d.AskToReset(t.Context(), door, "zhang@example.com")
	must(t, err)
	_, code := d.lastMail(t, "zhang@example.com")
	next, err := d.Reset(t.Context(), door, asked.ID, code, "other words in a row")
	if err != nil || next.Epoch != p.Epoch+1 {
		t.Fatalf("%+v, %v", next, err)
	}
	_, err = d.Authenticate(t.Context(), door, "zhang@example.com", "other words in a row")
	must(t, err)
	if text, _ := d.lastMail(t, "zhang@example.com"); !strings.Contains(text, "重置了密码") {
		t.Errorf("told %q", text)
	}
	_, err = d.Reset(t.Context(), door, asked.ID, code, password)
	wantCode(t, "the code once more", err, quartet.ErrReplayed)
	standing, err := d.Standing(t.Context(), quartet.Session{Who: p.ID, Epoch: p.Epoch})
	if err != nil || standing.Epoch == p.Epoch {
		t.Errorf("old sessions go on: %+v, %v", standing, err)
	}
}

func TestAuthenticate_LimitsFailuresFromOneOrigin(t *testing.T) {
	d := newDesk(t)
	// Thirty are counted by what refuses without hashing: each address is limited already.
	ctx := as(t, "192.0.2.7")
	for i := range 6 {
		for range 5 {
			_, err := d.Authenticate(ctx, door, fmt.Sprintf("a%d@example.com", i), "wrong")
			wantCode(t, "wrong", err, quartet.ErrUnauthenticated)
		}
	}
	_, err := d.Authenticate(ctx, door, "fresh@example.com", "wrong")
	wantCode(t, "the 31st", err, quartet.ErrLimited)
	_, err = d.Authenticate(as(t, "192.0.2.8"), door, "fresh@example.com", "wrong")
	wantCode(t, "from elsewhere", err, quartet.ErrUnauthenticated)
}

func TestReset_TellsAStrangerByLetterAlone(t *testing.T) {
	d := newDesk(t)
	asked, err := d.AskToReset(t.Context(), door, "nobody@example.com")
	must(t, err)
	text, code := d.lastMail(t, "nobody@example.com")
	if code != "" || !strings.Contains(text, "尚未注册") {
		t.Errorf("told %q", text)
	}
	_, err = d.Reset(t.Context(), door, asked.ID, "123456", password)
	wantCode(t, "a guess", err, quartet.ErrInvalid)
}

func TestDisable_EndsSessionsAndKeepsAPersonOut(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	_, err := d.Disable(t.Context(), "王芳", p.ID, "设备遗失")
	must(t, err)
	d.wantAudit(t, "王芳|person.disable|"+p.ID)
	_, err = d.Standing(t.Context(), quartet.Session{Who: p.ID})
	wantCode(t, "its sessions", err, quartet.ErrNotFound)
	_, err = d.Authenticate(t.Context(), door, "zhang@example.com", password)
	wantCode(t, "signing in", err, quartet.ErrForbidden)
	_, err = d.Authenticate(t.Context(), door, "zhang@example.com", "wrong")
	wantCode(t, "whoever does not know the password learns nothing", err, quartet.ErrUnauthenticated)
	back, err := d.Enable(t.Context(), "王芳", p.ID)
	if err != nil || back.Epoch != p.Epoch+1 {
		t.Errorf("%+v, %v", back, err)
	}
	_, err = d.Authenticate(t.Context(), door, "zhang@example.com", password)
	must(t, err)
}

func TestChangePassword_EndsSessionsAndTells(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	must(t, d.ProvePassword(t.Context(), p.ID, password))
	wantCode(t, "a wrong one", d.ProvePassword(t.Context(), p.ID, "wrong"), quartet.ErrUnauthenticated)
	d.wantAudit(t, "person "+p.ID+"|person.refused|"+p.ID+"|wrong password")
	_, err := d.ChangePassword(t.Context(), p.ID, "zhang@example.com")
	wantCode(t, "the address as password", err, quartet.ErrInvalid)
	next, err := d.ChangePassword(t.Context(), p.ID, "other words in a row")
	if err != nil || next.Epoch != p.Epoch+1 {
		t.Fatalf("%+v, %v", next, err)
	}
	must(t, d.ProvePassword(t.Context(), p.ID, "other words in a row"))
	if text, _ := d.lastMail(t, "zhang@example.com"); !strings.Contains(text, "修改了密码") {
		t.Errorf("told %q", text)
	}
}

func TestMove_TellsTheOldAddress(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	q, _ := d.register(t, "wang@example.com", "王芳")
	asked, err := d.AskToMove(t.Context(), p.ID, "new@example.com")
	must(t, err)
	_, code := d.lastMail(t, "new@example.com")
	_, err = d.Move(t.Context(), q.ID, asked.ID, code)
	wantCode(t, "by somebody else", err, quartet.ErrInvalid)
	_, err = d.Move(t.Context(), p.ID, asked.ID, code)
	must(t, err)
	d.wantAudit(t, `person.address|`+p.ID+`|email|{"address":"z***@example.com"}|{"address":"n***@example.com"}`)
	if text, _ := d.lastMail(t, "zhang@example.com"); !strings.Contains(text, "绑定了新的联系方式 n***@example.com") {
		t.Errorf("told %q", text)
	}
	if _, err := d.At(t.Context(), "wang", "zhang@example.com"); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("the old address is still there: %v", err)
	}

	// A mobile beside it; the e-mail address is told.
	asked, err = d.AskToMove(t.Context(), p.ID, "13900000001")
	must(t, err)
	d.deliver(t)
	_, err = d.Move(t.Context(), p.ID, asked.ID, d.texts[len(d.texts)-1].Code)
	must(t, err)
	if text, _ := d.lastMail(t, "new@example.com"); !strings.Contains(text, "139****0001") {
		t.Errorf("told %q", text)
	}
	for _, address := range []string{"new@example.com", "13900000001"} {
		if got, err := d.At(t.Context(), "wang", address); err != nil || got.ID != p.ID {
			t.Errorf("%s: %+v, %v", address, got, err)
		}
	}

	asked, err = d.AskToMove(t.Context(), p.ID, "wang@example.com")
	must(t, err)
	if text, code := d.lastMail(t, "wang@example.com"); code != "" || !strings.Contains(text, "已被使用") {
		t.Errorf("told %q", text)
	}
	_, err = d.Move(t.Context(), p.ID, asked.ID, "123456")
	wantCode(t, "an address that is taken", err, quartet.ErrInvalid)
}

func TestRename_KeepsWhatItWas(t *testing.T) {
	d := newDesk(t)
	p, _ := d.register(t, "zhang@example.com", "张三丰")
	_, err := d.Rename(t.Context(), p.ID, "a\nb")
	wantCode(t, "a line break", err, quartet.ErrInvalid)
	got, err := d.Rename(t.Context(), p.ID, " 三丰 ")
	if err != nil || got.Name != "三丰" {
		t.Errorf("%+v, %v", got, err)
	}
	d.wantAudit(t, `person.rename|`+p.ID+`||{"name":"张三丰"}|{"name":"三丰"}`)
	d.now = d.now.Add(time.Minute)
}
