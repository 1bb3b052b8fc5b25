// Package sheet reads people out of files as they really arrive: CSV in UTF-8, UTF-16
// or GBK, with any of three separators; XLSX; JSON lines. It streams, so a file of any
// length needs the memory of one row. An XLSX file also needs that of its table of shared
// texts, up to 128 MiB, and through a pipe that of the file itself, up to as much again.
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
//	r.Doubt() // what is odd about the file as a whole
//
// Writer goes the other way: rows become CSV or XLSX as they come, in the memory of one row
// and without a temporary file, and no text of theirs becomes a formula.
//
// It undoes what spreadsheets do to text (byte-order marks, apostrophes before digits,
// padding). What they do to digits cannot be undone: a number of more than 15 that a
// workbook keeps as a number has lost its end, and is given in scientific notation, which
// the rules refuse; a file whose long numbers end in zeros more often than chance has it
// gets a Doubt. It applies no other rule. Nothing it says repeats the content of a cell.
package sheet
