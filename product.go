package quartet

// Product is a verification that can be called: its path, what it needs, what it
// shows and what it charges. Product 1887 is the first.
type Product struct {
	ID     string // "1887"
	Path   string // "/communication/personal/1887"
	Name   string // 银行卡四要素核验
	Need   ElementSet
	Detail Detail
	Charge ChargeTable
	On     bool
}

// Detail is how much below the state a product shows.
type Detail string

// The grades of detail.
const (
	DetailState   Detail = "state"   // data.state alone
	DetailReason  Detail = "reason"  // the reason as well
	DetailElement Detail = "element" // and which elements differ
)

// ChargeTable says how many units a verdict costs.
type ChargeTable struct {
	Match, Mismatch, Undetermined int64
}

// Units is the price of a verdict, in units; 0 without a verdict.
func (t ChargeTable) Units(v Verdict) int64 {
	switch v {
	case Match:
		return t.Match
	case Mismatch:
		return t.Mismatch
	case Undetermined:
		return t.Undetermined
	default:
		return 0
	}
}

// FourElements is product 1887 as it is seeded: byte-compatible with the product sold
// on the cloud market.
func FourElements() Product {
	return Product{
		ID:     "1887",
		Path:   "/communication/personal/1887",
		Name:   "银行卡四要素核验",
		Need:   NeedAll,
		Detail: DetailState,
		Charge: ChargeTable{Match: 1, Mismatch: 1},
		On:     true,
	}
}
