package simulator

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// TC3-HMAC-SHA256. What is signed:
//
//	method, /, query, each signed header as name:value, their names with ;, SHA-256 of the body
//
// of which the SHA-256 is signed behind the algorithm, X-TC-Timestamp and the scope
// <UTC day>/faceid/tc3_request, under a key that is derived from TC3<secret> by day, service
// and tc3_request.
const tencentWindow = 5 * time.Minute

var tencentAuthorization = regexp.MustCompile(
	`^TC3-HMAC-SHA256 Credential=([^/,]+)/(\d{4}-\d\d-\d\d)/faceid/tc3_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$`)

// checkSignature refuses a request that is not signed with the secret, or not now.
func (c tencent) checkSignature(r *request) *reply {
	no := func(code, message string) *reply {
		refusal := tencentError("AuthFailure."+code, message)
		return &refusal
	}
	m := tencentAuthorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		return no("InvalidAuthorization", "Authorization is missing or has another form")
	}
	id, day, names, signature := m[1], m[2], strings.Split(m[3], ";"), m[4]
	stamp := r.Header.Get("X-Tc-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	at := time.Unix(seconds, 0).UTC()
	switch {
	case !same(id, c.id):
		return no("SecretIdNotFound", "the SecretId is not found")
	case err != nil || r.now.Sub(at).Abs() > tencentWindow || day != at.Format(time.DateOnly):
		return no("SignatureExpire", "X-TC-Timestamp is too far from now, or the day is another")
	case !slices.IsSorted(names) || !slices.Contains(names, "content-type") || !slices.Contains(names, "host"):
		return no("SignatureFailure", "content-type and host must be signed, in alphabetical order")
	}
	// The cloud is reached without a port. Behind one, some clients sign it and some do not.
	bare, _, err := net.SplitHostPort(r.Host)
	if same(signature, c.sign(r, r.Host, day, stamp, names)) || err == nil && same(signature, c.sign(r, bare, day, stamp, names)) {
		return nil
	}
	return no("SignatureFailure", "the provided credentials could not be validated; please check your signature is correct")
}

func (c tencent) sign(r *request, host, day, stamp string, names []string) string {
	var headers strings.Builder
	for _, name := range names {
		value := r.Header.Get(name)
		if name == "host" {
			value = host
		}
		headers.WriteString(name + ":" + strings.ToLower(strings.TrimSpace(value)) + "\n")
	}
	canonical := strings.Join([]string{
		r.Method, "/", r.URL.RawQuery, headers.String(), strings.Join(names, ";"), hexSHA256(string(r.body)),
	}, "\n")
	text := strings.Join([]string{"TC3-HMAC-SHA256", stamp, day + "/faceid/tc3_request", hexSHA256(canonical)}, "\n")
	key := []byte("TC3" + c.secret)
	for _, part := range []string{day, "faceid", "tc3_request", text} {
		key = hmacOf(sha256.New, string(key), part)
	}
	return hex.EncodeToString(key)
}
