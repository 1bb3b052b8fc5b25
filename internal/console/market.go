package console

import "net/url"

// marketRoutes are the pages of the product, its documents and how it stands, for everybody.
func (c *Console) marketRoutes() {
	c.open("GET /{$}", c.home)
	c.open("GET /products/{product}", c.productPage)
	c.docsRoutes()
	c.statusRoutes()
	c.announcementRoutes()
}

func marketPreviews() []preview {
	list := productPreviews()
	list = append(list, docsPreviews()...)
	list = append(list, statusPreviews()...)
	return append(list, announcementPreviews()...)
}

// MarketPage is the list of what is sold.
type MarketPage struct {
	Products []soldProduct
}

func (MarketPage) template() string { return "market" }
func (MarketPage) title() string    { return "产品" }

// home is the page of the product where one is sold, and else the list of products.
func (c *Console) home(v *visit) (page, error) {
	var sold list[soldProduct]
	if err := v.get("/pages?limit=200", &sold); err != nil {
		return nil, err
	}
	if len(sold.Items) == 1 {
		return v.productOf(sold.Items[0])
	}
	return MarketPage{Products: sold.Items}, nil
}

func (c *Console) productPage(v *visit) (page, error) {
	var sold soldProduct
	if err := v.get("/products/"+url.PathEscape(v.r.PathValue("product"))+"/page", &sold); err != nil {
		return nil, err
	}
	return v.productOf(sold)
}
