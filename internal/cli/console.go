package cli

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"quartet/internal/console"
)

func newConsole(env *Env) *cobra.Command {
	listen := "127.0.0.1:8081"
	show := &cobra.Command{
		Use: "preview", Short: "Show every page with invented content", Args: exactly(0),
		Long: `Serve every page of the console with invented content, without a house behind it and
without a data folder: for whoever works on how pages look. Forms lead nowhere.`,
		Example: `  quartet console preview
  quartet console preview --listen 127.0.0.1:0`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pages, err := console.Preview()
			if err != nil {
				return err
			}
			l, err := (&net.ListenConfig{}).Listen(cmd.Context(), "tcp", listen)
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(env.Out, "http://%s/ lists the pages; Ctrl+C ends\n", l.Addr())
			s := &http.Server{Handler: pages, ReadHeaderTimeout: 10 * time.Second}
			go func() {
				<-cmd.Context().Done()
				_ = s.Close()
			}()
			if err := s.Serve(l); err != http.ErrServerClosed {
				return err
			}
			return nil
		},
	}
	show.Flags().StringVar(&listen, "listen", listen, "address to serve on")
	return group("console", "Look at the pages", show)
}
