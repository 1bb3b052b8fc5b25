package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/client"
	"quartet/internal/app"
	"quartet/internal/config"
)

// verifyFlags are the flags of verify.
type verifyFlags struct {
	url, codeFile, out, run string
	tokenFile               string
	parallel                int
	asJSON                  bool
	batch                   batchFlags
}

func newVerify(env *Env) *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use: "verify [FILE]", Short: "Call a running server: one person, or a file of people",
		Args: between(0, 1),
		Long: `Call a running server. Every verdict costs units of the AppCode's account.

Without FILE one person is asked for, or read from standard input: a JSON object with
name, idcard, acc_no and mobile, or these four in a line each. With FILE (CSV, XLSX or
JSON lines, as check reads them) every person in it is asked about.

With --account the server of this data folder takes FILE as a batch of that account: it is
checked, and what it may cost is shown; then it asks back, unless --yes, and never exceeds
--max-units. The results are written when all is done, as CSV or XLSX by the name of --out,
with masked elements. Whatever is killed meanwhile, no row is charged twice and none is lost;
the batch goes on by itself. ` + "`quartet batch`" + ` looks at it. With --url as well a house somewhere else
does it, for whoever has a token of it: in QUARTET_TOKEN or in a file.

Without --account every row is called at --url with an AppCode, and the results are
written as CSV as they come: line, code, state, message, seq_no. No element is written. A file that broke off in the middle is asked about anew without paying twice: give the
same file and, as --run, the name that was printed at its start. For 24 hours the server
answers a row of the same run and line as before, uncharged. A row with the code 10012 was
still being asked when its repeat came, or the file was changed meanwhile.

The AppCode comes from QUARTET_APPCODE or from a file, or is asked for. It is never an
argument, because everybody on the machine can read those.`,
		Example: `  quartet verify
  echo '{"name":"…","idcard":"…","acc_no":"…","mobile":"…"}' | quartet verify --json
  quartet verify people.xlsx --account acme --max-units 5000 --out results.xlsx
  quartet verify people.xlsx --out results.csv --appcode-file appcode.txt
  quartet verify people.xlsx --out results.csv --appcode-file appcode.txt --run 5PZ2LKQW4T7M`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.batch.account != "" {
				f.batch.limited = cmd.Flags().Changed("max-units")
				if cmd.Flags().Changed("url") {
					d, err := env.farBatches(&afar{f.url, f.batch.account, f.tokenFile})
					if err != nil {
						return err
					}
					return env.verifyBatch(cmd.Context(), d, args[0], f.out, f.batch)
				}
				return env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
					if !h.Serving() {
						return quartet.Errorf(quartet.ErrUnavailable, "no server works on this data folder, and nobody would ask about the file; run `quartet serve` first")
					}
					return env.verifyBatch(ctx, ownBatches{h, env.actor()}, args[0], f.out, f.batch)
				})(cmd, args)
			}
			code, err := env.appCode(f.codeFile)
			if err != nil {
				return err
			}
			c := client.Client{BaseURL: f.url, AppCode: code}
			if len(args) == 1 {
				return env.verifyFile(cmd.Context(), c, args[0], f)
			}
			return env.verifyOne(cmd.Context(), c, f.asJSON)
		},
	}
	cmd.Flags().StringVar(&f.url, "url", "http://127.0.0.1:8080", "base URL of the server")
	cmd.Flags().StringVar(&f.codeFile, "appcode-file", "", "file that holds the AppCode")
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "file that holds a token of the house at --url, for a batch (or QUARTET_TOKEN)")
	cmd.Flags().StringVar(&f.out, "out", "-", "where the results of a file go")
	cmd.Flags().IntVar(&f.parallel, "parallel", 4, "calls at a time, of a file")
	cmd.Flags().StringVar(&f.run, "run", "", "name of the run over a file: the same one again pays nothing twice (default: one is made up)")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the answer about one person as JSON")
	cmd.Flags().StringVar(&f.batch.account, "account", "", "take FILE as a batch of this account, by the server of this data folder or of --url")
	cmd.Flags().StringVar(&f.batch.credential, "credential", "", "id of the credential in whose name a batch asks (default: the only one of the account)")
	cmd.Flags().StringVar(&f.batch.product, "product", "1887", "what a batch asks for")
	cmd.Flags().Int64Var(&f.batch.maxUnits, "max-units", 0, "units that a batch never exceeds (default: what it may cost at the most)")
	cmd.Flags().BoolVar(&f.batch.yes, "yes", false, "start a batch without asking back")
	before(cmd, func(args []string) error {
		if f.batch.account != "" {
			if len(args) == 0 {
				return usagef("--account is about a file; give one")
			}
			if err := unused(cmd, "is about calls by an AppCode; leave it out with --account", "appcode-file", "run", "parallel", "json"); err != nil {
				return err
			}
			if !cmd.Flags().Changed("url") {
				if err := unused(cmd, "is about a house somewhere else; give --url", "token-file"); err != nil {
					return err
				}
			}
			return env.apart("--out", f.out, args[0])
		}
		if err := unused(cmd, "is about a batch; give --account", "token-file", "credential", "product", "max-units", "yes"); err != nil {
			return err
		}
		if err := (client.Client{BaseURL: f.url}).Check(); err != nil {
			return usageError{err}
		}
		if len(args) == 0 {
			return unused(cmd, "is about a file; give one", "out", "parallel", "run")
		}
		if err := unused(cmd, "is about one person; a file's results are CSV", "json"); err != nil {
			return err
		}
		if f.parallel < 1 || f.parallel > 256 {
			return usagef("--parallel must be from 1 to 256")
		}
		if f.run != "" && !runPattern.MatchString(f.run) {
			return usagef("--run must be up to 64 letters, digits, dots, - and _")
		}
		return env.apart("--out", f.out, args[0])
	})
	return cmd
}

