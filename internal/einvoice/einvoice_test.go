package einvoice_test

import (
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/einvoice"
	"quartet/internal/invoice/taxsim"
)

var paper = quartet.InvoicePaper{
	Number: "26110000000000000001", IssuedOn: time.Date(2026, 3, 2, 0, 0, 0, 0, quartet.Shanghai), Kind: quartet.InvoiceSpecial,
	Seller: "四要素科技有限公司", SellerTaxID: "91350100M000100Y43", Buyer: "演示 & <买方>", BuyerTaxID: "91110000101623741K",
	Amounts: quartet.Amounts{Gross: 1000_00, Net: 943_40, Tax: 56_60},
}

func printed() string {
	line := quartet.InvoiceLine{TaxItem: quartet.TaxItem{Name: "服务", Rate: 600}, Amounts: quartet.SplitTax(500_00, 600)}
	return string(taxsim.Paper(&paper, []quartet.InvoiceLine{line, line}))
}

func TestRead_FindsWhatAnInvoiceSays(t *testing.T) {
	got, err := einvoice.Read([]byte("\xef\xbb\xbf" + printed()))
	if err != nil || got != paper {
		t.Errorf("%+v, %v", got, err)
	}
	red := paper
	red.Amounts = quartet.Amounts{}.Minus(paper.Amounts)
	if got, err := einvoice.Read(taxsim.Paper(&red, nil)); err != nil || got != red {
		t.Errorf("of a red letter %+v, %v", got, err)
	}
	long := strings.NewReplacer(">943.40<", ">943.400000<", "<IssueTime>2026-03-02<", "<IssueTime>2026-03-02 10:11:12<").Replace(printed())
	if got, err := einvoice.Read([]byte(long)); err != nil || got.Amounts != paper.Amounts || !got.IssuedOn.Equal(paper.IssuedOn) {
		t.Errorf("with more digits %+v, %v", got, err)
	}
}

func TestRead_RefusesWhatIsNotCertain(t *testing.T) {
	whole := printed()
	for name, text := range map[string]string{
		"nothing":                 "",
		"no XML":                  "%PDF-1.7",
		"another root":            strings.NewReplacer("<EInvoice>", "<Invoice>", "</EInvoice>", "</Invoice>").Replace(whole),
		"cut off":                 whole[:len(whole)/2],
		"a document type":         strings.Replace(whole, "<EInvoice>", `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><EInvoice>`, 1),
		"an entity of its own":    strings.Replace(whole, "四要素", "&e;", 1),
		"two invoices":            whole + strings.TrimPrefix(whole, `<?xml version="1.0" encoding="UTF-8"?>`),
		"two totals":              strings.Replace(whole, "<TotalTaxAm>56.60</TotalTaxAm>", "<TotalTaxAm>56.60</TotalTaxAm><TotalTaxAm>56.60</TotalTaxAm>", 1),
		"another number":          strings.Replace(whole, "<EIid>26110000000000000001", "<EIid>26110000000000000002", 1),
		"a short number":          strings.ReplaceAll(whole, "26110000000000000001", "2611000000000000001"),
		"sums that do not add up": strings.Replace(whole, ">56.60<", ">56.61<", 1),
		"an amount in words":      strings.Replace(whole, ">56.60<", ">伍拾陆元<", 1),
		"a fraction of a fen":     strings.Replace(whole, ">56.60<", ">56.605<", 1),
		"no day":                  strings.NewReplacer("<IssueTime>2026-03-02", "<IssueTime>soon", "<RequestTime>2026-03-02 00:00:00", "<RequestTime>").Replace(whole),
		"another kind":            strings.Replace(whole, "增值税专用发票", "其他", 1),
		"too large":               whole + strings.Repeat(" ", einvoice.Max),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := einvoice.Read([]byte(text))
			if c := quartet.CodeOf(err); c != quartet.ErrUnsupported && c != quartet.ErrTooLarge {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestSniff_LooksAtTheBytes(t *testing.T) {
	ofd := "PK\x05\x06" + strings.Repeat("\x00", 18)
	for kind, file := range map[quartet.InvoiceFileKind]string{quartet.InvoiceXML: "%PDF-", quartet.InvoicePDF: "<html>", quartet.InvoiceOFD: ofd} {
		if err := einvoice.Sniff(kind, []byte(file)); quartet.CodeOf(err) != quartet.ErrUnsupported {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if err := einvoice.Sniff(quartet.InvoicePDF, make([]byte, einvoice.MaxFile+1)); quartet.CodeOf(err) != quartet.ErrTooLarge {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(printed()))
	f.Add([]byte("<EInvoice><Header><EIid>1</EIid></Header></EInvoice>"))
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := einvoice.Read(file)
		if err == nil && (!quartet.InvoiceNumber(p.Number) || p.Amounts.Net+p.Amounts.Tax != p.Amounts.Gross || p.IssuedOn.IsZero()) {
			t.Errorf("read %+v", p)
		}
	})
}
