package simulator

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm4"
	"github.com/emmansun/gmsm/smx509"

	"quartet"
)

// tencentEncryption says which fields are encrypted and how. AES-256-CBC with PKCS #7, its
// key under RSA with PKCS #1 v1.5; or SM4-GCM, the tags apart in the order of the list, its
// key under SM2 as C1‖C3‖C2. All bytes are base64.
type tencentEncryption struct {
	Algorithm, CiphertextBlob, Iv string
	EncryptList, TagList          []string
}

// tencentKeys are the private halves of the keys that the cloud's console shows.
type tencentKeys struct {
	rsa *rsa.PrivateKey
	sm2 *sm2.PrivateKey
}

func newTencentKeys(rsaPEM, sm2PEM string) (tencentKeys, error) {
	var k tencentKeys
	if block, _ := pem.Decode([]byte(rsaPEM)); block != nil {
		if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			k.rsa, _ = key.(*rsa.PrivateKey)
		}
	}
	if block, _ := pem.Decode([]byte(sm2PEM)); block != nil {
		if key, err := smx509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			k.sm2, _ = key.(*sm2.PrivateKey)
		}
	}
	for field, missing := range map[string]bool{"rsa_key": k.rsa == nil, "sm2_key": k.sm2 == nil} {
		if missing {
			return k, &quartet.Error{
				Code: quartet.ErrInvalid, Field: field,
				Message: "the dialect tencent needs the credential " + field + " as a private key in PEM (PKCS #8)",
			}
		}
	}
	return k, nil
}

// tencentSlots are the credentials of the dialect.
func tencentSlots() []slot {
	return []slot{word("secret_id"), word("secret_key"), privateKey("rsa_key"), {"sm2_key", inventSM2}}
}

func inventSM2() string {
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil { // cannot happen: randomness never fails
		panic(err)
	}
	der, err := smx509.MarshalPKCS8PrivateKey(key)
	if err != nil { // cannot happen: it is an SM2 key
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// open decrypts the listed fields in place.
func (k tencentKeys) open(body *tencentBody) *reply {
	e := body.Encryption
	if e.Algorithm == "" {
		e.Algorithm = "AES-256-CBC"
	}
	fields := map[string]*string{"Name": &body.Name, "BankCard": &body.BankCard, "IdCard": &body.IdCard, "Phone": &body.Phone}
	key, err := k.unwrap(e)
	if err != nil || e.Algorithm == "SM4-GCM" && len(e.TagList) != len(e.EncryptList) {
		return decryptError()
	}
	for i, name := range e.EncryptList {
		field, ok := fields[name]
		if !ok || slices.Index(e.EncryptList, name) != i {
			refusal := tencentError("InvalidParameter.UnsupportEncryptField", "EncryptList names a field that cannot be encrypted")
			return &refusal
		}
		tag := ""
		if i < len(e.TagList) {
			tag = e.TagList[i]
		}
		plain, ok := decrypt(e.Algorithm, key, e.Iv, *field, tag)
		if !ok {
			return decryptError()
		}
		*field = plain
	}
	return nil
}

func decryptError() *reply {
	refusal := tencentError("FailedOperation.DecryptSystemError", "the parameters cannot be decrypted")
	return &refusal
}

func (k tencentKeys) unwrap(e *tencentEncryption) ([]byte, error) {
	blob, err := base64.StdEncoding.DecodeString(e.CiphertextBlob)
	if err != nil {
		return nil, err
	}
	if e.Algorithm == "SM4-GCM" {
		return sm2.Decrypt(k.sm2, blob)
	}
	return rsa.DecryptPKCS1v15(rand.Reader, k.rsa, blob) //nolint:staticcheck // the cloud takes no other
}

func decrypt(algorithm string, key []byte, ivText, cipherText, tagText string) (string, bool) {
	var parts [3][]byte
	for i, text := range []string{ivText, cipherText, tagText} {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return "", false
		}
		parts[i] = b
	}
	iv, text, tag := parts[0], parts[1], parts[2]
	switch algorithm {
	case "SM4-GCM":
		block, err := sm4.NewCipher(key)
		if err != nil {
			return "", false
		}
		gcm, err := cipher.NewGCM(block)
		if err != nil || len(iv) != gcm.NonceSize() {
			return "", false
		}
		plain, err := gcm.Open(nil, iv, append(text, tag...), nil)
		return string(plain), err == nil
	case "AES-256-CBC":
		block, err := aes.NewCipher(key)
		if err != nil || len(key) != 32 || len(iv) != aes.BlockSize || len(text) == 0 || len(text)%aes.BlockSize != 0 {
			return "", false
		}
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(text, text)
		n := int(text[len(text)-1])
		if n == 0 || n > aes.BlockSize || !bytes.HasSuffix(text, bytes.Repeat([]byte{byte(n)}, n)) {
			return "", false
		}
		return string(text[:len(text)-n]), true
	default:
		return "", false
	}
}
