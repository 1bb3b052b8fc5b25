package taxsim

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"time"

	"quartet"
)

// Paper writes the XML of an invoice that nobody issued, in the form of the tax bureau's, for
// tests and the demo. What it makes is worth nothing and says so.
func Paper(p *quartet.InvoicePaper, lines []quartet.InvoiceLine) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<EInvoice>")
	tag := func(name, text string) {
		b.WriteString("<" + name + ">")
		_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
		b.WriteString("</" + name + ">")
	}
	code, label := "02", "普通发票"
	if p.Kind == quartet.InvoiceSpecial {
		code, label = "01", "增值税专用发票"
	}
	b.WriteString("<Header>")
	tag("EIid", p.Number)
	tag("Version", "0.31")
	b.WriteString("<InherentLabel><GeneralOrSpecialVAT>")
	tag("LabelCode", code)
	tag("LabelName", label)
	b.WriteString("</GeneralOrSpecialVAT></InherentLabel></Header><EInvoiceData><SellerInformation>")
	tag("SellerIdNum", p.SellerTaxID)
	tag("SellerName", p.Seller)
	b.WriteString("</SellerInformation><BuyerInformation>")
	tag("BuyerIdNum", p.BuyerTaxID)
	tag("BuyerName", p.Buyer)
	b.WriteString("</BuyerInformation><BasicInformation>")
	tag("TotalAmWithoutTax", p.Amounts.Net.String())
	tag("TotalTaxAm", p.Amounts.Tax.String())
	tag("TotalTax-includedAmount", p.Amounts.Gross.String())
	tag("RequestTime", p.IssuedOn.In(quartet.Shanghai).Format(time.DateTime))
	b.WriteString("</BasicInformation>")
	sign := quartet.Fen(1)
	if p.Amounts.Gross < 0 {
		sign = -1
	}
	for i := range lines {
		l := &lines[i]
		b.WriteString("<IssuItemInformation>")
		tag("ItemName", l.Name)
		tag("Amount", (sign * l.Net).String())
		tag("TaxRate", fmt.Sprintf("%.4f", float64(l.Rate)/10000))
		tag("ComTaxAm", (sign * l.Tax).String())
		tag("TotaltaxIncludedAmount", (sign * l.Gross).String())
		tag("TaxClassificationCode", l.Code)
		b.WriteString("</IssuItemInformation>")
	}
	b.WriteString("<AdditionalInformation>")
	tag("Remark", "演练，非发票")
	b.WriteString("</AdditionalInformation></EInvoiceData><TaxSupervisionInfo>")
	tag("InvoiceNumber", p.Number)
	tag("IssueTime", p.IssuedOn.In(quartet.Shanghai).Format(time.DateOnly))
	tag("TaxBureauName", "演练税务局")
	b.WriteString("</TaxSupervisionInfo></EInvoice>\n")
	return b.Bytes()
}
