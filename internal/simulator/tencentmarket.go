package simulator

import (
	"crypto/sha1" //nolint:gosec // the contract demands it
	"encoding/base64"
	"net/http"
	"time"
)

// The cloud-market resale of Juhe: GET, all in the query, as Juhe's own but for the key.
// Headers x-date, an HTTP date; x-source, a word; and
//
//	Authorization: hmac id="<secret_id>", algorithm="hmac-sha1", headers="x-date x-source", signature="<s>"
//
// with s the Base64 of HMAC-SHA1 over "x-date: <date>\nx-source: <word>" under the secret.
// uorderid, 8 to 32, is unique.
//
// Not confirmed: the answer (here that of Juhe), the window of the date (here 15 minutes),
// the answer to a wrong signature (here status 401).
type tencentmarket struct {
	juhe

	id, secret string
}

const tencentmarketWindow = 15 * time.Minute

func newTencentmarket(secrets map[string]string) (contract, error) {
	return tencentmarket{id: secrets["secret_id"], secret: secrets["secret_key"]}, nil
}

func (c tencentmarket) ask(r *request) (question, *reply) {
	if r.Method != http.MethodGet {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	date, source := r.Header.Get("X-Date"), r.Header.Get("X-Source")
	text := "x-date: " + date + "\nx-source: " + source
	want := `hmac id="` + c.id + `", algorithm="hmac-sha1", headers="x-date x-source", signature="` +
		base64.StdEncoding.EncodeToString(hmacOf(sha1.New, c.secret, text)) + `"`
	at, err := http.ParseTime(date)
	if err != nil || source == "" || r.now.Sub(at).Abs() > tencentmarketWindow || !same(r.Header.Get("Authorization"), want) {
		return refuse(reply{
			status: http.StatusUnauthorized, header: map[string]string{"Content-Type": "application/json"},
			body: []byte(`{"message":"HMAC signature does not match"}`),
		})
	}
	return askJuhe(r)
}
