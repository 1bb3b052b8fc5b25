package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"quartet"
)

// jsonFlag adds --json to a command that prints a list.
func jsonFlag(cmd *cobra.Command, into *bool) {
	cmd.Flags().BoolVar(into, "json", false, "one JSON object a line")
}

// lines prints rows as a table or as JSON, one object a line.
type lines struct {
	json *json.Encoder
	tab  *tabwriter.Writer
}

func newLines(out io.Writer, asJSON bool, heads ...string) *lines {
	if asJSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return &lines{json: enc}
	}
	l := &lines{tab: tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)}
	_, _ = fmt.Fprintln(l.tab, strings.Join(heads, "\t"))
	return l
}

// row prints object as JSON, or cells in the table.
func (l *lines) row(object any, cells ...any) error {
	if l.json != nil {
		return l.json.Encode(object)
	}
	text := make([]string, len(cells))
	for i, c := range cells {
		text[i] = fmt.Sprint(c)
	}
	_, err := fmt.Fprintln(l.tab, strings.Join(text, "\t"))
	return err
}

func (l *lines) flush() error {
	if l.tab == nil {
		return nil
	}
	return l.tab.Flush()
}

// apart refuses an output that is the very file a command reads, by whatever name: writing
// would destroy it before it was read. Devices and pipes lose nothing.
func (e *Env) apart(flag, output, input string) error {
	if output == "" || output == "-" {
		return nil
	}
	out, err := os.Stat(e.path(output))
	if err != nil || !out.Mode().IsRegular() {
		return nil //nolint:nilerr // nothing is there that could be destroyed
	}
	var in os.FileInfo
	if file, ok := e.In.(*os.File); ok && input == "-" {
		in, err = file.Stat()
	} else {
		in, err = os.Stat(e.path(input))
	}
	if err == nil && os.SameFile(in, out) {
		return usagef("%s %s is the file that is read; give another one", flag, output)
	}
	return nil
}

// counted is a number of things, in words.
func counted[N int | int64](n N, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// stamp is a time as lists and JSON show it; empty for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(quartet.Shanghai).Format("2006-01-02T15:04:05.000000-07:00")
}

// day is a time as tables show it; a dash for none.
func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.In(quartet.Shanghai).Format("2006-01-02 15:04:05")
}

// dash stands for an empty cell of a table.
func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// progress draws a bar, on a terminal only. The returned functions may always be called.
func (e *Env) progress(what string) (step func(done, total int64), end func()) {
	if !e.Terminal {
		return func(int64, int64) {}, func() {}
	}
	width := 40
	if e.Width > 0 {
		width = max(10, min(40, e.Width-50))
	}
	bar := progressbar.NewOptions64(-1,
		progressbar.OptionSetDescription(what), progressbar.OptionSetWriter(e.Err),
		progressbar.OptionSetWidth(width), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	return func(done, total int64) {
			if total > 0 && bar.GetMax64() != total {
				bar.ChangeMax64(total)
			}
			_ = bar.Set64(done)
		}, func() {
			_ = bar.Finish()
		}
}
