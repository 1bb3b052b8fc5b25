package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

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
