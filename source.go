package quartet

import (
	"regexp"
	"time"
)

// SourceKind is how a source is asked.
type SourceKind string

// The kinds of source.
const (
	SourceRegistry SourceKind = "registry" // the built-in registry: the house's own data
	SourceSim      SourceKind = "sim"      // a simulator: answers by a script, knows nobody
	SourceHTTPJSON SourceKind = "httpjson" // a supplier that a manifest describes
	SourceTencent  SourceKind = "tencent"  // Tencent Cloud FaceID
	SourceAliyun   SourceKind = "aliyun"   // Alibaba Cloud BankMetaVerify
)

// SourceKinds lists the kinds.
func SourceKinds() []SourceKind {
	return []SourceKind{SourceRegistry, SourceSim, SourceHTTPJSON, SourceTencent, SourceAliyun}
}

// Local reports whether such a source holds the data itself: asking it costs nothing,
// discloses nobody, and cannot be doubled.
func (k SourceKind) Local() bool { return k == SourceRegistry }

// Source is one who gives verdicts (渠道), as the house keeps it.
type Source struct {
	Name      string // "shumai": its id, by which attempts name it
	Kind      SourceKind
	Spec      string // what its kind reads: a manifest, a script, settings; kept in Sealed alone
	Sealed    []byte // Spec and the credentials under AEAD, as package sourcebook writes them; associated data is SealedFor(Name)
	On        bool
	Terms     Terms
	CreatedAt time.Time
	ChangedAt time.Time
}

// SealedFor is the associated data of what is sealed of a source.
func SealedFor(source string) string { return "source/" + source }

// sourceName needs no quoting anywhere, and no escape in a list.
var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// maxSpec is the largest text that a source is described by, in bytes.
const maxSpec = 256 << 10

// Check finds what no source may be: ErrInvalid, with the field that is wrong. Whether its
// kind can read Spec is for the kind to say.
func (s Source) Check() error {
	known := false
	for _, k := range SourceKinds() {
		known = known || k == s.Kind
	}
	switch {
	case !sourceName.MatchString(s.Name):
		return &Error{Code: ErrInvalid, Field: "name", Message: "the name of a source has 1 to 32 of a-z, 0-9 and -, and begins with a letter or digit"}
	case !known:
		return &Error{Code: ErrInvalid, Field: "kind", Message: "the kind of a source is registry, sim, httpjson, tencent or aliyun"}
	case len(s.Spec) > maxSpec:
		return &Error{Code: ErrInvalid, Field: "spec", Message: "what describes a source has at most 256 KiB"}
	}
	return s.Terms.Check()
}

// Policy says how sources that may be asked are put in order.
type Policy struct {
	Order SourceOrder
	Pins  map[string]string // account → the one source that is asked for it
}

// SourceOrder is what comes first among sources.
type SourceOrder string

// The orders. Weight decides between those that are alike.
const (
	OrderPriority SourceOrder = "priority" // by priority
	OrderCheapest SourceOrder = "cheapest" // by price, then by priority
)

// Check finds what no policy may be: ErrInvalid.
func (p Policy) Check() error {
	if p.Order != OrderPriority && p.Order != OrderCheapest {
		return &Error{Code: ErrInvalid, Field: "order", Message: "the order of sources is priority or cheapest"}
	}
	return nil
}
