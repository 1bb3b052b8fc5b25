package console

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// sentEvent is something that was sent to a webhook.
type sentEvent struct {
	ID        string     `json:"id"`
	Event     string     `json:"event_id"`
	Kind      string     `json:"kind"`
	State     string     `json:"state"`
	Tries     int64      `json:"tries"`
	Replays   string     `json:"replays"`
	CreatedAt time.Time  `json:"created_at"`
	EndedAt   time.Time  `json:"ended_at"`
	Body      string     `json:"body"`
	Attempts  []sendTry  `json:"attempts"`
	Webhook   ownWebhook `json:"-"`
}

// sendTry is one try to send it.
type sendTry struct {
	At      time.Time `json:"at"`
	Latency int64     `json:"latency_ms"`
	Status  int       `json:"status"`
	Fault   string    `json:"fault"`
	Answer  string    `json:"answer"`
}

// FaultWords are what went wrong; "": it was taken.
func (t sendTry) FaultWords(lang string) string { return language(lang).problem(t.Fault) }

// Path is where it is shown.
func (d sentEvent) Path() string { return d.Webhook.Path() + "/deliveries/" + url.PathEscape(d.ID) }

// Over reports whether it is not tried any more.
func (d sentEvent) Over() bool { return d.State != "waiting" }

// Last is its last try; nil: there was none.
func (d sentEvent) Last() *sendTry {
	if len(d.Attempts) == 0 {
		return nil
	}
	return &d.Attempts[len(d.Attempts)-1]
}

// KindWords are what it tells of.
func (d sentEvent) KindWords() string {
	switch d.Kind {
	case "test":
		return "测试消息"
	case "alert.remaining":
		return "剩余次数"
	case "alert.expiry":
		return "即将到期"
	case "alert.rate":
		return "用量异常"
	case "alert.errors":
		return "失败增多"
	case "announcement.published":
		return "公告"
	}
	if strings.HasPrefix(d.Kind, "incident.") {
		return "服务状态"
	}
	return d.Kind
}

// Pretty is its body as people read it.
func (d sentEvent) Pretty() string {
	var out bytes.Buffer
	if json.Indent(&out, []byte(d.Body), "", "  ") != nil {
		return d.Body
	}
	return out.String()
}

// deliveryPageSize is small: each line asks for its tries.
const deliveryPageSize = "10"

// deliveries are what was sent to a webhook, with all tries.
func (v *visit) deliveries(w ownWebhook) (items []sentEvent, next string, err error) {
	var log list[sentEvent]
	if err := v.get(query(v.webhookAPI("/deliveries"), "after", v.r.URL.Query().Get("after"), "limit", deliveryPageSize), &log); err != nil {
		return nil, "", err
	}
	for i := range log.Items {
		d := &log.Items[i]
		if d.Tries > 0 {
			if err := v.get(v.webhookAPI("/deliveries/"+url.PathEscape(d.ID)), d); err != nil {
				return nil, "", err
			}
		}
		d.Webhook = w
	}
	if log.Next != "" {
		next = query(w.Path(), "after", log.Next) + "#log"
	}
	return log.Items, next, nil
}

// DeliveryPage is something that was sent to a webhook, with all tries.
type DeliveryPage struct {
	Delivery sentEvent
	Writes   bool
}

func (DeliveryPage) template() string { return "delivery" }
func (DeliveryPage) title() string    { return "投递详情" }

func (c *Console) deliveryPage(v *visit) (page, error) {
	w, err := v.webhook()
	if err != nil {
		return nil, err
	}
	p := DeliveryPage{Writes: v.who().May("credential.write")}
	err = v.get(v.webhookAPI("/deliveries/"+url.PathEscape(v.r.PathValue("delivery"))), &p.Delivery)
	p.Delivery.Webhook = w
	return p, err
}

func (c *Console) replayDelivery(v *visit) (string, error) {
	return webhooksPath + "/" + url.PathEscape(v.r.PathValue("webhook")) + "?done=replayed", v.post(v.webhookAPI("/deliveries/"+url.PathEscape(v.r.PathValue("delivery"))+"/replay"), nil, nil)
}

func previewDeliveries() []sentEvent {
	w := previewWebhooks()[1]
	sent := func(id, kind, state string, ago time.Duration, tries ...sendTry) sentEvent {
		d := sentEvent{ID: id, Event: "019ca3f0-7c1e-7a52-9d6b-0c5e1f2a3b4c", Kind: kind, State: state, Tries: int64(len(tries)), CreatedAt: previewNow.Add(-ago), Attempts: tries, Webhook: w}
		if state != "waiting" {
			d.EndedAt = tries[len(tries)-1].At
		}
		d.Body = `{"id":"019ca3f0-7c1e-7a52-9d6b-0c5e1f2a3b4c","type":"` + kind + `","created_at":"2026-03-02T02:00:00Z","account_id":"acme","data":{"rule_id":"r2","product_id":"1887","line":1000,"value":988,"base":1021}}`
		return d
	}
	at := func(ago time.Duration, status int, ms int64, fault, answer string) sendTry {
		return sendTry{previewNow.Add(-ago), ms, status, fault, answer}
	}
	const m = time.Minute
	waiting := sent("d5", "test", "waiting", 10*time.Second)
	again := sent("d4", "alert.remaining", "delivered", 30*m, at(30*m, 200, 84, "", "ok"))
	again.Replays = "d3"
	return []sentEvent{
		waiting, again,
		sent("d3", "alert.remaining", "failed", 26*60*m, at(26*60*m, 503, 41, "it answered 503", "upstream unavailable"), at(14*60*m, 0, 10000, "it did not answer in time", ""), at(2*60*m, 503, 39, "it answered 503", "upstream unavailable")),
		sent("d2", "alert.errors", "delivered", 72*60*m, at(72*60*m, 204, 122, "", "")),
		sent("d1", "test", "delivered", 96*60*m, at(96*60*m, 200, 97, "", "ok")),
	}
}

func deliveryPreviews() []preview {
	all := previewDeliveries()
	return []preview{
		{name: "delivery", path: all[2].Path(), page: DeliveryPage{all[2], true}},
		{name: "delivery-waiting", path: all[0].Path(), page: DeliveryPage{all[0], true}},
	}
}
