package console

import (
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"slices"

	"quartet"
)

const houseFirmsPath = "/house/firms"

func (c *Console) houseFirmRoutes() {
	const one = houseFirmsPath + "/{application}"
	c.housed("GET "+houseFirmsPath, c.houseFirmsPage)
	c.housed("GET "+one, c.houseFirmPage)
	c.form("POST "+one+"/contact", c.seeFirmContact, c.houseFirmPage)
	c.form("POST "+one+"/licence", c.seeFirmLicence, c.houseFirmPage)
	c.form("POST "+one+"/approval", c.approveFirm, c.houseFirmPage)
	c.form("POST "+one+"/rejection", c.decideFirm("rejection", "rejected"), c.houseFirmPage)
	c.form("POST "+one+"/revocation", c.decideFirm("revocation", "revoked"), c.houseFirmPage)
}

// houseFirm is an application of a firm as its reviewer sees it.
type houseFirm struct {
	firmApplication

	ID      string `json:"id"`
	Account string `json:"account_id"`
	Sound   bool   `json:"credit_code_sound"`
}

var houseFirmStates = []choice{
	{Value: "submitted", Label: "待审核"},
	{Value: "approved", Label: "已认证"},
	{Value: "rejected", Label: "未通过"},
	{Value: "revoked", Label: "已撤销"},
	{Value: "replaced", Label: "已被新的认证取代"},
	{Value: "draft", Label: "草稿"},
}

// Words are its state.
func (f houseFirm) Words() string { return labelIn(houseFirmStates, f.State) }

// Path is where it is shown.
func (f houseFirm) Path() string { return houseFirmsPath + "/" + url.PathEscape(f.ID) }

// Buyer is whose it is.
func (f houseFirm) Buyer() buyer { return buyer{ID: f.Account} }

// PurposeNames are what it asks for. Calls are asked for the first of them.
func (f houseFirm) PurposeNames() (list []string) {
	for _, code := range f.Purposes {
		list = append(list, purposeWords(code))
	}
	return list
}

// HouseFirmsPage is the queue of applications.
type HouseFirmsPage struct {
	Firms  []houseFirm // newest first
	Buyers map[string]buyer
	State  string
	Next   string
}

func (HouseFirmsPage) template() string { return "housefirms" }
func (HouseFirmsPage) title() string    { return "企业认证审核" }

// States are the filters.
func (p HouseFirmsPage) States() []choice { return chosenOf(houseFirmStates, p.State) }

func (c *Console) houseFirmsPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := HouseFirmsPage{State: "submitted"} // what waits comes first
	if q.Has("state") {
		p.State = q.Get("state")
	}
	if labelOf(houseFirmStates, p.State) == "" {
		p.State = ""
	}
	var part list[houseFirm]
	if err := v.get(query("/firm-applications", "state", p.State, "after", q.Get("after"), "limit", "30"), &part); err != nil {
		return nil, err
	}
	p.Firms = part.Items
	if part.Next != "" {
		p.Next = houseFirmsPath + "?" + url.Values{"state": {p.State}, "after": {part.Next}}.Encode()
	}
	var ids []string
	for _, f := range p.Firms {
		ids = append(ids, f.Account)
	}
	var err error
	p.Buyers, err = v.buyers(ids...)
	return p, err
}

// firmContact is whom to ask about an application.
type firmContact struct {
	Name   string `json:"name"`
	Mobile string `json:"mobile"`
	Email  string `json:"email"`
}

// HouseFirmPage is one application. Its contact and its licence are on the answers of the
// forms that ask for them with a reason, and nowhere else.
type HouseFirmPage struct {
	Firm    houseFirm
	Account buyer
	History []houseFirm // of the account, without this one
	Serves  bool        // whoever looks may decide
	Contact *firmContact
	Scan    template.URL // of the licence, within the page
	Done    string
}

func (HouseFirmPage) template() string { return "housefirm" }
func (HouseFirmPage) title() string    { return "认证详情" }

// PDF reports whether the licence is no image, and is shown by the browser's own reader.
func (p HouseFirmPage) PDF() bool { return p.Firm.Licence == "application/pdf" }

// Waits reports whether it is to be decided now.
func (p HouseFirmPage) Waits() bool { return p.Firm.State == string(quartet.FirmSubmitted) }

func (c *Console) houseFirmPage(v *visit) (page, error) {
	p, err := c.houseFirm(v)
	return p, err
}

func (c *Console) houseFirm(v *visit) (HouseFirmPage, error) {
	p := HouseFirmPage{Serves: v.who().May("buyer.serve"), Done: v.done(map[string]string{
		"approved": "已通过认证，买家会收到通知", "rejected": "已退回，买家会收到原因", "revoked": "已撤销认证，买家会收到原因",
	})}
	if err := v.get(v.pathIn("/firm-applications", "application"), &p.Firm); err != nil {
		return p, err
	}
	named, err := v.buyers(p.Firm.Account)
	if err != nil {
		return p, err
	}
	p.Account = named[p.Firm.Account]
	if p.History, err = all[houseFirm](v, "/accounts/"+url.PathEscape(p.Firm.Account)+"/firm/applications"); err != nil {
		return p, err
	}
	p.History = slices.DeleteFunc(p.History, func(f houseFirm) bool { return f.ID == p.Firm.ID })
	return p, nil
}

