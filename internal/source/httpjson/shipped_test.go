package httpjson_test

import (
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
