package firm_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	imagepng "image/png"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/firm"
	"quartet/internal/seal"
	"quartet/internal/store"
	"quartet/internal/store/storetest"
)

// office is the desk of a house that has three accounts.
type office struct {
	*firm.Desk
	store *store.Store
	now   time.Time
}

func newOffice(t *testing.T) *office {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: storetest.Folder(t)})
	must(t, err)
	t.Cleanup(func() { _ = st.Close() })
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keyring"))
	must(t, err)
	o := &office{store: st, now: time.Date(2026, 3, 1, 9, 0, 0, 0, quartet.Shanghai)}
	o.Desk = firm.New(st, ring, func() time.Time { o.now = o.now.Add(time.Second); return o.now })
	for _, id := range []string{"a", "b", "c"} {
		must(t, st.CreateAccount(t.Context(), quartet.Account{ID: id, Name: id, CreatedAt: o.now}, quartet.AuditEntry{}))
	}
	return o
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, what string, err error, want quartet.ErrorCode, field string) {
	t.Helper()
	got := ""
	if e, ok := err.(*quartet.Error); ok { //nolint:errorlint // desks give it bare
		got = e.Field
	}
	if quartet.CodeOf(err) != want || got != field {
		t.Errorf("%s: %q %q (%v), want %q %q", what, quartet.CodeOf(err), got, err, want, field)
	}
}

const (
	buyer    = "person 1"
	reviewer = "李强"
	sound    = "91350100M000100Y43"
	unsound  = "91350100M000100Y44"
)

var png = picture(210, 297)

// picture is a PNG of so many pixels.
func picture(width, height int) []byte {
	sheet := image.NewGray(image.Rect(0, 0, width, height))
	for i := range sheet.Pix {
		sheet.Pix[i] = byte(i * i)
	}
	var b bytes.Buffer
	if err := imagepng.Encode(&b, sheet); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// photo is a JPEG.
func photo() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 210, 297)), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func draft(code string) firm.Draft {
	return firm.Draft{
		Name: " 测试贸易有限公司 ", Code: code, Scene: "核对入职员工的银行卡", Purposes: []string{"payroll", "law"},
		Contact: firm.Contact{Name: "张三丰", Mobile: "139 0000 0001", Email: "zhang@example.com"},
	}
}

// submitted is an application that waits for a reviewer.
func (o *office) submitted(t *testing.T, account, code string) quartet.FirmApplication {
	t.Helper()
	_, err := o.Save(t.Context(), buyer, account, draft(code))
	must(t, err)
	_, err = o.Attach(t.Context(), buyer, account, png)
	must(t, err)
	a, err := o.Submit(t.Context(), buyer, account)
	must(t, err)
	return a
}

func (o *office) purpose(t *testing.T, account string) string {
	t.Helper()
	list, err := o.store.Accounts(t.Context())
	must(t, err)
	for _, a := range list {
		if a.ID == account {
			return a.Purpose
		}
	}
	return "no such account"
}

func TestApplication_GoesFromDraftToFirm(t *testing.T) {
	o := newOffice(t)
	a := o.submitted(t, "a", " 91350100m000100y43 ")
	if a.State != quartet.FirmSubmitted || a.Name != "测试贸易有限公司" || a.Code != sound || a.Licence != "image/png" || a.Size != int64(len(png)) {
		t.Errorf("submitted as %+v", a)
	}
	if identity, err := o.Identity(t.Context(), "a"); identity != "" || quartet.CodeOf(err) != quartet.ErrForbidden {
		t.Errorf("before it is approved: %q, %v", identity, err)
	}
	c, err := o.ContactOf(t.Context(), reviewer, a.ID, "核对联系人")
	if err != nil || c != (firm.Contact{Name: "张三丰", Mobile: "13900000001", Email: "zhang@example.com"}) {
		t.Errorf("%#v, %v", c, err)
	}
	if kind, scan, err := o.Scan(t.Context(), reviewer, a.ID, "核对联系人"); err != nil || kind != "image/png" || !bytes.Equal(scan, png) {
		t.Errorf("a scan of %s, %d bytes, %v", kind, len(scan), err)
	}
	_, err = o.Approve(t.Context(), reviewer, a.ID, false)
	must(t, err)
	if got := o.purpose(t, "a"); got != "payroll" {
		t.Errorf("the account asks for %q", got)
	}
	var told []string
	entries, err := o.store.AuditEntries(t.Context(), 9)
	must(t, err)
	for _, e := range entries {
		told = append(told, e.Actor+" "+e.Action+" "+e.Detail)
		if e.Subject != a.ID {
			t.Errorf("%s is about %s", e.Action, e.Subject)
		}
	}
	want := []string{
		"李强 firm.approve account a, for payroll", "李强 firm.see account a, the scan of the licence, reason: 核对联系人", "李强 firm.see account a, the contact, reason: 核对联系人",
		"person 1 firm.submit account a", "person 1 firm.scan account a", "person 1 firm.begin account a",
	}
	if fmt.Sprint(told) != fmt.Sprint(want) {
		t.Errorf("the audit says\n%q, want\n%q", told, want)
	}
}

