package console

import (
	"net/http"
	"net/url"
	"time"

	"quartet"
	"quartet/internal/web"
)

// ownTitle is to whom an invoice is made out.
type ownTitle struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Name      string    `json:"title"`
	TaxID     string    `json:"tax_id"`
	Doubted   bool      `json:"tax_id_doubted"`
	Address   string    `json:"address"`
	Phone     string    `json:"phone"`
	Bank      string    `json:"bank"`
	Number    string    `json:"bank_account"`
	ChangedAt time.Time `json:"changed_at"`
}

// Path is where it is changed.
func (t ownTitle) Path() string {
	if t.ID == "" {
		return titlesPath
	}
	return titlesPath + "/" + url.PathEscape(t.ID)
}

// Firm reports whether it is one of a firm.
func (t ownTitle) Firm() bool { return t.Kind == string(quartet.TitleFirm) }

// TitlesPage lists the titles of an account.
type TitlesPage struct {
	Titles []ownTitle
	Done   string
}

func (TitlesPage) template() string { return "titles" }
func (TitlesPage) title() string    { return "发票抬头" }

// TitlePage is where a title is written.
type TitlePage struct {
	Title ownTitle // without an id: a new one
	// Doubt says that the tax number is no sound credit code, so that whoever wrote it may
	// insist on it.
	Doubt bool
	// Back says that the title is wanted for an invoice, which is returned to.
	Back bool
}

func (TitlePage) template() string { return "title" }
func (p TitlePage) title() string {
	if p.Title.ID == "" {
		return "新建抬头"
	}
	return "编辑抬头"
}

// forInvoice is the value of the field that leads back to the application for an invoice.
const forInvoice = "invoice"

func (c *Console) titlesPage(v *visit) (page, error) {
	titles, err := all[ownTitle](v, v.account("/invoice-titles"))
	return TitlesPage{Titles: titles, Done: v.done(map[string]string{"added": "抬头已添加", "saved": "抬头已保存", "removed": "抬头已删除"})}, err
}

func (c *Console) titlePage(v *visit) (page, error) {
	p := TitlePage{Title: ownTitle{Kind: string(quartet.TitleFirm)}, Back: v.r.URL.Query().Get("back") == forInvoice || v.value("back") == forInvoice}
	if id := v.r.PathValue("title"); id != "" {
		titles, err := all[ownTitle](v, v.account("/invoice-titles"))
		if err != nil {
			return nil, err
		}
		found := false
		for _, t := range titles {
			if t.ID == id {
				p.Title, found = t, true
			}
		}
		if !found {
			return nil, &web.Problem{Status: http.StatusNotFound, Code: "not_found"}
		}
	}
	p.Doubt = p.Title.Doubted
	if v.form.Values != nil {
		typed := quartet.InvoiceBuyer{Kind: quartet.TitleKind(v.value("kind")), TaxID: v.value("tax_id")}.Tidy()
		p.Doubt = quartet.TaxID(typed.TaxID) && typed.Doubted()
	}
	return p, nil
}

// typedTitle is what was typed. What a kind has not is left out, whatever stands in its fields.
func (v *visit) typedTitle() map[string]any {
	in := map[string]any{"kind": v.value("kind"), "title": v.value("title")}
	if in["kind"] == string(quartet.TitleFirm) {
		for _, name := range []string{"tax_id", "address", "phone", "bank", "bank_account"} {
			in[name] = v.value(name)
		}
		in["insist"] = v.checked("insist")
	}
	return in
}

func (c *Console) addTitle(v *visit) (string, error) {
	var made ownTitle
	if err := v.post(v.account("/invoice-titles"), v.typedTitle(), &made); err != nil {
		return "", err
	}
	if v.value("back") == forInvoice {
		return query(invoicesPath+"/new", "title_id", made.ID), nil
	}
	return query(titlesPath, "done", "added"), nil
}

func (c *Console) changeTitle(v *visit) (string, error) {
	return query(titlesPath, "done", "saved"), v.put(v.account("/invoice-titles/"+url.PathEscape(v.r.PathValue("title"))), v.typedTitle(), nil)
}

func (c *Console) removeTitle(v *visit) (string, error) {
	return query(titlesPath, "done", "removed"), v.remove(v.account("/invoice-titles/" + url.PathEscape(v.r.PathValue("title"))))
}

func previewTitles() []ownTitle {
	at := previewNow.AddDate(0, -1, 0)
	return []ownTitle{
		{ID: "t1", Kind: "firm", Name: "测试贸易有限公司", TaxID: "91350100M000100Y43", Address: "福州市示例路 1 号", Phone: "0591-55550100", Bank: "示例银行海淀支行", Number: "35050100000000001", ChangedAt: at},
		{ID: "t2", Kind: "firm", Name: "测试贸易有限公司上海分公司", TaxID: "310105123456789", Doubted: true, ChangedAt: at},
		{ID: "t3", Kind: "personal", Name: "林晓", ChangedAt: at},
	}
}

func titlePreviews() []preview {
	titles := previewTitles()
	return []preview{
		{name: "titles", path: titlesPath, page: TitlesPage{Titles: titles, Done: "抬头已添加"}},
		{name: "titles-empty", path: titlesPath, page: TitlesPage{}},
		{name: "title-new", path: titlesPath + "/new", page: TitlePage{Title: ownTitle{Kind: "firm"}, Back: true}},
		{name: "title-edit", path: titles[1].Path(), page: TitlePage{Title: titles[1], Doubt: true}},
		{name: "title-refused", path: titlesPath, page: TitlePage{Title: ownTitle{Kind: "firm"}, Doubt: true}, form: form{
			Values: url.Values{"kind": {"firm"}, "title": {"测试贸易有限公司"}, "tax_id": {"91350100M000100Y44"}},
			Faults: map[string]string{"tax_id": "不是有效的统一社会信用代码：校验位不对。请与营业执照核对；确认无误可勾选下方选项"},
		}},
	}
}
