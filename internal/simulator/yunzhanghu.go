package simulator

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"strconv"
	"time"

	"quartet"
)

// Like Yunzhanghu: POST, a form that is an envelope: data, the Base64 of the encrypted JSON
// {real_name, id_card, card_no, mobile}; mess, a random word; timestamp; sign. Headers
// dealer-id and request-id. There is no field for the result: the code alone says it, 0000
// match.
//
// Not confirmed: the cipher (here AES-256-CBC with PKCS #7 padding, the 32 characters of the
// key as they are, their first 16 as IV), the signature (here the Base64 of RSA-SHA256, PKCS
// #1 v1.5, over data=…&mess=…&timestamp=…&key=<app key>), seconds as time and a window of 15
// minutes, every other code (here 2001 mismatch, 2002 the card's state forbids a comparison,
// 401 for a wrong signature, and the plain ones behind a 6), what is billed (here 0000 and
// 2001).
type yunzhanghu struct {
	onVerdict

	dealer, key string
	block       cipher.Block
	iv          []byte
	buyer       *rsa.PublicKey
}

const yunzhanghuWindow = 15 * time.Minute

func newYunzhanghu(secrets map[string]string) (contract, error) {
	key := []byte(secrets["aes_key"])
	block, err := aes.NewCipher(key)
	if err != nil || len(key) != 32 {
		return nil, quartet.Errorf(quartet.ErrInvalid, "the credential aes_key has 32 characters")
	}
	buyer, err := publicKey(secrets["private_key"])
	if err != nil {
		return nil, err
	}
	return yunzhanghu{
		dealer: secrets["dealer_id"], key: secrets["app_key"], block: block, iv: key[:aes.BlockSize], buyer: buyer,
	}, nil
}

func (c yunzhanghu) ask(r *request) (question, *reply) {
	if r.Method != http.MethodPost {
		return refuse(emptyReply(http.StatusMethodNotAllowed))
	}
	form := r.form()
	id := r.Header.Get("Request-Id")
	text := "data=" + form.Get("data") + "&mess=" + form.Get("mess") + "&timestamp=" + form.Get("timestamp") + "&key=" + c.key
	digest := sha256.Sum256([]byte(text))
	sign, err := base64.StdEncoding.DecodeString(form.Get("sign"))
	if err != nil || form.Get("mess") == "" || !same(r.Header.Get("Dealer-Id"), c.dealer) ||
		!within(form.Get("timestamp")+"000", r.now, yunzhanghuWindow) ||
		rsa.VerifyPKCS1v15(c.buyer, crypto.SHA256, digest[:], sign) != nil {
		return refuse(yunzhanghuReply("401", id))
	}
	var person struct {
		Name   string `json:"real_name"`
		ID     string `json:"id_card"`
		Card   string `json:"card_no"`
		Mobile string `json:"mobile"`
	}
	if json.Unmarshal(c.open(form.Get("data")), &person) != nil {
		return refuse(yunzhanghuReply("6400", id))
	}
	q := question{
		order: id, need: quartet.NeedAll,
		name: person.Name, id: person.ID, card: person.Card, mobile: person.Mobile,
	}
	if id == "" || !q.sound() {
		return refuse(yunzhanghuReply("6400", id))
	}
	return q, nil
}

// open decrypts; nil is what cannot be.
func (c yunzhanghu) open(data string) []byte {
	text, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(text) == 0 || len(text)%aes.BlockSize != 0 {
		return nil
	}
	cipher.NewCBCDecrypter(c.block, c.iv).CryptBlocks(text, text)
	padding := int(text[len(text)-1])
	if padding == 0 || padding > aes.BlockSize {
		return nil
	}
	return text[:len(text)-padding]
}

func (yunzhanghu) answer(q question, o outcome) reply {
	if o.fault != FaultNone {
		return yunzhanghuReply("6"+strconv.Itoa(plainCode(o.fault)), q.order)
	}
	return yunzhanghuReply(result(o, "0000", "2001", "2002", ""), q.order)
}

func yunzhanghuReply(code, id string) reply {
	return jsonReply(object{"code": code, "message": "…", "request_id": id, "data": object{}})
}

// privateKey is a slot of an RSA key in PEM.
func privateKey(name string) slot {
	return slot{name, func() string {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil { // cannot happen: the size is right and randomness never fails
			panic(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil { // cannot happen: it is an RSA key
			panic(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}}
}

// publicKey reads the public half of an RSA key in PEM, whichever half is given.
func publicKey(text string) (*rsa.PublicKey, error) {
	wrong := quartet.Errorf(quartet.ErrInvalid, "the credential private_key is an RSA key in PEM (PKCS #8), or its public half (PKIX)")
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, wrong
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		if private, ok := key.(*rsa.PrivateKey); ok {
			return &private.PublicKey, nil
		}
	}
	if key, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
		if public, ok := key.(*rsa.PublicKey); ok {
			return public, nil
		}
	}
	return nil, wrong
}
