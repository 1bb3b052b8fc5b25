package config

// Pay is how this house takes money. A provider whose numbers are empty is not set up.
type Pay struct {
	Notify string // the address at which providers reach this house
	Alipay Alipay
	WeChat WeChat
}

// Alipay is a merchant at Alipay. Keys are named by their files.
type Alipay struct {
	AppID          string
	Seller         string
	PrivateKeyFile string
	PublicKeyFile  string
	Gateway        string // empty: Alipay's own
}

// WeChat is a merchant at WeChat Pay. Keys are named by their files.
type WeChat struct {
	AppID                string
	Merchant             string
	CertificateFile      string
	PrivateKeyFile       string
	APIv3KeyFile         string
	PublicKeyID          string
	PublicKeyFile        string
	PlatformCertificates bool   // beside a public key, while a merchant changes over
	Gateway              string // empty: WeChat Pay's own
}

func paySettings() []Setting {
	return []Setting{
		text("pay.notify", "address at which payment providers reach this house, such as https://shop.example", func(c *Config) *string { return &c.Pay.Notify }),
		text("pay.alipay.app_id", "number of the application at Alipay; empty: Alipay is not offered", func(c *Config) *string { return &c.Pay.Alipay.AppID }),
		text("pay.alipay.seller", "number of the merchant at Alipay (2088…)", func(c *Config) *string { return &c.Pay.Alipay.Seller }),
		text("pay.alipay.private_key_file", "file of the application's private key", func(c *Config) *string { return &c.Pay.Alipay.PrivateKeyFile }),
		text("pay.alipay.public_key_file", "file of Alipay's public key (not the application's)", func(c *Config) *string { return &c.Pay.Alipay.PublicKeyFile }),
		text("pay.alipay.gateway", "another gateway than Alipay's own; for tests", func(c *Config) *string { return &c.Pay.Alipay.Gateway }),
		text("pay.wechat.app_id", "number of the application at WeChat Pay; empty: WeChat Pay is not offered", func(c *Config) *string { return &c.Pay.WeChat.AppID }),
		text("pay.wechat.merchant", "number of the merchant at WeChat Pay", func(c *Config) *string { return &c.Pay.WeChat.Merchant }),
		text("pay.wechat.certificate_file", "file of the merchant's certificate (apiclient_cert.pem)", func(c *Config) *string { return &c.Pay.WeChat.CertificateFile }),
		text("pay.wechat.private_key_file", "file of the merchant's private key (apiclient_key.pem)", func(c *Config) *string { return &c.Pay.WeChat.PrivateKeyFile }),
		text("pay.wechat.api_v3_key_file", "file of the merchant's APIv3 key", func(c *Config) *string { return &c.Pay.WeChat.APIv3KeyFile }),
		text("pay.wechat.public_key_id", "id of WeChat Pay's public key (PUB_KEY_ID_…); empty: platform certificates are fetched", func(c *Config) *string { return &c.Pay.WeChat.PublicKeyID }),
		text("pay.wechat.public_key_file", "file of WeChat Pay's public key (not the merchant's)", func(c *Config) *string { return &c.Pay.WeChat.PublicKeyFile }),
		flag("pay.wechat.platform_certificates", "let platform certificates verify beside the public key, while the merchant changes over", func(c *Config) *bool { return &c.Pay.WeChat.PlatformCertificates }),
		text("pay.wechat.gateway", "another address than WeChat Pay's own; for tests", func(c *Config) *string { return &c.Pay.WeChat.Gateway }),
	}
}

// checkPay finds providers that are set up by half.
func (l *Loaded) checkPay(bad func(key, format string, args ...any)) {
	half := func(needed map[string]string, why string) {
		set := false
		for _, v := range needed {
			set = set || v != ""
		}
		for _, s := range paySettings() { // in their order
			if v, is := needed[s.Key]; set && is && v == "" {
				bad(s.Key, "is missing; %s needs it", why)
			}
		}
	}
	a, w := l.Pay.Alipay, l.Pay.WeChat
	half(map[string]string{
		"pay.alipay.app_id": a.AppID, "pay.alipay.seller": a.Seller, "pay.alipay.private_key_file": a.PrivateKeyFile, "pay.alipay.public_key_file": a.PublicKeyFile,
	}, "Alipay")
	half(map[string]string{
		"pay.wechat.app_id": w.AppID, "pay.wechat.merchant": w.Merchant, "pay.wechat.certificate_file": w.CertificateFile,
		"pay.wechat.private_key_file": w.PrivateKeyFile, "pay.wechat.api_v3_key_file": w.APIv3KeyFile,
	}, "WeChat Pay")
	half(map[string]string{"pay.wechat.public_key_id": w.PublicKeyID, "pay.wechat.public_key_file": w.PublicKeyFile}, "the other one of the public key")
	if l.Pay.Notify == "" && (a.AppID != "" || w.AppID != "") {
		bad("pay.notify", "is missing; providers send their notices to it")
	}
}
