// Package sheet reads people out of files as they really arrive: CSV in UTF-8, UTF-16
// or GBK, with any of three separators; XLSX; JSON lines. It streams, so a file of any
// length needs the memory of one row (an XLSX file also needs that of its table of
// shared texts).
//
//	r, err := sheet.Open(path, stdin) // "-" is stdin; the content decides the format
//	defer r.Close()
//	if err := r.Require(quartet.NeedAll); err != nil { … } // names the missing columns
//	for {
//		row, err := r.Next()
//		if errors.Is(err, io.EOF) { break }
//		if err != nil { … } // the file cannot be read any further
//		if row.Err != nil { … } // this row alone cannot be read
//		elements, findings := quartet.Parse(row.Raw, row.Has, today)
//	}
//
// It undoes what spreadsheets do to text (byte-order marks, apostrophes before digits,
// padding), and reports as row.Faults what they do to digits: a long number kept as a
// number has lost its end, and no rule could see that afterwards. It applies no other
// rule. Nothing it says repeats the content of a cell.
package sheet
