package simulator

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"quartet"
)

// dialect is a contract before it has credentials.
type dialect struct {
	slots []slot
	open  func(secrets map[string]string) (contract, error)
}

// slot is a credential that a dialect expects.
type slot struct {
	name   string
	invent func() string
}

// dialects is the table of all dialects.
func dialects() map[string]dialect {
	return map[string]dialect{
		"acme":          {[]slot{word("app_key"), word("app_secret")}, newAcme},
		"aliyun":        {[]slot{word("access_key_id"), word("access_key_secret")}, newAliyun},
		"cftg":          {[]slot{word("app_id"), word("app_secret")}, newCftg},
		"chuanglan":     {[]slot{word("app_id"), word("app_key")}, newChuanglan},
		"direct":        {[]slot{word("key")}, newDirect},
		"haoservice":    {[]slot{word("key")}, newHaoservice},
		"juhe":          {[]slot{word("key")}, newJuhe},
		"jumdata":       {[]slot{word("app_id"), word("app_secret")}, newJumdata},
		"lfv2":          {[]slot{word("app_id"), word("app_key")}, newLfv2},
		"lundear":       {[]slot{word("appcode")}, newLundear},
		"market":        {[]slot{word("appcode")}, newMarket},
		"onecloudsp":    {[]slot{word("accesskey"), word("secret")}, newOnecloudsp},
		"payease":       {[]slot{word("merchant_id"), word("hmac_key")}, newPayease},
		"qiniu":         {[]slot{word("access_key"), word("secret_key")}, newQiniu},
		"shumaidata":    {[]slot{word("key")}, newShumaidata},
		"submail":       {[]slot{word("appid"), word("appkey")}, newSubmail},
		"tencent":       {tencentSlots(), newTencent},
		"tencentmarket": {[]slot{word("secret_id"), word("secret_key")}, newTencentmarket},
		"yunzhanghu":    {[]slot{word("dealer_id"), word("app_key"), word("aes_key"), privateKey("private_key")}, newYunzhanghu},
	}
}

// Dialects lists the names of the dialects.
func Dialects() []string { return slices.Sorted(maps.Keys(dialects())) }

// Slots lists the credentials that a dialect expects; none if it is unknown.
func Slots(dialect string) []string {
	var names []string
	for _, s := range dialects()[dialect].slots {
		names = append(names, s.name)
	}
	return names
}

// Invent makes credentials for a dialect. Those who call the simulator use the same; of a key
// pair, the private half is given and the simulator derives the public one.
func Invent(dialect string) (map[string]string, error) {
	d, ok := dialects()[dialect]
	if !ok {
		return nil, unknown(dialect)
	}
	secrets := make(map[string]string, len(d.slots))
	for _, s := range d.slots {
		secrets[s.name] = s.invent()
	}
	return secrets, nil
}

// open makes a contract of a dialect and its credentials.
func open(name string, secrets map[string]string) (contract, error) {
	d, ok := dialects()[name]
	if !ok {
		return nil, unknown(name)
	}
	for _, s := range d.slots {
		if secrets[s.name] == "" {
			return nil, &quartet.Error{
				Code: quartet.ErrInvalid, Field: s.name,
				Message: fmt.Sprintf("the dialect %s needs the credential %s", name, s.name),
			}
		}
	}
	for given := range secrets {
		if !slices.ContainsFunc(d.slots, func(s slot) bool { return s.name == given }) {
			return nil, &quartet.Error{
				Code: quartet.ErrInvalid, Field: given,
				Message: fmt.Sprintf("the dialect %s has no credential %s; it has %s", name, given, strings.Join(Slots(name), ", ")),
			}
		}
	}
	return d.open(secrets)
}

func unknown(dialect string) error {
	return &quartet.Error{
		Code: quartet.ErrNotFound, Field: "dialect",
		Message: fmt.Sprintf("no dialect is called %q; there are %s", dialect, strings.Join(Dialects(), ", ")),
	}
}

// word is a slot of 32 hexadecimal digits.
func word(name string) slot {
	return slot{name, func() string {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails
		return hex.EncodeToString(b[:])
	}}
}

// same compares what was given with a secret, or with a signature, in constant time.
func same(given, want string) bool { return hmac.Equal([]byte(given), []byte(want)) }

// onVerdict is the commonest billing rule: a match and a mismatch are charged, nothing else.
type onVerdict struct{}

func (onVerdict) charges(o outcome) bool {
	return o.fault == FaultNone && (o.verdict == quartet.Match || o.verdict == quartet.Mismatch)
}
