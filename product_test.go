package quartet_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"quartet"
)

func TestProduct_ObeysItsRules(t *testing.T) {
	if err := quartet.FourElements().Check(); err != nil {
		t.Fatalf("the first product: %v", err)
	}
	type product = quartet.Product
	for _, tt := range []struct {
		name   string
		change func(p *product)
		field  string // "": it is in order
	}{
		{"the shortest id", func(p *product) { p.ID = "7" }, ""},
		{"the longest id", func(p *product) { p.ID = strings.Repeat("a-", 16) }, ""},
		{"no id", func(p *product) { p.ID = "" }, "id"},
		{"an id that is too long", func(p *product) { p.ID = strings.Repeat("a", 33) }, "id"},
		{"an id with capitals", func(p *product) { p.ID = "Card" }, "id"},
		{"an id that looks like a flag", func(p *product) { p.ID = "-off" }, "id"},
		{"an id with a comma", func(p *product) { p.ID = "1,2" }, "id"},
		{"an id on two lines", func(p *product) { p.ID = "1887\n" }, "id"},

		{"the shortest path", func(p *product) { p.Path = "/a" }, ""},
		{"the longest path", func(p *product) { p.Path = "/" + strings.Repeat("a", 127) }, ""},
		{"every character a path may have", func(p *product) { p.Path = "/AZ/az/09/-._~/.well-known/..." }, ""},
		{"a path that only begins as one of ours", func(p *product) { p.Path = "/apis/console" }, ""},
		{"no path", func(p *product) { p.Path = "" }, "path"},
		{"the root", func(p *product) { p.Path = "/" }, "path"},
		{"a path without a slash", func(p *product) { p.Path = "a/b" }, "path"},
		{"a path that is too long", func(p *product) { p.Path = "/" + strings.Repeat("a", 128) }, "path"},
		{"a slash at the end", func(p *product) { p.Path = "/a/" }, "path"},
		{"two slashes", func(p *product) { p.Path = "/a//b" }, "path"},
		{"a part .", func(p *product) { p.Path = "/a/./b" }, "path"},
		{"a part ..", func(p *product) { p.Path = "/a/.." }, "path"},
		{"a query", func(p *product) { p.Path = "/a?b" }, "path"},
		{"a percent sign", func(p *product) { p.Path = "/a%2fb" }, "path"},
		{"a path in Chinese", func(p *product) { p.Path = "/核验" }, "path"},
		{"a blank", func(p *product) { p.Path = "/a b" }, "path"},
		{"a path on two lines", func(p *product) { p.Path = "/a\n" }, "path"},
		{"health", func(p *product) { p.Path = "/healthz" }, "path"},
		{"readiness", func(p *product) { p.Path = "/readyz/x" }, "path"},
		{"the metrics", func(p *product) { p.Path = "/metrics" }, "path"},
		{"the management", func(p *product) { p.Path = "/api/v1/x" }, "path"},
		{"the management's root", func(p *product) { p.Path = "/api" }, "path"},
		{"the console", func(p *product) { p.Path = "/console/x" }, "path"},

		{"a name of one letter", func(p *product) { p.Name = "核" }, ""},
		{"the longest name", func(p *product) { p.Name = strings.Repeat("核", 100) }, ""},
		{"no name", func(p *product) { p.Name = "" }, "name"},
		{"a blank name", func(p *product) { p.Name = " \u3000" }, "name"},
		{"a name that is too long", func(p *product) { p.Name = strings.Repeat("核", 101) }, "name"},
		{"a name on two lines", func(p *product) { p.Name = "a\nb" }, "name"},
		{"a name with an escape", func(p *product) { p.Name = "a\u009bb" }, "name"},
		{"a name that is no text", func(p *product) { p.Name = "\xff" }, "name"},

		{"card and name", func(p *product) { p.Need = quartet.NeedCard | quartet.NeedName }, ""},
		{"card and ID number", func(p *product) { p.Need = quartet.NeedCard | quartet.NeedID }, ""},
		{"card and mobile", func(p *product) { p.Need = quartet.NeedCard | quartet.NeedMobile }, ""},
		{"card, name and mobile", func(p *product) { p.Need = quartet.NeedAll &^ quartet.NeedID }, ""},
		{"nothing", func(p *product) { p.Need = 0 }, "need"},
		{"the card alone", func(p *product) { p.Need = quartet.NeedCard }, "need"},
		{"all but the card", func(p *product) { p.Need = quartet.NeedAll &^ quartet.NeedCard }, "need"},
		{"a fifth element", func(p *product) { p.Need = quartet.NeedAll | 16 }, "need"},

		{"the reason", func(p *product) { p.Detail = quartet.DetailReason }, ""},
		{"the elements", func(p *product) { p.Detail = quartet.DetailElement }, ""},
		{"no grade", func(p *product) { p.Detail = "" }, "detail"},
		{"another grade", func(p *product) { p.Detail = "all" }, "detail"},

		{"a product that is free", func(p *product) { p.Charge = quartet.ChargeTable{} }, ""},
		{"the dearest", func(p *product) {
			p.Charge = quartet.ChargeTable{Match: 1000, Mismatch: 1000, Undetermined: 1000}
		}, ""},
		{"a price below zero", func(p *product) { p.Charge.Undetermined = -1 }, "charge"},
		{"a price that is too high", func(p *product) { p.Charge.Mismatch = 1001 }, "charge"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := quartet.FourElements()
			tt.change(&p)
			err := p.Check()
			if tt.field == "" {
				if err != nil {
					t.Errorf("%+v is refused: %v", p, err)
				}
				return
			}
			fault, ok := errors.AsType[*quartet.Error](err)
			if !ok || fault.Code != quartet.ErrInvalid || fault.Field != tt.field || fault.Message == "" {
				t.Errorf("%+v: got %v, want %s of %s", p, err, quartet.ErrInvalid, tt.field)
			}
		})
	}
}