// One firm may have several accounts, and is known again whatever account it comes by.
func TestIdentity_IsThatOfTheFirm(t *testing.T) {
	o := newOffice(t)
	identities := map[string]string{}
	for account, code := range map[string]string{"a": sound, "b": sound, "c": "91110000101623741K"} {
		_, err := o.Approve(t.Context(), reviewer, o.submitted(t, account, code).ID, false)
		must(t, err)
		identity, err := o.Identity(t.Context(), account)
		if err != nil || len(identity) != 32 {
			t.Errorf("%s: %q, %v", account, identity, err)
		}
		identities[account] = identity
		if name, err := o.LegalName(t.Context(), account); err != nil || name == "" {
			t.Errorf("%s is called %q, %v", account, name, err)
		}
	}
	if identities["a"] != identities["b"] || identities["a"] == identities["c"] {
		t.Errorf("%v", identities)
	}
	if identity, err := o.Identity(t.Context(), ""); identity != "" || quartet.CodeOf(err) != quartet.ErrForbidden {
		t.Errorf("of no account: %q, %v", identity, err)
	}
}

func TestApprove_TakesACodeThatIsNotSoundByAnExplicitOverrideAlone(t *testing.T) {
	o := newOffice(t)
	a := o.submitted(t, "a", unsound)
	_, err := o.Approve(t.Context(), reviewer, a.ID, false)
	wantCode(t, "without", err, quartet.ErrConflict, "override")
	if now, _ := o.Find(t.Context(), a.ID); now.State != quartet.FirmSubmitted {
		t.Errorf("it is %s", now.State)
	}
	if a, err = o.Approve(t.Context(), reviewer, a.ID, true); err != nil || !a.Override {
		t.Errorf("with: %+v, %v", a, err)
	}
	entries, err := o.store.AuditEntries(t.Context(), 1)
	if err != nil || !strings.Contains(entries[0].Detail, "over a credit code that is not sound") {
		t.Errorf("the audit says %q, %v", entries[0].Detail, err)
	}
	b := o.submitted(t, "b", sound)
	if b, err = o.Approve(t.Context(), reviewer, b.ID, true); err != nil || b.Override {
		t.Errorf("an override that was not needed: %+v, %v", b, err)
	}
}

func TestReject_LetsTheBuyerBeginFromWhatWasSaid(t *testing.T) {
	o := newOffice(t)
	first := o.submitted(t, "a", sound)
	_, err := o.Save(t.Context(), buyer, "a", draft(sound))
	wantCode(t, "saving while it is with a reviewer", err, quartet.ErrConflict, "")
	_, err = o.Attach(t.Context(), buyer, "a", png)
	wantCode(t, "attaching meanwhile", err, quartet.ErrConflict, "")
	_, err = o.Submit(t.Context(), buyer, "a")
	wantCode(t, "submitting twice", err, quartet.ErrConflict, "")

	_, err = o.Reject(t.Context(), reviewer, first.ID, "  ")
	wantCode(t, "without a reason", err, quartet.ErrInvalid, "reason")
	first, err = o.Reject(t.Context(), reviewer, first.ID, "执照已过期")
	must(t, err)
	_, err = o.Approve(t.Context(), reviewer, first.ID, false)
	wantCode(t, "approving what was rejected", err, quartet.ErrConflict, "")
	_, err = o.Submit(t.Context(), buyer, "a")
	wantCode(t, "submitting what was rejected", err, quartet.ErrConflict, "")

	second, err := o.Save(t.Context(), buyer, "a", draft(sound))
	if err != nil || second.ID == first.ID || second.Licence != "image/png" {
		t.Fatalf("%+v, %v", second, err)
	}
	if _, scan, err := o.Scan(t.Context(), buyer, second.ID, "核对联系人"); err != nil || !bytes.Equal(scan, png) {
		t.Errorf("the scan of the first: %d bytes, %v", len(scan), err)
	}
	second, err = o.Submit(t.Context(), buyer, "a")
	must(t, err)
	_, err = o.Approve(t.Context(), reviewer, second.ID, false)
	must(t, err)
	history, err := o.List(t.Context(), "a", "", "", 9)
	if err != nil || len(history) != 2 || history[1].State != quartet.FirmRejected || history[1].Why != "执照已过期" || history[1].DecidedBy != reviewer {
		t.Errorf("the history is %+v, %v", history, err)
	}
}

