package quartet_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"quartet"
)

func TestParseAddress_FindsOneSpellingOfEachMailboxAndNumber(t *testing.T) {
	for _, tt := range []struct {
		given, want, masked string
		channel             quartet.Channel
	}{
		{"Zhang.San@Example.COM", "zhang.san@example.com", "z***@example.com", quartet.ChannelEmail},
		{"  ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ　", "zhang@example.com", "z***@example.com", quartet.ChannelEmail},
		{"a\u200b@b.cn", "a@b.cn", "***@b.cn", quartet.ChannelEmail},
		{"a+tag@xn--fiq228c.cn", "a+tag@xn--fiq228c.cn", "a***@xn--fiq228c.cn", quartet.ChannelEmail},
		{"+86 139-0000-0001", "13900000001", "139****0001", quartet.ChannelMobile},
		{"１３９０００００００１", "13900000001", "139****0001", quartet.ChannelMobile},
	} {
		a, err := quartet.ParseAddress(tt.given)
		if err != nil {
			t.Errorf("%q: %v", tt.given, err)
			continue
		}
		if a.Reveal() != tt.want || a.String() != tt.masked || a.Channel() != tt.channel {
			t.Errorf("%q is %q, shown as %s, over %s", tt.given, a.Reveal(), a, a.Channel())
		}
	}
}

func TestParseAddress_Refuses(t *testing.T) {
	for _, given := range []string{
		"", "@", "a@", "@b.cn", "a@b", "a@b..cn", "a@-b.cn", "a@b-.cn", "a@b.1", "a@b@c.cn", ".a@b.cn", "a.@b.cn", "a..b@c.cn",
		"zhang san@example.com", "张三丰@example.com", "a@例子.cn", "\u212aa@b.cn", `"a b"@c.cn`, "a@b.cn\nBcc: c@d.cn", "<a@b.cn>", "a,b@c.cn",
		strings.Repeat("a", 65) + "@b.cn", "a@" + strings.Repeat("b", 64) + ".cn", "a@" + strings.Repeat("b.", 127) + "cn", "1390000000", "12345678901", "+1 555 0100",
	} {
		if a, err := quartet.ParseAddress(given); quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("%q passes as %q: %v", given, a.Reveal(), err)
		}
	}
}

func TestAddress_PrintsItselfMasked(t *testing.T) {
	for _, given := range []string{"wang.fang@example.com", "13900000001"} {
		a, err := quartet.ParseAddress(given)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(map[string]quartet.Address{"to": a})
		if err != nil {
			t.Fatal(err)
		}
		shown := fmt.Sprintf("%v %+v %#v %s %d %s %v", a, a, a, a, a, text, a.LogValue())
		if strings.Contains(shown, given) || strings.Contains(shown, "ang.fang") {
			t.Errorf("%s shows it", shown)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"a@b.cn", "Zhang@Example.com", "13900000001", "+86 139 0000 0001", "ａ＠ｂ．ｃｎ", "a\u00ad@b.cn"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := quartet.ParseAddress(s)
		if err != nil {
			if quartet.CodeOf(err) != quartet.ErrInvalid {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		again, err := quartet.ParseAddress(a.Reveal())
		if err != nil || again != a {
			t.Errorf("%q is %q, and that is %q, %v", s, a.Reveal(), again.Reveal(), err)
		}
		if strings.ContainsAny(a.Reveal(), " \r\n\t<>,;:\"()") || len(a.Reveal()) > 254 || strings.ToLower(a.Reveal()) != a.Reveal() {
			t.Errorf("%q passes as %q", s, a.Reveal())
		}
	})
}
