package tencent

import (
	"context"
	"crypto/x509"
	"net/url"
	"sync"
	"time"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/wire"
)

// Options are what the surroundings hand in.
type Options struct {
	Roots *x509.CertPool // whom TLS trusts; nil: those of the system
}

// Source asks Tencent Cloud. Safe for concurrent use.
type Source struct {
	endpoint  *url.URL
	region    string
	timeout   time.Duration
	scope     source.Scope
	sealer    *sealer // nil: elements are sent as they are
	secretID  string
	secretKey string
	transport *wire.Transport

	mu   sync.Mutex
	free []*asker // that ask nothing now
}

type settings struct {
	Endpoint   string `yaml:"endpoint"`
	Region     string `yaml:"region"`
	Elements   []int  `yaml:"elements"`
	Timeout    string `yaml:"timeout"`
	Encryption *struct {
		Algorithm string `yaml:"algorithm"`
		PublicKey string `yaml:"public_key"`
	} `yaml:"encryption"`
}

// New makes a source of settings in YAML and the credentials secret_id and secret_key.
// Whatever is wrong with them is ErrInvalid.
func New(config []byte, credentials map[string]string, o Options) (*Source, error) {
	var set settings
	if err := wire.Decode(config, &set); err != nil {
		return nil, err
	}
	if err := wire.CheckCredentials(credentials, "secret_id", "secret_key"); err != nil {
		return nil, err
	}
	if set.Endpoint == "" {
		set.Endpoint = "faceid.tencentcloudapi.com"
	}
	endpoint, err := wire.Address("endpoint", set.Endpoint)
	if err != nil {
		return nil, err
	}
	needs, err := wire.Needs("elements", set.Elements)
	if err != nil {
		return nil, err
	}
	timeout, err := wire.Duration("timeout", set.Timeout, 10*time.Second)
	if err != nil {
		return nil, err
	}
	s := &Source{
		endpoint: endpoint, region: set.Region, timeout: timeout, scope: wire.Residents(needs),
		secretID: credentials["secret_id"], secretKey: credentials["secret_key"],
	}
	if set.Encryption != nil {
		if s.sealer, err = newSealer(set.Encryption.Algorithm, set.Encryption.PublicKey); err != nil {
			return nil, err
		}
	}
	s.transport = wire.NewTransport(o.Roots)
	return s, nil
}

// Close ends the connections that nobody uses. The source may still be asked.
func (s *Source) Close() error {
	s.transport.Close()
	return nil
}

// Scope is what was ordered: resident ID cards alone.
func (s *Source) Scope() source.Scope { return s.scope }

// Address implements source.Addressed.
func (s *Source) Address() string { return s.endpoint.String() }

// Verify implements source.Source.
func (s *Source) Verify(ctx context.Context, q source.Query) (source.Answer, error) {
	if err := ctx.Err(); err != nil {
		return source.Answer{}, &source.Error{Kind: source.Timeout, Charged: quartet.ChargedNo, Cause: err}
	}
	if !wire.Takes(s.scope, q) {
		return source.Answer{}, &source.Error{Kind: source.Unsupported, Charged: quartet.ChargedNo}
	}
	asked, err := s.request(q)
	if err != nil { // the encryption failed: nothing left
		return source.Answer{}, &source.Error{Kind: source.Failed, Charged: quartet.ChargedNo}
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	trip := s.transport.Trip(ctx)
	said, err := s.ask(trip, asked)
	return read(q, trip, said, err)
}
