package aliyun

import (
	"cmp"
	"context"
	"crypto/x509"
	"net/url"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/wire"
)

// Options are what the surroundings hand in.
type Options struct {
	Roots *x509.CertPool // whom TLS trusts; nil: those of the system
}

// Source asks Alibaba Cloud. Safe for concurrent use.
type Source struct {
	endpoints []*url.URL
	region    string
	hashed    bool // ParamType md5
	timeout   time.Duration
	scope     source.Scope
	key       credentials.CredentialsProvider
	transport *wire.Transport
}

type settings struct {
	Endpoints []string `yaml:"endpoints"`
	Region    string   `yaml:"region"`
	Elements  []int    `yaml:"elements"`
	ParamType string   `yaml:"param_type"`
	Timeout   string   `yaml:"timeout"`
}

// New makes a source of settings in YAML and the credentials access_key_id and
// access_key_secret. Whatever is wrong with them is ErrInvalid.
func New(config []byte, given map[string]string, o Options) (*Source, error) {
	var set settings
	if err := wire.Decode(config, &set); err != nil {
		return nil, err
	}
	if err := wire.CheckCredentials(given, "access_key_id", "access_key_secret"); err != nil {
		return nil, err
	}
	if len(set.Endpoints) == 0 {
		set.Endpoints = []string{"cloudauth.aliyuncs.com", "cloudauth.cn-shanghai.aliyuncs.com", "cloudauth.cn-beijing.aliyuncs.com"}
	}
	s := &Source{region: cmp.Or(set.Region, "cn-shanghai"), hashed: set.ParamType == "md5"}
	if !s.hashed && set.ParamType != "" && set.ParamType != "normal" {
		return nil, wire.Invalid("param_type", "is neither normal nor md5")
	}
	for _, text := range set.Endpoints {
		endpoint, err := wire.Address("endpoints", text)
		if err != nil {
			return nil, err
		}
		s.endpoints = append(s.endpoints, endpoint)
	}
	needs, err := wire.Needs("elements", set.Elements)
	if err != nil {
		return nil, err
	}
	if s.timeout, err = wire.Duration("timeout", set.Timeout, 10*time.Second); err != nil {
		return nil, err
	}
	s.scope = wire.Residents(needs)
	s.key = credentials.NewStaticAKCredentialsProvider(given["access_key_id"], given["access_key_secret"])
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

// Address implements source.Addressed: a further one is asked when the one before cannot be
// reached.
func (s *Source) Address() string {
	texts := make([]string, len(s.endpoints))
	for i, endpoint := range s.endpoints {
		texts[i] = endpoint.String()
	}
	return strings.Join(texts, ", ")
}

// Verify implements source.Source.
func (s *Source) Verify(ctx context.Context, q source.Query) (source.Answer, error) {
	if err := ctx.Err(); err != nil {
		return source.Answer{}, &source.Error{Kind: source.Timeout, Charged: quartet.ChargedNo, Cause: err}
	}
	if !wire.Takes(s.scope, q) {
		return source.Answer{}, &source.Error{Kind: source.Unsupported, Charged: quartet.ChargedNo}
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	var missed *source.Error
	for _, endpoint := range s.endpoints {
		trip := s.transport.Trip(ctx)
		said := s.ask(trip, endpoint, q)
		missed = trip.Failure()
		if missed == nil {
			return read(q, trip.Status(), said)
		}
		if missed.Kind != source.Unreachable || missed.Sent {
			break
		}
	}
	return source.Answer{}, missed
}
