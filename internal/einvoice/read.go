package einvoice

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"time"

	"quartet"
)

// Max is the largest XML that is read, in bytes.
const Max = 10 << 20

const (
	maxDepth    = 32
	maxElements = 20_000
	maxText     = 4096
)

const root = "EInvoice"

// paths are the elements that are read.
const (
	idPath     = "EInvoice/Header/EIid"
	labelPath  = "EInvoice/Header/InherentLabel/GeneralOrSpecialVAT/LabelCode"
	namePath   = "EInvoice/Header/InherentLabel/GeneralOrSpecialVAT/LabelName"
	sellerPath = "EInvoice/EInvoiceData/SellerInformation/"
	buyerPath  = "EInvoice/EInvoiceData/BuyerInformation/"
	sumPath    = "EInvoice/EInvoiceData/BasicInformation/"
	taxPath    = "EInvoice/TaxSupervisionInfo/"
)

var wanted = map[string]bool{
	idPath: true, labelPath: true, namePath: true,
	sellerPath + "SellerName": true, sellerPath + "SellerIdNum": true, buyerPath + "BuyerName": true, buyerPath + "BuyerIdNum": true,
	sumPath + "TotalAmWithoutTax": true, sumPath + "TotalTaxAm": true, sumPath + "TotalTax-includedAmount": true, sumPath + "RequestTime": true,
	taxPath + "InvoiceNumber": true, taxPath + "IssueTime": true,
}

// Read reads an invoice. ErrUnsupported: it is not the XML of an electronic invoice, or
// nothing certain can be read from it, so that people enter what it says.
func Read(file []byte) (quartet.InvoicePaper, error) {
	var p quartet.InvoicePaper
	if len(file) > Max {
		return p, &quartet.Error{Code: quartet.ErrTooLarge, Field: "xml", Message: "the XML of an invoice has at most 10 MiB"}
	}
	found, err := collect(file)
	if err != nil {
		return p, err
	}
	p = quartet.InvoicePaper{
		Number: found[taxPath+"InvoiceNumber"], Seller: found[sellerPath+"SellerName"], SellerTaxID: found[sellerPath+"SellerIdNum"],
		Buyer: found[buyerPath+"BuyerName"], BuyerTaxID: found[buyerPath+"BuyerIdNum"],
	}
	if id := found[idPath]; id != "" && p.Number != "" && id != p.Number {
		return p, unread("it names two numbers")
	}
	if p.Number == "" {
		p.Number = found[idPath]
	}
	if !quartet.InvoiceNumber(p.Number) {
		return p, unread("it has no number of 20 digits")
	}
	if p.Kind, err = kindOf(found[labelPath], found[namePath]); err != nil {
		return p, err
	}
	day := found[taxPath+"IssueTime"]
	if day == "" {
		day = found[sumPath+"RequestTime"]
	}
	if p.IssuedOn, err = dayOf(day); err != nil {
		return p, err
	}
	for path, into := range map[string]*quartet.Fen{
		sumPath + "TotalAmWithoutTax": &p.Amounts.Net, sumPath + "TotalTaxAm": &p.Amounts.Tax, sumPath + "TotalTax-includedAmount": &p.Amounts.Gross,
	} {
		if *into, err = amount(found[path]); err != nil {
			return p, err
		}
	}
	if p.Amounts.Net+p.Amounts.Tax != p.Amounts.Gross {
		return p, unread("its amounts do not add up")
	}
	return p, nil
}

// collect gives the text of the wanted elements, by their paths. Nothing outside the file is
// ever looked up: the decoder knows no external entities.
func collect(file []byte) (map[string]string, error) {
	var (
		found = map[string]string{}
		path  []string
		text  strings.Builder
		seen  int
	)
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))))
	for {
		token, err := d.Token()
		if err == io.EOF { //nolint:errorlint // as encoding/xml gives it
			break
		}
		if err != nil {
			return nil, unread("it is no well-formed XML in UTF-8")
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, unread("it declares a document type")
		case xml.StartElement:
			path = append(path, t.Name.Local)
			seen++
			if len(path) > maxDepth || seen > maxElements || len(path) == 1 && (t.Name.Local != root || seen > 1) {
				return nil, unread("its root is not one EInvoice")
			}
			text.Reset()
		case xml.CharData:
			if text.Len()+len(t) <= maxText {
				text.Write(t)
			}
		case xml.EndElement:
			at := strings.Join(path, "/")
			path = path[:len(path)-1]
			if !wanted[at] {
				continue
			}
			if _, twice := found[at]; twice {
				return nil, unread("it says twice what it may say once")
			}
			found[at] = strings.TrimSpace(text.String())
			text.Reset()
		}
	}
	if seen == 0 {
		return nil, unread("it holds nothing")
	}
	return found, nil
}

func unread(why string) error {
	return &quartet.Error{Code: quartet.ErrUnsupported, Field: "xml", Message: "the XML cannot be read: " + why + "; enter what the invoice says instead"}
}

func kindOf(code, name string) (quartet.InvoiceKind, error) {
	switch {
	case code == "" && name == "":
		return "", nil
	case strings.Contains(name, "专用") || name == "" && code == "01":
		return quartet.InvoiceSpecial, nil
	case strings.Contains(name, "普通") || name == "" && code == "02":
		return quartet.InvoiceOrdinary, nil
	}
	return "", unread("its kind is neither ordinary nor special")
}

func dayOf(text string) (time.Time, error) {
	if len(text) > len(time.DateOnly) {
		text = text[:len(time.DateOnly)]
	}
	day, err := time.ParseInLocation(time.DateOnly, text, quartet.Shanghai)
	if err != nil {
		return day, unread("it has no date")
	}
	return day, nil
}

// amount reads yuan, below zero for red letters. Digits behind the second may only be 0.
func amount(text string) (quartet.Fen, error) {
	digits, negative := strings.CutPrefix(text, "-")
	if whole, fraction, has := strings.Cut(digits, "."); has && len(fraction) > 2 && strings.Trim(fraction[2:], "0") == "" {
		digits = whole + "." + fraction[:2]
	}
	f, err := quartet.ParseFen(digits)
	if err != nil {
		return 0, unread("an amount is missing or is no amount")
	}
	if negative {
		f = -f
	}
	return f, nil
}
