package console

import (
	"net/url"
	"time"
)

const announcementsPath = "/announcements"

func (c *Console) announcementRoutes() {
	c.open("GET "+announcementsPath, c.announcementsPage)
	c.open("GET "+announcementsPath+"/{announcement}", c.announcementPage)
}

// announced is something that the house says to everybody.
type announced struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Title     string    `json:"title"`
	TitleEN   string    `json:"title_en"`
	Text      string    `json:"text"`
	TextEN    string    `json:"text_en"`
	Effective time.Time `json:"effective_at"`
	Published time.Time `json:"published_at"`
	Withdrawn time.Time `json:"withdrawn_at"`
}

// In is its title in a language; in Chinese where there is no other.
func (a announced) In(lang string) string {
	if lang == string(english) && a.TitleEN != "" {
		return a.TitleEN
	}
	return a.Title
}

// Words are its text, likewise.
func (a announced) Words(lang string) string {
	if lang == string(english) && a.TextEN != "" {
		return a.TextEN
	}
	return a.Text
}

// Path is where all of it stands.
func (a announced) Path() string { return announcementsPath + "/" + url.PathEscape(a.ID) }

// Badge is what it is about.
func (a announced) Badge() badge {
	if !a.Withdrawn.IsZero() {
		return badge{"已撤回", "secondary"}
	}
	return map[string]badge{"price": {"价格调整", "orange"}, "charge_table": {"计费调整", "orange"}, "maintenance": {"计划维护", "blue"}}[a.Kind]
}

// AnnouncementsPage is what the house says, newest first.
type AnnouncementsPage struct {
	Items []announced
	More  string
}

func (AnnouncementsPage) template() string { return "announcements" }
func (AnnouncementsPage) title() string    { return "公告" }

func (c *Console) announcementsPage(v *visit) (page, error) {
	var all list[announced]
	if err := v.get(query(announcementsPath, "limit", "20", "after", v.r.URL.Query().Get("after")), &all); err != nil {
		return nil, err
	}
	p := AnnouncementsPage{Items: all.Items}
	if all.Next != "" {
		p.More = query(announcementsPath, "after", all.Next)
	}
	return p, nil
}

// AnnouncementPage is one of them.
type AnnouncementPage struct {
	Of announced
}

func (AnnouncementPage) template() string { return "announcement" }
func (AnnouncementPage) title() string    { return "公告" }

func (c *Console) announcementPage(v *visit) (page, error) {
	var p AnnouncementPage
	err := v.get(pathTo(announcementsPath+"/", v.r.PathValue("announcement")), &p.Of)
	return p, err
}

func announcementPreviews() []preview {
	price := announced{
		ID: "a2", Kind: "price", Title: "套餐价格调整", TitleEN: "New prices", Text: "自 2026 年 3 月 20 日起，部分套餐停止销售。\n已购买的次数和有效期不变。", TextEN: "Some plans are no longer sold from 20 March 2026 on.\nWhat was bought stays as it is.",
		Effective: previewNow.AddDate(0, 0, 18), Published: previewNow.AddDate(0, 0, -1),
	}
	old := announced{ID: "a1", Kind: "other", Title: "文档更新", TitleEN: "New documents", Text: "新增签名示例。", TextEN: "There are more samples.", Effective: previewNow.AddDate(0, -1, 0), Published: previewNow.AddDate(0, -1, 0)}
	withdrawn := price
	withdrawn.ID, withdrawn.Withdrawn = "a0", previewNow
	return []preview{
		{name: "announcements", path: announcementsPath, out: true, page: AnnouncementsPage{Items: []announced{price, withdrawn, old}}},
		{name: "announcements-none", path: announcementsPath, out: true, page: AnnouncementsPage{}},
		{name: "announcement", path: announcementsPath + "/a2", out: true, page: AnnouncementPage{Of: price}},
	}
}
