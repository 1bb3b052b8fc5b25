package pay

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"strings"

	"quartet"
)

const maxKeyFile = 64 << 10

// ReadSecret reads a file that holds a key. setting names it in messages, which repeat
// nothing of its content.
func ReadSecret(setting, path string) ([]byte, error) {
	if path == "" {
		return nil, wrongKey(setting, "names no file; it is needed")
	}
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxKeyFile {
		return nil, wrongKey(setting, "names a file that is too large for a key")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		why := err
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			why = e.Err
		}
		return nil, wrongKey(setting, "names a file that cannot be read: "+why.Error())
	}
	return data, nil
}

func wrongKey(setting, why string) error {
	return &quartet.Error{Code: quartet.ErrInvalid, Field: setting, Message: setting + " " + why}
}

// der is what a PEM block holds, or what is bare base64, as the tools of providers write.
func der(data []byte) (kind string, bytes []byte) {
	if block, _ := pem.Decode(data); block != nil {
		return block.Type, block.Bytes
	}
	bare := strings.Join(strings.Fields(string(data)), "")
	if b, err := base64.StdEncoding.DecodeString(bare); err == nil {
		return "", b
	}
	return "", nil
}

// PrivateKey reads our RSA key from a file, PKCS #1 or #8, in PEM or bare base64.
func PrivateKey(setting, path string) (*rsa.PrivateKey, error) {
	data, err := ReadSecret(setting, path)
	if err != nil {
		return nil, err
	}
	_, bytes := der(data)
	if key, err := x509.ParsePKCS1PrivateKey(bytes); err == nil {
		return key, nil
	}
	if parsed, err := x509.ParsePKCS8PrivateKey(bytes); err == nil {
		if key, ok := parsed.(*rsa.PrivateKey); ok {
			return key, nil
		}
	}
	return nil, wrongKey(setting, "holds no RSA private key (PKCS #1 or #8, in PEM or base64)")
}

// PublicKey reads a provider's RSA key from a file. own is our key, whose public half is
// the key most often given by mistake: with it nothing the provider says could be verified.
func PublicKey(setting, path string, own *rsa.PrivateKey) (*rsa.PublicKey, error) {
	data, err := ReadSecret(setting, path)
	if err != nil {
		return nil, err
	}
	kind, bytes := der(data)
	if kind == "CERTIFICATE" {
		cert, err := x509.ParseCertificate(bytes)
		if err == nil && own.PublicKey.Equal(cert.PublicKey) {
			return nil, wrongKey(setting, "holds your own certificate, with which nothing the provider says can be verified; take the provider's public key")
		}
		return nil, wrongKey(setting, "holds a certificate; take the provider's public key")
	}
	parsed, err := x509.ParsePKIXPublicKey(bytes)
	if err != nil {
		parsed, err = x509.ParsePKCS1PublicKey(bytes)
	}
	key, ok := parsed.(*rsa.PublicKey)
	switch {
	case err != nil || !ok:
		return nil, wrongKey(setting, "holds no RSA public key (in PEM or base64)")
	case own.PublicKey.Equal(key):
		return nil, wrongKey(setting, "holds your own public key, with which nothing the provider says can be verified; take the provider's public key")
	}
	return key, nil
}

// Certificate reads our own certificate and checks that it is of our key.
func Certificate(setting, path string, own *rsa.PrivateKey) (*x509.Certificate, error) {
	data, err := ReadSecret(setting, path)
	if err != nil {
		return nil, err
	}
	_, bytes := der(data)
	cert, err := x509.ParseCertificate(bytes)
	switch {
	case err != nil:
		return nil, wrongKey(setting, "holds no certificate (PEM)")
	case !own.PublicKey.Equal(cert.PublicKey):
		return nil, wrongKey(setting, "holds a certificate that is not of your private key; take the two files of one download")
	}
	return cert, nil
}
