package quartet_test

import (
	"bufio"
	"fmt"
	"os"
	"testing"

	"golang.org/x/text/unicode/norm"

	"quartet"
)

// The same name typed in another way is the same name; whoever is asked compares codes.
func TestName_LatinLettersBecomeCapitalsWithTheirMarks(t *testing.T) {
	for in, want := range map[string]string{
		"José María":              "JOSÉ MARÍA",
		"JOSÉ MARÍA":              "JOSÉ MARÍA",
		"Jose\u0301 Mari\u0301a":  "JOSÉ MARÍA", // as macOS writes it
		"ＪＯＳＥ\u0301":              "JOSÉ",
		"Müller-Lüdenscheidt":     "MÜLLER-LÜDENSCHEIDT",
		"François d’Amboise":      "FRANÇOIS D'AMBOISE",
		"Louÿs":                   "LOUŸS",
		"Groß":                    "GROSS", // as a passport has it
		"GROẞ":                    "GROSS",
		"Nguyễn Văn Đức":          "NGUYỄN VĂN ĐỨC",
		"Nguye\u0302\u0303n":      "NGUYỄN",
		"Nguye\u0323\u0302n":      "NGUYỆN",
		"Nguye\u0302\u0323n":      "NGUYỆN", // the same marks, typed in the other order
		"Łukasz Żółć":             "ŁUKASZ ŻÓŁĆ",
		"Ísak þór":                "ÍSAK ÞÓR",
		"İsmail Işık":             "İSMAIL IŞIK",
		"sæmundur ǆ":              "SÆMUNDUR Ǆ",
		"  María\u3000 del  Mar ": "MARÍA DEL MAR",
	} {
		for _, parse := range []func(string) (quartet.Name, *quartet.Rejection){
			func(s string) (quartet.Name, *quartet.Rejection) {
				n, _, rej := quartet.ParseName(s)
				return n, rej
			},
			quartet.NormalizeName,
		} {
			if n, rej := parse(in); rej != nil || n.Reveal() != want {
				t.Errorf("%q becomes %q (%v), want %q", in, n.Reveal(), rej, want)
			}
		}
	}
}

func TestName_MarksThatNoLetterTakesAreDamage(t *testing.T) {
	for _, in := range []string{"张\u0301三", "\u0301José", "Jose\u0301\u0301", "Jose \u0301"} {
		if n, _, rej := quartet.ParseName(in); rej == nil || rej.Code != quartet.RejectNameChar {
			t.Errorf("%q becomes %q (%v)", in, n.Reveal(), rej)
		}
	}
}

// TestData_LatinIsWhatUnicodeComposes compares data/latin.csv with the normal form C.
func TestData_LatinIsWhatUnicodeComposes(t *testing.T) {
	var want []string
	for base := 'A'; base <= 0x1EFF; base++ {
		if base > 'Z' && base < 0xC0 || base > 0x24F && base < 0x1E00 || !norm.NFC.IsNormalString(string(base)) {
			continue
		}
		for mark := rune(0x300); mark <= 0x36F; mark++ {
			letter := []rune(norm.NFC.String(string([]rune{base, mark})))
			if n, _, rej := quartet.ParseName(string(base)); len(letter) == 1 && rej == nil && n.Reveal() == string(base) {
				want = append(want, fmt.Sprintf("%X,%X,%X", base, mark, letter[0]))
			}
		}
	}
	f, err := os.Open("data/latin.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	i := 0
	for scan := bufio.NewScanner(f); scan.Scan(); i++ {
		if i >= len(want) || scan.Text() != want[i] {
			t.Fatalf("line %d is %s", i+1, scan.Text())
		}
	}
	if i != len(want) || i == 0 {
		t.Errorf("%d lines, want %d", i, len(want))
	}
}
