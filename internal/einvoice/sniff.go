package einvoice

import (
	"archive/zip"
	"bytes"

	"quartet"
)

// MaxFile is the largest file of an invoice, in bytes.
const MaxFile = Max

// Sniff finds whether a file is of the kind that it is said to be, by its bytes. ErrTooLarge,
// ErrUnsupported.
func Sniff(kind quartet.InvoiceFileKind, file []byte) error {
	if len(file) > MaxFile {
		return &quartet.Error{Code: quartet.ErrTooLarge, Field: "file", Message: "a file of an invoice has at most 10 MiB"}
	}
	is := false
	switch kind {
	case quartet.InvoiceXML:
		is = bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")), " \t\r\n"), []byte("<"))
	case quartet.InvoicePDF:
		is = bytes.HasPrefix(file, []byte("%PDF-"))
	case quartet.InvoiceOFD:
		is = ofd(file)
	}
	if !is {
		return &quartet.Error{Code: quartet.ErrUnsupported, Field: "file", Message: "this is no file of the kind " + string(kind) + "; look which one you chose"}
	}
	return nil
}

// ofd reports whether a file is an archive with the entry that every OFD has. Only its
// directory is read.
func ofd(file []byte) bool {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return false
	}
	for _, f := range z.File {
		if f.Name == "OFD.xml" {
			return true
		}
	}
	return false
}

// Type is the media type of a kind.
func Type(kind quartet.InvoiceFileKind) string {
	switch kind {
	case quartet.InvoiceXML:
		return "application/xml"
	case quartet.InvoicePDF:
		return "application/pdf"
	default:
		return "application/ofd"
	}
}
