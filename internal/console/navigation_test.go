package console_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"quartet"
)

// TestMenu_ShowsEachRoleWhatTheAPILetsItRead holds the menu against the list of who may do what,
// which is made from what the API answers.
func TestMenu_ShowsEachRoleWhatTheAPILetsItRead(t *testing.T) {
	text, err := os.ReadFile("../../docs/rights.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(strings.TrimSpace(line), "|"); len(cells) > 3 {
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows[strings.Trim(cells[1], "`")] = cells
		}
	}
	menu := map[string]string{
		"credentials": "credentials", "orders": "orders", "calls": "calls", "batches": "batches", "statements": "usage", "alerts": "alerts", "webhooks": "webhooks", "invoices": "invoices",
		"support": "tickets", "people": "members", "audit": "audit", "firm": "firm",
	}
	for _, role := range []quartet.Role{quartet.RoleOwner, quartet.RoleDeveloper, quartet.RoleFinance, quartet.RoleReader} {
		page := (&fake{role: role}).look(t, "/console/")
		column := slices.Index(rows["operation"], string(role))
		for entry, noun := range menu {
			row := rows["GET /api/v1/accounts/{account}/"+noun]
			if column < 0 || len(row) <= column {
				t.Fatalf("nothing is said of %s and %s", noun, role)
			}
			if shown := strings.Contains(page.text, `class="nav-link" href="/console/`+entry+`"`); shown != (row[column] == "x") {
				t.Errorf("%s: %s is in the menu: %t", role, entry, shown)
			}
		}
	}
}
