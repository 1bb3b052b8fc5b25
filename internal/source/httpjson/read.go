package httpjson

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"

	"quartet"
	"quartet/internal/source"
)

// fromString is what a path has behind a text that holds JSON.
const fromString = "|@fromstr|"

// reader reads answers as a manifest says.
type reader struct {
	answer *answer
	open   transform
	check  checker
	env    func() map[string]any // of before and after
}

func (b *binding) reader(a *answer, env func() map[string]any) (*reader, error) {
	r := &reader{answer: a, env: env}
	if a.Unwrap != nil {
		open, err := b.steps(a.Unwrap.Do)
		if err != nil {
			return nil, err
		}
		r.open = open
	}
	if v := a.Verify; v != nil {
		raw, _ := b.raw(v.Key)
		check, wrong := newChecker(v.Method, b.values[v.Key], raw)
		if wrong != "" {
			return nil, unfit(v.Key, "has a wrong %s: it %s", v.Key, wrong)
		}
		r.check = check
	}
	return r, nil
}

// finding is what an answer comes to.
type finding struct {
	meaning

	arrived         bool // false: the supplier never got the question
	settled         bool // the meaning is about the question, not about an inquiry into it
	code, reference string
	bank, cardKind  string
	wrong           string // why it was not understood
}

// notUnderstood is never a verdict, and nobody knows whether it is charged.
func notUnderstood(why string) finding {
	return finding{arrived: true, meaning: meaning{kind: source.NotUnderstood}, wrong: why}
}

// read reads an answer: to a question, or to an inquiry into one.
func (r *reader) read(in reply, need quartet.ElementSet, into *inquiry) finding {
	f, done := r.status(in)
	if done {
		return f
	}
	if len(in.body) > maxAnswer {
		return notUnderstood("the answer is longer than 1 MiB")
	}
	doc, why := r.openAnswer(in)
	if why != "" {
		return notUnderstood(why)
	}
	a := r.answer
	f = finding{arrived: true, settled: true}
	switch {
	case into != nil && doc.all(into.NotArrived):
		return finding{}
	case len(a.Success) > 0 && !doc.all(a.Success):
		f.settled = false
		f.meaning, f.code, f.wrong = doc.mean(a.Failure, need, false)
		if f.code == "" {
			_, f.code, _ = doc.value(a.Success[0].Path)
		}
	case a.Result == nil:
		return notUnderstood("the manifest does not say where the verdict stands")
	default:
		f.meaning, f.code, f.wrong = doc.mean(a.Result, need, false)
		if a.Detail != nil && f.wrong == "" {
			f.refine(doc, a.Detail, need)
		}
	}
	if into != nil && len(into.Arrived) > 0 {
		f.settled = doc.all(into.Arrived)
	}
	f.judge(need)
	f.price(doc, &a.Charged)
	if a.Reference != "" {
		_, f.reference, _ = doc.value(a.Reference)
	}
	if f.verdict != quartet.NoVerdict {
		if a.Bank != "" {
			_, f.bank, _ = doc.value(a.Bank)
		}
		if a.CardKind != "" {
			_, f.cardKind, _ = doc.value(a.CardKind)
		}
	}
	return f
}

// status reads an answer by its HTTP status. done: its body says nothing more.
func (r *reader) status(in reply) (f finding, done bool) {
	for _, rule := range r.answer.Status {
		if !slices.Contains(rule.Status, in.status) {
			continue
		}
		value := in.header.Get(rule.Header)
		if rule.Header != "" && (value == "" || len(rule.Contains) > 0 && !slices.ContainsFunc(rule.Contains, func(text string) bool {
			return strings.Contains(strings.ToLower(value), strings.ToLower(text))
		})) {
			continue
		}
		if value == "" {
			value = statusCode(in.status)
		}
		return finding{arrived: true, meaning: rule.Outcome.meaning, code: value}, !rule.Read
	}
	f = finding{arrived: true, code: statusCode(in.status)}
	switch {
	case in.status >= 200 && in.status <= 299:
		return f, false
	case slices.Contains([]int{401, 402, 403, 407, 429}, in.status): // our account with it, most likely
		f.kind = source.Busy
	case in.status >= 500:
		f.kind = source.Failed
	default:
		f.kind, f.wrong = source.NotUnderstood, "nothing says what the HTTP status means"
	}
	return f, true
}

func statusCode(status int) string {
	return "HTTP " + string([]byte{'0' + byte(status/100%10), '0' + byte(status/10%10), '0' + byte(status%10)})
}

// opened is an answer that is JSON, and what was wrapped in it.
type opened struct {
	outer, inner []byte
	at           string // where the inner one stood
}

func (r *reader) openAnswer(in reply) (doc opened, why string) {
	text := bytes.TrimPrefix(in.body, []byte("\xef\xbb\xbf"))
	u := r.answer.Unwrap
	if u != nil && u.Path == "" {
		open, err := r.open(text)
		if err != nil {
			return doc, "the answer cannot be opened"
		}
		text = open
	}
	if !strict(text) {
		return doc, "the answer is not JSON, or not unambiguous"
	}
	doc.outer = text
	if r.check != nil && !r.genuine(in, doc) {
		return doc, "the answer's signature is missing or wrong"
	}
	if u != nil && u.Path != "" {
		doc.at = u.Path
		if there, wrapped, ok := doc.value(u.Path); there && ok && wrapped != "" {
			open, err := r.open([]byte(wrapped))
			if err != nil || !strict(open) {
				return doc, "what is wrapped in the answer cannot be opened"
			}
			doc.inner = open
		}
	}
	return doc, ""
}

