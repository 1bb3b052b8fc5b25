package reconcile

import (
	"slices"
	"strings"

	"quartet"
	"quartet/internal/sheet"
)

// Columns are headings that a statement uses for what this package cannot recognise, or
// must not guess. Empty ones are recognised.
type Columns struct{ Reference, Order, Charged, Amount, Time string }

// kind is what a column holds.
type kind int

const (
	kindReference kind = iota // the supplier's number of the question
	kindOrder                 // our number of the call
	kindCharged
	kindAmount
	kindTime
	kinds
)

// headings are how statements head their columns, in the order of kinds. A number is looked
// for on both sides whatever its heading, for suppliers mean either of them by 订单号.
func headings() [kinds][]string {
	return [kinds][]string{
		{"流水号", "交易号", "交易流水号", "业务流水号", "查询流水号", "请求流水号", "reference", "reference_no", "ref", "trade_no", "serial_no", "transaction_id", "request_id", "biz_no"},
		{"订单号", "商户订单号", "客户订单号", "业务订单号", "order", "order_no", "order_id", "out_trade_no", "seqno", "seq_no"},
		{"是否计费", "是否收费", "计费", "收费", "计费状态", "charged", "is_charged", "billed", "billable"},
		{"金额", "费用", "计费金额", "扣费金额", "消费金额", "amount", "fee", "cost"},
		{"时间", "请求时间", "调用时间", "查询时间", "交易时间", "创建时间", "time", "request_time", "created_at"},
	}
}

// flagOf names a kind as the command line does.
func flagOf(k kind) string {
	return [kinds]string{"--reference-column", "--order-column", "--charged-column", "--amount-column", "--time-column"}[k]
}

func (c Columns) of(k kind) string {
	return [kinds]string{c.Reference, c.Order, c.Charged, c.Amount, c.Time}[k]
}

// header is where each kind stands; -1 for none.
type header struct {
	at     [kinds]int
	doubt  string // a flag that must settle which of two columns is meant
	inFen  bool   // the amount is headed as one in fen
	number bool
}

// read understands a row as a header. One without a number is none.
func (c Columns) read(cells []string) header {
	h := header{}
	for k := range kinds {
		h.at[k] = -1
		for i, cell := range cells {
			name, unit := heading(cell)
			if !c.matches(k, cell, name) {
				continue
			}
			if h.at[k] >= 0 {
				h.doubt = flagOf(k)
				continue
			}
			h.at[k] = i
			h.inFen = h.inFen || k == kindAmount && unit != "" && unit != "元" && unit != "yuan" && unit != "cny" && unit != "rmb"
		}
	}
	h.number = h.at[kindReference] >= 0 || h.at[kindOrder] >= 0
	return h
}

func (c Columns) matches(k kind, cell, name string) bool {
	if sheet.IsElement(cell) || sheet.IsElement(name) {
		return false
	}
	if given := c.of(k); given != "" {
		return strings.EqualFold(cell, strings.TrimSpace(given))
	}
	return slices.Contains(headings()[k], name)
}

// heading is the name of a column, apart from its unit: 金额（元）.
func heading(cell string) (name, unit string) {
	name = strings.ToLower(strings.NewReplacer("（", "(", "）", ")", " ", "_", "-", "_").Replace(cell))
	name, unit, _ = strings.Cut(name, "(")
	return strings.Trim(name, "_"), strings.Trim(unit, ")_")
}

// known counts the columns of a header.
func (c Columns) known(cells []string) (n int) {
	h := c.read(cells)
	if !h.number {
		return 0
	}
	for _, at := range h.at {
		if at >= 0 {
			n++
		}
	}
	return n
}

// check refuses headings that must not be read.
func (c Columns) check() error {
	for k := range kinds {
		if given := c.of(k); sheet.IsElement(strings.TrimSpace(given)) {
			return quartet.Errorf(quartet.ErrInvalid, "%s names an element of a person; no element is needed", flagOf(k))
		}
	}
	return nil
}

// fit refuses a header that leaves open what is meant.
func (c Columns) fit(h header) error {
	switch {
	case h.doubt != "":
		return quartet.Errorf(quartet.ErrInvalid, "two columns may be meant; say with %s which one", h.doubt)
	case h.inFen:
		return quartet.Errorf(quartet.ErrInvalid, "the amounts must be in yuan")
	}
	for k := range kinds {
		if c.of(k) != "" && h.at[k] < 0 {
			return quartet.Errorf(quartet.ErrInvalid, "no column of the header is headed as %s says", flagOf(k))
		}
	}
	return nil
}
