package registry_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/registry"
	"quartet/internal/source/sourcetest"
)

func TestRegistry_ObeysTheLawOfSources(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		r, ring := newRegistry(t, b)
		list := people(1, 6)
		for i, status := range []string{"", "lost", "expired", "restricted", "not_enabled", "dormant"} {
			list[i].Status = status
		}
		load(t, r, registry.Import{Rows: &rows{list: list}})
		other := func(change func(p *quartet.Raw)) source.Query {
			p := registry.Person(1, 0)
			change(&p)
			return ask(t, p)
		}
		stranger := registry.Person(1, 99)
		// few asks about some elements of somebody of whom nothing but the card is known.
		few := func(need quartet.ElementSet) source.Query {
			q := other(func(p *quartet.Raw) { p.Name, p.ID, p.Mobile = "测试某", stranger.ID, stranger.Mobile })
			q.Need = need
			return q
		}
		agreeing := func(need quartet.ElementSet) source.Query {
			q := ask(t, list[0].Raw)
			q.Need, q.Elements = need, only(q.Elements, need)
			return q
		}
		sourcetest.Run(t, func(t *testing.T) sourcetest.Subject {
			return sourcetest.Subject{
				Source: r, Hanging: registry.New(ring, hanging{b}), Hang: ask(t, list[0].Raw),
				Dead: registry.New(newRing(t), b), // without the key of its records
				Cases: []sourcetest.Case{
					{Name: "all agree", Query: ask(t, list[0].Raw), Verdict: quartet.Match},
					{Name: "another name", Query: other(func(p *quartet.Raw) { p.Name = "测试某" }), Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch, Differs: quartet.NeedName},
					{Name: "another ID number", Query: other(func(p *quartet.Raw) { p.ID = stranger.ID }), Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch, Differs: quartet.NeedID},
					{Name: "another mobile", Query: other(func(p *quartet.Raw) { p.Mobile = stranger.Mobile }), Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch, Differs: quartet.NeedMobile},
					{Name: "another name and mobile", Query: other(func(p *quartet.Raw) { p.Name, p.Mobile = "测试某", stranger.Mobile }), Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch, Differs: quartet.NeedName | quartet.NeedMobile},
					{Name: "nothing agrees", Query: few(quartet.NeedAll), Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch, Differs: quartet.NeedAll &^ quartet.NeedCard},
					{Name: "three of them, nothing agrees", Query: few(quartet.NeedAll &^ quartet.NeedName), Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch, Differs: quartet.NeedID | quartet.NeedMobile},
					{Name: "two of them, nothing agrees", Query: few(quartet.NeedCard | quartet.NeedMobile), Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch, Differs: quartet.NeedMobile},
					{Name: "three of them agree", Query: agreeing(quartet.NeedAll &^ quartet.NeedMobile), Verdict: quartet.Match},
					{Name: "two of them agree", Query: agreeing(quartet.NeedCard | quartet.NeedName), Verdict: quartet.Match},
					{Name: "lost", Query: ask(t, list[1].Raw), Verdict: quartet.Undetermined, Reason: quartet.ReasonCardLost},
					{Name: "expired", Query: ask(t, list[2].Raw), Verdict: quartet.Undetermined, Reason: quartet.ReasonCardExpired},
					{Name: "restricted", Query: ask(t, list[3].Raw), Verdict: quartet.Undetermined, Reason: quartet.ReasonCardRestricted},
					{Name: "unknown card", Query: ask(t, stranger), Kind: source.NoRecord, Sent: true},
				},
			}
		})
	})
}

// only is what a product that needs no more would have left of a person.
func only(e quartet.Elements, need quartet.ElementSet) quartet.Elements {
	kept := quartet.Elements{Card: e.Card}
	if need.Has(quartet.NeedName) {
		kept.Name = e.Name
	}
	if need.Has(quartet.NeedID) {
		kept.ID = e.ID
	}
	if need.Has(quartet.NeedMobile) {
		kept.Mobile = e.Mobile
	}
	return kept
}

func TestRegistry_LoadsGoodRowsAndReportsTheOthersWithoutTheirContent(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		r, _ := newRegistry(t, b)
		list := people(2, 5)
		list[1].Raw.ID = "440402194602076570"
		list[3].Raw.Mobile = "1390000"
		report := filepath.Join(t.TempDir(), "report.csv")
		sum := load(t, r, registry.Import{Rows: &rows{list: list}, Report: registry.ReportFile(report)})
		if sum.Rows != 5 || sum.Loaded != 3 || sum.Damaged != 2 {
			t.Errorf("got %+v, want 3 of 5 rows loaded", sum)
		}
		got, err := os.ReadFile(report)
		if want := "line,field,code\n3,id,id_checksum\n5,mobile,mobile_length\n"; err != nil || string(got) != want {
			t.Errorf("report %q, %v; want %q", got, err, want)
		}
		for i, want := range []quartet.Verdict{quartet.Match, quartet.NoVerdict, quartet.Match, quartet.NoVerdict, quartet.Match} {
			if got := verdict(t, r, registry.Person(2, int64(i))); got != want {
				t.Errorf("person %d: %v, want %v", i, got, want)
			}
		}
	})
}

