package aliyun_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/simulator"
	"quartet/internal/source"
	"quartet/internal/source/aliyun"
	"quartet/internal/source/sourcetest"
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

	source  *aliyun.Source
	url     string
	secrets map[string]string
}

// start serves the cloud; more is added to the source's settings.
func start(t *testing.T, script simulator.Script, more string) *cloud {
	t.Helper()
	secrets, err := simulator.Invent("aliyun")
	if err != nil {
		t.Fatal(err)
	}
	s, err := simulator.New("aliyun", script, secrets)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c := &cloud{Server: s, url: server.URL, secrets: secrets}
	c.source = newSource(t, "endpoints: ["+server.URL+"]\n"+more, secrets)
	return c
}

func newSource(t *testing.T, settings string, secrets map[string]string) *aliyun.Source {
	t.Helper()
	s, err := aliyun.New([]byte(settings), secrets, aliyun.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
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
	issuerRefused
	rejected
	noRecord
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
		dormant:       undetermined(quartet.ReasonDormant),
		issuerRefused: undetermined(quartet.ReasonIssuerRefused), noRecord: {Fault: simulator.FaultNoRecord},
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

func TestAliyun_ObeysTheLawOfSources(t *testing.T) {
	for _, c := range []struct {
		need     quartet.ElementSet
		settings string
	}{{wire.Two, ""}, {wire.Three, ""}, {wire.Four, ""}, {wire.Four, "param_type: md5"}} {
		t.Run(c.need.String()+" "+c.settings, func(t *testing.T) {
			sourcetest.Run(t, func(t *testing.T) sourcetest.Subject { return subject(t, c.need, c.settings) })
		})
	}
}

func subject(t *testing.T, need quartet.ElementSet, settings string) sourcetest.Subject {
	c := start(t, script(), settings)
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
	mobile := verdict(mismatch, quartet.Mismatch, quartet.ReasonMobileMismatch)
	mobile.Differs = quartet.NeedMobile
	if need != wire.Four {
		mobile = verdict(mismatch, quartet.Match, "")
	}
	dead := newSource(t, "endpoints: ["+nobody(t)+"]\n"+settings, c.secrets)
	return sourcetest.Subject{Source: c.source, Dead: dead, Hanging: c.source, Hang: q(hang), Cases: []sourcetest.Case{
		verdict(match, quartet.Match, ""), mobile, verdict(holderDiffers, quartet.Mismatch, quartet.ReasonHolderMismatch),
		verdict(lost, quartet.Undetermined, quartet.ReasonCardLost), verdict(expired, quartet.Undetermined, quartet.ReasonCardExpired),
		verdict(restricted, quartet.Undetermined, quartet.ReasonCardRestricted), verdict(notEnabled, quartet.Undetermined, quartet.ReasonNotEnabled),
		verdict(dormant, quartet.Undetermined, quartet.ReasonDormant), verdict(issuerRefused, quartet.Undetermined, quartet.ReasonIssuerRefused),
		fault(noRecord, source.NoRecord),
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

func TestAliyun_KnowsThatNothingLeft(t *testing.T) {
	c := start(t, script(), "")
	none := newSource(t, "endpoints: ["+nobody(t)+"]", c.secrets)
	if e := failure(t, none, ask(t, wire.Four, match)); e.Kind != source.Unreachable || e.Sent || e.Charged != quartet.ChargedNo {
		t.Errorf("got %+v, want unreachable, not sent, not charged", e)
	}
}

func TestAliyun_KnowsWhatItIsCharged(t *testing.T) {
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

func TestAliyun_TellsTheCloudsNumber(t *testing.T) {
	c := start(t, script(), "")
	answer, err := c.source.Verify(t.Context(), ask(t, wire.Four, match))
	lines := c.Lines(time.Now())
	if err != nil || len(lines) != 1 || answer.Reference != lines[0].Reference || answer.Code != "1-101" {
		t.Errorf("got %+v, %v; the book has %+v", answer, err, lines)
	}
	if e := failure(t, c.source, ask(t, wire.Four, frequency)); e.Reference != c.Lines(time.Now())[1].Reference || e.Code != "3-306" {
		t.Errorf("got %+v", e)
	}
}

func TestAliyun_AsksNobodyOutsideItsScope(t *testing.T) {
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

func TestAliyun_IsRefusedWithAWrongSecret(t *testing.T) {
	c := start(t, script(), "")
	for slot, code := range map[string]string{"access_key_id": "InvalidAccessKeyId.NotFound", "access_key_secret": "SignatureDoesNotMatch"} {
		wrong := maps.Clone(c.secrets)
		wrong[slot] = "wrong-" + wrong[slot]
		e := failure(t, newSource(t, "endpoints: ["+c.url+"]", wrong), ask(t, wire.Four, match))
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

func TestAliyun_GivesUpByItself(t *testing.T) {
	c := start(t, script(), "timeout: 200ms")
	if e := failure(t, c.source, ask(t, wire.Four, hang)); e.Kind != source.Timeout || !errors.Is(e, context.DeadlineExceeded) {
		t.Errorf("got %+v, want a timeout", e)
	}
}
