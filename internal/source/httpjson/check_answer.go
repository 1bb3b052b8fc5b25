package httpjson

import (
	"regexp"
	"strings"
)

func (c *check) answer(path string, a *answer) {
	for i := range a.Status {
		c.status(index(path+".status", i), &a.Status[i])
	}
	if u := a.Unwrap; u != nil {
		if u.Path != "" {
			c.path(path+".unwrap.path", u.Path)
		}
		if len(u.Do) == 0 {
			c.faultf(path+".unwrap.do", "say how it is opened, such as from_base64; a text that is JSON is opened by |@fromstr| in a path")
		}
		c.steps(path+".unwrap.do", u.Do, true)
	}
	if a.Verify != nil {
		c.verify(path+".verify", a.Verify)
	}
	c.conditions(path+".success", a.Success)
	c.reading(path+".result", a.Result)
	c.reading(path+".detail", a.Detail)
	c.reading(path+".failure", a.Failure)
	if a.Failure != nil && len(a.Success) == 0 {
		c.faultf(path+".failure", "is read where success does not hold; say under success when it does")
	}
	c.charged(path+".charged", &a.Charged)
	for key, p := range map[string]string{"reference": a.Reference, "bank": a.Bank, "card_kind": a.CardKind} {
		if p != "" {
			c.path(path+"."+key, p)
		}
	}
}

func (c *check) status(path string, s *statusRule) {
	if len(s.Status) == 0 {
		c.faultf(path+".status", "list the HTTP statuses that it is about")
	}
	for _, code := range s.Status {
		if code < 200 || code > 599 {
			c.faultf(path+".status", "an HTTP status is from 200 to 599")
		}
	}
	if len(s.Contains) > 0 && s.Header == "" {
		c.faultf(path+".contains", "say in which header")
	}
	if s.Read == (s.Outcome.Is != "") {
		c.faultf(path, "say what the status means (means), or that its body is read as an answer (read: true)")
	}
	if s.Read {
		return
	}
	if wrong := s.Outcome.read(); wrong != "" {
		c.faultf(path+".means", "%s", wrong)
	} else if s.Outcome.meaning.kind == 0 {
		c.faultf(path+".means", "an HTTP status is no verdict; read the body, or name a failure")
	}
}

func (c *check) verify(path string, v *verify) {
	known, key := methodKnown(v.Method)
	switch {
	case !known:
		c.faultf(path+".method", "must be one of: %s", methodWords)
	case key:
		c.key(path+".key", v.Key)
	case v.Key != "":
		c.faultf(path+".key", "%s takes no key; put the secret into before or after", v.Method)
	}
	if v.As == "" {
		v.As = "hex"
	}
	if _, ok := written(v.As, nil); !ok {
		c.faultf(path+".as", "must be one of: %s", writtenWords)
	}
	if (v.At == "") == (v.Header == "") {
		c.faultf(path, "say where the signature stands: at, a path, or header")
	}
	if v.At != "" {
		c.path(path+".at", v.At)
	}
	switch v.Of {
	case "":
		c.faultf(path+".of", "say what is signed: body, sorted, or the path of a value")
	case "body":
		if v.At != "" {
			c.faultf(path+".of", "a body cannot hold its own signature; use sorted or a path")
		}
	case "sorted":
	default:
		c.path(path+".of", v.Of)
	}
	for name, e := range map[string]*expression{"before": &v.Before, "after": &v.After} {
		if e.given() {
			c.expression(path+"."+name, e, c.scopes.base(), true)
		}
	}
}

func (c *check) conditions(path string, list []condition) {
	for i, one := range list {
		c.path(index(path, i)+".path", one.Path)
		if len(one.Is) == 0 {
			c.faultf(index(path, i)+".is", "list the values that it has then")
		}
	}
}

func (c *check) reading(path string, r *reading) {
	if r == nil {
		return
	}
	c.path(path+".path", r.Path)
	if r.Split != nil && (r.Split.By == "" || r.Split.Take < 0) {
		c.faultf(path+".split", "say at which text it is split (by), and which piece is taken (take), from 0")
	}
	if len(r.Table)+len(r.Needs) == 0 {
		c.faultf(path+".table", "say what the values mean")
	}
	c.outcomes(path+".table", r.Table)
	for set, table := range r.Needs {
		if _, ok := elementSet(set); !ok {
			c.faultf(path+".needs."+set, "must be elements joined by +, the card among them, such as name+id+card")
		}
		c.outcomes(path+".needs."+set, table)
	}
}

func (c *check) outcomes(path string, table map[string]outcome) {
	for value, o := range table {
		if wrong := o.read(); wrong != "" {
			c.faultf(join(path, value), "%s", wrong)
		}
		table[value] = o
	}
}

func (c *check) charged(path string, p *charged) {
	if (p.Path == "") != (len(p.Yes)+len(p.No) == 0) {
		c.faultf(path, "path goes with the values that mean charged (yes) and not charged (no)")
	}
	if p.Path != "" {
		c.path(path+".path", p.Path)
	}
	for key, text := range map[string]string{"match": p.Match, "mismatch": p.Mismatch, "undetermined": p.Undetermined, "failures": p.Failures} {
		if _, _, ok := chargedWord(text); !ok {
			c.faultf(path+"."+key, "must be yes, no or unknown")
		}
	}
}

// path checks the path of a value in an answer: names joined by dots, |@fromstr| where a
// text holds JSON.
func (c *check) path(key, path string) {
	if path == "" {
		c.faultf(key, "give the path of a value in the answer, such as data.result")
		return
	}
	for part := range strings.SplitSeq(path, fromString) {
		if !regexp.MustCompile(`^[\p{L}\p{N}_:-][\p{L}\p{N}_.:\-]*$`).MatchString(part) || strings.HasSuffix(part, ".") || strings.Contains(part, "..") {
			c.faultf(key, "a path is names joined by dots, such as data.result or list.0.code, with |@fromstr| behind a text that holds JSON")
			return
		}
	}
}