func TestRegistry_GoesOnWhereAnImportBrokeOff(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		ring := newRing(t)
		r := registry.New(ring, b)
		list := people(3, 30_000)
		list[7].Raw.Mobile = "1" // in the part that is done before the break
		report := filepath.Join(t.TempDir(), "report.csv")
		o := registry.Import{Rows: &rows{list: list, breakAt: 25_000, atBreak: func() { written(t, r) }}, Source: "file", Replace: true, Report: registry.ReportFile(report)}
		if _, err := r.Import(t.Context(), o); !errors.Is(err, errBreak) {
			t.Fatalf("got %v, want the break", err)
		}
		if got := verdict(t, r, list[0].Raw); got != quartet.NoVerdict {
			t.Errorf("a build that is not complete answers %v", got)
		}
		r = registry.New(ring, b.again())
		o.Rows = &rows{list: list}
		sum := load(t, r, o)
		if sum.Resumed == 0 || sum.Rows != 30_000 || sum.Loaded != 29_999 || sum.Damaged != 1 {
			t.Errorf("got %+v, want it to go on and load all but one", sum)
		}
		stat, err := r.Stat(t.Context())
		if err != nil || stat.Records != 29_999 || stat.Unfinished != 0 {
			t.Errorf("holds %+v, %v", stat, err)
		}
		for _, i := range []int64{0, 24_999, 29_999} {
			if got := verdict(t, r, list[i].Raw); got != quartet.Match {
				t.Errorf("person %d: %v, want a match", i, got)
			}
		}
	})
}

func TestRegistry_TakesTheLastRowOfACard(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		r, _ := newRegistry(t, b)
		first, second := registry.Person(6, 0), registry.Person(6, 0)
		second.Mobile = registry.Person(6, 1).Mobile
		load(t, r, registry.Import{Rows: &rows{list: []registry.Row{{Line: 2, Raw: first}, {Line: 3, Raw: second}}}})
		if verdict(t, r, first) != quartet.Mismatch || verdict(t, r, second) != quartet.Match {
			t.Error("the last row of a card counts")
		}
		load(t, r, registry.Import{Rows: &rows{list: []registry.Row{{Line: 2, Raw: first}}}})
		if verdict(t, r, first) != quartet.Match {
			t.Error("a later import writes over an earlier one, at once")
		}
		for range 2 { // the same file once more is read once more
			sum := load(t, r, registry.Import{Rows: &rows{list: []registry.Row{{Line: 2, Raw: second}}}, Source: "file"})
			if sum.Resumed != 0 || sum.Rows != 1 || verdict(t, r, second) != quartet.Match {
				t.Errorf("came to %+v", sum)
			}
			load(t, r, registry.Import{Rows: &rows{list: []registry.Row{{Line: 2, Raw: first}}}, Source: "other"})
		}
	})
}

func TestRegistry_InventsTheSamePeopleFromTheSameSeed(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		r, ring := newRegistry(t, b)
		if _, err := r.Synth(t.Context(), registry.Synth{Count: 2000, Seed: 7}); err != nil {
			t.Fatal(err)
		}
		stat, err := r.Stat(t.Context())
		if err != nil || stat.Records != 2000 {
			t.Errorf("holds %+v, %v; want 2000 people, each with a card of their own", stat, err)
		}
		bins := map[string]bool{}
		for i := range int64(2000) {
			p := registry.Person(7, i)
			bins[p.Card[:6]] = true
			if got := verdict(t, r, p); got != quartet.Match && got != quartet.Undetermined {
				t.Fatalf("person %d: %v", i, got)
			}
		}
		if len(bins) < 20 {
			t.Errorf("their cards begin in %d ways only", len(bins))
		}
		if registry.Person(8, 0) == registry.Person(7, 0) {
			t.Error("another seed names the same person")
		}
		again := registry.New(ring, b)
		if _, err := again.Synth(t.Context(), registry.Synth{Count: 500, Seed: 7}); err != nil {
			t.Fatal(err)
		}
		for i, want := range map[int64]quartet.Verdict{0: quartet.Match, 99: quartet.Undetermined, 498: quartet.Match, 500: quartet.NoVerdict} {
			if got := verdict(t, again, registry.Person(7, i)); got != want {
				t.Errorf("the second time person %d: %v, want %v", i, got, want)
			}
		}
	})
}

// Whoever wrote down people of a seed may rely on them for as long as the lists stand.
func TestWritePeople_WritesTheSameBytesInEveryRelease(t *testing.T) {
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := registry.WritePeople(out, 1000, 7); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the second time it writes other people")
	}
	const want = "10f7cdf673c7b413fac16ea64eb83d84ece934ea8fea05aeba211ad81a216db1"
	if got := fmt.Sprintf("%x", sha256.Sum256(first.Bytes())); got != want {
		t.Errorf("the people of seed 7 are others than before: %s", got)
	}
}

func TestRegistry_RefusesAFileWithoutAGoodRow(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		r, _ := newRegistry(t, b)
		load(t, r, registry.Import{Rows: &rows{list: people(10, 3)}})
		bad := people(11, 2)
		bad[0].Raw.Card, bad[1].Raw.Card = "1", "2"
		_, err := r.Import(t.Context(), registry.Import{Rows: &rows{list: bad}, Replace: true})
		if quartet.CodeOf(err) != quartet.ErrInvalid {
			t.Errorf("got %v, want it refused", err)
		}
		if verdict(t, r, registry.Person(10, 0)) != quartet.Match {
			t.Error("the registry must stay as it was")
		}
	})
}
