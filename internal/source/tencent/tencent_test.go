package tencent_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"quartet"
	"quartet/internal/simulator"
	"quartet/internal/source"
	"quartet/internal/source/sourcetest"
	"quartet/internal/source/tencent"
	"quartet/internal/source/wire"
)

// card gives an invented card of sixteen digits with its check digit.
func card(n int) string {
	digits := fmt.Sprintf("62000000%07d", n)
	return digits + string(quartet.LuhnDigit(digits))
}

// ask is a question about the one invented person and her n-th card.
func ask(t *testing.T, need quartet.ElementSet, n int) source.Query {
	t.Helper()
	e, findings := quartet.Parse(quartet.Raw{Name: "测试甲", ID: "110101199003070011", Card: card(n), Mobile: "13900000001"},
		quartet.NeedAll, time.Now())
	if findings.Reject != nil {
		t.Fatal(findings.Reject)
	}
	return source.Query{Elements: e, Need: need, Order: "4XU29Z4D1704061618"}
}

// cloud is a simulated cloud and a source that asks it.
type cloud struct {
	*simulator.Server

	source  *tencent.Source
	url     string
	secrets map[string]string
}

// invented makes the credentials of all tests, whose key pairs take their time.
var invented = sync.OnceValues(func() (map[string]string, error) { return simulator.Invent("tencent") })

func invent(t *testing.T) map[string]string {
	t.Helper()
	secrets, err := invented()
	if err != nil {
		t.Fatal(err)
	}
	return secrets
}

// start serves the cloud; more is added to the source's settings.
func start(t *testing.T, script simulator.Script, more string) *cloud {
	t.Helper()
	secrets := invent(t)
	s, err := simulator.New("tencent", script, secrets)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c := &cloud{Server: s, url: server.URL, secrets: secrets}
	c.source = newSource(t, "endpoint: "+server.URL+"\n"+more, secrets)
	return c
}

func newSource(t *testing.T, settings string, secrets map[string]string) *tencent.Source {
	t.Helper()
	s, err := tencent.New([]byte(settings), keyOf(secrets), tencent.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// keyOf leaves out what only the cloud holds.
func keyOf(secrets map[string]string) map[string]string {
	return map[string]string{"secret_id": secrets["secret_id"], "secret_key": secrets["secret_key"]}
}

// failure insists that a question fails.
func failure(t *testing.T, s source.Source, q source.Query) *source.Error {
	t.Helper()
	answer, err := s.Verify(t.Context(), q)
	e, ok := errors.AsType[*source.Error](err)
	if !ok {
		t.Fatalf("got %+v and %v, want a failure", answer, err)
	}
	return e
}

// The script of the law, by number of card.
const (
	match = iota
	mismatch
	holderDiffers
	lost
	expired
	restricted
	notEnabled
	dormant
	rejected
	unsupported
	frequency
	busy
	exhausted
	rateLimited
	failed
	unknownCode
	malformed
	status502
	cutBefore
	cutAfter
	hang
)

func script() simulator.Script {
	undetermined := func(r quartet.Reason) simulator.Act {
		return simulator.Act{Verdict: quartet.Undetermined, Reason: r}
	}
	acts := map[int]simulator.Act{
		match: {}, mismatch: {Verdict: quartet.Mismatch, Reason: quartet.ReasonMobileMismatch},
		holderDiffers: {Verdict: quartet.Mismatch, Reason: quartet.ReasonHolderMismatch},
		lost:          undetermined(quartet.ReasonCardLost), expired: undetermined(quartet.ReasonCardExpired),
		restricted: undetermined(quartet.ReasonCardRestricted), notEnabled: undetermined(quartet.ReasonNotEnabled),
		dormant:  undetermined(quartet.ReasonDormant),
		rejected: {Fault: simulator.FaultRejected}, unsupported: {Fault: simulator.FaultUnsupported},
		frequency: {Fault: simulator.FaultFrequency}, busy: {Fault: simulator.FaultBusy},
		exhausted: {Fault: simulator.FaultExhausted}, rateLimited: {Fault: simulator.FaultRateLimited},
		failed: {Fault: simulator.FaultFailed}, unknownCode: {Fault: simulator.FaultUnknownCode},
		malformed: {Fault: simulator.FaultMalformed}, status502: {Fault: simulator.FaultStatus502},
		cutBefore: {Fault: simulator.FaultCutBefore}, cutAfter: {Fault: simulator.FaultCutAfter},
		hang: {Fault: simulator.FaultHang},
	}
	s := simulator.Script{Cards: map[string]simulator.Act{}}
	for n, act := range acts {
		s.Cards[card(n)] = act
	}
	return s
}

func TestTencent_ObeysTheLawOfSources(t *testing.T) {
	for _, need := range []quartet.ElementSet{wire.Two, wire.Three, wire.Four} {
		t.Run(need.String(), func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Subject { return subject(t, need) })
		})
	}
}

