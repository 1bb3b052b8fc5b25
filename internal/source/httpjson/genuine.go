package httpjson

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// genuine checks the signature of an answer. Without one, nothing in it counts.
func (r *reader) genuine(in reply, doc opened) bool {
	v := r.answer.Verify
	given := in.header.Get(v.Header)
	if v.At != "" {
		_, given, _ = doc.value(v.At)
	}
	signature, err := unwritten(v.As, given)
	if err != nil {
		return false
	}
	var text string
	switch v.Of {
	case "body":
		text = string(in.body)
	case "sorted":
		text = sortedPairs(doc.outer, v.At)
	default:
		_, single, ok := doc.value(v.Of)
		if !ok {
			return false
		}
		text = single
	}
	env := r.env()
	before, ok1 := v.Before.runText(env)
	after, ok2 := v.After.runText(env)
	return ok1 && ok2 && r.check([]byte(before+text+after), signature)
}

// sortedPairs writes the single values at the top of an answer as name=value, by name,
// without empty ones and without the signature.
func sortedPairs(doc []byte, without string) string {
	var pairs []string
	gjson.ParseBytes(doc).ForEach(func(name, value gjson.Result) bool {
		if name.Str != without && value.Type != gjson.Null && value.String() != "" {
			pairs = append(pairs, name.Str+"="+value.String())
		}
		return true
	})
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}
