package verify

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"quartet"
	"quartet/internal/web"
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
	need       quartet.ElementSet // of the product; what it does not need is no parameter
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

// field finds a parameter by its name; -1: it is none, and is passed over.
func (f *fields) field(name string) int {
	i, element := -1, quartet.ElementSet(0)
	switch name {
	case "acc_no":
		i, element = fieldCard, quartet.NeedCard
	case "idcard":
		i, element = fieldID, quartet.NeedID
	case "mobile":
		i, element = fieldMobile, quartet.NeedMobile
	case "name":
		i, element = fieldName, quartet.NeedName
	case "key":
		return fieldKey
	}
	if !f.need.Has(element) {
		return -1
	}
	return i
}

// SecretField reports whether a name looks like a card's secrets, which nobody may send
// here: security code, expiry, PIN, one-time code.
func SecretField(name string) bool {
	switch strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name)) {
	case "cvv", "cvv2", "cvvcode", "cvn", "cvn2", "cvc", "cvc2", "securitycode", "安全码",
		"exp", "expiry", "expire", "expdate", "expmonth", "expyear", "expirydate", "validdate", "validthru", "有效期",
		"pin", "password", "passwd", "pwd", "密码", "otp", "smscode", "verifycode", "vcode", "captcha", "验证码":
		return true
	}
	return false
}

func (f *fields) set(name, value string) {
	i := f.field(name)
	if i < 0 {
		if name != "" && SecretField(name) {
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

const formType = "application/x-www-form-urlencoded"

// parse reads query and body. Faults are kept, not told: the caller is not known yet.
func (x *exchange) parse(r *http.Request, need quartet.ElementSet) {
	x.fields.need = need
	if r.URL.RawQuery != "" {
		x.query = x.decode(x.query, []byte(r.URL.RawQuery))
		x.take(x.query)
	}
	kind, params, _ := strings.Cut(header(r, "Content-Type"), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	if !utf8Declared(params) {
		x.fields.unreadable = true
		if kind == formType {
			x.form = x.decode(x.form, x.body) // for a signature alone
		}
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
			x.take(x.decode(nil, x.body))
		}
	case formType:
		// Some callers send JSON under this type; a form cannot begin with a brace. A
		// signature covers it as the form that it is declared to be.
		if object && jsontext.Value(x.body).IsValid() {
			whole := x.fields.unreadable
			x.form = x.decode(x.form, x.body)
			x.fields.unreadable = whole
			x.json()
		} else {
			x.form = x.decode(x.form, x.body)
			x.take(x.form)
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

// take takes what pairs say. The key may still tell who calls where the rest is broken; no
// element is taken from a broken message.
func (x *exchange) take(params []web.Param) {
	for _, p := range params {
		x.fields.set(p.Name, p.Value)
	}
}

// decode reads pairs onto dst, and wipes nothing: that is done at the end.
func (x *exchange) decode(dst []web.Param, raw []byte) []web.Param {
	params, used, ok := web.AppendParams(dst[:0], x.scratch, raw)
	x.scratch = used[:max(len(used), len(x.scratch))] // the whole of it is wiped at the end
	if !ok {
		x.fields.unreadable = true
	}
	return params
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
		if x.fields.field(name) < 0 {
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
