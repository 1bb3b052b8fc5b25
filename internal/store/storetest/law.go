package storetest

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"quartet"
	"quartet/internal/store"
)

// Database opens one database, the same at every call, so that a chapter can go through
// a restart. The store is closed with the test if not before.
type Database func(t *testing.T) *store.Store

// Run checks the law. fresh makes an empty database for each chapter.
func Run(t *testing.T, fresh func(t *testing.T) Database) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(t *testing.T, open Database)
	}{
		{"accounts", accounts},
		{"accounts in a list", accountRows},
		{"credentials", credentials},
		{"products", products},
		{"sources and their policy", sources},
		{"files on their way into the registry", registryImports},
		{"drills, one at a time", drills},
		{"operators and the audit", operators},
		{"what an account reads of the audit", accountAudit},
		{"what is found in the audit", auditSearch},
		{"roles of operators", roles},
		{"the last administrator stays", lastAdministrator},
		{"a role that is asked for", askedRoles},
		{"second factors of operators", operatorFactors},
		{"applications of firms", firms},
		{"two decisions about a firm at once", decisions},
		{"people register", people},
		{"people change", peopleChange},
		{"codes and what is tried", codes},
		{"proofs of several steps", ceremonies},
		{"passkeys", passkeys},
		{"members and the last owner", members},
		{"invitations", invitations},
		{"messages", messages},
		{"the version grows with each change of the directory", version},
		{"sessions", sessions},
		{"tokens", tokens},
		{"nobody gets a token without a place", tokensOfNobody},
		{"a token and the end of its place at once", tokenAndPlaceAtOnce},
		{"tokens end with whoever made them", endedTokens},
		{"tokens end with what answers a stolen account", answeredTokens},
		{"requests that may be repeated", repeats},
		{"one request sent many times at once", racingRepeats},
		{"what waits for people", chores},
		{"jobs", jobs},
		{"jobs that many claim at once", racingJobs},
		{"jobs of a former life are taken back", freedJobs},
		{"jobs are told of when they are written", nudges},
		{"grants and entries", grants},
		{"a batch reads what it names", reading},
		{"a batch is written whole or not at all", whole},
		{"a grant keeps its bounds", bounds},
		{"holds", holds},
		{"a hold tells whom its call may be with", asked},
		{"claims", claims},
		{"calls come oldest first, through every filter", calls},
		{"calls come newest first, whatever is looked for", latestCalls},
		{"calls of a kind among others of the same minutes", findingCalls},
		{"a listing longer than a chunk", longListing},
		{"usage is counted with the rows of calls", usage},
		{"a final statement stays as it is", statements},
		{"attempts are written with their call, and kept", attempts},
		{"attempts that are open, until they are resolved", openAttempts},
		{"what was sent to each source since a second", sourceCounts},
		{"what was sold and what it cost", evidence},
		{"the questions to one source", sourceAttempts},
		{"books and closed days", books},
		{"the books miss evidence", missing},
		{"calls of closed days go, and the books still hold", pruning},
		{"the node's number", node},
		{"notices of providers, each event once", notices},
		{"one event told by many notices at once", noticesAtOnce},
		{"notices and jobs are forgotten", prunes},
		{"messages of markets are forgotten", prunesMarketEvents},
		{"markets", markets},
		{"messages of markets, each event once", marketEvents},
		{"one message of a market many times at once", marketEventsAtOnce},
		{"plans", plans},
		{"orders", orders},
		{"the steps of an order", orderSteps},
		{"jobs that are moved", movedJobs},
		{"renewals and what they allowed", renewals},
		{"a trial for each identity", trials},
		{"adjustments by two people", adjustments},
		{"policies of refunds", refundPolicies},
		{"opening again changes nothing", reopen},
		{"a bank account that is asked for", askedAccounts},
		{"transfers come once", transfers},
		{"a transfer becomes one payment", settlingTransfers},
		{"two people decide what a transfer is for", transferClaims},
		{"two people see what is paid back", payouts},
		{"what came of the bill of a day", settlements},
		{"a bill that is longer than a chunk", longSettlement},
		{"pages are drafted, published and kept", pages},
		{"an order is rated once", ratings},
		{"tickets and what is said to them", tickets},
		{"support reads first who waits most urgently", queueing},
		{"many say something at once", talking},
		{"how support did, who is there and what it answers", supporting},
		{"what moved for orders", moved},
		{"invoices never exceed what was paid", invoices},
		{"red letters, one at a time", redLetters},
		{"many invoices of the same orders at once", racingInvoices},
		{"whoever waited for an order sees what was done to it", waitingInvoices},
		{"a decision that panics leaves nothing behind", panicking},
		{"titles of invoices, and how the house is taxed", invoiceTitles},
		{"notices of tax channels, each event once", invoiceNotices},
		{"a rule fires while it is armed", alertRules},
		{"how that stands which rules watch", alertStandings},
		{"an alert is told once", tellings},
		{"webhooks and what is sent to them", webhooks},
		{"incidents and their history", incidents},
		{"one outage is one incident, whoever finds it", racingIncidents},
		{"what became of calls by the doing of sources", supply},
		{"a circular reaches each account once", circulars},
		{"a change of a product is judged under lock", changedProducts},
		{"a batch comes, is checked and keeps its counts", batches},
		{"rows of a batch are sent once and end once", batchSteps},
		{"rows of a batch are asked again, however many", batchAgain},
		{"an account has one driver of batches", batchDrivers},
		{"a batch never costs more than its ceiling", batchCeiling},
		{"what a batch holds is erased", erasedBatches},
		{"announcements change what they say, once", announcements},
		{"of many changes of one thing one is announced", racingAnnouncements},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, fresh(t))
		})
	}
}

