package quartet_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quartet"
)

// seeds are shapes that have broken parsers before.
func seeds(f *testing.F) {
	for _, s := range []string{"", " ", "11010119900307803X", "1.10101E+17", "+86-138-0013-8000", "阿里木．买买提", "\u202a13800138000\u202c", "李\ufffd", "6222 0200 0000 0000 018", "usa310090010105", "⾼⼤⼭", "\xff\xfe"} {
		f.Add(s)
	}
}

// stable checks that a value that was accepted is accepted again as it came out.
func stable(t *testing.T, first, second string, ok, again bool) {
	t.Helper()
	if ok && (!again || first != second) {
		t.Errorf("%q comes out as %q the second time (accepted: %v)", first, second, again)
	}
}

func FuzzParseName(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		n, _, rej := quartet.ParseName(s)
		m, _, again := quartet.ParseName(n.Reveal())
		stable(t, n.Reveal(), m.Reveal(), rej == nil, again == nil)
	})
}

func FuzzParseIDNumber(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		n, _, rej := quartet.ParseIDNumber(s, today)
		m, _, again := quartet.ParseIDNumber(n.Reveal(), today)
		stable(t, n.Reveal(), m.Reveal(), rej == nil, again == nil)
	})
}

func FuzzParseCard(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		n, _, rej := quartet.ParseCard(s)
		m, _, again := quartet.ParseCard(n.Reveal())
		stable(t, n.Reveal(), m.Reveal(), rej == nil, again == nil)
	})
}

func FuzzParseMobile(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, s string) {
		n, _, rej := quartet.ParseMobile(s)
		m, _, again := quartet.ParseMobile(n.Reveal())
		stable(t, n.Reveal(), m.Reveal(), rej == nil, again == nil)
	})
}

func TestIDNumber_OneWrongDigitIsAlwaysFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := []byte("110101199003078670")
		i := rapid.IntRange(0, 16).Draw(t, "place")
		d := rapid.ByteRange('0', '9').Filter(func(b byte) bool { return b != id[i] }).Draw(t, "digit")
		id[i] = d
		if n, _, rej := quartet.ParseIDNumber(string(id), today); rej == nil {
			t.Fatalf("%s passes", n.Reveal())
		}
	})
}

func TestSeqNo_ReadsBackAndNeverRepeats(t *testing.T) {
	cipher := quartet.NewSeqNoCipher([16]byte{1, 2, 3})
	rapid.Check(t, func(t *rapid.T) {
		no := quartet.SeqNo{
			Second: rapid.Int64Range(0, 9_999_999_999).Draw(t, "second"),
			N:      rapid.Uint64Range(0, 1<<41-1).Draw(t, "n"),
		}
		text := cipher.Text(no)
		if len(text) != quartet.SeqNoLen || strings.ToUpper(text) != text {
			t.Fatalf("%q has the wrong shape", text)
		}
		back, err := cipher.Parse(text)
		if err != nil || back != no {
			t.Fatalf("%q reads back as %v, %v; want %v", text, back, err, no)
		}
		next := quartet.SeqNo{Second: no.Second, N: no.N ^ 1}
		if cipher.Text(next) == text {
			t.Fatal("two numbers share a text")
		}
	})
}

func BenchmarkNormalize(b *testing.B) {
	raw := quartet.Raw{Name: "张三", ID: "110101199003078670", Card: "6222020000000000018", Mobile: "13800138000"}
	b.ReportAllocs()
	for b.Loop() {
		if _, rej := quartet.Normalize(raw, quartet.NeedAll, today); rej != nil {
			b.Fatal(rej)
		}
	}
}
