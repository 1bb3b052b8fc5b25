package httpjson

import (
	"crypto/md5" //nolint:gosec // the format that suppliers take
	"encoding/hex"
	"errors"
	"net/url"
	"strings"
	"unicode/utf8"

	"quartet"
)

const stepWords = "upper, lower, trim, percent, md5, sha1, sha256, sha512, sm3, hex, hex_upper, base64, base64url, from_hex, from_base64, partial_md5, encrypt, decrypt" //nolint:gosec // names of steps

// check tells what is wrong with a step, and whether it gives bytes. gotBytes: it is given
// bytes.
func (s *step) check(gotBytes bool) (bytes bool, wrong string) {
	given := 0
	for _, there := range []bool{s.Word != "", s.PartialMD5 != "", s.Encrypt != nil, s.Decrypt != nil} {
		if there {
			given++
		}
	}
	if given != 1 {
		return false, "must be one step: " + stepWords
	}
	const needsText = "works on text; write hex or base64 before it"
	switch {
	case s.Encrypt != nil:
		return true, s.Encrypt.check()
	case s.Decrypt != nil:
		return true, s.Decrypt.check()
	case s.PartialMD5 != "":
		if quartet.Element(s.PartialMD5).Set() == 0 {
			return false, "partial_md5 must be name, id, card or mobile"
		}
		if gotBytes {
			return false, "partial_md5 " + needsText
		}
		return false, ""
	}
	switch s.Word {
	case "upper", "lower", "trim", "percent":
		if gotBytes {
			return false, s.Word + " " + needsText
		}
		return false, ""
	case "from_hex", "from_base64":
		return true, ""
	case "hex", "hex_upper", "base64", "base64url":
		return false, ""
	}
	if _, ok := hashes()[s.Word]; ok {
		return true, ""
	}
	return false, "there is no such step; the steps are " + stepWords
}

func (c *crypt) check() string {
	modes, ok := cipherModes()[c.Cipher]
	if !ok {
		return "cipher must be one of: " + cipherWords
	}
	if c.Mode == "" {
		c.Mode = modes[0]
	}
	if !strings.Contains(" "+strings.Join(modes, " ")+" ", " "+c.Mode+" ") {
		return "mode of " + c.Cipher + " must be one of: " + strings.Join(modes, ", ")
	}
	if (c.IV != "") != (c.Mode == "cbc") {
		return "iv (random, zero, from_key or the name of a credential) goes with mode cbc, and only with it"
	}
	return ""
}

// checkSteps checks a list of steps, which must end in text unless bytes may come out.
func (c *check) steps(path string, steps []step, endInBytes bool) {
	bytes := false
	for i := range steps {
		at := index(path, i)
		var wrong string
		if bytes, wrong = steps[i].check(bytes); wrong != "" {
			c.faultf(at, "%s", wrong)
			return
		}
		for _, k := range []*crypt{steps[i].Encrypt, steps[i].Decrypt} {
			if k == nil {
				continue
			}
			c.key(at+".key", k.Key)
			if k.IV != "" && k.IV != ivRandom && k.IV != ivZero && k.IV != ivFromKey {
				c.key(at+".iv", k.IV)
			}
		}
	}
	if bytes && !endInBytes {
		c.faultf(path, "ends in bytes; write hex or base64 after the last step")
	}
}

var errStep = errors.New("a value does not fit its steps")

// bind makes one function of the steps. It returns the slot that does not fit, and why.
func (b *binding) bind(steps []step) (do transform, slotName, wrong string) {
	list := make([]transform, 0, len(steps))
	for _, s := range steps {
		t, name, wrong := b.bindOne(s)
		if wrong != "" {
			return nil, name, wrong
		}
		list = append(list, t)
	}
	return func(p []byte) (_ []byte, err error) {
		for _, t := range list {
			if p, err = t(p); err != nil {
				return nil, errStep
			}
		}
		return p, nil
	}, "", ""
}

func (b *binding) bindOne(s step) (do transform, slotName, wrong string) {
	switch {
	case s.Encrypt != nil:
		do, wrong = b.encrypter(s.Encrypt)
		return do, s.Encrypt.Key, wrong
	case s.Decrypt != nil:
		do, wrong = b.decrypter(s.Decrypt)
		return do, s.Decrypt.Key, wrong
	case s.PartialMD5 != "":
		return func(p []byte) ([]byte, error) { return partialMD5(quartet.Element(s.PartialMD5), string(p)) }, "", ""
	default:
		return func(p []byte) ([]byte, error) { return plainStep(s.Word, p) }, "", ""
	}
}

func plainStep(word string, p []byte) ([]byte, error) {
	switch word {
	case "upper":
		return []byte(strings.ToUpper(string(p))), nil
	case "lower":
		return []byte(strings.ToLower(string(p))), nil
	case "trim":
		return []byte(strings.TrimSpace(string(p))), nil
	case "percent":
		return []byte(percent(string(p))), nil
	case "from_hex":
		return unwritten("hex", strings.TrimSpace(string(p)))
	case "from_base64":
		return unwritten("base64", strings.TrimSpace(string(p)))
	}
	if text, ok := written(word, p); ok {
		return []byte(text), nil
	}
	return digest(word, p), nil
}

// percent writes a value as it stands in a query.
func percent(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// partialMD5 hides a part of an element: of a card the last six digits, of a name the first
// letter, of an ID number the birth date, of a mobile number everything. Values so short can
// be guessed; it is a format and protects nobody.
func partialMD5(e quartet.Element, text string) ([]byte, error) {
	from, to := 0, len(text)
	switch e {
	case quartet.ElementCard:
		from = len(text) - 6
	case quartet.ElementID:
		from, to = 6, len(text)-4
	case quartet.ElementName:
		_, to = utf8.DecodeRuneInString(text)
	default:
	}
	if from < 0 || to < from {
		return nil, errStep
	}
	sum := md5.Sum([]byte(text[from:to])) //nolint:gosec // the format that suppliers take
	return []byte(text[:from] + hex.EncodeToString(sum[:]) + text[to:]), nil
}
