package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"quartet/internal/check"
	"quartet/internal/sheet"
)

// columnNames is what the help of commands that read people tells of their columns.
const columnNames = `  name|姓名
  idcard|id|身份证|身份证号|身份证号码|证件号
  acc_no|card|bankcard|卡号|银行卡号
  mobile|手机|手机号|手机号码|预留手机号|预留手机`

func newCheck(env *Env) *cobra.Command {
	var o check.Options
	cmd := &cobra.Command{
		Use: "check FILE", Short: "Check a file of people by the rules, asking nobody",
		Args: exactly(1),
		Long: `Check a file of people by the rules of the elements. Nobody is asked and nothing is
spent. FILE is CSV, XLSX or JSON lines, in UTF-8 or GBK; "-" is standard input.

Per row it prints the normalised form, masked unless --reveal, what the tables doubt and
what breaks a rule. The columns are recognised by their names:

` + columnNames + `

It ends with 0 when the file was read to its end, whatever it says, and with 2 otherwise.`,
		Example: `  quartet check people.xlsx
  quartet check --json people.csv
  cat people.jsonl | quartet check --json --reveal -`,
		RunE: func(_ *cobra.Command, args []string) error {
			path := args[0]
			if path != "-" {
				path = env.path(path)
			}
			r, err := sheet.Open(path, env.In)
			if err != nil {
				return usageError{err}
			}
			step, end := env.progress("checking")
			o.Out, o.Today = env.Out, env.now()
			o.Progress = func(int64) { step(r.Progress()) }
			sum, err := check.Run(r, o)
			end()
			if err = errors.Join(err, r.Close()); err != nil {
				return usageError{err}
			}
			if doubt := r.Doubt(); doubt != "" {
				_, _ = fmt.Fprintln(env.Err, doubt)
			}
			if !o.JSON {
				_, err = fmt.Fprintf(env.Err, "%s: %d right, %d to mend, %d with doubts\n", counted(sum.Rows, "row"), sum.Valid, sum.Rows-sum.Valid, sum.Warned)
			}
			return err
		},
	}
	jsonFlag(cmd, &o.JSON)
	cmd.Flags().BoolVar(&o.Reveal, "reveal", false, "show the elements in clear")
	return cmd
}