func TestChargeTable_TellsItsPrices(t *testing.T) {
	c := quartet.ChargeTable{Match: 2, Mismatch: 1, Undetermined: 3}
	if c.String() != "2/1/3" || c.Most() != 3 || (quartet.ChargeTable{}).Most() != 0 {
		t.Errorf("%s, at most %d", c, c.Most())
	}
}

func TestElementSet_NamesItsElementsInOneOrder(t *testing.T) {
	all := []quartet.Element{quartet.ElementName, quartet.ElementID, quartet.ElementCard, quartet.ElementMobile}
	var put quartet.ElementSet
	for _, e := range slices.Backward(all) {
		put |= e.Set()
	}
	if put != quartet.NeedAll || !slices.Equal(put.Elements(), all) || put.String() != "name,id,card,mobile" {
		t.Errorf("%d is %s", put, put)
	}
	two := quartet.NeedMobile | quartet.NeedID
	if two.String() != "id,mobile" || quartet.ElementSet(0).String() != "" || quartet.Element("cvv").Set() != 0 {
		t.Errorf("%d is %s", two, two)
	}
}

// What a product does not need is not looked at, whatever it is.
func TestNormalize_LeavesOutWhatIsNotNeeded(t *testing.T) {
	raw := quartet.Raw{Name: "张三", ID: "no number", Card: "6222020000000000018", Mobile: "13800138000"}
	e, rej := quartet.Normalize(raw, quartet.NeedCard|quartet.NeedName, today)
	if rej != nil || e.Name.Reveal() != "张三" || e.Card.IsZero() || !e.ID.IsZero() || !e.Mobile.IsZero() {
		t.Errorf("got %v %v %v %v, refused %v", e.Name, e.ID, e.Card, e.Mobile, rej)
	}
	if _, rej := quartet.Normalize(raw, quartet.NeedCard|quartet.NeedID, today); rej == nil || rej.Field != quartet.ElementID {
		t.Errorf("what is needed is not checked: %v", rej)
	}
}

func TestReason_StandsBelowItsVerdictAlone(t *testing.T) {
	for _, tt := range []struct {
		reason quartet.Reason
		below  []quartet.Verdict
	}{
		{quartet.ReasonNone, []quartet.Verdict{quartet.Match, quartet.Mismatch, quartet.Undetermined}},
		{quartet.ReasonHolderMismatch, []quartet.Verdict{quartet.Mismatch}},
		{quartet.ReasonDormant, []quartet.Verdict{quartet.Undetermined}},
		{quartet.ReasonUnresolved, nil},
		{`"`, nil},
	} {
		for _, v := range []quartet.Verdict{quartet.Match, quartet.Mismatch, quartet.Undetermined} {
			if got := tt.reason.Explains(v); got != slices.Contains(tt.below, v) {
				t.Errorf("%q explains %v: %v", tt.reason, v, got)
			}
		}
	}
	for differs, want := range map[quartet.ElementSet]quartet.Reason{
		quartet.NeedName: quartet.ReasonHolderMismatch, quartet.NeedID | quartet.NeedMobile: quartet.ReasonHolderMismatch,
		quartet.NeedMobile: quartet.ReasonMobileMismatch, 0: quartet.ReasonNone,
	} {
		if got := quartet.MismatchReason(differs); got != want {
			t.Errorf("%s differ: %q, want %q", differs, got, want)
		}
	}
}
