package settlement

import (
	"encoding/csv"
	"io"

	"quartet"
	"quartet/internal/sheet"
)

// WriteCSV writes the differences of comparisons, a line each. What a provider wrote cannot
// become a formula in a spreadsheet.
func WriteCSV(out io.Writer, list []quartet.Settlement) error {
	table := csv.NewWriter(out)
	if err := table.Write([]string{"provider", "day", "kind", "bill", "number", "reference", "order", "ours_yuan", "theirs_yuan", "state", "acknowledged_by", "note"}); err != nil {
		return err
	}
	for _, s := range list {
		for _, d := range s.Differences {
			cells := []string{s.Provider, s.Day, string(d.Kind), string(d.Bill), d.Number, d.Reference, d.Order, d.Ours.String(), d.Theirs.String(), d.State, s.By, s.Note}
			for i := range cells {
				cells[i] = sheet.Harmless(cells[i])
			}
			if err := table.Write(cells); err != nil {
				return err
			}
		}
	}
	table.Flush()
	return table.Error()
}
