package simulator_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"quartet"
	"quartet/internal/simulator"
	"quartet/internal/source"
	"quartet/internal/source/httpjson"
	"quartet/internal/source/sourcetest"
)

// The shipped manifests are run against the simulators of their contracts: two programs that
// share no code have to agree on every signature, verdict, fault and charge.

// dialectOf is the dialect that a shipped manifest speaks.
func dialectOf(manifest string) string {
	if manifest == "template" {
		return "acme"
	}
	return manifest
}

// speaking is a manifest that asks its simulator.
type speaking struct {
	*simulator.Server

	source   source.Source
	server   *httptest.Server
	needs    []quartet.ElementSet
	manifest *httpjson.Manifest
}

// connect opens a shipped manifest upon the simulator of its dialect; change may spoil the
// credentials that the source is given.
func connect(t *testing.T, name string, change func(map[string]string)) speaking {
	t.Helper()
	text, err := httpjson.ShippedManifest(name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := httpjson.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := simulator.Invent(dialectOf(name))
	if err != nil {
		t.Fatal(err)
	}
	s, err := simulator.New(dialectOf(name), simulator.Script{}, secrets)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	given := maps.Clone(secrets)
	if change != nil {
		change(given)
	}
	given["url"] = server.URL
	src, err := httpjson.Open(m, given, httpjson.Options{Idle: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return speaking{Server: s, source: src, server: server, needs: src.Scope().Needs, manifest: m}
}

// ask is a question about the invented person with a card.
func ask(t *testing.T, n int, need quartet.ElementSet) source.Query {
	t.Helper()
	e, f := quartet.Parse(quartet.Raw{Name: name, ID: id, Card: card(n), Mobile: mobile}, quartet.NeedAll, time.Now())
	if len(f.Reject) > 0 {
		t.Fatal(f.Reject)
	}
	return source.Query{Elements: e, Need: need, Order: order(n)}
}

// expected is what a source makes of an act: what its dialect has no word for, it cannot tell.
type expected struct {
	verdict quartet.Verdict
	reason  quartet.Reason
	differs quartet.ElementSet
	kind    source.Kind
}

// expect is what the manifest makes of an act in a question about these elements.
func expect(name string, a simulator.Act, need quartet.ElementSet) expected {
	kinds := map[simulator.Fault]source.Kind{
		simulator.FaultRejected: source.Rejected, simulator.FaultNoRecord: source.NoRecord,
		simulator.FaultUnsupported: source.Unsupported, simulator.FaultFrequency: source.Frequency,
		simulator.FaultBusy: source.Busy, simulator.FaultExhausted: source.Busy, simulator.FaultRateLimited: source.Busy,
		simulator.FaultFailed: source.Failed, simulator.FaultUnknownCode: source.NotUnderstood,
		simulator.FaultMalformed: source.NotUnderstood, simulator.FaultStatus500: source.Failed,
		simulator.FaultStatus502: source.Failed, simulator.FaultStatus503: source.Failed,
		simulator.FaultCutBefore: source.Failed, simulator.FaultCutAfter: source.Failed,
	}
	if kind, failed := kinds[a.Fault]; failed {
		return expected{kind: kind}
	}
	differs := a.Differs & need
	if a.Verdict == quartet.NoVerdict || a.Differs != 0 && differs == 0 {
		return expected{verdict: quartet.Match}
	}
	want := expected{verdict: a.Verdict, reason: a.Reason, differs: differs}
	if differs != 0 {
		want.reason = quartet.MismatchReason(differs)
	}
	tells := false
	switch name {
	case "template":
		tells = true
	case "jumdata":
		tells = differs != 0
	case "qiniu":
		tells = differs == quartet.NeedMobile || differs == quartet.NeedID || differs == quartet.NeedName
	case "lundear":
		tells = a.Reason == quartet.ReasonCardRestricted || a.Reason == quartet.ReasonIssuerRefused
	}
	if !tells {
		want.reason, want.differs = quartet.ReasonNone, 0
	}
	return want
}

// everyAct is all verdicts with all they can have below them, and all faults but the hang.
func everyAct() []simulator.Act {
	list := []simulator.Act{{}, {Verdict: quartet.Mismatch}, {Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch}}
	for _, differs := range []quartet.ElementSet{
		quartet.NeedName, quartet.NeedID, quartet.NeedMobile, quartet.NeedName | quartet.NeedMobile,
		quartet.NeedName | quartet.NeedID | quartet.NeedMobile,
	} {
		list = append(list, simulator.Act{Verdict: quartet.Mismatch, Differs: differs})
	}
	for _, reason := range []quartet.Reason{
		quartet.ReasonNone, quartet.ReasonCardLost, quartet.ReasonCardExpired, quartet.ReasonCardRestricted,
		quartet.ReasonNotEnabled, quartet.ReasonDormant, quartet.ReasonIssuerRefused,
	} {
		list = append(list, simulator.Act{Verdict: quartet.Undetermined, Reason: reason})
	}
	for _, fault := range simulator.Faults() {
		if fault != simulator.FaultHang {
			list = append(list, simulator.Act{Fault: fault})
		}
	}
	return list
}

func TestManifests_AgreeWithTheSimulatorsOfTheirContracts(t *testing.T) {
	if shipped := httpjson.Shipped(); len(shipped) < 12 {
		t.Fatalf("only %v are shipped", shipped)
	}
	for _, name := range httpjson.Shipped() {
		t.Run(name, func(t *testing.T) {
			s := connect(t, name, nil)
			for i, act := range everyAct() {
				for j, need := range s.needs {
					n := 1 + i*len(s.needs) + j
					s.Set(card(n), act)
					t.Run(fmt.Sprintf("%v %v %s%s of %v", act.Verdict, act.Reason, act.Differs, act.Fault, need), func(t *testing.T) {
						before := s.Totals().Arrived
						agree(t, s, ask(t, n, need), act, expect(name, act, need), s.ChargedFor, card(n))
						if arrived := s.Totals().Arrived - before; arrived != 1 {
							t.Errorf("the supplier was asked %d times", arrived)
						}
					})
				}
			}
			if got := s.Totals(); got.Refused != 0 {
				t.Errorf("%d questions were refused by the contract", got.Refused)
			}
		})
	}
}

// agree asks once and compares the answer with what is expected and with the supplier's book.
func agree(t *testing.T, s speaking, q source.Query, act simulator.Act, want expected, charged func(string) int, card string) {
	t.Helper()
	answer, err := s.source.Verify(t.Context(), q)
	booked := charged(card) == 1
	if want.kind == 0 {
		if err != nil || answer.Verdict != want.verdict || answer.Reason != want.reason || answer.Differs != want.differs {
			t.Fatalf("got %v %q %q and %v, want %+v", answer.Verdict, answer.Reason, answer.Differs, err, want)
		}
		if believes(answer.Charged) != booked {
			t.Errorf("the source says %v, the book %v", answer.Charged, booked)
		}
		return
	}
	failure, ok := errors.AsType[*source.Error](err)
	if !ok || failure.Kind != want.kind || !failure.Sent {
		t.Fatalf("got %v and %v, want %v that was sent", answer.Verdict, err, want.kind)
	}
	switch failure.Charged {
	case quartet.ChargedYes, quartet.ChargedNo:
		if believes(failure.Charged) != booked {
			t.Errorf("the source says %v, the book %v", failure.Charged, booked)
		}
	default:
	}
	processed := s.AskedAbout(card) == 1
	switch act.Fault {
	case simulator.FaultExhausted, simulator.FaultRateLimited:
		if !failure.Retry || failure.Charged != quartet.ChargedNo {
			t.Errorf("retry %v, charged %v, want another supplier to be asked and nothing charged", failure.Retry, failure.Charged)
		}
	case simulator.FaultBusy: // whether it had begun is for the contract to say
	default:
		if failure.Retry {
			t.Errorf("a question that may have been processed (it was: %v) would be asked elsewhere", processed)
		}
	}
	if act.Fault == simulator.FaultCutAfter && failure.Charged != quartet.ChargedUnknown {
		t.Errorf("nobody can know whether it is charged; it says %v", failure.Charged)
	}
}

func believes(c quartet.Charged) bool { return c == quartet.ChargedYes }

func TestManifests_ObeyTheLawOfSources(t *testing.T) {
	for _, name := range httpjson.Shipped() {
		t.Run(name, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Subject {
				s := connect(t, name, nil)
				need := s.needs[0]
				gone := connect(t, name, nil)
				gone.server.Close()
				subject := sourcetest.Subject{Source: s.source, Hanging: s.source, Hang: ask(t, 900, need), Dead: gone.source}
				s.Set(card(900), simulator.Act{Fault: simulator.FaultHang})
				for i, act := range everyAct() {
					s.Set(card(i+1), act)
					want := expect(name, act, need)
					subject.Cases = append(subject.Cases, sourcetest.Case{
						Name: fmt.Sprintf("%v %v %s%s", act.Verdict, act.Reason, act.Differs, act.Fault), Query: ask(t, i+1, need),
						Verdict: want.verdict, Reason: want.reason, Differs: want.differs, Kind: want.kind, Sent: want.kind != 0,
					})
				}
				return subject
			})
		})
	}
}

func TestManifests_AskElsewhereWhenTheirCredentialIsRefused(t *testing.T) {
	for _, name := range httpjson.Shipped() {
		for _, slot := range simulator.Slots(dialectOf(name)) {
			if slot == "aes_key" { // what cannot be opened is a malformed question
				continue
			}
			t.Run(name+" "+slot, func(t *testing.T) {
				s := connect(t, name, func(secrets map[string]string) {
					others, _ := simulator.Invent(dialectOf(name))
					secrets[slot] = others[slot]
				})
				_, err := s.source.Verify(t.Context(), ask(t, 1, s.needs[0]))
				failure, ok := errors.AsType[*source.Error](err)
				if !ok || failure.Kind != source.Busy || !failure.Retry || failure.Charged != quartet.ChargedNo {
					t.Errorf("got %#v, want busy, to be asked elsewhere, not charged", err)
				}
				if got := s.Totals(); got.Refused != 1 {
					t.Errorf("counted %+v", got)
				}
			})
		}
	}
}

func TestManifests_KnowThatNobodyListens(t *testing.T) {
	for _, name := range httpjson.Shipped() {
		t.Run(name, func(t *testing.T) {
			s := connect(t, name, nil)
			s.server.Close()
			_, err := s.source.Verify(t.Context(), ask(t, 1, s.needs[0]))
			failure, ok := errors.AsType[*source.Error](err)
			if !ok || failure.Kind != source.Unreachable || failure.Sent {
				t.Errorf("got %v, want unreachable, not sent", err)
			}
		})
	}
}

func TestManifests_DoNotAskTwiceOverAConnectionThatEnds(t *testing.T) {
	for _, name := range httpjson.Shipped() {
		for _, fault := range []simulator.Fault{simulator.FaultCutBefore, simulator.FaultCutAfter} {
			t.Run(name+" "+string(fault), func(t *testing.T) {
				s := connect(t, name, nil)
				if _, err := s.source.Verify(t.Context(), ask(t, 1, s.needs[0])); err != nil { // leaves a connection to be used again
					t.Fatal(err)
				}
				s.SetDefault(simulator.Act{Fault: fault})
				if _, err := s.source.Verify(t.Context(), ask(t, 2, s.needs[0])); err == nil {
					t.Fatal("there was an answer")
				}
				if got := s.Totals().Arrived; got != 2 {
					t.Errorf("%d questions arrived, want 2", got)
				}
			})
		}
	}
}

func TestTemplate_LearnsAfterwardsWhatBecameOfAQuestion(t *testing.T) {
	s := connect(t, "template", nil)
	inquirer, ok := s.source.(source.Inquirer)
	if !ok {
		t.Fatal("it cannot be asked afterwards")
	}
	for i, c := range []struct {
		name    string
		act     simulator.Act
		arrived bool
		verdict quartet.Verdict
		charged quartet.Charged
	}{
		{"cut after a match", simulator.Act{Fault: simulator.FaultCutAfter}, true, quartet.Match, quartet.ChargedYes},
		{"cut after a card's state", simulator.Act{Verdict: quartet.Undetermined, Reason: quartet.ReasonCardLost, Fault: simulator.FaultCutAfter}, true, quartet.Undetermined, quartet.ChargedNo},
		{"malformed", simulator.Act{Verdict: quartet.Mismatch, Fault: simulator.FaultMalformed}, true, quartet.Mismatch, quartet.ChargedYes},
		{"no record", simulator.Act{Fault: simulator.FaultNoRecord}, true, quartet.NoVerdict, quartet.ChargedNo},
		{"failed", simulator.Act{Fault: simulator.FaultFailed}, true, quartet.NoVerdict, quartet.ChargedNo},
		{"cut before", simulator.Act{Fault: simulator.FaultCutBefore}, false, 0, 0},
		{"status 503", simulator.Act{Fault: simulator.FaultStatus503}, false, 0, 0},
		{"busy", simulator.Act{Fault: simulator.FaultBusy}, false, 0, 0},
		{"too late", simulator.Act{Delay: time.Hour}, true, quartet.Match, quartet.ChargedYes},
		{"hang", simulator.Act{Fault: simulator.FaultHang}, false, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Set(card(i+1), c.act)
			q := ask(t, i+1, quartet.NeedAll)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if _, err := s.source.Verify(ctx, q); err == nil {
				t.Fatal("there was an answer")
			}
			f, err := inquirer.Inquire(t.Context(), source.Inquiry{Order: q.Order, Need: q.Need, At: time.Now()})
			if err != nil || f.Arrived != c.arrived || f.Arrived && (f.Answer.Verdict != c.verdict || f.Answer.Charged != c.charged) {
				t.Errorf("got %+v and %v, want arrived %v, %v, charged %v", f, err, c.arrived, c.verdict, c.charged)
			}
		})
	}
	if got := s.Totals(); got.Inquired != 10 || got.Refused != 0 {
		t.Errorf("counted %+v", got)
	}
}

