package console

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"time"

	"quartet"
)

const firmPath = "/console/firm"

func (c *Console) firmRoutes() {
	c.signed("GET "+firmPath, c.firmPage)
	c.form("POST "+firmPath, in(c.saveFirm), c.firmPage)
	c.form("POST "+firmPath+"/submission", in(c.submitFirm), c.firmPage)
	c.mux.HandleFunc("POST "+firmPath+"/licence", c.attachLicence)
}

// firmApplication is what the account says of its firm.
type firmApplication struct {
	State     string    `json:"state"`
	Name      string    `json:"name"`
	Code      string    `json:"credit_code"`
	Scene     string    `json:"scene"`
	Purposes  []string  `json:"purposes"`
	Contact   bool      `json:"contact_given"`
	Licence   string    `json:"licence"`
	Size      int64     `json:"licence_bytes"`
	Created   time.Time `json:"created_at"`
	Submitted time.Time `json:"submitted_at"`
	Decided   time.Time `json:"decided_at"`
	Why       string    `json:"reason"`
}

// Words and Colour are its state.
func (a firmApplication) Words() string {
	return map[string]string{"draft": "草稿", "submitted": "审核中", "approved": "已认证", "rejected": "未通过", "replaced": "已被新的认证取代", "revoked": "已撤销"}[a.State]
}

func (a firmApplication) Colour() string {
	return map[string]string{"submitted": "blue", "approved": "green", "rejected": "red", "revoked": "red"}[a.State]
}

// ScanWords are what the scan is.
func (a firmApplication) ScanWords() string {
	return map[string]string{"image/png": "PNG", "image/jpeg": "JPEG", "application/pdf": "PDF"}[a.Licence]
}

// Kilobytes is the size of the scan, at least one.
func (a firmApplication) Kilobytes() int64 { return (a.Size + 1023) / 1024 }

// The parts of a draft, each filled or not.

func (a firmApplication) HasFirm() bool { return a.Name != "" && a.Code != "" }
func (a firmApplication) HasUse() bool  { return a.Scene != "" && len(a.Purposes) > 0 }
func (a firmApplication) Complete() bool {
	return a.HasFirm() && a.HasUse() && a.Contact && a.Licence != ""
}

// firmPart is a part of the draft in the list of steps.
type firmPart struct {
	Words, To string
	Done      bool
}

// FirmPage is the verification of the firm.
type FirmPage struct {
	Application firmApplication // the last one; without a state there is none
	History     []firmApplication
	Writes      bool // whoever looks may say what the firm is
	Edits       bool // the parts of a draft are shown
	Done        string
}

func (FirmPage) template() string { return "firm" }
func (FirmPage) title() string    { return "企业认证" }

// Steps are the parts of the draft.
func (p FirmPage) Steps() []firmPart {
	a := p.Application
	return []firmPart{{"企业信息", "#firm", a.HasFirm()}, {"用途", "#use", a.HasUse()}, {"联系人", "#contact", a.Contact}, {"营业执照", "#licence", a.Licence != ""}}
}

// Purposes are what can be asked for; those that were chosen last are ticked.
func (p FirmPage) Purposes(typed url.Values) (list []choice) {
	picked := p.Application.Purposes
	if typed.Get("_form") == "use" {
		picked = typed["purposes"]
	}
	for _, one := range quartet.FirmPurposes() {
		list = append(list, choice{one.Code, one.Name, slices.Contains(picked, one.Code)})
	}
	return list
}

// PurposeNames are those of the application.
func (FirmPage) PurposeNames(a firmApplication) (list []string) {
	for _, one := range quartet.FirmPurposes() {
		if slices.Contains(a.Purposes, one.Code) {
			list = append(list, one.Name)
		}
	}
	return list
}

func (c *Console) firmPage(v *visit) (page, error) {
	p := FirmPage{Writes: v.who().May("firm.submit")}
	all := list[firmApplication]{}
	if err := v.get(v.account("/firm/applications?limit=20"), &all); err != nil {
		return nil, err
	}
	if len(all.Items) > 0 {
		p.Application, p.History = all.Items[0], all.Items[1:]
	}
	switch p.Application.State {
	case "submitted":
	case "approved", "replaced": // what stands is changed by asking for it
		p.Edits = v.r.URL.Query().Has("edit") || v.form.Values.Get("_form") != ""
	default:
		p.Edits = true
	}
	p.Edits = p.Edits && p.Writes
	p.Done = v.done(map[string]string{"saved": "已保存", "attached": "营业执照已上传", "submitted": "已提交，审核结果会通知您"})
	return p, nil
}

