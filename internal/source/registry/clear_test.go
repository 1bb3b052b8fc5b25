package registry_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"quartet"
	"quartet/internal/source/registry"
	"quartet/internal/store/pgtest"
)

// planted are people whose names are too long to be met by chance in any encoding.
func planted() []quartet.Raw {
	names := []string{"诸葛测验甲", "欧阳测验乙丙", "买买提·古丽娜尔", "上官测验丁", "SCHMIDT PETER"}
	list := make([]quartet.Raw, 0, 40)
	for i := range int64(40) {
		p := registry.Person(9, i)
		p.Name = names[int(i)%len(names)]
		list = append(list, p)
	}
	return list
}

// forms are the ways in which a text could lie in a file: in every encoding of the
// country, and a number also as one: packed, or in eight bytes.
func forms(t *testing.T, text string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{"UTF-8": []byte(text)}
	for name, e := range map[string]encoding.Encoding{
		"GBK":      simplifiedchinese.GBK,
		"UTF-16LE": unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
		"UTF-16BE": unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	} {
		coded, err := e.NewEncoder().Bytes([]byte(text))
		if err != nil {
			t.Fatalf("the planted text has no %s form: %v", name, err)
		}
		out[name] = coded
	}
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		out["big-endian"] = bytes.TrimLeft(binary.BigEndian.AppendUint64(nil, n), "\x00")
		out["little-endian"] = binary.LittleEndian.AppendUint64(nil, n)
		packed, err := hex.DecodeString(text[len(text)%2:])
		if err != nil {
			t.Fatal(err)
		}
		out["packed"] = packed
	}
	for name, coded := range maps.Clone(out) {
		out[name+" as hex"] = []byte(hex.EncodeToString(coded))
	}
	return out
}

// leaks names what is found of the people in text, which may be large.
func leaks(t *testing.T, text []byte, list []quartet.Raw) []string {
	t.Helper()
	type form struct {
		name  string
		coded []byte
	}
	begin := make([][]form, 1<<16) // by the first two bytes
	for _, p := range list {
		for element, value := range map[string]string{"name": p.Name, "ID number": p.ID, "card": p.Card, "mobile": p.Mobile} {
			for name, coded := range forms(t, value) {
				first := binary.BigEndian.Uint16(coded)
				begin[first] = append(begin[first], form{element + " in " + name, coded})
			}
		}
	}
	var found []string
	for i := range len(text) - 1 {
		for _, f := range begin[binary.BigEndian.Uint16(text[i:])] {
			if bytes.HasPrefix(text[i:], f.coded) {
				found = append(found, f.name)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestRegistry_KeepsNoElementInClear(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		r, ring := newRegistry(t, b)
		people := planted()
		cells := [][]string{{"name", "idcard", "acc_no", "mobile"}}
		for i, p := range people {
			row := []string{p.Name, p.ID, p.Card, p.Mobile}
			if i%10 == 9 {
				row[3] += "0" // damaged rows leave nothing behind either
			}
			cells = append(cells, row)
		}
		path, report := filepath.Join(t.TempDir(), "people.csv"), filepath.Join(b.dir, "report.csv")
		write(t, path, csvOf(cells))
		source, err := r.Identify(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, replace := range []bool{false, true} {
			sum := load(t, r, registry.Import{Rows: openFile(t, path), Source: source, Replace: replace, Report: registry.ReportFile(report), Now: today})
			if sum.Loaded != 36 {
				t.Fatalf("loaded %+v, want 36", sum)
			}
		}
		b.settle(t)
		b.away()
		all := everything(t, b.dir)
		if b.url != "" {
			all = append(all, dump(t, b.url)...)
		}
		// That what is kept can be found at all shows in the name of the key.
		if !bytes.Contains(all, []byte(ring.ID())) || len(all) < 36*(16+25) {
			t.Fatalf("the records are not among the %d bytes that were searched", len(all))
		}
		if found := leaks(t, all, people); len(found) > 0 {
			t.Errorf("on disk in clear: %v", found)
		}
	})
}

func TestRegistry_SearchForElementsFindsThem(t *testing.T) {
	person := planted()[:1]
	for form, coded := range forms(t, person[0].Card) {
		if len(leaks(t, append([]byte("before"), coded...), person)) == 0 {
			t.Errorf("a card in %s would not be found", form)
		}
	}
}

// dump is the whole database as text.
func dump(t *testing.T, url string) []byte {
	t.Helper()
	out, err := exec.Command(pgtest.Shared(t).Tool("pg_dump"), url).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	if !bytes.Contains(out, []byte("COPY public.registry_record")) {
		t.Fatal("the dump lacks the records")
	}
	return out
}
