package setup

import (
	"fmt"
	"net"
	"strings"

	"quartet"
)

// End is what there is to know when every step is done.
type End struct {
	Command string // the one that starts the server
	Sites   []Fact
}

// Fact is something with its name.
type Fact struct {
	Name  Text
	Value string
}

// End tells how the server is started and where it answers.
func (s *Setup) End() End {
	c := s.loaded.Config
	base := strings.TrimRight(c.Notify.Site, "/")
	if base == "" {
		scheme := "http"
		if c.TLSCert != "" {
			scheme = "https"
		}
		base = fmt.Sprintf("%s://%s", scheme, c.Listen)
		if host, port, err := net.SplitHostPort(c.Listen); err == nil && (host == "" || host == "0.0.0.0" || host == "::") {
			base = fmt.Sprintf("%s://localhost:%s", scheme, port)
		}
	}
	return End{
		Command: "quartet serve --config " + shell(s.o.File),
		Sites: []Fact{
			{say("接口", "API"), base + quartet.FourElements().Path},
			{say("运营后台", "House"), base + "/house/"},
			{say("买家控制台", "Buyers"), base + "/"},
			{say("健康与指标", "Health and metrics"), "http://" + c.AdminListen},
		},
	}
}

// shell is a word as a shell reads it.
func shell(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
