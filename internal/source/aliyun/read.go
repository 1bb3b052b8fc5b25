package aliyun

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/wire"
)

// read makes an answer of what was received whole. Numbers may stand for texts.
func read(q source.Query, status int, said []byte) (source.Answer, error) {
	var body gjson.Result
	if gjson.ValidBytes(said) {
		body = gjson.ParseBytes(said)
	}
	code, number := body.Get("Code").String(), wire.Reference(q, body.Get("RequestId").String())
	switch {
	case code == "" && status != http.StatusOK: // of something in front of the cloud
		return wire.Meaning{Kind: source.Failed}.Answer("HTTP-"+strconv.Itoa(status), "")
	case status != http.StatusOK, strings.Trim(code, "0123456789") != "":
		return fault(status, code).Answer(wire.Code(q, code), number)
	case code != "200":
		m, ok := answers[code]
		if !ok {
			m = wire.Unknown
		}
		return m.Answer(wire.Code(q, code), number)
	}
	biz, sub := body.Get("ResultObject.BizCode").String(), body.Get("ResultObject.SubCode").String()
	m := meaning(q.Need, biz, sub)
	return m.Answer(wire.Code(q, strings.Trim(biz+"-"+sub, "-")), number)
}

// meaning is what a comparison came to. A SubCode that does not belong to its BizCode, or that
// nobody knows, is not understood, and charged as the BizCode says.
func meaning(need quartet.ElementSet, biz, sub string) wire.Meaning {
	m, ok := wire.Unknown, false
	unknown := wire.Unknown
	switch biz {
	case "1":
		m, ok = match[sub]
		unknown.Charged = quartet.ChargedYes
	case "2":
		m, ok = compared[sub]
		unknown.Charged = quartet.ChargedYes
	case "3":
		m, ok = notCompared[sub]
		unknown.Charged = quartet.ChargedNo
	}
	if !ok || !need.Has(m.Differs) { // nobody asked about the mobile
		return unknown
	}
	return m
}

// fault is what an error of the gateway means.
func fault(status int, code string) wire.Meaning {
	family, _, _ := strings.Cut(code, ".")
	for _, known := range []string{code, family} {
		if m, ok := faults[known]; ok {
			return m
		}
	}
	switch {
	case status >= http.StatusInternalServerError:
		return failed
	case strings.HasPrefix(code, "Missing"): // and the name of a parameter
		return malformed
	default:
		return wire.Unknown
	}
}
