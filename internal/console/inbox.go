package console

import (
	"net/url"
	"strings"
	"time"
)

// inboxLetter is a note of the inbox, with its text.
type inboxLetter struct {
	inboxNote

	Kind  string `json:"kind"`
	About string `json:"about"`
	Text  string `json:"text"`
}

// Leads is where what it is about is shown, and what that is called; "": nowhere.
func (l inboxLetter) Leads() (to struct{ Path, Words string }) {
	subject, _, _ := strings.Cut(l.Kind, ".")
	switch {
	case subject == "alert":
		to.Path, to.Words = alertsPath, "查看预警"
	case subject == "repurchase":
		to.Path, to.Words = ordersPath, "查看订单"
	case subject == "incident" && l.About != "":
		to.Path, to.Words = incidentPath+url.PathEscape(l.About), "查看进展"
	case subject == "announcement":
		to.Path, to.Words = statusPath, "服务状态"
	case subject == "ticket":
		to.Path, to.Words = "/console/support", "客服与工单"
	case subject == "webhook" && l.About != "":
		to.Path, to.Words = webhooksPath+"/"+url.PathEscape(l.About), "查看 Webhook"
	}
	return to
}

// InboxPage is the inbox of the account.
type InboxPage struct {
	Notes  []inboxLetter // newest first
	Newest string        // id of the newest note, where this page begins with it
	Next   string        // address of the following page
	Unread int64
	Done   string
}

func (InboxPage) template() string { return "inbox" }
func (InboxPage) title() string    { return "站内信" }

func (c *Console) inboxPage(v *visit) (page, error) {
	after := v.r.URL.Query().Get("after")
	p := InboxPage{Done: v.done(map[string]string{"read": "已全部标为已读"})}
	var notes list[inboxLetter]
	if err := v.get(query(v.account("/inbox"), "after", after, "limit", "20"), &notes); err != nil {
		return nil, err
	}
	p.Notes = notes.Items
	if notes.Next != "" {
		p.Next = query(inboxPath, "after", notes.Next)
	}
	if after == "" && len(p.Notes) > 0 {
		p.Newest = p.Notes[0].ID
	}
	var unread struct {
		Unread int64 `json:"unread"`
	}
	err := v.get(v.account("/inbox/unread"), &unread)
	p.Unread = unread.Unread
	return p, err
}

// readInbox takes all notes for read up to the one that stood on top: what came since is not.
func (c *Console) readInbox(v *visit) (string, error) {
	return inboxPath + "?done=read", v.put(v.account("/inbox/read"), map[string]string{"up_to": v.value("up_to")}, nil)
}

func inboxPreviews() []preview {
	note := func(id, kind, about, subject, text string, ago time.Duration, read bool) inboxLetter {
		l := inboxLetter{inboxNote{ID: id, Subject: subject, At: previewNow.Add(-ago)}, kind, about, text}
		if read {
			l.Read = previewNow.Add(-ago + time.Hour)
		}
		return l
	}
	const hours = time.Hour
	notes := []inboxLetter{
		note("n4", "alert.remaining", "a1", "额度不足提醒", "产品 1887的可用额度于 2026-03-02 10:00 降至 988 次（提醒线为 1000 次）。请及时购买，以免影响调用。", 2*hours, false),
		note("n3", "repurchase.placed", "o1", "已自动下单", "套餐 3000元/10000次 的订单已生成，请在 7 天内支付。", 3*hours, false),
		note("n2", "webhook.disabled", "w2", "回调地址已停用", "回调地址 hooks.example.com 连续 3 天未能接收通知，已停用。请排除故障后重新启用；期间的通知可以重发。", 50*hours, true),
		note("n1", "incident.opened", "i1", "维护预告", "3 月 8 日 02:00 至 02:30 例行维护，期间个别调用可能返回 10011，不扣费。", 96*hours, true),
	}
	return []preview{
		{name: "inbox", path: inboxPath, page: InboxPage{Notes: notes, Newest: "n4", Next: inboxPath + "?after=n1", Unread: 2}},
		{name: "inbox-empty", path: inboxPath, page: InboxPage{}},
	}
}
