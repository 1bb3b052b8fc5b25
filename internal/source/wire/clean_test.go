package wire_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/wire"
)

func somebody(t *testing.T) source.Query {
	t.Helper()
	id, card := "11010119900307002", "620000000012345" // the ID number ends in X
	e, f := quartet.Parse(quartet.Raw{Name: "测试甲", ID: id + string(quartet.IDCheckDigit(id)), Card: card + string(quartet.LuhnDigit(card)), Mobile: "13900000001"}, quartet.NeedAll, time.Now())
	if len(f.Reject) > 0 {
		t.Fatal(f.Reject)
	}
	return source.Query{Elements: e, Need: quartet.NeedAll}
}

func TestCode_KeepsWhatLooksLikeOne(t *testing.T) {
	for _, text := range []string{
		"0", "-21", "10000", "HTTP-502", "UnauthorizedOperation.ChargeStatusException", "OK", "a b", "n-1",
		"4XU29Z4D1704061618", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "20261126093000987654", "0123456", "1-301",
	} {
		if got := wire.Code(somebody(t), text); got != text {
			t.Errorf("%q became %q", text, got)
		}
		if got := wire.Reference(somebody(t), text); got != text {
			t.Errorf("the number %q became %q", text, got)
		}
	}
	for _, text := range []string{"", " 1", "a\nb", "<b>", "code 测", `{"a":1}`, strings.Repeat("9", 65)} {
		if got := wire.Code(somebody(t), text); got != "" {
			t.Errorf("%q is kept as %q", text, got)
		}
	}
}

// TestDiscreet_DropsEveryFormOfAnElement plants each element as suppliers repeat it.
func TestDiscreet_DropsEveryFormOfAnElement(t *testing.T) {
	q := somebody(t)
	d := wire.About(q.Elements)
	for _, element := range []string{q.Elements.Name.Reveal(), q.Elements.ID.Reveal(), q.Elements.Card.Reveal(), q.Elements.Mobile.Reveal()} {
		forms := []string{
			element, strings.ToLower(element), hex.EncodeToString([]byte(element)), strings.ToUpper(hex.EncodeToString([]byte(element))),
			base64.StdEncoding.EncodeToString([]byte(element)), base64.RawStdEncoding.EncodeToString([]byte(element)),
		}
		for _, written := range []string{element, strings.ToLower(element)} { // an ID number may end in x
			for _, h := range []hash.Hash{md5.New(), sha1.New(), sha256.New(), sm3.New()} {
				h.Write([]byte(written))
				sum := h.Sum(nil)
				forms = append(forms, hex.EncodeToString(sum), strings.ToUpper(hex.EncodeToString(sum)), base64.RawURLEncoding.EncodeToString(sum))
			}
		}
		if element != q.Elements.Name.Reveal() {
			forms = append(forms, element[:4]+"-"+element[4:8]+" "+element[8:], element[:8], element[2:10], "9"+element[3:11]+"9")
		}
		for _, form := range forms {
			for _, text := range []string{form, "n-" + form, form + ".1"} {
				if text != form && len(text) > 64 {
					continue // too long to be kept whatever it is
				}
				if wire.Code(q, text) != "" || wire.Reference(q, text) != "" {
					t.Errorf("a code keeps %q", text)
				}
				if d.Words(text) != "" {
					t.Errorf("words keep %q", text)
				}
			}
		}
	}
	if got := d.Words("中国工商银行"); got != "中国工商银行" {
		t.Errorf("a bank became %q", got)
	}
}

func TestDiscreet_DropsWhatLooksLikeSomebodyNobodyKnows(t *testing.T) {
	d, q := wire.AboutSomebody(), somebody(t)
	card := q.Elements.Card.Reveal()
	for _, text := range []string{
		q.Elements.ID.Reveal(), strings.ToLower(q.Elements.ID.Reveal()), "110101900307123", card, q.Elements.Mobile.Reveal(),
		"139-0000-0001", "8613900000001", "no-13900000001", "T" + card, card + "X", card[:4] + " " + card[4:], "ID" + q.Elements.ID.Reveal() + "-1",
		card[:15] + string('0'+(card[15]-'0'+1)%10), // a card need not have its check digit
		"9555000000000000018", "9555000000000000001", "356000000000000", "400000000002",
	} {
		if got := d.Code(text); got != "" {
			t.Errorf("%q is kept", got)
		}
		if got := d.Words(text); got != "" {
			t.Errorf("the words %q are kept", got)
		}
	}
	for _, text := range []string{
		"VQWV7QQS1795660512", "4XU29Z4D1704061618", "10000", "HTTP 502", "T1", "20261126093000987654", "20261126093000123", "2026-11-26 09:30:00",
		"f47ac10b-58cc-4372-a567-0e02b2c3d479", "1795660512", "1795660512002",
	} {
		if got := d.Code(text); got != text {
			t.Errorf("the number %q became %q", text, got)
		}
	}
}