// base is the instant from which fixtures count: noon of a day in Shanghai.
var base = time.Date(2026, 3, 2, 12, 0, 0, 123456000, quartet.Shanghai)

func after(d time.Duration) time.Time { return base.Add(d) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, what string, err error, want quartet.ErrorCode) {
	t.Helper()
	if got := quartet.CodeOf(err); got != want {
		t.Errorf("%s: %q (%v), want %q", what, got, err, want)
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }), cmp.Comparer(func(a, b quartet.Window) bool { return a == b })); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// value fails the test on an error and else gives the value.
func value[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// leased opens the database and takes the node's number, without which no batch is written.
func leased(t *testing.T, open Database) *store.Store {
	t.Helper()
	s := open(t)
	_, _, err := s.LeaseNode(t.Context(), "folder", "session "+time.Now().String(), time.Now())
	must(t, err)
	return s
}

func post(ctx context.Context, s *store.Store, p quartet.Postings) error {
	return s.Commit(ctx, quartet.Reading{}, func(quartet.Book) quartet.Postings { return p })
}

func mustPost(t *testing.T, s *store.Store, p quartet.Postings) {
	t.Helper()
	must(t, post(t.Context(), s, p))
}

func account(id string, created time.Time) quartet.Account {
	return quartet.Account{ID: id, Name: "house " + id, CreatedAt: created}
}

func addAccounts(t *testing.T, s *store.Store, ids ...string) {
	t.Helper()
	for _, id := range ids {
		must(t, s.CreateAccount(t.Context(), account(id, base), quartet.AuditEntry{}))
	}
}

func grant(id, account string, units int64, created time.Time) quartet.Grant {
	return quartet.Grant{ID: id, Account: account, Units: units, Origin: "gift", CreatedAt: created, ExpiresAt: created.Add(time.Hour)}
}

func call(second int64, n uint64, account string) quartet.Call {
	return quartet.Call{
		SeqNo: quartet.SeqNo{Second: second, N: n}, At: time.Unix(second, 5000), Account: account, Credential: "cred", Product: "1887",
		Code: quartet.CodeOK, Verdict: quartet.Match, Source: "registry", Latency: 1500 * time.Microsecond,
		Params: quartet.Fingerprint{1, 2}, Card: quartet.Fingerprint{3, 4}, Sent: true,
	}
}

// charged makes a call use units of the grant g.
func charged(c quartet.Call, units int64) quartet.Call {
	c.Grant, c.Charged = "g", units
	return c
}
