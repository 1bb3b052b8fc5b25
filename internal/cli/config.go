package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"quartet/internal/config"
)

func newConfig(env *Env) *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Print the settings in force and where each comes from", Args: exactly(0),
		Long: `Print the settings that serve would use with the same flags, and where each comes
from: the defaults, a line of the settings file, a QUARTET_… variable, or a flag.`,
		Example: `  quartet config
  quartet config --config quartet.yaml --guard-calls 20
  quartet config check quartet.yaml`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := env.load(cmd)
			if err != nil {
				return err
			}
			for _, name := range loaded.Unknown {
				_, _ = fmt.Fprintf(env.Err, "quartet: the variable %s means nothing here; is it misspelt?\n", name)
			}
			return loaded.Print(env.Out)
		},
	}
	settingFlags(cmd.Flags())
	cmd.AddCommand(&cobra.Command{
		Use: "check FILE", Short: "Report everything that is wrong with a settings file", Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := os.ReadFile(env.path(args[0]))
			if err != nil {
				return usageError{err}
			}
			if _, err := config.Parse(args[0], data); err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Out, "%s is in order\n", args[0])
			return err
		},
	})
	return cmd
}
