package console_test

import "testing"

func TestOverview_TellsAnAlertBehindManyThatWereSeen(t *testing.T) {
	page := 0
	f := &fake{answers: map[string]any{"GET /accounts/acme/alerts": func() any {
		if page++; page == 1 {
			return `{"items":[{"id":"a2","kind":"remaining","line":10,"value":9,"at":"2026-03-02T00:00:00Z","acknowledged_at":"2026-03-02T01:00:00Z"}],"next":"a2"}`
		}
		return `{"items":[{"id":"a1","kind":"remaining","line":100,"value":77,"at":"2026-03-01T00:00:00Z"}]}`
	}}}
	f.look(t, "/console/").says(t, "77", "but not", "没有待处理的预警")
	f.was(t, "GET /accounts/acme/alerts?after=a2&limit=200")
}
