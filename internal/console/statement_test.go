package console_test

import (
	"net/http"
	"testing"
)

func TestStatements_BeginWithTheMonthOfTheAccount(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/usage": map[string]any{"calls": 7, "units": 6, "slots": []map[string]any{
		{"at": "2025-12-31T16:00:00Z", "calls": 3, "units": 2}, {"at": "2026-01-30T16:00:00Z", "calls": 4, "units": 4},
	}}}}
	page := f.look(t, "/console/statements")
	f.was(t, "GET /accounts/acme/usage?from=2025-11-01&kinds=false")
	page.says(t, "/console/statements/2025-11", "/console/statements/2026-03", `<td class="text-end" data-label="扣费">6 次</td>`, "but not", "/console/statements/2025-10", "更早的月份")
}

func TestStatements_OfSomeDaysAreCounted(t *testing.T) {
	f := &fake{}
	f.look(t, "/console/statements?days=7&product=1887")
	f.was(t, "GET /accounts/acme/usage?from=2026-02-24&kinds=false&product_id=1887")
	f.was(t, "GET /accounts/acme/usage?from=2025-11-01&kinds=false&to=2026-03-31")
}

func TestStatement_SumsGrantsAndCalls(t *testing.T) {
	f := &fake{answers: map[string]any{"GET /accounts/acme/statements/2026-02": map[string]any{
		"from_at": "2026-01-31T16:00:00Z", "to_at": "2026-02-28T16:00:00Z", "made_at": "2026-03-02T04:00:00Z", "final": true,
		"grants": []map[string]any{{"grant_id": "g1", "product_id": "1887", "opening": 1000, "used": 400, "closing": 600}, {"grant_id": "g2", "given": 1200, "withdrawn": 200, "closing": 1000}},
		"usage": []map[string]any{
			{"product_id": "1887", "credential_id": "c1", "credential_name": "正式环境", "code": "10000", "verdict": "match", "calls": 400, "units": 400},
			{"product_id": "1887", "credential_id": "c1", "credential_name": "正式环境", "code": "10003", "calls": 25, "units": 0},
		},
		"orders": []map[string]any{{"order_id": "20260210000000000035", "plan_name": "500元/1200次", "units": 1200, "amount_fen": 50000, "paid_at": "2026-02-10T04:00:00Z"}},
	}}}
	page := f.look(t, "/console/statements/2026-02")
	f.was(t, "GET /accounts/acme/usage?from=2026-02-01&kinds=false&to=2026-02-28")
	page.says(t, "已定稿", "期末结余", "1,600", "正式环境", "425", "¥500.00", "/api/v1/accounts/acme/statements/2026-02/statement.pdf", "2026-02-01 至 2026-02-28")
	for _, month := range []string{"2026-04", "2026-13", "soon"} {
		f.look(t, "/console/statements/"+month).is(t, http.StatusNotFound)
	}
}
