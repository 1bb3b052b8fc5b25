// Package story invents what a demo shows of its past: firms that buy, and the calls that they
// made over sixty days. It decides and does no I/O; whoever tells it takes it through the doors
// of the features, under a clock of the past (package app).
//
// Nothing in it is real: firms and people are made up, no call has elements, and the same
// beginning always gives the same past, so that a telling that was cut off goes on with it.
package story

import "time"

// Days is how far back it reaches.
const Days = 60

// MostCalls is how many calls it has at the most.
const MostCalls = 20_000

// Buyer is an invented firm that buys.
type Buyer struct {
	Name        string // of the account, and of the firm on its licence
	Code        string // unified social credit code
	Scene       string
	Purpose     string
	Person      string // who signs in
	Email       string
	Credentials []string // their names; the first makes most calls
	Busy        int      // calls of a usual working day
	Begins      int      // the day on which it comes, counted from the first
}

// Buyers are those of the story. The first is the one whose console is shown.
func Buyers() []Buyer {
	return []Buyer{
		{
			Name: "演示云杉人力资源有限公司", Code: "91350200M0001DEM13", Scene: "发放工资前核对收款人", Purpose: "payroll",
			Person: "林晓岚", Email: Email, Credentials: []string{"工资系统", "入职登记", "对账脚本"}, Busy: 175,
		},
		{
			Name: "演示青禾网络科技有限公司", Code: "91330100M0002DEM2G", Scene: "商户开户时核验法定代表人银行卡", Purpose: "finance",
			Person: "陈嘉木", Email: "chen@example.com", Credentials: []string{"商户开户", "风控复核"}, Busy: 90, Begins: 4,
		},
		{
			Name: "演示沧海租赁有限公司", Code: "91440300M0003DEM3G", Scene: "租客签约时核验付款银行卡", Purpose: "rental",
			Person: "沈知远", Email: "shen@example.com", Credentials: []string{"签约小程序"}, Busy: 26, Begins: 19,
		},
	}
}

// Newcomer is a buyer who has just come, and waits for the house to look at its firm.
func Newcomer() Buyer {
	return Buyer{
		Name: "演示北辰航空服务有限公司", Code: "91120118M0004DEM4P", Scene: "旅客退款前核验收款银行卡", Purpose: "travel",
		Person: "周允", Email: "zhou@example.com", Begins: 59,
	}
}

// Operator is somebody who runs the house of a demo.
type Operator struct{ Name, Role string }

// Operators are one of each role. All of them sign in with Password.
func Operators() []Operator {
	return []Operator{{"admin", "administrator"}, {"finance", "treasurer"}, {"support", "support"}, {"audit", "auditor"}}
}

// Email and Password let a visitor of a demo in as the person of the first buyer. They are no
// secret: a demo listens on its own machine, and everybody in it is invented.
const (
	Email    = "demo@example.com"
	Password = "demo-quartet-demo" //nolint:gosec // no secret, as said above
)

// Outage is the afternoon on which most calls got no verdict.
type Outage struct{ From, Until time.Time }

// OutageOf is that of a story that begins on a day.
func OutageOf(first time.Time) Outage {
	day := first.AddDate(0, 0, 41)
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday { // a bad day is a working day
		day = day.AddDate(0, 0, 1)
	}
	return Outage{day.Add(14*time.Hour + 7*time.Minute), day.Add(16*time.Hour + 22*time.Minute)}
}