func TestRevoke_LeavesTheAccountNoFirm(t *testing.T) {
	o := newOffice(t)
	a := o.submitted(t, "a", sound)
	_, err := o.Revoke(t.Context(), reviewer, a.ID, "吊销")
	wantCode(t, "before it is approved", err, quartet.ErrConflict, "")
	_, err = o.Approve(t.Context(), reviewer, a.ID, false)
	must(t, err)
	_, err = o.Revoke(t.Context(), reviewer, a.ID, "")
	wantCode(t, "without a reason", err, quartet.ErrInvalid, "reason")
	_, err = o.Revoke(t.Context(), reviewer, a.ID, "执照被吊销")
	must(t, err)
	if identity, err := o.Identity(t.Context(), "a"); identity != "" || quartet.CodeOf(err) != quartet.ErrForbidden || o.purpose(t, "a") != "" {
		t.Errorf("%q, %v, asks for %q", identity, err, o.purpose(t, "a"))
	}
	if name, err := o.LegalName(t.Context(), "a"); name != "" || err != nil {
		t.Errorf("called %q, %v", name, err)
	}
	_, err = o.Revoke(t.Context(), reviewer, a.ID, "执照被吊销")
	wantCode(t, "twice", err, quartet.ErrConflict, "")
}

func TestApprove_TakesThePlaceOfAnEarlierApproval(t *testing.T) {
	o := newOffice(t)
	_, err := o.Approve(t.Context(), reviewer, o.submitted(t, "a", sound).ID, false)
	must(t, err)
	before, err := o.Identity(t.Context(), "a")
	must(t, err)
	next := o.submitted(t, "a", "91110000101623741K")
	if now, err := o.Identity(t.Context(), "a"); now != before || err != nil {
		t.Errorf("while the next one waits: %q, %v", now, err)
	}
	_, err = o.Approve(t.Context(), reviewer, next.ID, false)
	must(t, err)
	if now, err := o.Identity(t.Context(), "a"); now == before || err != nil {
		t.Errorf("afterwards: %q, %v", now, err)
	}
}

func TestSubmit_SaysWhatIsMissing(t *testing.T) {
	for field, without := range map[string]func(*firm.Draft){
		"name": func(d *firm.Draft) { d.Name = " " }, "credit_code": func(d *firm.Draft) { d.Code = "" }, "scene": func(d *firm.Draft) { d.Scene = "" },
		"purposes": func(d *firm.Draft) { d.Purposes = nil }, "contact": func(d *firm.Draft) { d.Contact.Mobile, d.Contact.Email = "", "" }, "licence": nil,
	} {
		t.Run(field, func(t *testing.T) {
			o := newOffice(t)
			_, err := o.Submit(t.Context(), buyer, "a")
			wantCode(t, "nothing", err, quartet.ErrConflict, "")
			d := draft(sound)
			if without != nil {
				without(&d)
			}
			_, err = o.Save(t.Context(), buyer, "a", d)
			must(t, err)
			if without != nil {
				_, err = o.Attach(t.Context(), buyer, "a", png)
				must(t, err)
			}
			_, err = o.Submit(t.Context(), buyer, "a")
			wantCode(t, "submitted", err, quartet.ErrInvalid, field)
		})
	}
}

