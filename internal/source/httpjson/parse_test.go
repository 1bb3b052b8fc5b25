package httpjson_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"quartet"
	"quartet/internal/source/httpjson"
)

// small is the least that a manifest can say.
const small = `name: small
title: Small
url: https://api.small.example
needs: [name+card]
credentials: [key]
request:
  fields:
    - {name: key, value: credential.key}
    - {name: card, value: card}
    - {name: name, value: name}
answer:
  result:
    path: code
    table: {"0": match, "1": mismatch}
`

func every(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/every.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestParse_TakesTheLeastAndTheMost(t *testing.T) {
	for _, text := range []string{small, every(t), "\ufeff" + small, strings.ReplaceAll(small, "\n", "\r\n")} {
		if _, err := httpjson.Parse([]byte(text)); err != nil {
			t.Error(err)
		}
	}
	m, err := httpjson.Parse([]byte(every(t)))
	if err != nil {
		t.Fatal(err)
	}
	if m.Name() != "every" || m.Host() != "api.supplier.example" || m.QPS() != 20 || m.Timeout().String() != "3s" || !m.Inquires() || len(m.Slots()) != 3 || m.Title() == "" {
		t.Errorf("read %s, %s, %d, %v, %v, %v", m.Name(), m.Host(), m.QPS(), m.Timeout(), m.Inquires(), m.Slots())
	}
}

// TestParse_NamesThePlaceAndTheRemedy changes one thing of a good manifest at a time.
func TestParse_NamesThePlaceAndTheRemedy(t *testing.T) {
	for _, c := range []struct{ name, old, put, want string }{
		{"unknown key", "title: Small", "titel: Small", "2:1: titel: there is no such key here; the keys are name, title"},
		{"unknown inner key", "name: card, value", "name: card, valeu", "9:20: request.fields[1].valeu: there is no such key"},
		{"no title", "title: Small\n", "", "1:1: title: give the supplier a title"},
		{"bad name", "name: small", "name: Small One", "1:7: name: give the supplier a name"},
		{"plain http", "https://api", "http://api", "3:6: url: would send people's data over the net in clear"},
		{"no address", "https://api.small.example", "api.small.example", "url: must be an address"},
		{"secret in the address", "https://api", "https://u:p@api", "url: is scheme, host and path alone"},
		{"need without card", "name+card]", "name+mobile]", "needs[0]: must be elements joined by +, the card among them"},
		{"unknown element", "name+card]", "name+card+cvv]", "needs[0]: must be elements"},
		{"unknown ID type", "credentials:", "id_types: [passport]\ncredentials:", "id_types[0]: must be idcard"},
		{"timeout", "credentials:", "timeout: 90s\ncredentials:", "timeout: must be above 0 and at most 1m0s"},
		{"no duration", "credentials:", "timeout: soon\ncredentials:", "5:10: timeout: must be a duration such as 5s"},
		{"no number", "credentials:", "qps: many\ncredentials:", "qps: must be a whole number"},
		{"slot twice", "[key]", "[key, key]", "credentials[1]: another credential has the same name"},
		{"slot unused", "[key]", "[key, other]", "credentials[1]: nothing uses other"},
		{"slot url", "[key]", "[key, url]", "url can always be set"},
		{"slot form", "[key]", "[{name: key, as: pem}]", "credentials[0].as: must be text, hex or base64"},
		{"unknown slot", "credential.key", "credential.kee", "8:26: request.fields[0].value: there is no credential of text named kee"},
		{"computed slot", "credential.key", `'credential["k" + "ey"]'`, "write the credential's name"},
		{"environment", "credential.key", `'string($env)'`, "write the credential's name"},
		{"unknown variable", "value: card}", "value: carl}", "request.fields[1].value: the expression does not fit: unknown name carl"},
		{"broken expression", "value: card}", "value: 'card +'}", "the expression cannot be read"},
		{"number in a form", "value: card}", "value: '1 + 1'}", "the expression does not fit: expected string"},
		{"the clock", "value: card}", "value: 'string(now())'}", "unknown name now"},
		{"too long an expression", "value: card}", "value: '" + strings.Repeat("card + ", 150) + "card'}", "the expression"},
		{"value and text", "value: card}", "value: card, text: x}", "give value, which is computed, or text"},
		{"neither", "name: card, value: card}", "name: card}", "give value, which is computed, or text"},
		{"field twice", "name: name, value: name", "name: card, value: name", "another field has the same name"},
		{"unknown place", "name: card, value", "in: cookie, name: card, value", "request.fields[1].in: must be query, body, header or envelope"},
		{"transport's header", "name: card, value", "in: header, name: Host, value", "this header is written by the transport"},
		{"not a header", "name: card, value", "in: header, name: 'a b', value", "is no name of a header"},
		{"no envelope", "name: card, value", "in: envelope, name: card, value", "the request has no envelope"},
		{"method", "request:\n", "request:\n  method: DELETE\n", "request.method: must be GET, POST or PUT"},
		{"GET with a body", "request:\n", "request:\n  method: GET\n  body: json\n", "a GET has no body"},
		{"path", "request:\n", "request:\n  path: a?b=c\n", "request.path: begins with /"},
		{"value and object", "request:\n  fields:\n", "request:\n  body: json\n  fields:\n    - {name: card.no, text: x}\n", "is a value here and an object in card.no"},
		{"unknown step", "value: card}", "value: card, do: [md4, hex]}", "request.fields[1].do[0]: there is no such step; the steps are"},
		{"ends in bytes", "value: card}", "value: card, do: [md5]}", "ends in bytes; write hex or base64"},
		{"upper of bytes", "value: card}", "value: card, do: [md5, upper]}", "works on text; write hex or base64 before it"},
		{"cipher", "value: card}", "value: card, do: [{encrypt: {cipher: rot13, key: key}}, hex]}", "cipher must be one of"},
		{"mode", "value: card}", "value: card, do: [{encrypt: {cipher: aes, mode: ctr, key: key}}, hex]}", "mode of aes must be one of: cbc, ecb, gcm"},
		{"no iv", "value: card}", "value: card, do: [{encrypt: {cipher: aes, key: key}}, hex]}", "iv (random, zero, from_key or the name of a credential) goes with mode cbc"},
		{"key that is nowhere", "value: card}", "value: card, do: [{encrypt: {cipher: aes, mode: ecb, key: lost}}, hex]}", "there is no credential named lost"},
		{"partial", "value: card}", "value: card, do: [{partial_md5: cvv}]}", "partial_md5 must be name, id, card or mobile"},
		{"order's length", "value: card}", "value: order, length: 20-32}", "our number has 18 characters"},
		{"length", "value: card}", "value: order, length: long}", "must be a number of characters"},
		{"signature without sign", "value: card}", "value: signature}", "unknown name signature"},
		{"sign that nobody sends", "answer:", "  sign: {fields: sorted, method: md5}\nanswer:", "no field sends it"},
		{"sign method", "answer:", "    - {name: sign, value: signature}\n  sign: {fields: sorted, method: crc}\nanswer:", "request.sign.method: must be one of: md5"},
		{"sign without key", "answer:", "    - {name: sign, value: signature}\n  sign: {fields: sorted, method: hmac_sha1}\nanswer:", "name the credential that holds the key"},
		{"sign with a key for md5", "answer:", "    - {name: sign, value: signature}\n  sign: {fields: sorted, method: md5, key: key}\nanswer:", "md5 takes no key"},
		{"sign of nothing", "answer:", "    - {name: sign, value: signature}\n  sign: {method: md5}\nanswer:", "give parts"},
		{"sign of a missing field", "answer:", "    - {name: sign, value: signature}\n  sign: {fields: [cart], method: md5}\nanswer:", "there is no field named cart"},
		{"sign of the body it stands in", "answer:", "    - {name: sign, value: signature}\n  sign: {parts: [body], method: md5}\nanswer:", "puts the signature where it is being computed from"},
		{"no result", "  result:\n    path: code\n    table: {\"0\": match, \"1\": mismatch}\n", "  reference: x\n", "answer.result: say where the verdict stands"},
		{"unknown outcome", `"1": mismatch`, `"1": nomatch`, `14:30: answer.result.table.1: must say what the value means, by one of: match`},
		{"unreachable", `"1": mismatch`, `"1": unreachable`, "must say what the value means"},
		{"value twice", `"1": mismatch`, `"0": mismatch`, "already defined"},
		{"differs of a match", `"1": mismatch`, `"1": {is: match, differs: [name]}`, "differs belongs to a mismatch"},
		{"differs against the reason", `"1": mismatch`, `"1": {is: mobile_mismatch, differs: [name]}`, "what differs does not fit"},
		{"retry of a verdict", `"1": mismatch`, `"1": {is: mismatch, retry: true}`, "another supplier must not be asked after a verdict"},
		{"retry of a frequency", `"1": mismatch`, `"1": {is: frequency, retry: true}`, "another supplier must not be asked"},
		{"retry of what is charged", `"1": mismatch`, `"1": {is: busy, retry: true, charged: yes}`, "was processed"},
		{"charged word", `"1": mismatch`, `"1": {is: mismatch, charged: perhaps}`, "charged must be yes, no or unknown"},
		{"path", "path: code", "path: data.#.x", "answer.result.path: a path is names joined by dots"},
		{"modifier", "path: code", "path: 'data|@reverse|x'", "a path is names joined by dots"},
		{"failure without success", "  result:", "  failure: {path: code, table: {\"9\": busy}}\n  result:", "is read where success does not hold"},
		{"status that is a verdict", "  result:", "  status: [{status: 500, means: match}]\n  result:", "an HTTP status is no verdict"},
		{"status without meaning", "  result:", "  status: [{status: 500}]\n  result:", "say what the status means"},
		{"charge without path", "  result:", "  charged: {yes: 1}\n  result:", "path goes with the values"},
		{"needs of a table", `mismatch}`, "mismatch}\n    needs: {name: {\"0\": match}}", "answer.result.needs.name: must be elements"},
		{"test person without card", "answer:", "test_person: {name: A}\nanswer:", "a test person has at least a card"},
		{"inquiry of nothing", "answer:", "inquiry: {request: {fields: [{name: k, text: v}]}}\nanswer:", "no field names the question"},
		{"inquiry about a person", "answer:", "inquiry: {request: {fields: [{name: k, value: card}]}, not_arrived: [{path: a, is: b}]}\nanswer:", "unknown name card"},
		{"anchor", "[key]", "&a [key]", "anchors, aliases and tags are not read here"},
		{"two documents", "answer:", "---\nanswer:", "a second document begins here"},
		{"not YAML", "[key]", "[key", "this is not YAML"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(small, c.old) {
				t.Fatalf("the small manifest has no %q", c.old)
			}
			text := strings.Replace(small, c.old, c.put, 1)
			_, err := httpjson.Parse([]byte(text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got\n%v\nwant\n%s\nof\n%s", err, c.want, text)
			}
			faults, ok := errors.AsType[httpjson.Faults](err)
			if !ok || quartet.CodeOf(err) != quartet.ErrInvalid || len(faults) == 0 || faults[0].Line == 0 || faults[0].Column == 0 {
				t.Errorf("%+v is no list of faults with places", err)
			}
		})
	}
}

func TestParse_FindsAllFaultsAtOnce(t *testing.T) {
	text := strings.NewReplacer("title: Small\n", "", "name+card]", "cvv]", `"1": mismatch`, `"1": wrong`).Replace(small)
	_, err := httpjson.Parse([]byte(text))
	faults, _ := errors.AsType[httpjson.Faults](err)
	if len(faults) != 3 {
		t.Errorf("found\n%v", err)
	}
	if _, err := httpjson.Parse([]byte(strings.Repeat("#", 300<<10))); err == nil || !strings.Contains(err.Error(), "at most 256 KiB") {
		t.Errorf("a text without end: %v", err)
	}
	if _, err := httpjson.Parse(nil); err == nil {
		t.Error("nothing at all is taken for a manifest")
	}
}

func TestNew_HoldsCredentialsToTheirSlots(t *testing.T) {
	m, err := httpjson.Parse([]byte(every(t)))
	if err != nil {
		t.Fatal(err)
	}
	good := func() map[string]string {
		return map[string]string{"app_id": "id", "app_secret": "secret", "data_key": "00112233445566778899aabbccddeeff"}
	}
	if _, err := httpjson.New(m, good(), httpjson.Options{}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(map[string]string)
		want   string
	}{
		"missing":     {func(m map[string]string) { delete(m, "app_secret") }, "lacks app_secret"},
		"blank":       {func(m map[string]string) { m["app_secret"] = "  " }, "lacks app_secret"},
		"superfluous": {func(m map[string]string) { m["planted"] = "planted-value" }, "has planted, which every does not use"},
		"not hex":     {func(m map[string]string) { m["data_key"] = "planted-value" }, "wrong data_key: it is not written as hex"},
		"wrong size":  {func(m map[string]string) { m["data_key"] = "0011" }, "wrong data_key: it must be an AES key"},
		"plain http":  {func(m map[string]string) { m["url"] = "http://planted-value.example" }, "wrong url: it would send"},
		"no address":  {func(m map[string]string) { m["url"] = "planted-value" }, "wrong url: it must be an address"},
	} {
		t.Run(name, func(t *testing.T) {
			given := good()
			c.change(given)
			_, err := httpjson.New(m, given, httpjson.Options{})
			if quartet.CodeOf(err) != quartet.ErrInvalid || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "planted-value") {
				t.Error("the value is in the error")
			}
		})
	}
	if _, err := httpjson.ShippedManifest("../doc"); quartet.CodeOf(err) != quartet.ErrNotFound {
		t.Errorf("got %v", err)
	}
}
