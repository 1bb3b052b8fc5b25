// Package document prints what finance people keep: a monthly statement, the confirmation of
// an order, the receipt of a payment, as PDF.
//
// The trip: a face hands over what is to be printed and who prints it → page.go lays it out on
// A4 with the embedded font, of which the file gets the glyphs that it uses → the bytes go to
// the writer. The same data gives the same bytes: the time of making is handed in.
//
// None of these is an invoice, and each says so on every page: invoices come from the tax
// administration alone.
package document