func subject(t *testing.T, need quartet.ElementSet) sourcetest.Subject {
	c := start(t, script(), "")
	q := func(n int) source.Query { return ask(t, need, n) }
	if _, err := c.source.Verify(t.Context(), q(match)); err != nil { // so that a connection is there
		t.Fatal(err)
	}
	verdict := func(n int, v quartet.Verdict, r quartet.Reason) sourcetest.Case {
		return sourcetest.Case{Name: fmt.Sprint(v, " ", r), Query: q(n), Verdict: v, Reason: r}
	}
	fault := func(n int, k source.Kind) sourcetest.Case {
		return sourcetest.Case{Name: fmt.Sprint(n, " ", k), Query: q(n), Kind: k, Sent: true}
	}
	mobile := verdict(mismatch, quartet.Mismatch, quartet.ReasonNone) // the cloud does not say what differs
	if need != wire.Four {
		mobile.Verdict = quartet.Match
	}
	dead := newSource(t, "endpoint: "+nobody(t), c.secrets)
	return sourcetest.Subject{Source: c.source, Dead: dead, Hanging: c.source, Hang: q(hang), Cases: []sourcetest.Case{
		verdict(match, quartet.Match, ""), mobile, verdict(holderDiffers, quartet.Mismatch, quartet.ReasonHolderMismatch),
		verdict(lost, quartet.Undetermined, quartet.ReasonCardLost), verdict(expired, quartet.Undetermined, quartet.ReasonCardExpired),
		verdict(restricted, quartet.Undetermined, quartet.ReasonCardRestricted), verdict(notEnabled, quartet.Undetermined, quartet.ReasonNotEnabled),
		verdict(dormant, quartet.Undetermined, quartet.ReasonDormant),
		fault(rejected, source.Rejected), fault(unsupported, source.Unsupported), fault(frequency, source.Frequency),
		fault(busy, source.Busy), fault(exhausted, source.Busy), fault(rateLimited, source.Busy), fault(failed, source.Failed),
		fault(unknownCode, source.NotUnderstood), fault(malformed, source.NotUnderstood), fault(status502, source.Failed),
		fault(cutBefore, source.Failed), fault(cutAfter, source.Failed),
	}}
}

// nobody is an address on which nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(nil)
	server.Close()
	return server.URL
}

func TestTencent_KnowsThatNothingLeft(t *testing.T) {
	c := start(t, script(), "")
	none := newSource(t, "endpoint: "+nobody(t), c.secrets)
	if e := failure(t, none, ask(t, wire.Four, match)); e.Kind != source.Unreachable || e.Sent || e.Charged != quartet.ChargedNo {
		t.Errorf("got %+v, want unreachable, not sent, not charged", e)
	}
}

