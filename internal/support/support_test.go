package support_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/notify"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
	"quartet/internal/support"
	"quartet/internal/web"
)

// office is the desk of a house that has two accounts and a mail server.
type office struct {
	*support.Desk
	t       *testing.T
	store   *store.Store
	post    *notify.Office
	numbers *quartet.SeqNoCipher
	now     time.Time
	mails   []notify.Mail
}

func newOffice(t *testing.T) *office {
	t.Helper()
	return newOfficeOn(t, store.Options{Dir: storetest.Folder(t)})
}

func newOfficeOn(t *testing.T, at store.Options) *office {
	t.Helper()
	st, err := store.Open(t.Context(), at)
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keyring"))
	must(t, err)
	o := &office{t: t, store: st, numbers: quartet.NewSeqNoCipher([16]byte{1}), now: time.Date(2026, 3, 1, 9, 0, 0, 0, quartet.Shanghai)}
	clock := func() time.Time { return o.now }
	o.post = notify.New(st, ring, notify.Options{House: "示例", Mailer: o}, clock)
	o.Desk = support.New(support.Options{
		Store: st, Ring: ring, SeqNos: o.numbers, Post: o.post, People: o, Now: clock, Site: "https://shop.example", Alone: at.URL == "",
		Lines: quartet.SupportLines{Mail: "support@example.com"},
	})
	for _, id := range []string{"a", "b"} {
		must(t, st.CreateAccount(t.Context(), quartet.Account{ID: id, Name: id, CreatedAt: o.now}, quartet.AuditEntry{}))
	}
	return o
}

// Mail implements notify.Mailer.
func (o *office) Mail(_ context.Context, m notify.Mail) error {
	o.mails = append(o.mails, m)
	return nil
}

// Letters implements support.People.
func (o *office) Letters(_ context.Context, account string, _ []string, l notify.Letter) ([]quartet.Message, error) {
	to, err := quartet.ParseAddress(account + "@example.com")
	return []quartet.Message{o.post.Write(to, l)}, err
}