func TestTemplate_TestsWithThePersonWhoIsFree(t *testing.T) {
	s := connect(t, "template", nil)
	rehearser, ok := s.source.(source.Rehearser)
	if !ok {
		t.Fatal("it cannot rehearse")
	}
	raw, ok := rehearser.TestPerson()
	if !ok {
		t.Fatal("there is no test person")
	}
	e, f := quartet.Parse(raw, quartet.NeedAll, time.Now())
	if len(f.Reject) > 0 {
		t.Fatal(f.Reject)
	}
	answer, err := s.source.Verify(t.Context(), source.Query{Elements: e, Need: quartet.NeedAll, Order: order(1)})
	if err != nil || answer.Verdict != quartet.Match || answer.Charged != quartet.ChargedNo || s.Charged() != 0 {
		t.Errorf("got %+v and %v, charged %d", answer, err, s.Charged())
	}
}

func TestManifests_EachDialectHasItsManifest(t *testing.T) {
	var speak []string
	for _, name := range httpjson.Shipped() {
		speak = append(speak, dialectOf(name))
	}
	slices.Sort(speak)
	for _, dialect := range simulator.Dialects() {
		if dialect != "tencent" && dialect != "aliyun" && !slices.Contains(speak, dialect) { // these two have sources in code
			t.Errorf("no manifest speaks %s", dialect)
		}
	}
}
