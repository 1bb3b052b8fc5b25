package console

import (
	"net/url"
	"time"

	"quartet"
)

// InvoicesPage lists the invoices of an account.
type InvoicesPage struct {
	Invoices []ownInvoice // newest first
	Left     int64        // of what was paid may yet be asked for, in fen
	Next     string       // address of the following page
	Buys     bool
}

func (InvoicesPage) template() string { return "invoices" }
func (InvoicesPage) title() string    { return "发票" }

func (c *Console) invoicesPage(v *visit) (page, error) {
	p := InvoicesPage{Buys: v.who().May("order.buy")}
	var part list[ownInvoice]
	if err := v.get(query(v.account("/invoices"), "after", v.r.URL.Query().Get("after")), &part); err != nil {
		return nil, err
	}
	if p.Invoices = part.Items; part.Next != "" {
		p.Next = query(invoicesPath, "after", part.Next)
	}
	orders, err := all[billableOrder](v, v.account("/invoiceable-orders"))
	for _, o := range orders {
		p.Left += o.Left
	}
	return p, err
}

func previewInvoices() []ownInvoice {
	one := func(id string, state quartet.InvoiceState, kind quartet.InvoiceKind, fen int64, days int) ownInvoice {
		at := previewNow.AddDate(0, 0, -days)
		net := (fen*10000 + 5300) / 10600
		i := ownInvoice{
			ID: id, Kind: string(kind), State: string(state), Buyer: previewTitles()[0], Email: "caiwu@example.com", Amount: fen, Net: net, Tax: fen - net, Files: []paper{},
			Lines:     []billedOrder{{Order: "20260115" + id[8:16], Item: "*信息技术服务*数据核验服务", Rate: 600, Amount: fen, Net: net, Tax: fen - net}},
			CreatedAt: at, ChangedAt: at,
		}
		if state != quartet.InvoiceSubmitted && state != quartet.InvoiceCancelled {
			i.DecidedAt, i.ChangedAt = at.Add(2*time.Hour), at.Add(2*time.Hour)
		}
		if i.Issued() {
			i.Number, i.IssuedOn, i.DeliveredAt, i.Source = "26352000000000"+id[12:], day(i.DecidedAt), i.DecidedAt.Add(3*time.Minute), "xml"
			i.Files = []paper{
				{"xml", "9f2c41d7a80b5e6633c1f0ad8be7729455d06c1e9a7f48b3021c6de5f8a94b70", 6180},
				{"ofd", "3b7e90c2f5518ad4467e02b9cc31d8f6a97405be12cd8f3360a4e7b95d21f8c6", 28412},
				{"pdf", "c84d17fe20963ab5d7710ef48a2c65b9038de1f74b5a9c26e0738d41f6b295ae", 41907},
			}
		}
		return i
	}
	list := []ownInvoice{
		one("202603020048120001", quartet.InvoiceSubmitted, quartet.InvoiceOrdinary, 2000_00, 0),
		one("202602270031770002", quartet.InvoiceIssuing, quartet.InvoiceSpecial, 5000_00, 3),
		one("202602200090450003", quartet.InvoiceRedWaitingBuyer, quartet.InvoiceSpecial, 10000_00, 10),
		one("202602100016330004", quartet.InvoiceIssued, quartet.InvoiceOrdinary, 3000_00, 20),
		one("202601260071180005", quartet.InvoicePartReversed, quartet.InvoiceOrdinary, 2000_00, 35),
		one("202601200064020006", quartet.InvoiceRejected, quartet.InvoiceOrdinary, 500_00, 41),
		one("202601120055910007", quartet.InvoiceFailedFinal, quartet.InvoiceOrdinary, 500_00, 49),
		one("202601050027640008", quartet.InvoiceCancelled, quartet.InvoiceOrdinary, 500_00, 56),
	}
	list[4].Reversed, list[4].Lines[0].Reversed = 500_00, 500_00
	list[5].Answer = "抬头与认证企业不符，请修改后重新申请"
	return list
}

func invoiceListPreviews() []preview {
	return []preview{
		{name: "invoices", path: invoicesPath, page: InvoicesPage{Invoices: previewInvoices(), Left: 5500_00, Next: invoicesPath + "?after=202601050027640008", Buys: true}},
		{name: "invoices-empty", path: invoicesPath, page: InvoicesPage{Buys: true}},
		{name: "invoices-first", path: invoicesPath, page: InvoicesPage{Left: 2000_00, Buys: true}},
	}
}

func invoicePagePreviews() []preview {
	all := previewInvoices()
	pageOf := func(i ownInvoice, reds ...ownRed) InvoicePage {
		return InvoicePage{Invoice: i, Reds: reds, Account: "acme", Buys: true}
	}
	waits := ownRed{
		ID: "202603010011220001", State: "waiting_buyer", Reason: "returned", Refund: "r1", Amount: 4000_00, AgreeBy: previewNow.Add(41 * time.Hour),
		CreatedAt: previewNow.Add(-32 * time.Hour), ChangedAt: previewNow.Add(-31 * time.Hour),
	}
	done := ownRed{
		ID: "202602110011220002", State: "done", Reason: "allowance", Amount: 500_00, Number: "26352000000000910005", IssuedOn: "2026-02-11",
		Files:     []paper{{"xml", "51a0e7cc84b93df2107e6b58d94fa3c2e6071b8d35fc92a4408de61b7f90c3a5", 6012}},
		CreatedAt: previewNow.AddDate(0, 0, -19), ChangedAt: previewNow.AddDate(0, 0, -19).Add(time.Hour),
	}
	applied := pageOf(all[0])
	applied.Done = "申请已提交"
	merged := pageOf(all[3])
	first := merged.Invoice.Lines[0]
	first.Amount, first.Net, first.Tax = 2000_00, 1886_79, 113_21
	second := first
	second.Order, second.Amount, second.Net, second.Tax = "2026012200904501", 1000_00, 943_40, 56_60
	merged.Invoice.Lines = []billedOrder{first, second}
	merged.Invoice.Net, merged.Invoice.Tax = 2830_19, 169_81
	list := []preview{
		{name: "invoice-submitted", path: all[0].Path(), page: applied},
		{name: "invoice-issuing", path: all[1].Path(), page: pageOf(all[1])},
		{name: "invoice-red", path: all[2].Path(), page: pageOf(all[2], waits)},
		{name: "invoice-red-refused", path: all[2].Path(), page: pageOf(all[2], waits), form: form{
			Values: url.Values{"reason": {""}, "_form": {"refusal"}}, Faults: map[string]string{"reason": "请写明原因"},
		}},
		{name: "invoice", path: all[3].Path(), page: merged},
		{name: "invoice-part-reversed", path: all[4].Path(), page: pageOf(all[4], done)},
		{name: "invoice-rejected", path: all[5].Path(), page: pageOf(all[5])},
		{name: "invoice-failed", path: all[6].Path(), page: pageOf(all[6])},
	}
	return list
}