func TestTencent_KnowsWhatItIsCharged(t *testing.T) {
	c := start(t, script(), "")
	unknown := map[int]bool{failed: true, unknownCode: true, malformed: true, status502: true, cutBefore: true, cutAfter: true}
	for n := range hang {
		for range 2 { // some faults have two forms
			before := c.Charged()
			answer, err := c.source.Verify(t.Context(), ask(t, wire.Four, n))
			charged := answer.Charged
			if e, ok := errors.AsType[*source.Error](err); ok {
				charged = e.Charged
			}
			want := quartet.ChargedNo
			switch {
			case unknown[n]:
				want = quartet.ChargedUnknown
			case c.Charged() > before:
				want = quartet.ChargedYes
			}
			if charged != want {
				t.Errorf("card %d: charged %v by the source's word, %v by the cloud's book (%v)", n, charged, want, err)
			}
		}
	}
}

func TestTencent_TellsTheCloudsNumber(t *testing.T) {
	c := start(t, script(), "")
	answer, err := c.source.Verify(t.Context(), ask(t, wire.Four, match))
	lines := c.Lines(time.Now())
	if err != nil || len(lines) != 1 || answer.Reference != lines[0].Reference || answer.Code != "0" {
		t.Errorf("got %+v, %v; the book has %+v", answer, err, lines)
	}
	if e := failure(t, c.source, ask(t, wire.Four, frequency)); e.Reference != c.Lines(time.Now())[1].Reference || e.Code != "-19" {
		t.Errorf("got %+v", e)
	}
}

func TestTencent_AsksNobodyOutsideItsScope(t *testing.T) {
	c := start(t, script(), "elements: [4]")
	number := "81000019900307001"
	permit, _ := quartet.Parse(quartet.Raw{
		Name: "测试甲", ID: number + string(quartet.IDCheckDigit(number)), Card: card(match), Mobile: "13900000001",
	}, quartet.NeedAll, time.Now())
	if permit.ID.Type() != quartet.IDPermitHK {
		t.Fatalf("the permit is a %q", permit.ID.Type())
	}
	for name, q := range map[string]source.Query{
		"elements that were not ordered": ask(t, wire.Two, match),
		"elements that nobody offers":    ask(t, quartet.NeedCard|quartet.NeedMobile, match),
		"another certificate":            {Elements: permit, Need: wire.Four},
	} {
		if e := failure(t, c.source, q); e.Kind != source.Unsupported || e.Sent || e.Charged != quartet.ChargedNo {
			t.Errorf("%s: got %+v", name, e)
		}
	}
	if c.Totals().Arrived != 0 {
		t.Error("something was sent")
	}
	if scope := c.source.Scope(); len(scope.Needs) != 1 || scope.Needs[0] != wire.Four || len(scope.IDTypes) != 1 {
		t.Errorf("the scope is %+v", scope)
	}
}

func TestTencent_IsRefusedWithAWrongSecret(t *testing.T) {
	c := start(t, script(), "")
	for slot, code := range map[string]string{"secret_id": "AuthFailure.SecretIdNotFound", "secret_key": "AuthFailure.SignatureFailure"} {
		wrong := keyOf(c.secrets)
		wrong[slot] = "wrong-" + wrong[slot]
		e := failure(t, newSource(t, "endpoint: "+c.url, wrong), ask(t, wire.Four, match))
		if e.Code != code || e.Kind != source.Failed || !e.Retry || e.Charged != quartet.ChargedNo {
			t.Errorf("%s: got %+v, want %s", slot, e, code)
		}
		for _, secret := range wrong {
			if strings.Contains(fmt.Sprintf("%+v %#v", e, e), secret) {
				t.Errorf("%s: the failure shows a secret", slot)
			}
		}
	}
	if c.Asked() != 0 {
		t.Error("a question passed")
	}
}

func TestTencent_GivesUpByItself(t *testing.T) {
	c := start(t, script(), "timeout: 200ms")
	if e := failure(t, c.source, ask(t, wire.Four, hang)); e.Kind != source.Timeout || !errors.Is(e, context.DeadlineExceeded) {
		t.Errorf("got %+v, want a timeout", e)
	}
}
