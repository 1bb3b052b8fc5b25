package console

import (
	"strings"
	"time"
)

func (c *Console) draftRoutes() {
	c.housed("GET "+houseProductsPath+"/{product}/page", c.houseDraftPage)
	c.form("POST "+houseProductsPath+"/{product}/page", c.saveDraft, c.houseDraftPage)
	c.form("POST "+houseProductsPath+"/{product}/page/publication", c.publishDraft, c.houseDraftPage)
	c.form("POST "+houseProductsPath+"/{product}/page/removal", c.discardDraft, c.houseDraftPage)
}

// pageWords are what the page of a product says.
type pageWords struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Scenes      []string       `json:"scenes"`
	Coverage    string         `json:"coverage"`
	Questions   []soldQuestion `json:"questions"`
	Phone       string         `json:"phone"`
	Hotline     string         `json:"hotline"`
	Mail        string         `json:"mail"`
}

// SceneLines are the scenes as a field has them, one a line.
func (w pageWords) SceneLines() string { return strings.Join(w.Scenes, "\n") }

// QuestionLines are the questions likewise: a question, its answer, an empty line.
func (w pageWords) QuestionLines() string {
	var parts []string
	for _, q := range w.Questions {
		parts = append(parts, q.Ask+"\n"+q.Answer)
	}
	return strings.Join(parts, "\n\n")
}

// pageDraft is what is being written of a page.
type pageDraft struct {
	Revision  int64     `json:"revision"`
	Content   pageWords `json:"content"`
	ChangedAt time.Time `json:"changed_at"`
	ChangedBy string    `json:"changed_by"`
}

// pageVersion is what was published once.
type pageVersion struct {
	Version     int64     `json:"version"`
	Content     pageWords `json:"content"`
	PublishedAt time.Time `json:"published_at"`
	PublishedBy string    `json:"published_by"`
}

// HouseDraftPage is where the page of a product is written.
type HouseDraftPage struct {
	Product  houseProduct
	Draft    pageDraft
	Shown    *soldProduct // the page as it would be with the draft
	Versions []pageVersion
	More     string
	Runs     bool
	Done     string
}

func (HouseDraftPage) template() string { return "housedraft" }
func (HouseDraftPage) title() string    { return "产品页" }

func (c *Console) houseDraftPage(v *visit) (page, error) {
	p := HouseDraftPage{Runs: v.who().May("house.write"), Done: v.done(map[string]string{"saved": "草稿已保存，买家还看不到", "published": "产品页已发布", "discarded": "草稿已放弃"})}
	var err error
	if p.Product, err = v.product(); err != nil {
		return nil, err
	}
	at := pathTo("/products/", p.Product.ID) + "/page"
	if err := v.get(at+"/draft", &p.Draft); err != nil {
		return nil, err
	}
	if p.Draft.Revision > 0 {
		p.Shown = &soldProduct{}
		if err := v.get(at+"/preview", p.Shown); err != nil {
			return nil, err
		}
	}
	var versions list[pageVersion]
	if err := v.get(query(at+"/versions", "limit", "10", "after", v.r.URL.Query().Get("after")), &versions); err != nil {
		return nil, err
	}
	p.Versions = versions.Items
	if versions.Next != "" {
		p.More = query(p.Product.URL()+"/page", "after", versions.Next)
	}
	return p, nil
}

func (v *visit) atDraft(done string) string {
	return query(pathTo(houseProductsPath+"/", v.r.PathValue("product"))+"/page", "done", done)
}

func (v *visit) draftAPI() string { return pathTo("/products/", v.r.PathValue("product")) + "/page" }

func (c *Console) saveDraft(v *visit) (string, error) {
	words := pageWords{
		Name: v.value("name"), Description: lines(v.value("description")), Scenes: linesOf(v.value("scenes")), Coverage: v.value("coverage"), Questions: questionsOf(v.value("questions")),
		Phone: v.value("phone"), Hotline: v.value("hotline"), Mail: v.value("mail"),
	}
	in := map[string]any{"revision": v.number("revision"), "content": words}
	return v.atDraft("saved"), v.put(v.draftAPI()+"/draft", in, nil)
}

func (c *Console) publishDraft(v *visit) (string, error) {
	return v.atDraft("published"), v.post(v.draftAPI()+"/publication", map[string]int64{"revision": v.number("revision")}, nil)
}

func (c *Console) discardDraft(v *visit) (string, error) {
	return v.atDraft("discarded"), v.remove(v.draftAPI() + "/draft")
}

// lines are a text with the ends of lines of browsers as the house has them.
func lines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// linesOf are the lines of a field that say something.
func linesOf(text string) []string {
	list := []string{}
	for line := range strings.Lines(lines(text)) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// questionsOf reads questions: each is a line with its answer below, up to an empty line.
func questionsOf(text string) []soldQuestion {
	list := []soldQuestion{}
	for part := range strings.SplitSeq(lines(text), "\n\n") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		ask, answer, _ := strings.Cut(part, "\n")
		list = append(list, soldQuestion{strings.TrimSpace(ask), strings.TrimSpace(answer)})
	}
	return list
}

func draftPreviews() []preview {
	product, sold := previewHouseProduct(), previewProduct()
	words := pageWords{Name: sold.Content.Name, Description: sold.Content.Description, Scenes: sold.Content.Scenes, Coverage: sold.Content.Coverage, Questions: sold.Content.Questions}
	versions := []pageVersion{{Version: 2, Content: words, PublishedAt: previewNow.AddDate(0, -1, 0), PublishedBy: "qian"}, {Version: 1, Content: words, PublishedAt: previewNow.AddDate(0, -5, 0)}}
	at := product.URL() + "/page"
	return []preview{
		{name: "house-page", path: at, page: HouseDraftPage{Product: product, Draft: pageDraft{Revision: 3, Content: words, ChangedAt: previewNow.Add(-time.Hour), ChangedBy: "qian"}, Shown: &sold, Versions: versions, Runs: true, Done: "草稿已保存，买家还看不到"}},
		{name: "house-page-none", path: at, page: HouseDraftPage{Product: product, Draft: pageDraft{Content: words}, Versions: versions[1:], Runs: true}},
	}
}
