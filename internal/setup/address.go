package setup

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"syscall"

	"quartet/internal/config"
)

const (
	onThisMachine = "loopback"
	byTLS         = "tls"
	behindProxy   = "proxy"
)

func (s *Setup) addressState(context.Context) (State, error) {
	if !s.written("listen") {
		return State{}, nil
	}
	c := s.loaded.Config
	st := State{Done: true}
	switch {
	case c.TLSCert != "":
		pair, err := s.readPair(s.path(c.TLSCert), s.path(c.TLSKey))
		if err != nil {
			return st, err
		}
		st.Facts = append(st.Facts, say("HTTPS，监听 %s", "HTTPS on %s", c.Listen), say("证书用于 %s，有效期至 %s", "certificate of %s, until %s", pair.names, pair.ends))
		if pair.soon {
			st.Warnings = append(st.Warnings, say("证书将在 %s 到期，请尽快更换", "the certificate ends on %s; renew it soon", pair.ends))
		}
	case s.loopback():
		st.Facts = append(st.Facts, say("HTTP，监听 %s，只有本机能连", "HTTP on %s, which this machine alone can reach", c.Listen))
	default:
		return st, refuse("", "设置允许在 %s 上走明文 HTTP，路上的人都能看到调用内容；请用证书，或改为监听本机并放在 TLS 代理后面", "the settings allow plain HTTP on %s, where whoever is on the way reads every call; use a certificate, or listen on this machine behind a TLS proxy", c.Listen)
	}
	if c.Notify.Site != "" {
		st.Facts = append(st.Facts, say("对外地址 %s", "public address %s", c.Notify.Site))
	}
	return st, nil
}

func (s *Setup) loopback() bool {
	host, _, err := net.SplitHostPort(s.loaded.Listen)
	return err == nil && config.IsLoopback(host)
}

// public reports whether the house answers others than this machine.
func (s *Setup) public() bool {
	return s.loaded.TLSCert != "" || s.loaded.Notify.Site != "" || !s.loopback()
}

func (s *Setup) askAddress(_ context.Context, given Answers) ([]Question, error) {
	if _, answered := given["way"]; !answered {
		return []Question{{Key: "way", Text: say("谁来调用", "Who calls"), Default: onThisMachine, Choices: []Choice{
			{onThisMachine, say("只有本机（HTTP）", "this machine alone (HTTP)")},
			{byTLS, say("其他机器，直接用 HTTPS（需要证书）", "other machines, over HTTPS (takes a certificate)")},
			{behindProxy, say("其他机器，前面有本机的 TLS 代理（如 Nginx）", "other machines, through a TLS proxy on this machine (such as nginx)")},
		}}}, nil
	}
	local := "127.0.0.1:8080"
	if s.loopback() {
		local = s.loaded.Listen
	}
	_, listens := given["listen"]
	_, certified := given["cert"]
	listen := Question{Key: "listen", Text: say("监听地址", "Address to listen on"), Default: local}
	site := Question{Key: "site", Text: say("对外地址", "Public address"), Default: s.loaded.Notify.Site, Help: say("浏览器和程序用的地址，如 https://api.example.com", "as browsers and programs use it, such as https://api.example.com")}
	switch way := given["way"]; {
	case way == byTLS && !certified:
		return []Question{
			{Key: "cert", Text: say("证书文件（PEM）", "Certificate file (PEM)"), Default: s.loaded.TLSCert},
			{Key: "key", Text: say("私钥文件（PEM）", "Private key file (PEM)"), Default: s.loaded.TLSKey},
		}, nil
	case way == byTLS && !listens:
		pair, err := s.readPair(s.path(given["cert"]), s.path(given["key"]))
		if err != nil {
			return nil, err
		}
		listen.Default = "0.0.0.0:8443"
		if site.Default == "" && pair.first != "" {
			site.Default = "https://" + pair.first + ":8443"
		}
		return []Question{listen, site}, nil
	case way == behindProxy && !listens:
		return []Question{site, listen, {
			Key: "proxies", Text: say("代理的地址", "Address of the proxy"), Default: "127.0.0.1",
			Help: say("只相信它转达的来源地址和协议", "it alone is believed about who calls, and how"),
		}}, nil
	case way == onThisMachine && !listens:
		return []Question{listen}, nil
	}
	return nil, nil
}

func (s *Setup) actAddress(_ context.Context, given Answers) (Outcome, error) {
	listen := given["listen"]
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return Outcome{}, refuse("listen", "监听地址应形如 127.0.0.1:8080", "an address to listen on is such as 127.0.0.1:8080")
	}
	pairs := []pair{{"listen", listen}}
	switch way := given["way"]; way {
	case onThisMachine, behindProxy:
		if !config.IsLoopback(host) {
			return Outcome{}, refuse("listen", "%s 是其他机器能连到的地址，明文 HTTP 会在网上暴露每次调用；请监听 127.0.0.1，或改用证书", "other machines can reach %s, and plain HTTP would show every call on the way; listen on 127.0.0.1, or use a certificate", listen)
		}
		if way == onThisMachine {
			break
		}
		if _, err := publicAddress(given["site"]); err != nil {
			return Outcome{}, err
		}
		if _, err := config.Load(config.Layers{Flags: map[string]string{"trusted_proxies": given["proxies"]}}); err != nil || given["proxies"] == "" {
			return Outcome{}, &Refusal{Text: say("代理应写成地址或网段，如 127.0.0.1，且不能包括所有地址：任何人都能冒充来源", "proxies are addresses or networks such as 127.0.0.1, and never all of them: anybody could say that he is somebody else"), Field: "proxies", Cause: err}
		}
		pairs = append(pairs, pair{"site", given["site"]}, pair{"trusted_proxies", given["proxies"]}, pair{"require_https", "true"})
	case byTLS:
		name, err := publicAddress(given["site"])
		if err != nil {
			return Outcome{}, err
		}
		cert, key := s.path(given["cert"]), s.path(given["key"])
		p, err := s.readPair(cert, key)
		if err != nil {
			return Outcome{}, err
		}
		if err := p.leaf.VerifyHostname(name); err != nil {
			return Outcome{}, refuse("site", "证书不用于 %s，只用于 %s；调用方会拒绝它", "the certificate is not of %s but of %s, so callers would refuse it", name, p.names)
		}
		pairs = append(pairs, pair{"tls.cert", cert}, pair{"tls.key", key}, pair{"site", given["site"]})
	default:
		return Outcome{}, refuse("way", "请选择 loopback、tls 或 proxy", "choose loopback, tls or proxy")
	}
	if err := free(listen); err != nil {
		return Outcome{}, err
	}
	return Outcome{}, s.add("Where calls are answered.", pairs...)
}

// publicAddress is the host of an address that others use.
func publicAddress(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
		return "", refuse("site", "对外地址应以 https:// 开头，只含主机和端口，如 https://api.example.com", "a public address begins with https:// and has a host and a port alone, such as https://api.example.com")
	}
	return u.Hostname(), nil
}

// free refuses an address that a server could not take.
func free(listen string) error {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", listen)
	switch {
	case err == nil:
		return l.Close()
	case errors.Is(err, syscall.EADDRINUSE):
		return refuse("listen", "%s 已被占用，请换一个端口", "%s is in use; take another port", listen)
	case errors.Is(err, syscall.EACCES):
		return refuse("listen", "本用户不能监听 %s；请用 1024 以上的端口", "this user may not listen on %s; take a port above 1024", listen)
	default:
		return refuse("listen", "无法监听 %s：%v", "cannot listen on %s: %v", listen, err)
	}
}
