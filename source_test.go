package quartet_test

import (
	"errors"
	"strings"
	"testing"

	"quartet"
)

func TestSource_Check(t *testing.T) {
	t.Parallel()
	good := quartet.Source{Name: "shumai-2", Kind: quartet.SourceHTTPJSON, Spec: strings.Repeat("x", 256<<10), Terms: allTerms(t)}
	if err := good.Check(); err != nil {
		t.Errorf("a good one: %v", err)
	}
	for _, c := range []struct {
		field  string
		change func(*quartet.Source)
	}{
		{"name", func(s *quartet.Source) { s.Name = "" }},
		{"name", func(s *quartet.Source) { s.Name = "-a" }},
		{"name", func(s *quartet.Source) { s.Name = "Shumai" }},
		{"name", func(s *quartet.Source) { s.Name = "a=b" }},
		{"name", func(s *quartet.Source) { s.Name = "a,b" }},
		{"name", func(s *quartet.Source) { s.Name = "数脉" }},
		{"name", func(s *quartet.Source) { s.Name = strings.Repeat("a", 33) }},
		{"kind", func(s *quartet.Source) { s.Kind = "ftp" }},
		{"spec", func(s *quartet.Source) { s.Spec += "x" }},
		{"share", func(s *quartet.Source) { s.Terms.Share = -1 }},
	} {
		s := good
		c.change(&s)
		var e *quartet.Error
		if err := s.Check(); !errors.As(err, &e) || e.Code != quartet.ErrInvalid || e.Field != c.field {
			t.Errorf("a wrong %s: %v", c.field, err)
		}
	}
	for _, k := range quartet.SourceKinds() {
		if s := (quartet.Source{Name: "a", Kind: k}); s.Check() != nil || k.Local() != (k == quartet.SourceRegistry) {
			t.Errorf("%s: %v, local %v", k, s.Check(), k.Local())
		}
	}
}

func TestPolicy_Check(t *testing.T) {
	t.Parallel()
	for order, want := range map[quartet.SourceOrder]quartet.ErrorCode{
		quartet.OrderPriority: "", quartet.OrderCheapest: "", "": quartet.ErrInvalid, "random": quartet.ErrInvalid,
	} {
		if got := quartet.CodeOf(quartet.Policy{Order: order}.Check()); got != want {
			t.Errorf("the order %q: %q, want %q", order, got, want)
		}
	}
}
