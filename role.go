package quartet

import "slices"

// Role is what a person may do for an account, or an operator for the house. An operator
// has exactly one, and none of them can do the work of two: who sets prices moves no money,
// who moves money reads no audit, and the auditor sees the money and the audit and changes
// nothing.
type Role string

// The roles of people in an account.
const (
	RoleOwner     Role = "owner"
	RoleDeveloper Role = "developer"
	RoleFinance   Role = "finance"
	RoleReader    Role = "reader"
)

// The roles of operators.
const (
	RoleAdministrator Role = "administrator"
	RoleTreasurer     Role = "treasurer" // the finance of the house
	RoleSupport       Role = "support"
	RoleAuditor       Role = "auditor"
)

// Right is leave to do one kind of thing.
type Right string

// The rights that people have in their account.
const (
	MayRead        Right = "account.read"     // orders, units, calls
	MayBuy         Right = "order.buy"        // order, pay, cancel, ask for a refund, rate
	MayIntegrate   Right = "credential.write" // credentials and their secrets
	MayManage      Right = "account.manage"   // people and roles
	MayProveFirm   Right = "firm.submit"      // the verification of the firm
	MayReadMembers Right = "member.read"
	MayAsk         Right = "ticket.write" // ask support, and answer it
)

// The rights of operators.
const (
	MayRunHouse    Right = "house.write" // products, plans, pages, sources, accounts, operators
	MayWatchHouse  Right = "house.read"  // what support and administrators look at: buyers, orders, jobs
	MayRestartJobs Right = "job.restart"
	MayMoveMoney   Right = "money.write"   // refunds, claims, statements, gifts and adjustments, reconciliation
	MayReadMoney   Right = "money.read"    // the same, and orders with what hangs on them; payers only with MayMoveMoney
	MayServeBuyers Right = "buyer.serve"   // firm applications, ratings, tickets, chats
	MayReadAudit   Right = "audit.read"    // and verify it
	MayInspect     Right = "house.inspect" // who runs the house, and its jobs
)

var rights = map[Role][]Right{
	RoleOwner:     {MayRead, MayBuy, MayIntegrate, MayManage, MayProveFirm, MayReadMembers, MayAsk},
	RoleDeveloper: {MayRead, MayIntegrate, MayReadMembers, MayAsk},
	RoleFinance:   {MayRead, MayBuy, MayReadMembers, MayAsk},
	RoleReader:    {MayRead},

	RoleAdministrator: {MayRunHouse, MayWatchHouse, MayRestartJobs},
	RoleTreasurer:     {MayMoveMoney, MayReadMoney, MayWatchHouse},
	RoleSupport:       {MayServeBuyers, MayWatchHouse},
	RoleAuditor:       {MayReadAudit, MayReadMoney, MayInspect},
}

// May reports whether a role has a right.
func (r Role) May(right Right) bool {
	return slices.Contains(rights[r], right)
}

// Rights lists the rights that a role has.
func (r Role) Rights() []Right { return slices.Clone(rights[r]) }

// OfAccount reports whether it is a role of people in an account.
func (r Role) OfAccount() bool {
	switch r {
	case RoleOwner, RoleDeveloper, RoleFinance, RoleReader:
		return true
	default:
		return false
	}
}

// TakesTwo reports whether two administrators make somebody one: who moves money, since two of
// them are both persons of every rule about money; and an administrator, who would else be
// made to confirm it. What the command line does is no matter of it: see ADR 12.
func (r Role) TakesTwo() bool { return r == RoleTreasurer || r == RoleAdministrator }

// OfHouse reports whether it is a role of operators.
func (r Role) OfHouse() bool {
	switch r {
	case RoleAdministrator, RoleTreasurer, RoleSupport, RoleAuditor:
		return true
	default:
		return false
	}
}
