package simulator

import (
	"crypto/sha1" //nolint:gosec // the contract demands it
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// aliyunWindow is how far a clock may be off.
const aliyunWindow = 15 * time.Minute

var acs3Authorization = regexp.MustCompile(
	`^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([a-z0-9;-]+),Signature=([0-9a-f]{64})$`)

// checkSignature finds out in which of the two ways a request is signed, whether by the
// secret, now, and for the first time; and gives action and version.
func (c aliyun) checkSignature(r *request, values url.Values) (action, version string, refusal *reply) {
	var id, stamp, nonce, signature, text, want string
	if m := acs3Authorization.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		action, version = r.Header.Get("X-Acs-Action"), r.Header.Get("X-Acs-Version")
		id, stamp, nonce, signature = m[1], r.Header.Get("X-Acs-Date"), r.Header.Get("X-Acs-Signature-Nonce"), m[3]
		text, want = c.acs3(r, strings.Split(m[2], ";"))
	} else {
		action, version = values.Get("Action"), values.Get("Version")
		id, stamp, nonce, signature = values.Get("AccessKeyId"), values.Get("Timestamp"), values.Get("SignatureNonce"), values.Get("Signature")
		text, want = c.rpc(r.Method, values)
		if signature == "" || values.Get("SignatureMethod") != "HMAC-SHA1" || values.Get("SignatureVersion") != "1.0" {
			return "", "", popRefusal(http.StatusBadRequest, "IncompleteSignature", "the request signature does not conform to the standards")
		}
	}
	at, err := time.Parse(time.RFC3339, stamp)
	switch {
	case !same(id, c.id):
		return "", "", popRefusal(http.StatusNotFound, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
	case err != nil || r.now.Sub(at).Abs() > aliyunWindow:
		return "", "", popRefusal(http.StatusBadRequest, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
	case !same(signature, want): // the cloud repeats all that was signed, elements included
		return "", "", popRefusal(http.StatusBadRequest, "SignatureDoesNotMatch",
			"Specified signature is not matched with our calculation. server string to sign is:"+text)
	case !c.nonces.fresh(nonce, r.now):
		return "", "", popRefusal(http.StatusBadRequest, "SignatureNonceUsed", "Specified signature nonce was used already.")
	}
	return action, version, nil
}

func popRefusal(status int, code, message string) *reply {
	refusal := popError(status, code, message)
	return &refusal
}

// rpc is the signature of version 1.0: the base64 HMAC-SHA1 under the secret and &, of method,
// / and all parameters, sorted and encoded twice.
func (c aliyun) rpc(method string, values url.Values) (text, signature string) {
	fields := map[string]string{}
	for k := range values {
		if k != "Signature" {
			fields[percent(k)] = values.Get(k)
		}
	}
	text = method + "&%2F&" + percent(strings.Join(sortedPairs(fields, percent), "&"))
	return text, base64.StdEncoding.EncodeToString(hmacOf(sha1.New, c.secret+"&", text))
}

// acs3 is the newer signature: the hexadecimal HMAC-SHA256 of ACS3-HMAC-SHA256 and the SHA-256
// of method, /, query, signed headers, their names and X-Acs-Content-Sha256.
func (c aliyun) acs3(r *request, names []string) (text, signature string) {
	var headers strings.Builder
	for _, name := range names {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		headers.WriteString(name + ":" + strings.TrimSpace(value) + "\n")
	}
	fields := map[string]string{}
	for k := range r.URL.Query() {
		fields[percent(k)] = r.URL.Query().Get(k)
	}
	for _, must := range []string{"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"} {
		if !slices.Contains(names, must) {
			return "", ""
		}
	}
	if !slices.IsSorted(names) || !same(r.Header.Get("X-Acs-Content-Sha256"), hexSHA256(string(r.body))) {
		return "", ""
	}
	canonical := strings.Join([]string{
		r.Method, "/", strings.Join(sortedPairs(fields, percent), "&"), headers.String(), strings.Join(names, ";"), hexSHA256(string(r.body)),
	}, "\n")
	return canonical, hexHMAC(sha256.New, c.secret, "ACS3-HMAC-SHA256\n"+hexSHA256(canonical))
}

// percent encodes as RFC 3986 has it.
func percent(s string) string {
	return strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(url.QueryEscape(s))
}
