package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"quartet"
	"quartet/client"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/story"
)

const (
	demoAccount = "demo"
	demoUnits   = 1000
	demoName    = "demo" // of its credentials
	// demoActor is who is written as having made the demo's account, and as having seen
	// its secrets: every start prints them.
	demoActor = "quartet demo"
)

func newDemo(env *Env) *cobra.Command {
	var (
		units         int64
		asJSON, empty bool
	)
	cmd := &cobra.Command{
		Use: "demo", Short: "Try it: serve invented people on this machine", Args: exactly(0),
		Long: `Serve on loopback with a registry of invented people and a buyer, an invented firm
that is approved and has units, and print all it takes to call: base URL, AppCode, key,
AppKey with its secret, the AppCode of the sandbox, four people and ready curl lines.

Beside it, other invented buyers have a past: 60 days of orders and calls, for a console
worth looking at. It is written once, at the first start of a data folder, while calls are
already answered; --empty leaves it out.

Everything is kept in the data folder, so a second start goes on where the first ended.
For the ease of it the keyring is kept there as well: do not put real data into a demo.`,
		Example: `  quartet demo
  quartet demo --listen 127.0.0.1:0 --data /tmp/demo --units 50
  quartet demo --json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := env.loadDemo(cmd, asJSON)
			if err != nil {
				return err
			}
			return env.serve(cmd.Context(), app.Options{Config: loaded, KeyringInside: true, Story: !empty}, func(a *app.App) error {
				d, err := prepareDemo(cmd.Context(), a, units)
				if err != nil {
					return err
				}
				if err := env.showDemo(cmd, a, d, asJSON); err != nil {
					return err
				}
				a.TellStory()
				return nil
			})
		},
	}
	cmd.Flags().Int64Var(&units, "units", demoUnits, "units of the buyer, at the first start of a data folder")
	cmd.Flags().BoolVar(&empty, "empty", false, "invent no past: no other buyers, no calls of the last 60 days")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON line, then nothing more on standard output")
	settingFlags(cmd.Flags())
	before(cmd, func([]string) error { return wantUnits(units) })
	return cmd
}

// showDemo prints all it takes to call.
func (e *Env) showDemo(cmd *cobra.Command, a *app.App, d demo, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(e.Out)
		enc.SetEscapeHTML(false)
		return enc.Encode(d)
	}
	left, err := demoLeft(cmd.Context(), a)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(e.Out, d.text(left, e.dataFlag(cmd), a.HasStory()))
	return err
}

// loadDemo changes the settings that nobody gave to what suits a demo.
func (e *Env) loadDemo(cmd *cobra.Command, asJSON bool) (config.Loaded, error) {
	loaded, err := e.load(cmd)
	if err != nil {
		return loaded, err
	}
	if host, _, err := net.SplitHostPort(loaded.Listen); err != nil || !config.IsLoopback(host) {
		return loaded, usagef("a demo listens on this machine alone; give --listen 127.0.0.1:PORT, or run serve")
	}
	if loaded.Origin["log.format"] == "default" && !asJSON {
		loaded.LogFormat = "text"
	}
	if loaded.Origin["listen"] == "default" && inUse(cmd.Context(), loaded.Listen) {
		loaded.Listen = "127.0.0.1:0"
	}
	return loaded, nil
}

// inUse reports whether somebody listens there. Between this look and the listening
// somebody else may come; then the demo says so and ends.
func inUse(ctx context.Context, address string) bool {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return true
	}
	_ = l.Close()
	return false
}

// demo is all it takes to call. Its JSON is read by scripts.
type demo struct {
	BaseURL        string       `json:"base_url"`
	AppCode        string       `json:"appcode"`
	Key            string       `json:"key"`
	People         []demoPerson `json:"people"`
	DataDir        string       `json:"data_dir"`
	AppKey         string       `json:"app_key"`
	AppSecret      string       `json:"app_secret"`
	SandboxAppCode string       `json:"sandbox_appcode"`
}

// demoPerson is an invented person and the state or code that a call answers.
type demoPerson struct {
	Expect string `json:"expect"`
	Name   string `json:"name"`
	IDCard string `json:"idcard"`
	AccNo  string `json:"acc_no"`
	Mobile string `json:"mobile"`
}

// prepareDemo makes what is missing: each step leaves alone what an earlier start made,
// also one that was cut off in the middle.
func prepareDemo(ctx context.Context, a *app.App, units int64) (demo, error) {
	d := demo{BaseURL: a.URL(), DataDir: a.Config.Data}
	if _, err := a.Desk.Find(ctx, demoAccount); quartet.CodeOf(err) == quartet.ErrNotFound {
		if _, err := a.Desk.Open(ctx, demoActor, demoAccount, "Demo buyer"); err != nil {
			return d, err
		}
		if err := a.BeginStory(); err != nil { // a folder that is older has a past of its own
			return d, err
		}
	} else if err != nil {
		return d, err
	}
	if err := proveDemo(ctx, a); err != nil {
		return d, err
	}
	grants, err := a.Store.Grants(ctx, demoAccount)
	if err != nil {
		return d, err
	}
	if len(grants) == 0 {
		if err := giveDemo(ctx, a, units); err != nil {
			return d, err
		}
	}
	if _, d.AppCode, err = demoSecret(ctx, a, quartet.Credential{Kind: quartet.KindAppCode, Name: demoName}); err != nil {
		return d, err
	}
	if _, d.Key, err = demoSecret(ctx, a, quartet.Credential{Kind: quartet.KindKey, Name: demoName}); err != nil {
		return d, err
	}
	signing, secret, err := demoSecret(ctx, a, quartet.Credential{Kind: quartet.KindAppKey, Name: demoName})
	if err != nil {
		return d, err
	}
	d.AppKey, d.AppSecret = signing.AppKey, secret
	if _, d.SandboxAppCode, err = demoSecret(ctx, a, quartet.Credential{Kind: quartet.KindAppCode, Name: "sandbox", Test: true}); err != nil {
		return d, err
	}
	if d.People, err = demoPeople(ctx, a.House); err != nil {
		return d, err
	}
	return d, a.Changed(ctx)
}

func giveDemo(ctx context.Context, a *app.App, units int64) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	now := a.Now()
	return a.Ledger.Give(ctx, quartet.Grant{
		ID: id.String(), Account: demoAccount, Units: units, Origin: "demo",
		CreatedAt: now, ExpiresAt: quartet.ValidUntil(now, 24),
	}, "units of the demo's buyer")
}

// demoSecret is the credential in force that is of the wanted kind, for the sandbox or not,
// oldest first, with its secret; or a new one.
func demoSecret(ctx context.Context, a *app.App, wanted quartet.Credential) (quartet.Credential, string, error) {
	list, err := a.Desk.Credentials(ctx, demoAccount)
	if err != nil {
		return quartet.Credential{}, "", err
	}
	for _, c := range list {
		if c.Kind == wanted.Kind && c.Test == wanted.Test && c.Name == wanted.Name && !c.Revoked() && !c.Expired(a.Now()) {
			return a.Desk.Reveal(ctx, demoActor, c.ID, "")
		}
	}
	return a.Desk.Issue(ctx, demoActor, demoAccount, wanted)
}

func demoLeft(ctx context.Context, a *app.App) (int64, error) {
	grants, err := a.Store.Grants(ctx, demoAccount)
	var left int64
	for _, g := range grants {
		left += g.Left()
	}
	return left, err
}

// dataFlag is the flag with which other commands reach this folder, if they need one.
func (e *Env) dataFlag(cmd *cobra.Command) string {
	if f := cmd.Flags().Lookup("data"); f != nil && f.Changed {
		return " --data " + shellQuote(f.Value.String())
	}
	return ""
}

func (d demo) text(left int64, dataFlag string, past bool) string {
	var b strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	line("")
	line("Quartet demo: everybody in it is invented.")
	line("")
	line("  Base URL  %s", d.BaseURL)
	line("  AppCode   %s", d.AppCode)
	line("  key       %s", d.Key)
	line("  AppKey    %s", d.AppKey)
	line("  AppSecret %s", d.AppSecret)
	line("  Sandbox   %s (an AppCode too, which takes no unit)", d.SandboxAppCode)
	line("  Units     %s left", strconv.FormatInt(left, 10))
	line("  Data      %s (with its keyring: no real data in here)", d.DataDir)
	if past {
		line("  Console   %s/sign-in as %s, password %s", d.BaseURL, story.Email, story.Password)
		line("            (another invented buyer, with 60 days of orders and calls; ready in a moment)")
		line("  House     %s/house/ as admin, finance, support or audit, same password", d.BaseURL)
	}
	for _, p := range d.People {
		line("")
		line("%s", meaning(p.Expect))
		line("")
		line("  curl -s %s \\", d.BaseURL+client.Path)
		line("    -H 'Authorization: APPCODE %s' \\", d.AppCode)
		line("    --data-urlencode %s \\", shellQuote("name="+p.Name))
		line("    --data-urlencode %s \\", shellQuote("idcard="+p.IDCard))
		line("    --data-urlencode %s \\", shellQuote("acc_no="+p.AccNo))
		line("    --data-urlencode %s", shellQuote("mobile="+p.Mobile))
	}
	line("")
	line("Without the header, the key does as well: --data-urlencode 'key=%s'", d.Key)
	line("Signed calls take AppKey and AppSecret. With the sandbox's AppCode, the card decides the")
	line("answer: `quartet sandbox list` shows its magic cards.")
	line("")
	line("In another terminal (with `go run ./cmd/quartet` for `quartet`, if that is how this began):")
	line("")
	line("  quartet%s call list --account %s", dataFlag, demoAccount)
	line("  quartet%s quota show", dataFlag)
	line("  quartet%s quota audit", dataFlag)
	line("")
	line("Ctrl-C ends it; the next start goes on from here.")
	line("")
	return b.String()
}

func meaning(expect string) string {
	switch expect {
	case client.Match:
		return `All four agree: "state":"1"`
	case client.Mismatch:
		return `The mobile is another one: "state":"2"`
	case client.Undetermined:
		return `The card was reported lost: "state":"3", which costs nothing`
	default:
		return fmt.Sprintf(`Nobody knows this card: "code":"%s", which costs nothing`, expect)
	}
}

func shellQuote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