// work does what is due, as the runner of jobs does.
func (o *office) work() {
	o.t.Helper()
	for {
		jobs, err := o.store.ClaimJobs(o.t.Context(), []string{support.JobTell, support.JobFall, quartet.JobMailSend}, o.now, o.now.Add(time.Hour), 99)
		must(o.t, err)
		if len(jobs) == 0 {
			return
		}
		for _, j := range jobs {
			do := map[string]func(context.Context, string) error{support.JobTell: o.Tell, support.JobFall: o.Fall, quartet.JobMailSend: o.post.Send}[j.Kind]
			must(o.t, do(o.t.Context(), j.Key))
			must(o.t, do(o.t.Context(), j.Key)) // a crash repeats what was done
			j.State, j.Ended = quartet.JobDone, o.now
			must(o.t, o.store.EndJob(o.t.Context(), j))
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, what string, err error, want quartet.ErrorCode) {
	t.Helper()
	if got := quartet.CodeOf(err); got != want {
		t.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

var (
	zhang    = support.Who{ID: "zhang", By: "person zhang", Name: "张", Side: quartet.SideBuyer, Account: "a"}
	stranger = support.Who{ID: "li", By: "person li", Name: "李", Side: quartet.SideBuyer, Account: "b"}
	wang     = support.Who{ID: "wang", By: "wang", Name: "wang", Side: quartet.SideSupport}
)

func (o *office) open(live bool) support.Opened {
	o.t.Helper()
	t, _, err := o.Open(o.t.Context(), zhang, support.Question{Subject: "调用失败", Text: "为什么", Category: "call", Live: live})
	must(o.t, err)
	return t
}

func (o *office) say(who support.Who, ticket, id string) support.Line {
	o.t.Helper()
	l, err := o.Say(o.t.Context(), who, ticket, id+"-message", "说 "+id)
	must(o.t, err)
	return l
}

func (o *office) state(ticket string) quartet.Ticket {
	o.t.Helper()
	t, err := o.store.Ticket(o.t.Context(), ticket)
	must(o.t, err)
	return t
}

func TestTicket_IsOpenedAgainWithinAWeekAndClosesAfterIt(t *testing.T) {
	o := newOffice(t)
	tk := o.open(false)
	o.say(zhang, tk.ID, "more")
	if s := o.state(tk.ID).State; s != quartet.TicketOpen {
		t.Errorf("before an answer it is %s", s)
	}
	o.say(wang, tk.ID, "answer")
	o.say(zhang, tk.ID, "again")
	if s := o.state(tk.ID).State; s != quartet.TicketWaitingForSupport {
		t.Errorf("after the buyer wrote it is %s", s)
	}
	_, err := o.Solve(t.Context(), wang, tk.ID)
	must(t, err)
	_, err = o.Solve(t.Context(), zhang, tk.ID)
	wantCode(t, "solved twice", err, quartet.ErrConflict)
	o.now = o.now.Add(quartet.TicketReopen - time.Second)
	must(t, o.Tidy(t.Context()))
	o.say(zhang, tk.ID, "reopen")
	if s := o.state(tk.ID); s.State != quartet.TicketWaitingForSupport || !s.Solved.IsZero() {
		t.Errorf("opened again: %+v", s)
	}
	_, err = o.Solve(t.Context(), zhang, tk.ID)
	must(t, err)
	o.now = o.now.Add(quartet.TicketReopen)
	_, err = o.Say(t.Context(), zhang, tk.ID, "too late", "还有")
	wantCode(t, "a week later", err, quartet.ErrConflict)
	o.now = o.now.Add(time.Second)
	must(t, o.Tidy(t.Context()))
	if s := o.state(tk.ID).State; s != quartet.TicketClosed {
		t.Errorf("in the end it is %s", s)
	}
}

func TestTell_MailsOnceForABurstAndSaysNothingOfIt(t *testing.T) {
	o := newOffice(t)
	tk := o.open(false)
	for _, id := range []string{"one", "two", "three"} {
		o.say(wang, tk.ID, id)
	}
	o.now = o.now.Add(2 * time.Minute)
	o.work()
	to := map[string]int{}
	for _, m := range o.mails {
		to[m.To.Reveal()]++
		if !strings.Contains(m.Text, tk.Number) || !strings.Contains(m.Text, "https://shop.example") || strings.Contains(m.Text+m.Subject, "说") || strings.Contains(m.Text+m.Subject, "调用失败") {
			t.Errorf("the mail says %q %q", m.Subject, m.Text)
		}
	}
	if to["a@example.com"] != 1 || to["support@example.com"] != 1 {
		t.Fatalf("mails: %v", to)
	}
	o.say(wang, tk.ID, "four") // of the same burst: nobody has looked
	o.now = o.now.Add(2 * time.Minute)
	o.work()
	if len(o.mails) != 2 {
		t.Errorf("a burst brought %d mails", len(o.mails)-1)
	}
	_, err := o.Messages(t.Context(), zhang, tk.ID, 0, 99)
	must(t, err)
	o.say(wang, tk.ID, "five")
	o.say(wang, tk.ID, "six")
	o.now = o.now.Add(2 * time.Minute)
	o.work()
	if len(o.mails) != 3 {
		t.Errorf("after they had looked, %d mails came", len(o.mails)-2)
	}
	_, err = o.Messages(t.Context(), zhang, tk.ID, 0, 99)
	must(t, err)
	o.say(wang, tk.ID, "seven")
	_, err = o.Messages(t.Context(), zhang, tk.ID, 0, 99)
	must(t, err)
	o.now = o.now.Add(2 * time.Minute)
	o.work()
	if len(o.mails) != 3 {
		t.Error("they are told by mail of what they have seen")
	}
}

// Who has read the first message of a burst and not the next one is told of that one.
func TestTell_MailsOfWhatComesBehindWhatWasSeen(t *testing.T) {
	o := newOffice(t)
	tk := o.open(false)
	o.work()
	before := len(o.mails)
	first := o.say(wang, tk.ID, "one")
	o.say(wang, tk.ID, "two")
	_, err := o.Messages(t.Context(), zhang, tk.ID, first.Place-1, 1)
	must(t, err)
	_, err = o.Messages(t.Context(), wang, tk.ID, 0, 99)
	must(t, err)
	o.now = o.now.Add(2 * time.Minute)
	o.work()
	if n := len(o.mails) - before; n != 1 {
		t.Errorf("%d mails came, want one to who asked", n)
	}
	o.now = o.now.Add(time.Hour)
	o.work()
	if n := len(o.mails) - before; n != 1 {
		t.Errorf("%d mails came in the end", n)
	}
}

func TestChat_BecomesATicketWhereNobodyIsOrAnswers(t *testing.T) {
	o := newOffice(t)
	lines := func(id string) string {
		list, err := o.Messages(t.Context(), wang, id, 0, 99)
		must(t, err)
		var all []string
		for _, l := range list {
			all = append(all, string(l.House)+" "+l.Text)
		}
		return strings.Join(all, "\n")
	}
	alone := o.open(true)
	if alone.Live || !strings.Contains(lines(alone.ID), "nobody_there 当前没有客服在线") {
		t.Errorf("nobody is there: %v %s", alone.Live, lines(alone.ID))
	}
	must(t, o.SetPresent(t.Context(), wang, true))
	answered, forgotten := o.open(true), o.open(true)
	o.say(wang, answered.ID, "here")
	o.now = o.now.Add(4 * time.Minute)
	o.work()
	if !o.state(answered.ID).Live || strings.Contains(lines(answered.ID), "转为工单") {
		t.Error("a chat that was answered has ended")
	}
	if o.state(forgotten.ID).Live || !strings.Contains(lines(forgotten.ID), "nobody_came 客服暂时未能回复") {
		t.Errorf("a chat that nobody answered goes on: %s", lines(forgotten.ID))
	}
	must(t, o.SetPresent(t.Context(), wang, false))
	if n, err := o.Present(t.Context()); n != 0 || err != nil {
		t.Errorf("%d are there, %v", n, err)
	}
}

func TestSay_OneIDIsOneMessage(t *testing.T) {
	o := newOffice(t)
	tk := o.open(false)
	first := o.say(zhang, tk.ID, "once")
	if again := o.say(zhang, tk.ID, "once"); again.Place != first.Place || o.state(tk.ID).Last != first.Place {
		t.Errorf("%d and %d", first.Place, again.Place)
	}
	_, err := o.Say(t.Context(), zhang, tk.ID, "once-message", "另一句")
	wantCode(t, "another text under it", err, quartet.ErrConflict)
	if other := o.say(wang, tk.ID, "once"); other.Place == first.Place {
		t.Error("somebody else's id is taken for one's own")
	}
}

func TestTicket_IsNoneToOtherAccounts(t *testing.T) {
	o := newOffice(t)
	tk := o.open(false)
	f, err := o.Attach(t.Context(), wang, tk.ID, "with file", "a.txt", []byte("日志"))
	must(t, err)
	note, err := o.Note(t.Context(), wang, tk.ID, "a note 1", "内部")
	must(t, err)
	_, err = o.Find(t.Context(), stranger, tk.ID)
	wantCode(t, "found", err, quartet.ErrNotFound)
	_, err = o.Messages(t.Context(), stranger, tk.ID, 0, 9)
	wantCode(t, "read", err, quartet.ErrNotFound)
	_, err = o.Say(t.Context(), stranger, tk.ID, "from afar", "我")
	wantCode(t, "written to", err, quartet.ErrNotFound)
	_, err = o.Solve(t.Context(), stranger, tk.ID)
	wantCode(t, "solved", err, quartet.ErrNotFound)
	_, _, err = o.File(t.Context(), stranger, tk.ID, f.File.ID)
	wantCode(t, "its file", err, quartet.ErrNotFound)
	_, err = o.Follow(t.Context(), stranger, tk.ID, 0)
	wantCode(t, "followed", err, quartet.ErrNotFound)
	if list, err := o.List(t.Context(), stranger, quartet.TicketFilter{Account: "a", Limit: 9}, ""); err != nil || len(list) != 0 {
		t.Errorf("listed: %v %v", list, err)
	}
	list, err := o.Messages(t.Context(), zhang, tk.ID, 0, 9)
	must(t, err)
	for _, l := range list {
		if l.Internal || l.Place == note.Place {
			t.Errorf("a buyer reads %+v", l)
		}
	}
}

func TestOpen_TakesACallOfTheOwnAccountAlone(t *testing.T) {
	o := newOffice(t)
	no := quartet.SeqNo{Second: 1767225600, N: 5}
	_, _, err := o.store.LeaseNode(t.Context(), "folder", "session", o.now)
	must(t, err)
	must(t, o.store.Commit(t.Context(), quartet.Reading{}, func(quartet.Book) quartet.Postings {
		return quartet.Postings{Calls: []quartet.Call{{SeqNo: no, At: o.now, Account: "b", Product: "1887", Code: quartet.CodeSourcesFailed, Source: "x"}}}
	}))
	q := support.Question{Subject: "调用失败", Text: "为什么", Category: "call", SeqNo: o.numbers.Text(no)}
	_, _, err = o.Open(t.Context(), zhang, q)
	wantCode(t, "somebody else's call", err, quartet.ErrNotFound)
	tk, _, err := o.Open(t.Context(), stranger, q)
	must(t, err)
	v, err := o.CallOf(t.Context(), wang, tk.ID)
	if err != nil || v.Text.Code != quartet.CodeSourcesFailed || v.Call.Source != "x" || v.SeqNo != q.SeqNo {
		t.Errorf("%+v, %v", v, err)
	}
	q.SeqNo = "4XU2"
	_, _, err = o.Open(t.Context(), zhang, q)
	wantCode(t, "no seqNo", err, quartet.ErrInvalid)
}

func TestScrub_TakesOutWhatLooksLikeAnElement(t *testing.T) {
	for text, want := range map[string]string{
		"卡号6222021234567890123不行":        "卡号[已隐藏]不行",
		"6222 0212 3456 7890 123":        "[已隐藏]",
		"6222.0212-3456_7890":            "[已隐藏]",
		"证件 11010519491231002X。":         "证件 [已隐藏]。",
		"１３９００００１２３４":                    "[已隐藏]",
		"139\u200b0000\u200b1234":        "[已隐藏]",
		"(139) 0000-1234":                "([已隐藏]",
		"seqNo 4XU29Z4D1704061618 报错":    "seqNo 4XU29Z4D1704061618 报错",
		"2026-11-26 10:00:05 从 10.0.0.7": "2026-11-26 10:00:05 从 10.0.0.7",
		"192.168.100.200":                "192.168.100.200",
		"返回 10007，共 12 次":                "返回 10007，共 12 次",
	} {
		got, found := support.Scrub(text)
		if got != want || found != strings.Contains(want, "已隐藏") {
			t.Errorf("%q became %q (%v), want %q", text, got, found, want)
		}
	}
}

func TestAttach_LooksIntoTheBytes(t *testing.T) {
	o := newOffice(t)
	tk := o.open(false)
	var picture bytes.Buffer
	must(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 30, 20))))
	l, err := o.Attach(t.Context(), zhang, tk.ID, "picture 1", `C:\x\截图.exe`, picture.Bytes())
	if err != nil || l.File.Kind != "image/png" || l.File.Width != 30 || l.File.Height != 20 || l.FileName != "截图.exe" {
		t.Errorf("%+v, %v", l, err)
	}
	if _, content, err := o.File(t.Context(), zhang, tk.ID, l.File.ID); err != nil || !bytes.Equal(content, picture.Bytes()) {
		t.Errorf("%d bytes, %v", len(content), err)
	}
	for what, f := range map[string]struct {
		content string
		code    quartet.ErrorCode
	}{
		"a page": {"<html><script>", quartet.ErrUnsupported}, "a picture that runs": {`<svg xmlns="http://www.w3.org/2000/svg"/>`, quartet.ErrUnsupported},
		"a program": {"MZ\x90\x00", quartet.ErrUnsupported}, "nothing": {"", quartet.ErrUnsupported}, "half a picture": {"\x89PNG\r\n\x1a\n and more", quartet.ErrUnsupported},
		"cards": {"card\n6222021234567890123\n", quartet.ErrInvalid}, "too much": {strings.Repeat("a", support.MaxFile+1), quartet.ErrTooLarge},
	} {
		_, err := o.Attach(t.Context(), zhang, tk.ID, "refused 1", "a.txt", []byte(f.content))
		wantCode(t, what, err, f.code)
	}
	for i := 1; i < quartet.TicketFiles; i++ {
		_, err := o.Attach(t.Context(), zhang, tk.ID, "file number "+string(rune('a'+i)), "a.csv", []byte("code,count\n10007,3\n"))
		must(t, err)
	}
	_, err = o.Attach(t.Context(), zhang, tk.ID, "one more", "a.csv", []byte("a,b\n"))
	wantCode(t, "one more than it takes", err, quartet.ErrConflict)
}

func TestCanned_AnswersEveryCode(t *testing.T) {
	o := newOffice(t)
	codes := map[string]bool{}
	for _, c := range quartet.Codes() {
		codes[c.Code.String()] = true
	}
	for _, g := range web.Gateways() {
		codes[g.Text().Code] = true
	}
	all, err := o.Canned(t.Context(), "")
	must(t, err)
	for _, a := range all {
		if !codes[a.Code] || a.Text == "" {
			t.Errorf("%q is no code, or is answered twice", a.Code)
		}
		delete(codes, a.Code)
	}
	if len(codes) > 0 {
		t.Errorf("nothing is answered about %v", codes)
	}
	_, err = o.SetCanned(t.Context(), wang, "10005", "请重置 key。")
	must(t, err)
	if got, err := o.Canned(t.Context(), "10005"); err != nil || len(got) != 1 || got[0].Text != "请重置 key。" || got[0].By != "wang" {
		t.Errorf("%+v, %v", got, err)
	}
	if back, err := o.SetCanned(t.Context(), wang, "10005", " "); err != nil || !strings.Contains(back.Text, "首尾空格") {
		t.Errorf("%+v, %v", back, err)
	}
	_, err = o.SetCanned(t.Context(), wang, "99999", "x")
	wantCode(t, "no code", err, quartet.ErrNotFound)
}
