package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/source/httpjson"
)

func newSourceManifest(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "manifest [NAME]", Short: "List the manifests that come with the program, or print one", Args: between(0, 1),
		Long: `List the manifests of suppliers that come with the program, with the names of the
credentials that each wants; or print one, to add a source by it or to write another after
it. The manifest template explains every part.`,
		Example: `  quartet source manifest
  quartet source manifest template > acme.yaml`,
		RunE: func(_ *cobra.Command, args []string) error { // needs no data folder
			if len(args) == 1 {
				text, err := shippedManifest(args[0])
				if err == nil {
					_, err = fmt.Fprint(env.Out, text)
				}
				return err
			}
			out := newLines(env.Out, false, "NAME", "CREDENTIALS", "TITLE")
			for _, name := range httpjson.Shipped() {
				text, err := httpjson.ShippedManifest(name)
				if err != nil {
					return err
				}
				m, err := httpjson.Parse(text)
				if err != nil {
					return err
				}
				slots := make([]string, 0, len(m.Slots()))
				for _, s := range m.Slots() {
					slots = append(slots, s.Name)
				}
				if err := out.row(nil, name, dash(strings.Join(slots, ",")), m.Title()); err != nil {
					return err
				}
			}
			return out.flush()
		},
	}
}

// shippedManifest is the text of a manifest that comes with the program.
func shippedManifest(name string) (string, error) {
	text, err := httpjson.ShippedManifest(name)
	if err != nil {
		return "", usageError{err}
	}
	return string(text), nil
}

// needsAddress refuses a shipped manifest whose address is a placeholder where the credentials
// hold none. A manifest that cannot be read is told of later.
func needsAddress(shipped, spec string, secrets map[string]string) error {
	if m, err := httpjson.Parse([]byte(spec)); err == nil && m.Placeholder() && secrets["url"] == "" {
		return &quartet.Error{
			Code: quartet.ErrInvalid, Field: "url",
			Message: fmt.Sprintf("the manifest %s does not know the supplier's address; write url: \"https://…\" into the file of --credentials", shipped),
		}
	}
	return nil
}

// adviseOnManifest says what a manifest makes of a source that is added by it.
func (e *Env) adviseOnManifest(f *sourceFlags, s quartet.Source) {
	if f.ownQPS && s.Terms.Rate.QPS > 0 {
		_, _ = fmt.Fprintf(e.Err, "source %s is asked at most %d times a second, as its manifest says; --qps sets another limit\n", s.Name, s.Terms.Rate.QPS)
	}
	if doubts := httpjson.Unconfirmed([]byte(s.Spec)); f.shipped != "" && doubts != "" {
		_, _ = fmt.Fprintf(e.Err, "of the manifest %s is not confirmed: %s\n", f.shipped, doubts)
	}
}
