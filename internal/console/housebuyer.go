package console

import "net/url"

// buyerRoutes are the pages about those who buy: accounts, firms, people and calls.
func (c *Console) buyerRoutes() {
	c.houseAccountRoutes()
	c.houseBatchRoutes()
	c.houseCredentialRoutes()
	c.houseFirmRoutes()
	c.housePeopleRoutes()
	c.houseCallRoutes()
}

func buyerPreviews() []preview {
	var list []preview
	for _, noun := range []func() []preview{houseAccountPreviews, houseBatchPreviews, houseCredentialPreviews, houseFirmPreviews, housePeoplePreviews, houseCallPreviews} {
		list = append(list, noun()...)
	}
	return list
}

// helpRoutes are the pages of support: tickets, chats and ratings.
func (c *Console) helpRoutes() {
	c.houseTicketRoutes()
	c.houseChatRoutes()
	c.houseAnswerRoutes()
	c.houseRatingRoutes()
}

func helpPreviews() []preview {
	var list []preview
	for _, noun := range []func() []preview{houseTicketListPreviews, houseTicketPreviews, houseChatPreviews, houseAnswerPreviews, houseRatingPreviews} {
		list = append(list, noun()...)
	}
	return list
}

// buyer is an account in a list of something else: lists of the API name accounts by their ids.
type buyer struct{ ID, Name string }

// Path is where it is shown.
func (b buyer) Path() string { return houseAccountsPath + "/" + url.PathEscape(b.ID) }

// buyers asks for the names of the accounts of a page, each once. One that is gone is called
// by its id.
func (v *visit) buyers(ids ...string) (map[string]buyer, error) {
	named := map[string]buyer{}
	for _, id := range ids {
		if _, known := named[id]; known || id == "" {
			continue
		}
		var one buyerAccount
		if err := v.get("/accounts/"+url.PathEscape(id), &one); err != nil && problemOf(err) == nil {
			return nil, err
		}
		if one.Name == "" {
			one.Name = id
		}
		named[id] = buyer{id, one.Name}
	}
	return named, nil
}

// pathIn is a path of the API to what the address of the page names.
func (v *visit) pathIn(list, name string) string {
	return list + "/" + url.PathEscape(v.r.PathValue(name))
}
