package config

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Print writes every effective value with its origin. The password is never shown.
func (l Loaded) Print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, s := range Settings() {
		_, _ = fmt.Fprintf(tw, "%s:\t%s\t# %s\n", s.Key, yamlText(s.get(&l.Config)), l.origin(s.Key))
	}
	if l.StorePassword != "" && l.Origin[passwordKey] != "" {
		_, _ = fmt.Fprintf(tw, "%s:\t%s\t# %s\n", passwordKey, "********", l.Origin[passwordKey])
	}
	return tw.Flush()
}

func yamlText(s string) string {
	if s == "" || strings.ContainsAny(s, " #{}[],&*?|<>=!%@\\\"'") {
		return strconv.Quote(s)
	}
	return s
}
