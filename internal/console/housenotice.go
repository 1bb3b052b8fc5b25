package console

import "time"

const houseNoticesPath = "/house/notices"

// payNotice is what a provider sent unasked.
type payNotice struct {
	ID         string    `json:"id"`
	Provider   string    `json:"provider"`
	State      string    `json:"state"`
	Kind       string    `json:"kind"`
	About      string    `json:"about"`
	Event      string    `json:"event"`
	Answer     string    `json:"answer"`
	ReceivedAt time.Time `json:"received_at"`
	EndedAt    time.Time `json:"ended_at"`
}

var noticeStates = []choice{{Value: "refused", Label: "已拒收"}, {Value: "received", Label: "已收到"}, {Value: "claimed", Label: "正在处理"}, {Value: "handled", Label: "已处理"}, {Value: "repeated", Label: "重复通知"}}

// Words, Colour, From and KindWords tell what it is.
func (n payNotice) Words() string { return labelIn(noticeStates, n.State) }

func (n payNotice) Colour() string {
	return map[string]string{"refused": "red", "received": "blue", "claimed": "blue", "handled": "green", "repeated": "secondary"}[n.State]
}

func (n payNotice) From() string { return payName(n.Provider) }

func (n payNotice) KindWords() string {
	return map[string]string{"payment": "付款", "refund": "退款", "other": "其他"}[n.Kind]
}

// HouseNoticesPage lists what providers sent lately.
type HouseNoticesPage struct {
	Notices []payNotice
	State   string
	Next    string
}

func (HouseNoticesPage) template() string { return "housenotices" }
func (HouseNoticesPage) title() string    { return "支付通知" }

// States are the filters.
func (p HouseNoticesPage) States() []choice { return chosenOf(noticeStates, p.State) }

func (c *Console) houseNoticesPage(v *visit) (page, error) {
	q := v.r.URL.Query()
	p := HouseNoticesPage{State: oneOf(noticeStates, q.Get("state"))}
	var notices list[payNotice]
	if err := v.get(query("/notices", "state", p.State, "after", q.Get("after"), "limit", "50"), &notices); err != nil {
		return nil, err
	}
	p.Notices, p.Next = notices.Items, following(houseNoticesPath, notices.Next, "state", p.State)
	return p, nil
}

func houseNoticePreviews() []preview {
	at := previewNow
	notices := []payNotice{
		{"n3", "wechat", "refused", "", "", "", "the signature does not fit", at.Add(-time.Hour), at.Add(-time.Hour)},
		{"n2", "alipay", "repeated", "payment", "p2", "2026030222001476561431", "n1", at.Add(-2 * time.Hour), at.Add(-2 * time.Hour)},
		{"n1", "alipay", "handled", "payment", "p2", "2026030222001476561431", "", at.Add(-3 * time.Hour), at.Add(-3 * time.Hour)},
	}
	return []preview{
		{name: "house-notices", path: houseNoticesPath, page: HouseNoticesPage{Notices: notices}},
		{name: "house-notices-empty", path: houseNoticesPath, page: HouseNoticesPage{}},
	}
}
