package sample

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"quartet"
)

// Proof is how a call says who makes it.
type Proof string

// The two ways that samples show.
const (
	AppCode   Proof = "appcode"
	Signature Proof = "signed"
)

// Proofs lists them in the order in which they are shown.
func Proofs() []Proof { return []Proof{AppCode, Signature} }

// What stands for a credential until somebody puts in the own one.
const (
	PlaceAppCode   = "YOUR_APPCODE"
	PlaceAppKey    = "YOUR_APPKEY"
	PlaceAppSecret = "YOUR_APPSECRET"
)

// PlaceBaseURL stands for the address of a house that has not told its own.
const PlaceBaseURL = "https://api.example.com"

// Field is a header or a field of a form.
type Field struct{ Name, Value string }

// Request is one call, whatever language it is written in.
type Request struct {
	Method  string
	BaseURL string // scheme and host, without a slash at the end
	Path    string
	Headers []Field // Accept and Content-Type among them, which a signature covers
	Form    []Field
	Proof   Proof
	// Of the credential. Only those that the proof needs are written.
	AppCode, AppKey, AppSecret string
}

// invented is a person whom nobody is, with the card that test credentials are answered
// state 1 about.
var invented = map[string]string{
	"name": "郑天辉", "idcard": "23060220060102795X", "acc_no": "6200000000000000018", "mobile": "13952034809",
}

// For is a call of a product at a path, about the invented person. parameters are the elements
// that the product needs, as a call names them.
func For(path string, parameters []string, proof Proof) Request {
	r := Request{
		Method: http.MethodPost, BaseURL: PlaceBaseURL, Path: path, Proof: proof,
		Headers: []Field{{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"}},
		AppCode: PlaceAppCode, AppKey: PlaceAppKey, AppSecret: PlaceAppSecret,
	}
	for _, name := range parameters {
		r.Form = append(r.Form, Field{name, invented[name]})
	}
	return r
}

// At puts in the address of a house. What is no plain address leaves the place for it.
func (r *Request) At(base string) {
	if goodBase.MatchString(base) {
		r.BaseURL = base
	}
}

var (
	goodHeader    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`)
	goodParameter = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	goodBase      = regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(:[0-9]+)?$|^https?://\[[0-9a-fA-F:.]+\](:[0-9]+)?$`)
)

// check refuses what cannot stand in a program of every language. Quotes and backslashes can:
// each language quotes them.
func (r *Request) check() error {
	if r.Method != http.MethodPost {
		return quartet.Errorf(quartet.ErrInvalid, "a sample sends a form by POST")
	}
	if !goodBase.MatchString(r.BaseURL) {
		return quartet.Errorf(quartet.ErrInvalid, "the base URL of a sample is a scheme and a host, such as %s", PlaceBaseURL)
	}
	if !slices.Contains(Proofs(), r.Proof) {
		return quartet.Errorf(quartet.ErrInvalid, "a sample proves who calls by %s or %s", AppCode, Signature)
	}
	if !strings.HasPrefix(r.Path, "/") || len(r.Form) == 0 {
		return quartet.Errorf(quartet.ErrInvalid, "a sample calls a path that begins with a slash, and sends one field at least")
	}
	texts := []string{r.Path, r.AppCode, r.AppKey, r.AppSecret}
	for _, h := range r.Headers {
		if !goodHeader.MatchString(h.Name) {
			return quartet.Errorf(quartet.ErrInvalid, "a header of a sample has a name that is none")
		}
		texts = append(texts, h.Value)
	}
	for _, f := range r.Form {
		if !goodParameter.MatchString(f.Name) {
			return quartet.Errorf(quartet.ErrInvalid, "a field of a sample is named in small letters")
		}
		texts = append(texts, f.Value)
	}
	for _, text := range texts {
		if text == "" || strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) || c == unicode.ReplacementChar }) {
			return quartet.Errorf(quartet.ErrInvalid, "a text of a sample is empty or holds what no program can show")
		}
	}
	return nil
}
