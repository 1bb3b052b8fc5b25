// Package einvoice reads the data of a fully digitalised electronic invoice (数电票), which its
// issuer hands out as XML. It never makes any: the issuer's bytes alone are the invoice.
//
// The elements are those of the tax administration's data file: the root EInvoice with Header
// (EIid, InherentLabel/GeneralOrSpecialVAT), EInvoiceData (SellerInformation,
// BuyerInformation, BasicInformation with TotalAmWithoutTax, TotalTaxAm and
// TotalTax-includedAmount, one IssuItemInformation for each line) and TaxSupervisionInfo
// (InvoiceNumber, IssueTime). They are published, as element names of the prefix einv, by the
// Ministry of Finance in 电子凭证会计数据标准——全面数字化的电子发票, 元素清单
// (m.taowenge.com/p-92527473.html has its list; clawhub.ai/user_0dc4c020/validate-einvoice-xml
// the structure of the file). What is read is found at its whole path alone: an element of a
// like name elsewhere, such as TotaltaxIncludedAmount of a line, is not taken for it, and what
// stands twice is refused. The signature of the tax bureau is not verified here: its
// certificates are not published.
package einvoice
