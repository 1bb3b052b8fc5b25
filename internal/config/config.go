package config

import (
	"net/netip"
	"path/filepath"
	"time"
)

// Config is what a node is told.
type Config struct {
	Listen         string
	AdminListen    string
	AllowPlainHTTP bool   // plain HTTP on an address that others can reach
	TLSCert        string // with TLSKey: the API speaks HTTPS
	TLSKey         string
	RequireHTTPS   bool           // a call that a proxy took over plain HTTP is refused
	TrustedProxies []netip.Prefix // whose X-Forwarded-… headers are believed

	Data              string // the data folder
	Store             string // "": SQLite in the data folder; otherwise postgres://…
	StorePasswordFile string
	StorePassword     string // from QUARTET_STORE_PASSWORD or StorePasswordFile; never printed
	StoreAllowUnsafe  bool   // accept a database that runs without fsync: tests only
	Keyring           string // "": quartet.keyring beside the data folder

	Deadline time.Duration // of a call that a supplier is asked for
	Drain    time.Duration // how long a stopping node waits for calls in flight

	LogLevel  string
	LogFormat string

	GuardEnabled    bool
	GuardIdentical  int
	GuardMismatches int
	GuardCalls      int

	AppCodeInQuery bool // the query may carry an AppCode as well

	FailedAuth int // calls of one address at once that may fail to say who calls; 0: not limited

	CallDays int // how long calls are kept

	Pay     Pay
	Invoice Invoice

	Notify Notify

	OIDC OIDC

	Support Support
	Webhook Webhook
	Batch   Batch

	LeadDays int // before a change for the worse
}

// Default is the configuration of a node that is told nothing.
func Default() Config {
	return Config{
		Listen:          "127.0.0.1:8080",
		AdminListen:     "127.0.0.1:9090",
		Data:            "quartet-data",
		Deadline:        10 * time.Second,
		Drain:           10 * time.Second,
		LogLevel:        "info",
		LogFormat:       "json",
		GuardEnabled:    true,
		GuardIdentical:  10,
		GuardMismatches: 3,
		GuardCalls:      10,
		FailedAuth:      60,
		CallDays:        3 * 365,
		Notify:          Notify{House: "Quartet", Mail: Mail{Security: "starttls"}},
		OIDC:            OIDC{Claim: "email"},
		Support:         Support{Wait: 3 * time.Minute},
		Webhook:         Webhook{Wait: 10 * time.Second},
		Batch:           Batch{MaxMiB: 256, Rows: 1_000_000, AtOnce: 32, Keep: 7 * 24 * time.Hour},
		LeadDays:        7,
	}
}

// KeyringPath is the file of the keyring, given or by default.
func (c Config) KeyringPath() string {
	if c.Keyring != "" {
		return c.Keyring
	}
	data, err := filepath.Abs(c.Data)
	if err != nil {
		data = c.Data
	}
	return filepath.Join(filepath.Dir(data), "quartet.keyring")
}
