package console

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

const houseRatingsPath = "/house/ratings"

func (c *Console) houseRatingRoutes() {
	c.housed("GET "+houseRatingsPath, c.houseRatingsPage)
	c.form("POST "+houseRatingsPath+"/{rating}/answer", c.answerRating, c.houseRatingsPage)
	c.form("POST "+houseRatingsPath+"/{rating}/hiding", c.hideRating, c.houseRatingsPage)
	c.form("POST "+houseRatingsPath+"/{rating}/showing", c.showRating, c.houseRatingsPage)
}

// houseRating is what a buyer says of an order, as the house sees it.
type houseRating struct {
	ID         string    `json:"id"`
	Account    string    `json:"account_id"`
	Order      string    `json:"order_id"`
	Stars      int       `json:"stars"`
	Text       string    `json:"text"`
	WrittenAt  time.Time `json:"written_at"`
	Answer     string    `json:"answer"`
	AnsweredAt time.Time `json:"answered_at"`
	Hidden     bool      `json:"hidden"`
	HiddenWhy  string    `json:"hidden_reason"`
}

// Path is where something is done with it.
func (r houseRating) Path() string { return houseRatingsPath + "/" + url.PathEscape(r.ID) }

// Buyer is whose it is.
func (r houseRating) Buyer() buyer { return buyer{ID: r.Account} }

// Filled are its stars.
func (r houseRating) Filled() []bool { return filled(r.Stars) }

// HouseRatingsPage lists what buyers say of a product.
type HouseRatingsPage struct {
	Ratings  []houseRating // newest first
	Buyers   map[string]buyer
	Products []choice
	Product  string
	Serves   bool
	Next     string
	Done     string
}

func (HouseRatingsPage) template() string { return "houseratings" }
func (HouseRatingsPage) title() string    { return "买家评价" }

func (c *Console) houseRatingsPage(v *visit) (page, error) {
	p := HouseRatingsPage{Product: v.r.FormValue("product"), Serves: v.who().May("buyer.serve"), Done: v.done(map[string]string{"answered": "回复已发布", "hidden": "内容已隐藏，星级仍计入", "shown": "内容已恢复显示"})}
	names, err := v.productNames()
	if err != nil {
		return nil, err
	}
	for id, name := range names {
		p.Products = append(p.Products, choice{Value: id, Label: name})
	}
	slices.SortFunc(p.Products, func(a, b choice) int { return strings.Compare(a.Value, b.Value) })
	if names[p.Product] == "" && len(p.Products) > 0 {
		p.Product = p.Products[0].Value
	}
	p.Products = chosen(p.Products, p.Product)
	if p.Product == "" {
		return p, nil
	}
	var part list[houseRating]
	if err := v.get(query("/products/"+url.PathEscape(p.Product)+"/ratings/all", "after", v.r.URL.Query().Get("after"), "limit", "20"), &part); err != nil {
		return nil, err
	}
	if p.Ratings = part.Items; part.Next != "" {
		p.Next = query(houseRatingsPath, "product", p.Product, "after", part.Next)
	}
	var ids []string
	for _, r := range p.Ratings {
		ids = append(ids, r.Account)
	}
	p.Buyers, err = v.buyers(ids...)
	return p, err
}

func (v *visit) atRatings(done string) string {
	return query(houseRatingsPath, "product", v.value("product"), "done", done)
}

func (c *Console) answerRating(v *visit) (string, error) {
	return v.atRatings("answered"), v.put(v.pathIn("/ratings", "rating")+"/answer", map[string]string{"text": v.value("text")}, nil)
}

func (c *Console) hideRating(v *visit) (string, error) {
	return v.atRatings("hidden"), v.put(v.pathIn("/ratings", "rating")+"/hiding", map[string]string{"reason": v.value("reason")}, nil)
}

func (c *Console) showRating(v *visit) (string, error) {
	return v.atRatings("shown"), v.remove(v.pathIn("/ratings", "rating") + "/hiding")
}

func houseRatingPreviews() []preview {
	ratings := []houseRating{
		{ID: "r3", Account: "acme", Order: "2026022600431207", Stars: 5, Text: "接口稳定，文档清楚。", WrittenAt: previewNow.AddDate(0, 0, -2)},
		{ID: "r2", Account: "a7qk2m0zd4x", Order: "2026021400781902", Stars: 4, Text: "接入只花了半天，响应很快。", WrittenAt: previewNow.AddDate(0, 0, -9), Answer: "感谢支持！", AnsweredAt: previewNow.AddDate(0, 0, -8)},
		{ID: "r1", Account: "acme", Order: "2026011500120001", Stars: 1, Text: "很好用", WrittenAt: previewNow.AddDate(0, 0, -30), Hidden: true, HiddenWhy: "买错了"},
	}
	products := []choice{{Value: "1887", Label: "银行卡四要素核验", Chosen: true}}
	all := HouseRatingsPage{Ratings: ratings, Buyers: previewBuyers(), Products: products, Product: "1887", Serves: true}
	reads := all
	reads.Serves = false
	return []preview{
		{name: "house-ratings", path: houseRatingsPath, page: all},
		{name: "house-ratings-reads", path: houseRatingsPath, page: reads},
		{name: "house-ratings-empty", path: houseRatingsPath, page: HouseRatingsPage{Products: products, Product: "1887"}},
		{name: "house-ratings-refused", path: houseRatingsPath, page: all, form: form{Values: url.Values{"_form": {"r3"}, "reason": {""}}, Faults: map[string]string{"reason": "请写明原因"}}},
	}
}
