package document

import "quartet"

// House is who prints: its name and where it is asked about a document.
type House struct {
	Name    string
	Site    string
	Support quartet.SupportLines
}

// line is how it is reached.
func (h House) line() string {
	if lines := h.Support.String(); h.Site != "" && lines != "" {
		return h.Site + " · " + lines
	}
	return h.Site + h.Support.String()
}

// Buyer is for whom it is printed.
type Buyer struct {
	Name    string // the firm's, as its licence has it; else the account's
	Code    string // the firm's credit code; empty: none is known
	Account string
}

func (b Buyer) fields(p page) {
	p.field("客户", b.Name)
	if b.Code != "" {
		p.field("统一社会信用代码", b.Code)
	}
	p.field("账户编号", b.Account)
}