func (c *Console) seeFirmContact(v *visit) (string, error) {
	p, err := c.houseFirm(v)
	if err != nil {
		return "", err
	}
	p.Contact = &firmContact{}
	if err := v.post(v.pathIn("/firm-applications", "application")+"/contact", map[string]string{"reason": v.value("reason")}, p.Contact); err != nil {
		return "", err
	}
	v.form = form{}
	c.render(v, http.StatusOK, p)
	return "", nil
}

func (c *Console) seeFirmLicence(v *visit) (string, error) {
	p, err := c.houseFirm(v)
	if err != nil {
		return "", err
	}
	var scan []byte
	if err := v.post(v.pathIn("/firm-applications", "application")+"/licence", map[string]string{"reason": v.value("reason")}, &scan); err != nil {
		return "", err
	}
	switch p.Firm.Licence { // one that the API found in its bytes, and no page
	case "image/png", "image/jpeg", "application/pdf":
		p.Scan = template.URL("data:" + p.Firm.Licence + ";base64," + base64.StdEncoding.EncodeToString(scan)) //nolint:gosec // of a closed list, and letters
	}
	v.form = form{}
	c.render(v, http.StatusOK, p)
	return "", nil
}

func (c *Console) approveFirm(v *visit) (string, error) {
	in := map[string]bool{"override": v.checked("override")}
	return v.atFirm("approved"), v.post(v.pathIn("/firm-applications", "application")+"/approval", in, nil)
}

// decideFirm is a decision with a reason, which the buyer reads.
func (c *Console) decideFirm(what, done string) act {
	return func(v *visit) (string, error) {
		return v.atFirm(done), v.post(v.pathIn("/firm-applications", "application")+"/"+what, map[string]string{"reason": v.value("reason")}, nil)
	}
}

func (v *visit) atFirm(done string) string {
	return query(v.pathIn(houseFirmsPath, "application"), "done", done)
}

func previewFirms() []houseFirm {
	one := func(id, account, state, name string, days int) houseFirm {
		return houseFirm{ID: id, Account: account, Sound: true, firmApplication: firmApplication{
			State: state, Name: name, Code: "91350100M000100Y43", Scene: "发放工资前核对收款人的银行卡", Purposes: []string{"payroll", "logistics"}, Contact: true,
			Licence: "image/png", Size: 842_113, Created: previewNow.AddDate(0, 0, -days-1), Submitted: previewNow.AddDate(0, 0, -days),
		}}
	}
	list := []houseFirm{
		one("f3", "a7qk2m0zd4x", "submitted", "示例物流有限公司", 0), one("f2", "acme", "approved", "测试贸易有限公司", 40), one("f1", "ab81xw5tn9c", "rejected", "虚构租赁有限公司", 20),
	}
	list[1].Decided, list[2].Decided = previewNow.AddDate(0, 0, -39), previewNow.AddDate(0, 0, -19)
	list[2].Why = "营业执照照片不清晰，请重新上传。"
	return list
}

func houseFirmPreviews() []preview {
	firms := previewFirms()
	named := map[string]buyer{"a7qk2m0zd4x": {"a7qk2m0zd4x", "示例物流有限公司"}, "acme": {"acme", "测试贸易有限公司"}, "ab81xw5tn9c": {"ab81xw5tn9c", "虚构租赁有限公司"}}
	waits := HouseFirmPage{Firm: firms[0], Account: named["a7qk2m0zd4x"], Serves: true, History: firms[2:]}
	doubted := waits
	doubted.Firm.Sound = false
	contact := waits
	contact.Contact = &firmContact{"林晓", "13800000001", "lin@example.com"}
	scan := waits
	scan.Scan = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	pdf := scan
	pdf.Firm.Licence, pdf.Scan = "application/pdf", "data:application/pdf;base64,JVBERi0xLjQK"
	approved := HouseFirmPage{Firm: firms[1], Account: named["acme"], Serves: true, Done: "已通过认证，买家会收到通知"}
	reads := waits
	reads.Serves = false
	path := firms[0].Path()
	return []preview{
		{name: "house-firms", path: houseFirmsPath, page: HouseFirmsPage{Firms: firms, Buyers: named, Next: houseFirmsPath + "?after=f1"}},
		{name: "house-firms-empty", path: houseFirmsPath, page: HouseFirmsPage{State: "submitted"}},
		{name: "house-firm", path: path, page: waits},
		{name: "house-firm-doubted", path: path, page: doubted},
		{name: "house-firm-contact", path: path, page: contact},
		{name: "house-firm-licence", path: path, page: scan},
		{name: "house-firm-licence-pdf", path: path, page: pdf},
		{name: "house-firm-approved", path: firms[1].Path(), page: approved},
		{name: "house-firm-rejected", path: firms[2].Path(), page: HouseFirmPage{Firm: firms[2], Account: named["ab81xw5tn9c"], Serves: true}},
		{name: "house-firm-reads", path: path, page: reads},
		{name: "house-firm-refused", path: path, page: waits, form: form{Values: url.Values{"_form": {"contact"}, "reason": {"ok"}}, Faults: map[string]string{"reason": "请说明原因，4 到 200 字"}}},
	}
}
