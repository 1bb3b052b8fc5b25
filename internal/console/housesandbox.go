package console

import (
	"slices"

	"quartet/internal/sample"
)

const houseSandboxPath = "/house/sandbox"

// HouseSandboxPage is what calls of test credentials are answered, for whoever helps a buyer.
type HouseSandboxPage struct {
	Person []debugElement // the invented one, whom all samples are about
	Cards  []cardGroup
}

func (HouseSandboxPage) template() string { return "housesandbox" }
func (HouseSandboxPage) title() string    { return "沙箱" }

// practised is the invented person with whom calls are practised.
func practised() []debugElement {
	list := slices.Clone(elementWords)
	for i := range list {
		list[i].Sample = sample.For("", []string{list[i].Name}, sample.AppCode).Form[0].Value
	}
	return list
}

func (c *Console) houseSandboxPage(v *visit) (page, error) {
	cards, err := all[sandboxCard](v, "/sandbox-cards")
	return HouseSandboxPage{practised(), grouped(cards)}, err
}

func houseSandboxPreviews() []preview {
	return []preview{{name: "house-sandbox", path: houseSandboxPath, page: HouseSandboxPage{practised(), grouped(previewCards())}}}
}
