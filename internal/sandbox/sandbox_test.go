package sandbox_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"quartet"
	"quartet/internal/sandbox"
	"quartet/internal/web"
)

// missing tells which of want no row answers with.
func missing[T comparable](want []T, of func(sandbox.Outcome) T) []T {
	var none []T
	for _, w := range want {
		if !slices.ContainsFunc(sandbox.Rows(), func(r sandbox.Row) bool { return of(r.Outcome) == w }) {
			none = append(none, w)
		}
	}
	return none
}

// reasons reads the constants of type Reason out of the vocabulary, so that a new one is
// not forgotten here.
func reasons(t *testing.T) []quartet.Reason {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../verdict.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var list []quartet.Reason
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, quartet.Reason(value))
		return true
	})
	if len(list) < 10 {
		t.Fatalf("read only %q", list)
	}
	return list
}

func TestTable_GivesEveryCode(t *testing.T) {
	var codes []quartet.Code
	for _, c := range quartet.Codes() {
		codes = append(codes, c.Code)
	}
	if none := missing(codes, func(o sandbox.Outcome) quartet.Code { return o.Code }); len(none) > 0 {
		t.Errorf("no card gives %v", none)
	}
}

func TestTable_GivesEveryVerdictAndReason(t *testing.T) {
	verdicts := []quartet.Verdict{quartet.Match, quartet.Mismatch, quartet.Undetermined}
	if none := missing(verdicts, func(o sandbox.Outcome) quartet.Verdict { return o.Verdict }); len(none) > 0 {
		t.Errorf("no card gives %v", none)
	}
	if none := missing(reasons(t), func(o sandbox.Outcome) quartet.Reason { return o.Reason }); len(none) > 0 {
		t.Errorf("no card gives %q", none)
	}
}

func TestTable_GivesEveryElementThatDiffersAndAllTogether(t *testing.T) {
	const all = quartet.NeedName | quartet.NeedID | quartet.NeedMobile
	sets := []quartet.ElementSet{quartet.NeedName, quartet.NeedID, quartet.NeedMobile, all}
	if none := missing(sets, func(o sandbox.Outcome) quartet.ElementSet { return o.Differs }); len(none) > 0 {
		t.Errorf("no card gives %v", none)
	}
}

func TestTable_GivesEveryGatewayAnswer(t *testing.T) {
	if none := missing(web.Gateways(), func(o sandbox.Outcome) web.Gateway { return o.Gateway }); len(none) > 0 {
		t.Errorf("no card gives %v", none)
	}
}

func TestTable_KeepsCallersWaitingShortAndLong(t *testing.T) {
	delays := []time.Duration{time.Second, 5 * time.Second, 30 * time.Second}
	if none := missing(delays, func(o sandbox.Outcome) time.Duration { return o.Delay }); len(none) > 0 {
		t.Errorf("no card answers after %v", none)
	}
}

func TestOutcomes_AreWholeAndOfOneKind(t *testing.T) {
	for _, r := range sandbox.Rows() {
		o := r.Outcome
		if (o.Gateway == web.NoGateway) != o.Code.Valid() {
			t.Errorf("%s is both or neither of a code and a gateway answer", r.Card)
		}
		if (o.Verdict != quartet.NoVerdict) != (o.Code == quartet.CodeOK) {
			t.Errorf("%s: code %s with verdict %s", r.Card, o.Code, o.Verdict)
		}
		if throttled := o.Gateway.Text().Status == 429; throttled != (o.RetryAfter >= time.Second) {
			t.Errorf("%s: %s", r.Card, o)
		}
		if r.Meaning == "" || r.MeaningZH == "" || !strings.ContainsFunc(r.MeaningZH, func(c rune) bool { return c > 0x7f }) {
			t.Errorf("%s is not explained in both languages", r.Card)
		}
	}
}

func TestWrongSignature_ShowsAStringToSignOfNobody(t *testing.T) {
	for _, r := range sandbox.Rows() {
		rest, shown := strings.CutPrefix(r.Outcome.Message, web.SignatureMessage)
		if shown != (r.Outcome.Gateway == web.WrongSignature) {
			t.Errorf("%s: the message is %q", r.Card, r.Outcome.Message)
		}
		if shown && (!strings.HasPrefix(rest, "`POST#") || !strings.HasSuffix(rest, "name=NAME`") || strings.ContainsAny(rest, "\r\n")) {
			t.Errorf("it shows %q", rest)
		}
	}
}

func TestCards_AreRightAndNobodys(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range sandbox.Rows() {
		card, warn, rej := quartet.ParseCard(r.Card)
		switch {
		case rej != nil || card.Reveal() != r.Card || len(r.Card) != 19:
			t.Errorf("%s breaks the rule of cards", r.Card)
		case !slices.Equal(warn, []quartet.Warning{quartet.WarnBINUnknown}):
			t.Errorf("%s: doubts %v; its Luhn digit must fit and its issuer must not exist", r.Card, warn)
		case seen[r.Card]:
			t.Errorf("%s comes twice", r.Card)
		}
		seen[r.Card] = true
	}
}

// The digits in the middle are what people remember: they are pinned for good.
func TestCards_CanBeRead(t *testing.T) {
	for middle, want := range map[string]string{
		"0000001": "state 1", "0000002": "state 2", "0000003": "state 3",
		"0002100": "state 2, holder_mismatch: name",
		"0002001": "state 2, mobile_mismatch: mobile",
		"0002111": "state 2, holder_mismatch: name, idcard, mobile",
		"0003001": "state 3, card_lost", "0003006": "state 3, issuer_refused",
		"0010007": "10007", "0010015": "10015", "1010003": "10003, unresolved",
		"4031317": "403 B403MQ", "4000935": "400 I400I5",
		"4291601": "429 T429PA, Retry-After: 1",
		"9000005": "state 1 after 5s",
	} {
		digits := "62000000000" + middle
		if got := find(t, digits+string(quartet.LuhnDigit(digits))); got.String() != want {
			t.Errorf("%s answers %s, not %s", middle, got, want)
		}
	}
}

func TestFind_KnowsEveryCardHoweverItIsTyped(t *testing.T) {
	for _, r := range sandbox.Rows() {
		typed := " " + r.Card[:4] + "-" + r.Card[4:8] + " " + r.Card[8:]
		if got := find(t, typed); got != r.Outcome {
			t.Errorf("%s is found as %s, not %s", r.Card, got, r.Outcome)
		}
	}
}

func TestFind_HasNoRecordOfOtherCards(t *testing.T) {
	for _, card := range []string{"6200000000000000000", "6212262703560104793", "620000000000"} {
		if got := find(t, card); got != (sandbox.Outcome{Code: quartet.CodeNoRecord}) {
			t.Errorf("%s answers %s", card, got)
		}
	}
	if got := sandbox.Find(quartet.Card{}); got.Code != quartet.CodeNoRecord {
		t.Errorf("no card answers %s", got)
	}
}

func TestRows_CannotBeChangedFromOutside(t *testing.T) {
	sandbox.Rows()[0].Outcome.Code = quartet.CodeInternal
	if first := sandbox.Rows()[0]; first.Outcome.Code != quartet.CodeOK {
		t.Errorf("the first row answers %s", first.Outcome)
	}
}

func find(t *testing.T, card string) sandbox.Outcome {
	t.Helper()
	c, rej := quartet.NormalizeCard(card)
	if rej != nil {
		t.Fatal(rej.Message)
	}
	return sandbox.Find(c)
}