// firmDraft is a draft as the API takes it, whole. Without a contact the one before stays.
type firmDraft struct {
	Name     string            `json:"name"`
	Code     string            `json:"credit_code"`
	Scene    string            `json:"scene"`
	Purposes []string          `json:"purposes"`
	Contact  map[string]string `json:"contact,omitempty"`
}

// saveFirm saves one part of the draft, and leaves the others as they are.
func (c *Console) saveFirm(v *visit) (string, error) {
	var last firmApplication
	if err := v.get(v.account("/firm"), &last); err != nil && problemOf(err) == nil {
		return "", err
	}
	d := firmDraft{Name: last.Name, Code: last.Code, Scene: last.Scene, Purposes: last.Purposes}
	part := v.value("_form")
	switch part {
	case "firm":
		d.Name, d.Code = v.value("name"), v.value("credit_code")
	case "use":
		d.Scene, d.Purposes = v.value("scene"), v.form.Values["purposes"]
	case "contact":
		d.Contact = map[string]string{"name": v.value("contact/name"), "mobile": v.value("contact/mobile"), "email": v.value("contact/email")}
	}
	if d.Purposes == nil {
		d.Purposes = []string{}
	}
	return query(firmPath, "done", "saved"), v.put(v.account("/firm"), d, nil)
}

func (c *Console) submitFirm(v *visit) (string, error) {
	return query(firmPath, "done", "submitted"), v.post(v.account("/firm/submission"), nil, nil)
}

// maxScan is a little more than the API takes: what is larger by little is refused by its words.
const maxScan = 5<<20 + 64<<10

// attachLicence hands a file of the form to the API as it is.
func (c *Console) attachLicence(w http.ResponseWriter, r *http.Request) {
	v := c.newVisit(w, r)
	if to := v.door(); to != "" {
		v.redirect(to)
		return
	}
	_, scan, err := v.fileOf("licence", maxScan, nil, "a scan has at most 5 MiB; save it smaller and send it again")
	if err == nil {
		err = v.send(http.MethodPut, v.account("/firm/licence"), "application/octet-stream", bytes.NewReader(scan), nil)
	}
	problem := problemOf(err)
	switch {
	case err == nil:
		v.redirect(query(firmPath, "done", "attached"))
	case problem != nil && shownInForm(problem):
		v.form.Values = url.Values{"_form": {"licence"}, "licence": {""}}
		v.form.refuse(v, problem)
		if v.form.Detail != "" {
			v.form.Faults, v.form.Detail = map[string]string{"licence": v.form.Detail}, ""
		}
		c.answer(v, problem.Status, c.firmPage)
	default:
		c.refused(v, err)
	}
}

func firmPreviews() []preview {
	full := firmApplication{
		State: "draft", Name: "测试贸易有限公司", Code: "91350100M000100Y43", Scene: "发放工资前核对收款人的银行卡", Purposes: []string{"payroll"}, Contact: true,
		Licence: "image/png", Size: 842_113, Created: previewNow.AddDate(0, 0, -3),
	}
	with := func(state string, change func(*firmApplication)) firmApplication {
		a := full
		a.State, a.Submitted = state, previewNow.AddDate(0, 0, -2)
		change(&a)
		return a
	}
	decided := func(a *firmApplication) { a.Decided = previewNow.AddDate(0, 0, -1) }
	rejected := with("rejected", func(a *firmApplication) { decided(a); a.Why = "营业执照照片不清晰，请重新上传。" })
	part := full
	part.Contact, part.Licence, part.Purposes, part.Scene = false, "", nil, ""
	typed := url.Values{"_form": {"firm"}, "name": {"测试贸易有限公司"}, "credit_code": {"9135"}}
	return []preview{
		{name: "firm-none", path: firmPath, page: FirmPage{Writes: true, Edits: true}},
		{name: "firm-draft", path: firmPath, page: FirmPage{Writes: true, Edits: true, Application: part}},
		{name: "firm-complete", path: firmPath, page: FirmPage{Writes: true, Edits: true, Application: full, Done: "营业执照已上传"}},
		{name: "firm-refused", path: firmPath, page: FirmPage{Writes: true, Edits: true, Application: part}, form: form{Values: typed, Faults: map[string]string{"credit_code": "统一社会信用代码为 18 位数字和大写字母，不含 I、O、S、V、Z"}}}, //nolint:gosec // a credit code is no credential
		{name: "firm-submitted", path: firmPath, page: FirmPage{Writes: true, Application: with("submitted", func(*firmApplication) {}), History: []firmApplication{rejected}}},
		{name: "firm-approved", path: firmPath, page: FirmPage{Writes: true, Application: with("approved", decided)}},
		{name: "firm-rejected", path: firmPath, page: FirmPage{Writes: true, Edits: true, Application: rejected}},
		{name: "firm-reads", path: firmPath, page: FirmPage{Application: full}},
	}
}