func TestSave_Refuses(t *testing.T) {
	o := newOffice(t)
	for field, with := range map[string]func(*firm.Draft){
		"name":           func(d *firm.Draft) { d.Name = "a\nb" },
		"scene":          func(d *firm.Draft) { d.Scene = strings.Repeat("长", 501) },
		"credit_code":    func(d *firm.Draft) { d.Code = "91350100M000100Y4" },
		"purposes":       func(d *firm.Draft) { d.Purposes = []string{"credit"} },
		"contact.name":   func(d *firm.Draft) { d.Contact.Name = "\xff" },
		"contact.mobile": func(d *firm.Draft) { d.Contact.Mobile = "12345" },
		"contact.email":  func(d *firm.Draft) { d.Contact.Email = "张 <zhang@example.com>" },
	} {
		d := draft(sound)
		with(&d)
		_, err := o.Save(t.Context(), buyer, "a", d)
		wantCode(t, field, err, quartet.ErrInvalid, field)
	}
	_, err := o.Attach(t.Context(), buyer, "a", png)
	wantCode(t, "a scan without a draft", err, quartet.ErrConflict, "")
	_, err = o.Save(t.Context(), buyer, "a", draft(sound))
	must(t, err)
	for what, scan := range map[string][]byte{"a page": []byte("<html><script>"), "a picture that runs": []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>`), "nothing": nil, "a program": []byte("MZ\x90\x00")} {
		_, err := o.Attach(t.Context(), buyer, "a", scan)
		wantCode(t, what, err, quartet.ErrUnsupported, "licence")
	}
	_, err = o.Attach(t.Context(), buyer, "a", append(bytes.Clone(png), make([]byte, firm.MaxScan)...))
	wantCode(t, "a scan without end", err, quartet.ErrTooLarge, "licence")
}

// What is taken as a licence can be looked at.
func TestAttach_TakesWhatAReviewerCanRead(t *testing.T) {
	o := newOffice(t)
	_, err := o.Save(t.Context(), buyer, "a", draft(sound))
	must(t, err)
	pdf := []byte("%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
	for what, scan := range map[string][]byte{"image/png": png, "image/jpeg": photo(), "application/pdf": pdf} {
		a, err := o.Attach(t.Context(), buyer, "a", scan)
		if err != nil || a.Licence != what {
			t.Errorf("%s is taken as %q, %v", what, a.Licence, err)
		}
	}
	for what, scan := range map[string][]byte{
		"the head of a PNG":         png[:12],
		"a PNG that was cut off":    png[:len(png)-20],
		"a PNG with nothing inside": []byte("\x89PNG\r\n\x1a\n and IEND"),
		"a PNG of one pixel":        picture(1, 1),
		"a PNG that is a line":      picture(2000, 20),
		"a PNG without end":         picture(20_001, 100),
		"a JPEG that was cut off":   photo()[:len(photo())-2],
		"a JPEG with nothing":       {0xff, 0xd8, 0xff, 0xe0, 0xff, 0xd9},
		"a PDF that was cut off":    pdf[:len(pdf)-6],
		"the head of a PDF":         []byte("%PDF-1.7"),
	} {
		_, err := o.Attach(t.Context(), buyer, "a", scan)
		wantCode(t, what, err, quartet.ErrInvalid, "licence")
	}
}

func TestContactAndScan_AreKeptSealedAndStayOutOfTheAudit(t *testing.T) {
	o := newOffice(t)
	a := o.submitted(t, "a", sound)
	sealed, err := o.store.Licence(t.Context(), a.ID)
	must(t, err)
	entries, err := o.store.AuditEntries(t.Context(), 9)
	must(t, err)
	kept := fmt.Sprint(entries, string(a.Contact), string(sealed))
	for _, secret := range []string{"张三丰", "1390000", "zhang@", string(png[8:])} {
		if strings.Contains(kept, secret) {
			t.Errorf("%q is kept in clear", secret)
		}
	}
}

func TestSave_KeepsTheContactThatIsNotSaidAnew(t *testing.T) {
	o := newOffice(t)
	a := o.submitted(t, "a", sound)
	_, err := o.Reject(t.Context(), reviewer, a.ID, "看不清")
	must(t, err)
	again := draft(sound)
	again.Contact, again.SameContact = firm.Contact{}, true
	for range 2 { // of the application before, and of the draft itself
		a, err = o.Save(t.Context(), buyer, "a", again)
		must(t, err)
		if c, err := o.ContactOf(t.Context(), reviewer, a.ID, "核对联系人"); err != nil || c.Name != "张三丰" {
			t.Errorf("the contact is %q, %v", c.Name, err)
		}
	}
	again.SameContact = false
	a, err = o.Save(t.Context(), buyer, "a", again)
	must(t, err)
	if len(a.Contact) > 0 {
		t.Error("a contact that was taken away is there")
	}
}