// runPattern fits the names of runs, which are part of a header.
var runPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// unused refuses flags that would do nothing.
func unused(cmd *cobra.Command, why string, flags ...string) error {
	for _, name := range flags {
		if cmd.Flags().Changed(name) {
			return usagef("--%s %s", name, why)
		}
	}
	return nil
}

const maxSecret = 4096

func (e *Env) appCode(file string) (string, error) {
	return e.secretFrom(file, "APPCODE", "AppCode: ", "AppCode", "--appcode-file")
}

// secretFrom is a secret from a file, from the environment or from whoever types.
func (e *Env) secretFrom(file, variable, question, what, flag string) (string, error) {
	secret := e.getenv(config.EnvPrefix + variable)
	switch {
	case file != "":
		f, err := os.Open(e.path(file))
		if err != nil {
			return "", usageError{err}
		}
		defer func() { _ = f.Close() }()
		data, err := io.ReadAll(io.LimitReader(f, maxSecret))
		if err != nil {
			return "", usageError{err}
		}
		secret = string(data)
	case secret != "":
	case e.Prompt && e.Secret != nil:
		var err error
		if secret, err = e.Secret(question); err != nil {
			return "", usageError{err}
		}
	}
	if secret = strings.TrimSpace(secret); secret == "" || strings.ContainsAny(secret, "\r\n") {
		return "", usagef("no %s: set %s%s or give %s", what, config.EnvPrefix, variable, flag)
	}
	return secret, nil
}

// answerLine is an answer as --json prints it.
type answerLine struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	State   string `json:"state"`
	SeqNo   string `json:"seq_no"`
}

func (e *Env) verifyOne(ctx context.Context, c client.Client, asJSON bool) error {
	p, err := e.askPerson()
	if err != nil {
		return err
	}
	a, err := c.Verify(ctx, p)
	if err != nil {
		return err
	}
	if asJSON {
		err = newLines(e.Out, true).row(answerLine{a.Code, a.Message, a.State, a.SeqNo})
	} else {
		_, err = fmt.Fprintf(e.Out, "%s\nseqNo %s\n", sentence(a), a.SeqNo)
	}
	if err == nil && a.State == "" {
		err = exitError(exitFailed)
	}
	return err
}

func sentence(a client.Answer) string {
	switch a.State {
	case client.Match:
		return "1 一致: all four agree"
	case client.Mismatch:
		return "2 不一致: they do not agree"
	case client.Undetermined:
		return "3 异常: the card is in a state that forbids a comparison"
	default:
		return a.Code + " " + a.Message
	}
}

// askPerson reads one person from a prompt or from standard input.
func (e *Env) askPerson() (client.Person, error) {
	in := bufio.NewReader(io.LimitReader(e.In, 64<<10))
	if !e.Prompt {
		if first, err := peekBlank(in); err == nil && first == '{' {
			return readJSONPerson(in)
		}
	}
	var answers [4]string
	for i, question := range []string{"name 姓名", "ID number 身份证号", "card 银行卡号", "mobile 预留手机号"} {
		if e.Prompt {
			_, _ = fmt.Fprintf(e.Err, "%s: ", question)
		}
		text, err := in.ReadString('\n')
		if err != nil && (!errors.Is(err, io.EOF) || text == "") {
			return client.Person{}, usagef("give a JSON object, or four lines: name, ID number, card, mobile")
		}
		answers[i] = strings.TrimRight(text, "\r\n")
	}
	return client.Person{Name: answers[0], IDCard: answers[1], AccNo: answers[2], Mobile: answers[3]}, nil
}

// peekBlank skips blanks and tells the first byte after them.
func peekBlank(in *bufio.Reader) (byte, error) {
	for {
		b, err := in.Peek(1)
		if err != nil {
			return 0, err
		}
		if b[0] != ' ' && b[0] != '\t' && b[0] != '\r' && b[0] != '\n' {
			return b[0], nil
		}
		_, _ = in.Discard(1)
	}
}

// readJSONPerson never repeats what it could not read: there may be elements in it.
func readJSONPerson(in io.Reader) (client.Person, error) {
	var wire struct {
		Name   string `json:"name"`
		IDCard string `json:"idcard"`
		AccNo  string `json:"acc_no"`
		Mobile string `json:"mobile"`
	}
	dec := json.NewDecoder(in)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&wire); err != nil {
		return client.Person{}, usagef("this is not a JSON object with the texts name, idcard, acc_no and mobile")
	}
	return client.Person(wire), nil
}