// strict reports whether a text is one JSON value that has one reading: a name that is given
// twice could be read as one verdict here and as another elsewhere. The text of messages may
// be of another encoding.
func strict(text []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowInvalidUTF8(true))
	if _, err := d.ReadValue(); err != nil {
		return false
	}
	_, err := d.ReadToken()
	return errors.Is(err, io.EOF)
}

// value is the text of a single value: numbers, texts and booleans are alike. ok: it is
// there and single; null counts as not there.
func (d *opened) value(path string) (there bool, text string, ok bool) {
	doc := d.outer
	if d.at != "" {
		if rest, inside := strings.CutPrefix(path, d.at+"."); inside {
			if d.inner == nil {
				return false, "", false
			}
			doc, path = d.inner, rest
		}
	}
	parts := strings.Split(path, fromString)
	var v gjson.Result
	for i, part := range parts {
		if v = gjson.GetBytes(doc, part); i == len(parts)-1 {
			break
		}
		if v.Type != gjson.String || v.Str == "" {
			return v.Type == gjson.JSON, "", false
		}
		if doc = []byte(v.Str); !strict(doc) {
			return true, "", false
		}
	}
	switch v.Type {
	case gjson.String:
		return true, strings.TrimSpace(v.Str), true
	case gjson.Number:
		return true, v.Raw, true
	case gjson.True, gjson.False:
		return true, v.Raw, true
	case gjson.JSON:
		return true, "", false
	default:
		return false, "", false
	}
}

func (d *opened) all(list []condition) bool {
	return !slices.ContainsFunc(list, func(c condition) bool {
		_, text, ok := d.value(c.Path)
		return !ok || !slices.Contains(c.Is, text)
	})
}

// mean looks a value up. An optional one that is not there means nothing, and is no fault.
// Where each set of elements has a table of its own, an unknown one (0) has none.
func (d *opened) mean(r *reading, need quartet.ElementSet, optional bool) (m meaning, code, wrong string) {
	if r == nil {
		return meaning{kind: source.NotUnderstood}, "", "the manifest does not say what a failure means"
	}
	there, code, ok := d.value(r.Path)
	if optional && (!there || ok && code == "") {
		return meaning{}, "", ""
	}
	if !ok {
		return meaning{kind: source.NotUnderstood}, "", "the answer has no " + r.Path
	}
	if r.Split != nil {
		pieces := strings.Split(code, r.Split.By)
		if code = ""; r.Split.Take < len(pieces) {
			code = strings.TrimSpace(pieces[r.Split.Take])
		}
	}
	table := r.Table
	if need == 0 && len(r.Needs) > 0 {
		table = nil
	}
	for text, own := range r.Needs {
		if set, _ := elementSet(text); set == need {
			table = own
		}
	}
	o, known := table[code]
	if !known {
		return meaning{kind: source.NotUnderstood}, code, "nothing says what the value of " + r.Path + " means"
	}
	return o.meaning, code, ""
}

// refine lets a detail say more than the result: which element differs, or that the card's
// state forbids a comparison. It never makes a match of anything else, nor anything else of
// a match.
func (f *finding) refine(doc opened, r *reading, need quartet.ElementSet) {
	m, code, wrong := doc.mean(r, need, true)
	switch {
	case m == (meaning{}):
	case wrong != "":
		*f = finding{arrived: true, settled: true, meaning: m, code: code, wrong: wrong}
	case (m.verdict == quartet.Match) != (f.verdict == quartet.Match):
		*f = finding{arrived: true, settled: true, meaning: meaning{kind: source.NotUnderstood}, code: code, wrong: "result and detail contradict each other"}
	default:
		if !m.priced {
			m.charged, m.priced = f.charged, f.priced
		}
		f.meaning, f.code = m, code
	}
}

// judge holds a mismatch to what was asked: that something differs which nobody asked about
// cannot be true. What was asked is not known (0) to some inquiries, which give no verdict.
func (f *finding) judge(need quartet.ElementSet) {
	if f.verdict != quartet.Mismatch || f.differs == 0 || need == 0 {
		return
	}
	if f.differs &= need; f.differs == 0 {
		*f = finding{arrived: true, settled: true, meaning: meaning{kind: source.NotUnderstood}, code: f.code, wrong: "an element is said to differ that was not asked about"}
		return
	}
	f.reason = quartet.MismatchReason(f.differs)
}

// price tells whether the question is charged: by the answer's own word first, then by the
// code, then by the rule for verdicts; otherwise nobody knows. What is charged was processed,
// whatever else is said of it: nobody else is asked.
func (f *finding) price(doc opened, p *charged) {
	defer func() { f.retry = f.retry && f.charged != quartet.ChargedYes }()
	if p.Path != "" {
		if _, text, ok := doc.value(p.Path); ok {
			switch {
			case slices.Contains(p.Yes, text):
				f.charged = quartet.ChargedYes
			case slices.Contains(p.No, text):
				f.charged = quartet.ChargedNo
			default:
				f.charged = quartet.ChargedUnknown
			}
			return
		}
	}
	if f.priced || f.wrong != "" {
		return
	}
	rule := map[quartet.Verdict]string{
		quartet.Match: p.Match, quartet.Mismatch: p.Mismatch, quartet.Undetermined: p.Undetermined, quartet.NoVerdict: p.Failures,
	}[f.verdict]
	f.charged, _, _ = chargedWord(rule)
}
