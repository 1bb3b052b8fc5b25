package verify

import (
	"bytes"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"quartet"
)

// The parameters of the product.
const (
	fieldCard = iota
	fieldID
	fieldMobile
	fieldName
	fieldKey
	fieldCount
)

// fields is what a request says, from query and body together.
type fields struct {
	values     [fieldCount]string
	seen       [fieldCount]bool
	unreadable bool // 10009
	differs    bool // 10006: an element twice with different values
	keyDiffers bool // key twice with different values
	forbidden  bool // 10001: a field that must never be sent here
}

// fault is the refusal that the message itself earns, in the order in which it is told.
func (f *fields) fault() quartet.Code {
	switch {
	case f.unreadable:
		return quartet.CodeUnreadable
	case f.differs:
		return quartet.CodeContradiction
	case f.forbidden:
		return quartet.CodeElement
	default:
		return quartet.CodeOK
	}
}

func (f *fields) raw() quartet.Raw {
	return quartet.Raw{Name: f.values[fieldName], ID: f.values[fieldID], Card: f.values[fieldCard], Mobile: f.values[fieldMobile]}
}

func fieldOf(name string) int {
	switch name {
	case "acc_no":
		return fieldCard
	case "idcard":
		return fieldID
	case "mobile":
		return fieldMobile
	case "name":
		return fieldName
	case "key":
		return fieldKey
	default:
		return -1
	}
}

// secretField reports whether a name looks like a card's secrets, which nobody may send
// here: security code, expiry, PIN, one-time code.
func secretField(name string) bool {
	switch strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name)) {
	case "cvv", "cvv2", "cvvcode", "cvn", "cvn2", "cvc", "cvc2", "securitycode", "安全码",
		"exp", "expiry", "expire", "expdate", "expmonth", "expyear", "expirydate", "validdate", "validthru", "有效期",
		"pin", "password", "passwd", "pwd", "密码", "otp", "smscode", "verifycode", "vcode", "captcha", "验证码":
		return true
	}
	return false
}

func (f *fields) set(name, value string) {
	i := fieldOf(name)
	if i < 0 {
		if name != "" && secretField(name) {
			f.forbidden = true
		}
		return
	}
	if f.seen[i] && f.values[i] != value {
		if i == fieldKey {
			f.keyDiffers = true
		} else {
			f.differs = true
		}
		return
	}
	f.values[i], f.seen[i] = value, true
}

// parse reads query and body. Faults are kept, not told: the caller is not known yet.
func (x *exchange) parse(r *http.Request) {
	if r.URL.RawQuery != "" {
		x.form([]byte(r.URL.RawQuery))
	}
	kind, params, _ := strings.Cut(header(r, "Content-Type"), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	if !utf8Declared(params) {
		x.fields.unreadable = true
		return
	}
	first := bytes.TrimLeft(x.body, " \t\r\n")
	object := len(first) > 0 && first[0] == '{'
	switch kind {
	case "application/json":
		if len(first) > 0 {
			x.json()
		}
	case "":
		if object {
			x.json()
		} else {
			x.form(x.body)
		}
	case "application/x-www-form-urlencoded":
		// Some callers send JSON under this type; a form cannot begin with a brace.
		if object && jsontext.Value(x.body).IsValid() {
			x.json()
		} else {
			x.form(x.body)
		}
	default:
		if len(first) > 0 {
			x.fields.unreadable = true
		}
	}
}

func utf8Declared(params string) bool {
	for params != "" {
		var p string
		p, params, _ = strings.Cut(params, ";")
		name, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(name), "charset") {
			value = strings.Trim(strings.TrimSpace(value), `"`)
			return strings.EqualFold(value, "utf-8") || strings.EqualFold(value, "utf8")
		}
	}
	return true
}

// form reads name=value pairs, decoding once. Everything is decoded into one buffer and
// becomes one string, of which the values are parts.
func (x *exchange) form(raw []byte) {
	type span struct{ name, value, end int }
	var (
		spans [16]span
		list  = spans[:0]
		b     = x.scratch[:0]
		ok    bool
	)
	for len(raw) > 0 {
		var pair []byte
		if i := bytes.IndexByte(raw, '&'); i >= 0 {
			pair, raw = raw[:i], raw[i+1:]
		} else {
			pair, raw = raw, nil
		}
		name, value, _ := bytes.Cut(pair, []byte{'='})
		s := span{name: len(b)}
		if b, ok = unescape(b, name); !ok {
			x.fields.unreadable = true
			continue
		}
		s.value = len(b)
		if b, ok = unescape(b, value); !ok {
			x.fields.unreadable = true
			continue
		}
		s.end = len(b)
		list = append(list, s)
	}
	x.scratch = b[:max(len(b), len(x.scratch))] // the whole of it is wiped at the end
	if !utf8.Valid(b) {
		x.fields.unreadable = true
		// The key may still tell who calls; no element is taken from a broken message.
	}
	all := string(b)
	for _, s := range list {
		// Two broken parts may be whole side by side.
		if midRune(all, s.name) || midRune(all, s.value) {
			x.fields.unreadable = true
		}
		x.fields.set(all[s.name:s.value], all[s.value:s.end])
	}
}

// midRune reports whether a part of a text begins within a character.
func midRune(all string, at int) bool { return at < len(all) && !utf8.RuneStart(all[at]) }

// unescape decodes '+' and %XX onto dst, once.
func unescape(dst, src []byte) ([]byte, bool) {
	for i := 0; i < len(src); i++ {
		switch c := src[i]; c {
		case '+':
			dst = append(dst, ' ')
		case '%':
			if i+2 >= len(src) {
				return dst, false
			}
			high, low := unhex(src[i+1]), unhex(src[i+2])
			if high > 15 || low > 15 {
				return dst, false
			}
			dst = append(dst, high<<4|low)
			i += 2
		default:
			dst = append(dst, c)
		}
	}
	return dst, true
}

func unhex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	default:
		return 255
	}
}

// json reads one object. Elements are strings; a number would have lost digits elsewhere.
func (x *exchange) json() {
	d := jsontext.NewDecoder(bytes.NewReader(x.body), jsontext.AllowDuplicateNames(true))
	bad := func() { x.fields.unreadable = true }
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		bad()
		return
	}
	for d.PeekKind() != '}' {
		t, err := d.ReadToken()
		if err != nil {
			bad()
			return
		}
		name := t.String()
		if fieldOf(name) < 0 {
			x.fields.set(name, "")
			if err := d.SkipValue(); err != nil {
				bad()
				return
			}
			continue
		}
		switch d.PeekKind() {
		case '"':
			v, err := d.ReadToken()
			if err != nil {
				bad()
				return
			}
			x.fields.set(name, v.String())
		case 'n':
			if err := d.SkipValue(); err != nil {
				bad()
				return
			}
		default:
			bad()
			if err := d.SkipValue(); err != nil {
				return
			}
		}
	}
	if _, err := d.ReadToken(); err != nil {
		bad()
		return
	}
	if len(bytes.TrimSpace(x.body[d.InputOffset():])) > 0 {
		bad()
	}
}
