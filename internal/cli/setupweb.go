package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"quartet/internal/config"
	"quartet/internal/obs"
	"quartet/internal/setup"
	"quartet/internal/setup/pages"
)

// setupWeb serves a setup as pages until its last step, or until ctx ends. A house that is
// complete gets none: they would only show it to whoever came.
func (e *Env) setupWeb(ctx context.Context, s *setup.Setup, f setupFlags) error {
	t := talk{env: e, s: s, english: e.english(f.lang)}
	next, err := s.Next(ctx)
	if err != nil {
		return t.refused(err)
	}
	if next == "" {
		return t.run(ctx)
	}
	host, _, err := net.SplitHostPort(f.listen)
	if err != nil {
		return usagef("--web-listen must be an address such as 127.0.0.1:8088")
	}
	if (f.cert == "") != (f.key == "") {
		return usagef("--web-cert and --web-key go together")
	}
	if f.cert == "" && !config.IsLoopback(host) {
		return usagef("other machines can reach %s, and passwords would cross the net in clear; give --web-cert and --web-key, or leave the pages on 127.0.0.1 and reach them through ssh -L", f.listen)
	}
	if f.key != "" {
		if err := setup.CheckKeyFile(e.path(f.key)); err != nil {
			return t.refused(err)
		}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; give another address with --web-listen", f.listen, err)
	}
	scheme := "http"
	if f.cert != "" {
		pair, err := tls.LoadX509KeyPair(e.path(f.cert), e.path(f.key))
		if err != nil {
			return errors.Join(fmt.Errorf("cannot use the certificate of the pages: %w", err), l.Close())
		}
		l, scheme = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}), "https"
	}
	log := e.quietLog()
	p, err := pages.New(s, log, f.cert != "")
	if err != nil {
		return errors.Join(err, l.Close())
	}
	t.say("%s\n\n  %s://%s/\n  %s  %s\n", t.pick("请在浏览器中打开，并输入代码（只能用一次）：", "Open this in a browser and type the code, which works once:"), scheme, l.Addr(), t.pick("代码", "code"), p.Code())
	server := &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 20 * time.Second, ErrorLog: obs.StdLog(log)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	select {
	case <-ctx.Done():
		return errors.Join(ctx.Err(), server.Close())
	case err := <-served:
		return err
	case <-p.Done():
	}
	wait := time.NewTimer(pages.Grace) // the last page still fetches its files
	defer wait.Stop()
	select {
	case <-ctx.Done():
	case <-wait.C:
	}
	if err := server.Close(); err != nil {
		return err
	}
	switch next, err := s.Next(ctx); {
	case err != nil:
		return t.refused(err)
	case next != "":
		return errors.New("too many wrong codes were typed; the setup is not complete, start it again")
	}
	t.finish()
	return nil
}
