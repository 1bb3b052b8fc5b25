package httpjson_test

import (
	"regexp"
	"strings"
	"testing"

	"quartet/internal/source/httpjson"
)

func TestShipped_EveryManifestIsGoodAndNamedAfterItsFile(t *testing.T) {
	if len(httpjson.Shipped()) < 12 {
		t.Errorf("only %q are shipped", httpjson.Shipped())
	}
	for _, name := range httpjson.Shipped() {
		text, err := httpjson.ShippedManifest(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := httpjson.Parse(text)
		if err != nil {
			t.Errorf("%s:\n%v", name, err)
			continue
		}
		if m.Name() != name {
			t.Errorf("%s.yaml is named %s inside", name, m.Name())
		}
	}
}

// TestShipped_NoUnconfirmedAddressIsAnyones keeps people's data from going to a host that was
// guessed.
func TestShipped_NoUnconfirmedAddressIsAnyones(t *testing.T) {
	doubted := 0
	for _, name := range httpjson.Shipped() {
		text, err := httpjson.ShippedManifest(name)
		if err != nil {
			t.Fatal(err)
		}
		m := manifest(t, name)
		doubts := httpjson.Unconfirmed(text)
		if strings.Contains(doubts, "#") || strings.Contains(doubts, "\n") || strings.Contains(doubts, "name: ") {
			t.Errorf("%s: the head is read as %q", name, doubts)
		}
		if regexp.MustCompile(`\bthe (address|host|path)\b`).MatchString(doubts) {
			doubted++
		} else if name == "template" {
			continue // of nobody
		}
		if want := strings.Contains(doubts, "the address"); m.Placeholder() != want {
			t.Errorf("%s: the host %s is a placeholder: %v; its head says %q", name, m.Host(), m.Placeholder(), doubts)
		}
	}
	if doubted < 10 {
		t.Errorf("only %d addresses are doubted", doubted)
	}
}
