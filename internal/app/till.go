package app

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"quartet"
	"quartet/internal/invoice"
	"quartet/internal/market"
	"quartet/internal/obs"
	"quartet/internal/pay"
	"quartet/internal/pay/alipay"
	"quartet/internal/pay/practice"
	"quartet/internal/pay/wechat"
	"quartet/internal/settlement"
)

// checkWithin is how long a provider may take to say at the start whether it knows us.
const checkWithin = 20 * time.Second

// practiceFile keeps what was paid by practice, in the data folder of a demo.
const practiceFile = "practice.jsonl"

// shown is the address at which a buyer's browser finds this house: that of the settings,
// else the one it listens on, which for all addresses is that of this machine.
func (a *App) shown() string {
	if a.Config.Pay.Notify != "" {
		return a.Config.Pay.Notify
	}
	u, err := url.Parse(a.URL())
	if err != nil {
		return ""
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.IsUnspecified() {
		u.Host = net.JoinHostPort("localhost", u.Port())
	}
	return u.String()
}

// openTill makes the cashier with the payment providers that the settings name, and with
// practice in the demo. ErrInvalid names the setting that is wrong.
func (a *App) openTill() error {
	var (
		providers []pay.Provider
		c         = a.Config.Pay
	)
	if c.Alipay.AppID != "" {
		p, err := alipay.New(alipay.Settings{
			AppID: c.Alipay.AppID, Seller: c.Alipay.Seller, PrivateKey: c.Alipay.PrivateKeyFile, PublicKey: c.Alipay.PublicKeyFile,
			Gateway: c.Alipay.Gateway, Notify: c.Notify,
		})
		if err != nil {
			return err
		}
		providers = append(providers, p)
	}
	if c.WeChat.AppID != "" {
		p, err := wechat.New(wechat.Settings{
			AppID: c.WeChat.AppID, Merchant: c.WeChat.Merchant, Certificate: c.WeChat.CertificateFile, PrivateKey: c.WeChat.PrivateKeyFile,
			APIv3Key: c.WeChat.APIv3KeyFile, PublicKeyID: c.WeChat.PublicKeyID, PublicKey: c.WeChat.PublicKeyFile,
			Certificates: c.WeChat.PlatformCertificates, Gateway: c.WeChat.Gateway, Notify: c.Notify,
		}, a.Now)
		if err != nil {
			return err
		}
		a.wechat = p
		providers = append(providers, p)
	}
	if a.demo {
		var err error
		if a.rehearsal, err = practice.New(practice.Options{Demo: true, Base: a.shown, File: filepath.Join(a.Config.Data, practiceFile), Now: a.Now}); err != nil {
			return err
		}
		providers = append(providers, a.rehearsal)
	}
	billers := map[string]settlement.Biller{}
	for _, p := range providers {
		billers[p.Name()] = p
		a.metrics.Provider(p.Name())
	}
	a.Cashier = pay.New(pay.Options{Desk: a.Billing, Store: a.Store, Sealer: a.Ring, Providers: providers, Now: a.Now, Forged: a.metrics.Forged})
	a.Bills = settlement.New(a.Store, billers, a.Now)
	if a.rehearsal != nil {
		a.gate.practice = a.rehearsal.Pages(a.Cashier.Watch)
	}
	return nil
}

// checkTill says in the log whether WeChat Pay knows us, beside the start: a provider that
// cannot be reached keeps nobody from calling.
func (a *App) checkTill(ctx context.Context) {
	if a.wechat == nil {
		return
	}
	a.jobs.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, checkWithin)
		defer cancel()
		switch err := a.wechat.Check(ctx); {
		case err == nil:
			a.Log.Info("WeChat Pay knows us, and we can verify it")
		case quartet.CodeOf(err) == quartet.ErrInvalid:
			a.Log.Error("payments by WeChat Pay will fail", obs.Err(err))
		default:
			a.Log.Warn("WeChat Pay could not be asked whether it knows us", obs.Err(err))
		}
	})
}

// withMessages puts what payment providers and markets send before the management API: they
// sign it and have no session, and its bytes are read as they are.
func (a *App) withMessages(api http.Handler) http.Handler {
	notices, messages, invoices := a.Cashier.Notices(), a.Market.Handler(a.refer), a.Invoices.Notices()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		signed := messages
		switch {
		case strings.HasPrefix(r.URL.Path, pay.NoticePath):
			signed = notices
		case strings.HasPrefix(r.URL.Path, invoice.NoticePath):
			signed = invoices
		case strings.HasPrefix(r.URL.Path, market.Path):
		default:
			api.ServeHTTP(w, r)
			return
		}
		signed.ServeHTTP(w, r.WithContext(quartet.WithOrigin(r.Context(), a.proxies.Remote(r).String())))
	})
}
