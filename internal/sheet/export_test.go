package sheet

import "io"

// NewBookOf is NewWorkbook whose sheets have so many rows.
func NewBookOf(out io.Writer, name string, rows int) Writer { return newBook(out, name, rows) }
