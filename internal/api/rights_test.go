package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"quartet"
	"quartet/internal/api"
)

// roles are all who can ask, in the order of the columns of docs/rights.md.
var roles = []quartet.Role{
	"", quartet.RoleReader, quartet.RoleFinance, quartet.RoleDeveloper, quartet.RoleOwner,
	quartet.RoleSupport, quartet.RoleTreasurer, quartet.RoleAdministrator, quartet.RoleAuditor,
}

// route is an operation as its description tells it.
type route struct {
	id, method, path, summary string
	rights                    []string
	fresh                     bool
	scope                     quartet.Scope // "": none
	op                        *openapi3.Operation
}

// routes are all operations below /api/, by noun and path.
func routes(t *testing.T) []route {
	t.Helper()
	_, doc := description(t)
	var list []route
	for _, path := range slices.Sorted(maps.Keys(doc.Paths.Map())) {
		if !strings.HasPrefix(path, "/api/") {
			continue
		}
		operations := doc.Paths.Value(path).Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			op := operations[method]
			r := route{id: op.OperationID, method: method, path: path, summary: op.Summary, fresh: op.Extensions["x-quartet-fresh"] == true, op: op}
			rights, _ := op.Extensions["x-quartet-rights"].([]any)
			for _, right := range rights {
				r.rights = append(r.rights, fmt.Sprint(right))
			}
			for _, need := range securityOf(op.Security) {
				for _, scope := range need["programToken"] {
					r.scope = quartet.Scope(scope)
				}
			}
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		t.Fatal("no operation is described")
	}
	return list
}

// securityOf is what security says, or nothing.
func securityOf(s *openapi3.SecurityRequirements) openapi3.SecurityRequirements {
	if s == nil {
		return nil
	}
	return *s
}

var (
	parameter  = regexp.MustCompile(`\{[^}]+\}`)
	accountRef = regexp.MustCompile(`\{account\}`)
)

// at is a path with its parameters filled in.
func (r route) at(account string) string {
	return parameter.ReplaceAllString(accountRef.ReplaceAllString(r.path, account), "nothing")
}

// stops reports whether a caller was turned away because of who he is: by the door, or by an
// operation that is for operators or for people alone. What is refused to anybody as things
// stand, such as an order of a firm that is not approved, is no matter of rights.
func stops(a answer) bool {
	for _, words := range []string{"sign in first", "your role does not allow this", "this is for operators", "this is for people of buyers"} {
		if strings.HasPrefix(a.Detail, words) {
			return a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
		}
	}
	return false
}

