package setup

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"strings"
	"time"

	"quartet"
)

// soon is how long before its end a certificate is worth a warning.
const soon = 14 * 24 * time.Hour

// certified is a certificate that fits its key and holds today.
type certified struct {
	leaf         *x509.Certificate
	names, first string
	ends         string
	soon         bool
}

// readPair refuses a certificate that callers would refuse, and a key that others can read.
func (s *Setup) readPair(certFile, keyFile string) (certified, error) {
	cert, err := os.ReadFile(certFile)
	if err != nil {
		return certified{}, refuse("cert", "读不到证书文件：%v", "cannot read the certificate file: %v", err)
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return certified{}, refuse("key", "读不到私钥文件：%v", "cannot read the private key file: %v", err)
	}
	if err := CheckKeyFile(keyFile); err != nil {
		return certified{}, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return certified{}, refuse("cert", "证书和私钥配不成一对：%v", "the certificate and the key are no pair: %v", trim(err))
	}
	leaf, now := pair.Leaf, s.o.Now()
	day := func(t time.Time) string { return t.In(quartet.Shanghai).Format(time.DateOnly) }
	switch {
	case now.After(leaf.NotAfter):
		return certified{}, refuse("cert", "证书已于 %s 过期", "the certificate has expired on %s", day(leaf.NotAfter))
	case now.Before(leaf.NotBefore):
		return certified{}, refuse("cert", "证书从 %s 起才有效", "the certificate is valid from %s on only", day(leaf.NotBefore))
	}
	c := certified{leaf: leaf, ends: day(leaf.NotAfter), soon: leaf.NotAfter.Sub(now) < soon}
	names := append([]string{}, leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return certified{}, refuse("cert", "证书里没有主机名（SAN），调用方会拒绝它", "the certificate names no host (SAN), so callers would refuse it")
	}
	c.names, c.first = strings.Join(names, ", "), names[0]
	if strings.HasPrefix(c.first, "*") {
		c.first = ""
	}
	return c, nil
}

// CheckKeyFile refuses a private key that every user can read.
func CheckKeyFile(path string) error {
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o007 != 0 {
		return refuse("key", "私钥文件 %s 的权限是 %04o，任何用户都能读；请执行 chmod o= %[1]s", "the private key file %s has mode %04o, so that every user can read it; run chmod o= %[1]s", path, info.Mode().Perm())
	}
	return nil
}

// trim is the reason without the name of the package that gives it.
func trim(err error) error {
	return errors.New(strings.TrimPrefix(err.Error(), "tls: "))
}
