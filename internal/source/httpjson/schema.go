package httpjson

import "time"

// document is a manifest as it is written. Its keys are explained in docs/manifests.md, and
// a test holds the two together.
type document struct {
	Name           string        `yaml:"name"`
	Title          string        `yaml:"title"`
	URL            string        `yaml:"url"`
	AllowPlainHTTP bool          `yaml:"allow_plain_http"`
	Timeout        time.Duration `yaml:"timeout"`
	QPS            int           `yaml:"qps"`
	Needs          []string      `yaml:"needs"`
	IDTypes        []string      `yaml:"id_types"`
	Credentials    []slot        `yaml:"credentials"`
	Request        request       `yaml:"request"`
	Answer         answer        `yaml:"answer"`
	Inquiry        *inquiry      `yaml:"inquiry"`
	TestPerson     *person       `yaml:"test_person"`
}

// slot is a credential that the operator gives. The manifest holds its name alone.
type slot struct {
	Name  string `yaml:"name,short"`
	Title string `yaml:"title"`
	As    string `yaml:"as"` // how the bytes of a key are written
}

type request struct {
	Method   string    `yaml:"method"`
	Path     string    `yaml:"path"`
	Body     string    `yaml:"body"`
	Fields   []field   `yaml:"fields"`
	Envelope *envelope `yaml:"envelope"`
	Sign     *signing  `yaml:"sign"`
}

type field struct {
	Name   string     `yaml:"name"`
	In     string     `yaml:"in"`
	Value  expression `yaml:"value"`
	Text   *string    `yaml:"text"`
	Do     []step     `yaml:"do"`
	Length string     `yaml:"length"`

	least, most int // of Length
}

// envelope is an object that is written as one text, mostly encrypted.
type envelope struct {
	As string `yaml:"as"`
	Do []step `yaml:"do"`
}

// step turns one text or run of bytes into another.
type step struct {
	Word       string `yaml:"step,short"`
	PartialMD5 string `yaml:"partial_md5"`
	Encrypt    *crypt `yaml:"encrypt"`
	Decrypt    *crypt `yaml:"decrypt"`
}

type crypt struct {
	Cipher string `yaml:"cipher"`
	Mode   string `yaml:"mode"`
	Key    string `yaml:"key"`
	IV     string `yaml:"iv"`
}

type signing struct {
	Parts     []expression          `yaml:"parts"`
	Fields    []string              `yaml:"fields"`
	Except    []string              `yaml:"except"`
	Also      map[string]expression `yaml:"also"`
	Values    bool                  `yaml:"values_only"`
	KeepEmpty bool                  `yaml:"keep_empty"`
	Encode    string                `yaml:"encode"`
	Equals    *string               `yaml:"equals"`
	Join      *string               `yaml:"join"`
	Before    expression            `yaml:"before"`
	After     expression            `yaml:"after"`
	Method    string                `yaml:"method"`
	Key       string                `yaml:"key"`
	As        string                `yaml:"as"`
}

type answer struct {
	Status    []statusRule `yaml:"status"`
	Unwrap    *unwrap      `yaml:"unwrap"`
	Verify    *verify      `yaml:"verify"`
	Success   []condition  `yaml:"success"`
	Result    *reading     `yaml:"result"`
	Detail    *reading     `yaml:"detail"`
	Failure   *reading     `yaml:"failure"`
	Charged   charged      `yaml:"charged"`
	Reference string       `yaml:"reference"`
	Bank      string       `yaml:"bank"`
	CardKind  string       `yaml:"card_kind"`
}

// statusRule is what an HTTP status means, perhaps together with a header.
type statusRule struct {
	Status   []int    `yaml:"status"`
	Header   string   `yaml:"header"`
	Contains []string `yaml:"contains"`
	Read     bool     `yaml:"read"`
	Outcome  outcome  `yaml:"means"`
}

// unwrap opens what is wrapped in an answer.
type unwrap struct {
	Path string `yaml:"path"`
	Do   []step `yaml:"do"`
}

// verify checks the signature of an answer.
type verify struct {
	At     string     `yaml:"at"`
	Header string     `yaml:"header"`
	Of     string     `yaml:"of"`
	Before expression `yaml:"before"`
	After  expression `yaml:"after"`
	Method string     `yaml:"method"`
	Key    string     `yaml:"key"`
	As     string     `yaml:"as"`
}

type condition struct {
	Path string   `yaml:"path"`
	Is   []string `yaml:"is"`
}

// reading looks one value of the answer up in a table.
type reading struct {
	Path  string                        `yaml:"path"`
	Split *split                        `yaml:"split"`
	Table map[string]outcome            `yaml:"table"`
	Needs map[string]map[string]outcome `yaml:"needs"`
}

type split struct {
	By   string `yaml:"by"`
	Take int    `yaml:"take"`
}

// outcome is what a value means.
type outcome struct {
	Is      string   `yaml:"is,short"`
	Differs []string `yaml:"differs"`
	Retry   bool     `yaml:"retry"`
	Charged string   `yaml:"charged"`

	meaning meaning
}

type charged struct {
	Path         string   `yaml:"path"`
	Yes          []string `yaml:"yes"`
	No           []string `yaml:"no"`
	Match        string   `yaml:"match"`
	Mismatch     string   `yaml:"mismatch"`
	Undetermined string   `yaml:"undetermined"`
	Failures     string   `yaml:"failures"`
}

type inquiry struct {
	Request    request     `yaml:"request"`
	Answer     *answer     `yaml:"answer"`
	Arrived    []condition `yaml:"arrived"`
	NotArrived []condition `yaml:"not_arrived"`
}

type person struct {
	Name   string `yaml:"name"`
	ID     string `yaml:"id"`
	Card   string `yaml:"card"`
	Mobile string `yaml:"mobile"`
}