// TestDocs_RightsAreFresh asks for every operation as everybody, with the least that it takes,
// so that no wrong input hides who may not, and compares who was let in with docs/rights.md, which -update writes anew: whoever changes it reads the
// difference.
func TestDocs_RightsAreFresh(t *testing.T) {
	post := &letters{}
	h := newHouse(t, withPeople(t, post), func(h *house) { h.o.People = roll{h, h.o.Persons.(api.Roll)} })
	var b strings.Builder
	b.WriteString(rightsHead)
	for _, r := range routes(t) {
		if len(r.rights) == 0 {
			t.Errorf("%s names no right, so nobody can do it: see the package comment", r.id)
		}
		scope := string(r.scope)
		switch {
		case scope != "":
			scope = "`" + scope + "`"
		case slices.Contains(r.rights, "anybody") && r.method == http.MethodGet && !strings.Contains(r.path, "sign-on"):
			scope = "open"
		}
		fmt.Fprintf(&b, "| `%s %s` | %s | %s |", r.method, r.path, map[bool]string{true: "yes"}[r.fresh], scope)
		for _, role := range roles {
			caller := h.browser()
			if role != "" { // anew each time: it may sign out
				caller = h.as(role)
			}
			a := r.send(caller, r.at("buyer"))
			if a.status == http.StatusInternalServerError {
				t.Errorf("%s as %q: %s\n%s", r.id, role, a.text, h.log)
			}
			mark := "x"
			if stops(a) {
				mark = ""
			}
			if role == "" && (mark == "x") != slices.Contains(r.rights, "anybody") {
				t.Errorf("%s lets nobody in particular in: %d %s", r.id, a.status, a.text)
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	fresh(t, "../../docs/rights.md", []byte(b.String()))
}

// A person who acts for one account gets nothing of another one, whatever the role.
func TestRights_OfPersonsEndAtTheirAccount(t *testing.T) {
	h := newHouse(t)
	n := 0
	for _, r := range routes(t) {
		if !strings.Contains(r.path, "{account}") {
			continue
		}
		n++
		for _, role := range []quartet.Role{quartet.RoleReader, quartet.RoleFinance, quartet.RoleDeveloper, quartet.RoleOwner} {
			if a := r.send(h.as(role), r.at("other")); a.status != http.StatusNotFound && !stops(a) {
				t.Errorf("%s as %s of another account: %d %s", r.id, role, a.status, a.text)
			}
		}
	}
	if n == 0 {
		t.Error("no operation is about an account")
	}
}

// An auditor sees what moves money and changes nothing: all that is not a look is about the own
// session, open to everybody, or the proof of the audit.
func TestRights_OfAuditorsAreToLook(t *testing.T) {
	h := newHouse(t)
	looks := 0
	for _, r := range routes(t) {
		a := h.as(quartet.RoleAuditor).ask(r.method, r.at("buyer"), "")
		switch {
		case stops(a):
		case r.method == http.MethodGet:
			looks++
		case slices.Contains(r.rights, "anybody") || slices.Contains(r.rights, "signed_in") || slices.Contains(r.rights, string(api.Proved)) || r.id == "verifyAudit":
		case strings.HasSuffix(r.id, "HouseToken"): // the own ones, which do no more
		default:
			t.Errorf("an auditor may do %s: %d %s", r.id, a.status, a.text)
		}
	}
	auditor := h.as(quartet.RoleAuditor)
	for _, path := range []string{"orders", "refunds", "adjustments", "transfers", "claims", "payouts", "settlements", "operators", "jobs", "sources", "source-policy", "accounts/buyer/orders"} {
		auditor.want(http.StatusOK, http.MethodGet, "/api/v1/"+path, "")
	}
	for _, path := range []string{"accounts/buyer/credentials", "markets"} {
		auditor.want(http.StatusForbidden, http.MethodGet, "/api/v1/"+path, "")
	}
	for _, path := range []string{"payouts/nothing/payee", "firm-applications/nothing/contact"} {
		auditor.want(http.StatusForbidden, http.MethodPost, "/api/v1/"+path, `{"reason":"为了审计"}`)
	}
	if looks < 20 {
		t.Errorf("an auditor can look at %d things", looks)
	}
}

// What sets prices and money rules, makes somebody an operator, or gives a credential other
// limits, asks for the password again.
func TestRights_ChangesOfMoneyRulesAreFresh(t *testing.T) {
	fresh := map[string]bool{}
	for _, r := range routes(t) {
		fresh[r.id] = r.fresh
	}
	for _, id := range []string{
		"changeCredential", "setRefundPolicy", "addPlan", "endPlan", "followPlan", "addOperator", "setOperatorRole", "confirmOperatorRole",
		"askBankAccount", "confirmBankAccount", "closeBankAccount",
		"addSource", "changeSource", "setSourceCredentials", "switchSource", "setSourceOrder", "pinAccount", "unpinAccount", "testSource", "beginRegistryImport",
	} {
		if !fresh[id] {
			t.Errorf("%s asks for no fresh proof, or is gone", id)
		}
	}
}

const rightsHead = `# Who may do what

Generated by ` + "`make generate`" + ` from what the management API answered to everybody. The
first four roles are those of people in an account, who do it for their own account alone;
the others are those of operators. Fresh: the password must have been proved within the last
ten minutes. Scope: what a [token](tokens.md) needs, beside the role of whoever made it; open: any
token may; nothing: none may.

| operation | fresh | scope | nobody | reader | finance | developer | owner | support | treasurer | administrator | auditor |
|---|---|---|---|---|---|---|---|---|---|---|---|
`
