package notify_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/notify"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, quartet.Shanghai)

// desk is an office with a store and a clock of its own.
type desk struct {
	*notify.Office
	store *store.Store
	dir   string
	now   time.Time
}

func newDesk(t *testing.T, o notify.Options) *desk {
	t.Helper()
	dir := storetest.Folder(t)
	ring, err := seal.Create(filepath.Join(t.TempDir(), "ring"))
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	o.House = "四要素"
	d := &desk{store: st, dir: dir, now: noon}
	d.Office = notify.New(st, ring, o, func() time.Time { return d.now })
	return d
}

func address(t *testing.T, s string) quartet.Address {
	t.Helper()
	a, err := quartet.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// post keeps what is handed over, and refuses while it is down.
type post struct {
	mails []notify.Mail
	texts []notify.Text
	down  error
}

func (p *post) Mail(_ context.Context, m notify.Mail) error {
	p.mails = append(p.mails, m)
	return p.down
}

func (p *post) Text(_ context.Context, t notify.Text) error {
	p.texts = append(p.texts, t)
	return p.down
}

func (d *desk) put(t *testing.T, to string, l notify.Letter) string {
	t.Helper()
	m := d.Write(address(t, to), l)
	if err := d.store.PutMessages(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return m.ID
}

func TestSend_AMailTellsHowSupportIsReached(t *testing.T) {
	p := &post{}
	d := newDesk(t, notify.Options{Mailer: p, Texter: p, Support: quartet.SupportLines{Line400: "400-000-0000", Mail: "help@example.com"}})
	for _, to := range []string{"zhang@example.com", "13900000001"} {
		if err := d.Send(t.Context(), d.put(t, to, notify.Letter{Kind: "alert.errors", Subject: "调用失败增多提醒", Text: "其中 5 次没有得到核验结果"})); err != nil {
			t.Fatal(err)
		}
	}
	if got := p.mails[0].Text; got != "其中 5 次没有得到核验结果\n\n四要素\n400-000-0000 · help@example.com\n" {
		t.Errorf("the mail says %q", got)
	}
	if got := p.texts[0].Text; got != "【四要素】其中 5 次没有得到核验结果" { // it is paid for by its length
		t.Errorf("the SMS says %q", got)
	}
}

func TestSend_SendsOnceAndErases(t *testing.T) {
	p := &post{}
	d := newDesk(t, notify.Options{Mailer: p, Texter: p})
	mail := d.put(t, "zhang@example.com", notify.Letter{Kind: "code.signup", Subject: "验证码", Text: "验证码 482913", Code: "482913"})
	text := d.put(t, "13900000001", notify.Letter{Kind: "code.signup", Subject: "验证码", Text: "验证码 482913", Code: "482913"})
	for range 2 {
		for _, id := range []string{mail, text} {
			if err := d.Send(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(p.mails) != 1 || len(p.texts) != 1 {
		t.Fatalf("%d mails and %d texts", len(p.mails), len(p.texts))
	}
	if m := p.mails[0]; m.ID != mail || m.To.Reveal() != "zhang@example.com" || m.Subject != "验证码" || m.Text != "验证码 482913\n\n四要素\n" {
		t.Errorf("%+v", m)
	}
	if x := p.texts[0]; x.ID != text || x.To.Reveal() != "13900000001" || x.Text != "【四要素】验证码 482913" || x.Code != "482913" {
		t.Errorf("%+v", x)
	}
	m, err := d.store.Message(t.Context(), mail)
	if err != nil || m.Sealed != nil || !m.Sent.Equal(noon) {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestSend_KeepsWhatCouldNotGo(t *testing.T) {
	p := &post{down: quartet.Errorf(quartet.ErrUnavailable, "down")}
	d := newDesk(t, notify.Options{Mailer: p})
	id := d.put(t, "zhang@example.com", notify.Letter{Kind: "x", Text: "hello", Expires: noon.Add(time.Minute)})
	if err := d.Send(t.Context(), id); !errors.Is(err, p.down) {
		t.Fatalf("got %v", err)
	}
	p.down = nil
	d.now = noon.Add(time.Minute - 1)
	if err := d.Send(t.Context(), id); err != nil || len(p.mails) != 2 || p.mails[0] != p.mails[1] {
		t.Errorf("%v, %+v", err, p.mails)
	}
}

func TestSend_SendsNothingWhoseTimeIsOver(t *testing.T) {
	p := &post{}
	d := newDesk(t, notify.Options{Mailer: p})
	id := d.put(t, "zhang@example.com", notify.Letter{Kind: "x", Text: "hello", Expires: noon.Add(time.Minute)})
	d.now = noon.Add(time.Minute)
	if err := d.Send(t.Context(), id); quartet.CodeOf(err) != quartet.ErrUnsupported || len(p.mails) != 0 {
		t.Errorf("%v, %d mails", err, len(p.mails))
	}
	if m, err := d.store.Message(t.Context(), id); err != nil || m.Sealed != nil || !m.Sent.IsZero() {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestSend_SaysWhatIsNotSet(t *testing.T) {
	d := newDesk(t, notify.Options{Mailer: &post{}})
	if !d.Reaches(quartet.ChannelEmail) || d.Reaches(quartet.ChannelMobile) || d.Reaches("") {
		t.Error("it reaches what it cannot")
	}
	if err := d.Send(t.Context(), d.put(t, "13900000001", notify.Letter{Kind: "x", Text: "y"})); quartet.CodeOf(err) != quartet.ErrUnsupported {
		t.Errorf("got %v", err)
	}
	if err := d.Send(t.Context(), "none"); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("got %v", err)
	}
}

func TestMessages_LieSealedInTheStore(t *testing.T) {
	d := newDesk(t, notify.Options{})
	d.put(t, "zhangsanfeng@example.com", notify.Letter{Kind: "code.signup", Subject: "planted subject", Text: "planted text 482913", Code: "482913"})
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(d.dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, planted := range []string{"zhangsanfeng", "planted", "482913"} {
			if strings.Contains(string(text), planted) {
				t.Errorf("%s shows %s", f, planted)
			}
		}
	}
}

func TestMailbox_KeepsTheLastMessages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mailbox")
	now := noon
	box, err := notify.NewMailbox(dir, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for range 203 {
		now = now.Add(time.Second)
		if err := box.Mail(t.Context(), notify.Mail{ID: "1", To: address(t, "zhang@example.com"), Subject: "验证码", Text: "482913"}); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Second)
	if err := box.Text(t.Context(), notify.Text{ID: "2", To: address(t, "13900000001"), Text: "【四要素】482914"}); err != nil {
		t.Fatal(err)
	}
	last, err := box.Read(2)
	if err != nil || len(last) != 2 || last[0] != "To: 13900000001\n\n【四要素】482914\n" || last[1] != "To: zhang@example.com\nSubject: 验证码\n\n482913" {
		t.Errorf("%q, %v", last, err)
	}
	if all, err := box.Read(1000); err != nil || len(all) != 200 {
		t.Errorf("%d are kept, %v", len(all), err)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
}
