package transfer

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"quartet"
)

// kind is what a column of a statement holds.
type kind int

const (
	kindDay kind = iota
	kindTime
	kindCredit
	kindDebit
	kindAmount // of either direction
	kindDirection
	kindPayer
	kindAccount
	kindSerial
	kindHouse
	kinds
)

// headings are how banks head their columns, in the order of kinds, the usual names first.
func headings() [kinds][]string {
	return [kinds][]string{
		{"交易日期", "交易日", "记账日期", "入账日期", "日期", "交易时间", "记账时间", "入账时间", "date"},
		{"交易时间", "时间", "记账时间", "time"},
		{"贷方金额", "贷方发生额", "贷方", "收入金额", "收入", "转入金额", "存入金额", "收款金额", "贷方发生金额", "credit", "credit_amount"},
		{"借方金额", "借方发生额", "借方", "支出金额", "支出", "转出金额", "支取金额", "付款金额", "借方发生金额", "debit", "debit_amount"},
		{"交易金额", "发生额", "金额", "发生金额", "amount"},
		{"借贷标志", "借贷方向", "借贷", "收支方向", "收支", "收/支", "借贷标识", "交易方向", "direction"},
		{"对方户名", "对方名称", "对方账户名称", "对方单位名称", "对方单位", "付款人名称", "付款方名称", "付款人户名", "付款方户名", "付款人", "对手户名", "收(付)方名称", "对方账户名", "payer", "payer_name"},
		{"对方账号", "对方帐号", "对方账户", "付款人账号", "付款方账号", "付款账号", "对手账号", "收(付)方账号", "对方银行账号", "payer_account"},
		{"流水号", "交易流水号", "交易流水", "银行流水号", "业务流水号", "核心流水号", "主机流水号", "账户明细编号", "交易编号", "serial", "serial_no", "transaction_id"},
		{"本方账号", "本方帐号", "账号", "帐号", "查询账号", "house_account"},
	}
}

// remarkHeadings are columns whose texts together are the remark.
func remarkHeadings() []string {
	return []string{"摘要", "附言", "用途", "备注", "交易附言", "交易摘要", "客户附言", "交易用途", "转账附言", "附加信息", "备注信息", "remark", "purpose"}
}

// repeating are columns that look like the bank's serial and are none: they begin anew with
// each day, each teller or each export, so two lines may bear the same, and one line another
// in the next file. Neither the day beside it nor anything else makes a number of a line of it.
func repeating() []string {
	return []string{"交易序号", "序号", "柜员流水号", "柜员流水", "凭证号", "凭证号码"}
}

// header is where each kind stands in the cells of a row; -1 for none.
type header struct {
	at      [kinds]int
	remarks []int
	inFen   bool
	doubt   string // a heading that stands twice
	repeats string // a heading of what is no serial
}

// readHeader understands a row as a header. The first name of a list that is there counts,
// since some statements have both 交易时间 and 记账时间; the same name twice is a doubt.
func readHeader(cells []string) header {
	h := header{}
	names := make([]string, len(cells))
	units := make([]string, len(cells))
	for i, cell := range cells {
		names[i], units[i] = heading(cell)
	}
	taken := map[int]bool{}
	for k, list := range headings() {
		h.at[k] = -1
		for _, want := range list {
			at, twice := find(names, want, taken)
			if at < 0 {
				continue
			}
			if twice {
				h.doubt = want
			}
			h.at[k] = at
			taken[at] = true
			break
		}
		if at := h.at[k]; at >= 0 && units[at] != "" && (kind(k) == kindCredit || kind(k) == kindAmount) {
			h.inFen = h.inFen || !yuan(units[at])
		}
	}
	for _, name := range names {
		if slices.Contains(repeating(), name) {
			h.repeats = name
			break
		}
	}
	for _, want := range remarkHeadings() {
		if at, _ := find(names, want, taken); at >= 0 {
			h.remarks = append(h.remarks, at)
		}
	}
	return h
}

func yuan(unit string) bool {
	return unit == "元" || unit == "人民币" || unit == "人民币元" || unit == "cny" || unit == "rmb" || unit == "yuan" || unit == "贷" || unit == "收入"
}

func find(names []string, want string, taken map[int]bool) (at int, twice bool) {
	at = -1
	for i, name := range names {
		if name != want || taken[i] {
			continue
		}
		if at >= 0 {
			return at, true
		}
		at = i
	}
	return at, false
}

// heading is the name of a column apart from a unit behind it: 贷方金额（元）.
func heading(cell string) (name, unit string) {
	name = strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(cell)), ""))
	if inner, ok := strings.CutSuffix(name, ")"); ok {
		if at := strings.LastIndexByte(inner, '('); at > 0 {
			return inner[:at], inner[at+1:]
		}
	}
	return name, ""
}

// known counts the columns that a header has of what is needed; 0: it is none.
func known(cells []string) (n int) {
	h := readHeader(cells)
	if h.at[kindSerial] < 0 && h.at[kindDay] < 0 {
		return 0
	}
	for _, at := range h.at {
		if at >= 0 {
			n++
		}
	}
	n += len(h.remarks)
	if n < 3 { // a line of a title may hold a word or two
		return 0
	}
	return n
}

// fit refuses a header without which a line cannot be told from another one.
func (h header) fit() error {
	wrong := func(format string, args ...any) error {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: "file", Message: quartet.Errorf(quartet.ErrInvalid, format, args...).Message}
	}
	has := func(k kind) bool { return h.at[k] >= 0 }
	switch {
	case h.doubt != "":
		return wrong("the header has two columns %s; remove the one that is not meant", h.doubt)
	case !has(kindSerial) && h.repeats != "":
		return wrong("%s is no serial of the bank: it comes again on other days or at other tellers, and a line is known by its serial alone; export the statement with %s", h.repeats, headings()[kindSerial][1])
	case !has(kindSerial):
		return wrong("the header has no column for the bank's serial, such as %s; export the statement with it, since a line is known by it alone", headings()[kindSerial][1])
	case !has(kindDay):
		return wrong("the header has no column for the day, such as %s", headings()[kindDay][0])
	case !has(kindCredit) && !has(kindAmount):
		return wrong("the header has no column for what came in, such as %s", headings()[kindCredit][0])
	case h.inFen:
		return wrong("the amounts must be in yuan")
	}
	return nil
}
