package httpjson

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"io"
	"net/url"
	"slices"
	"sort"
	"strings"
	"time"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/wire"
)

// Options of a Source. The zero value is good.
type Options struct {
	Roots *x509.CertPool // whom to trust; nil: whom the system trusts
	Dial  Dial           // nil: over the net, without a proxy
	Idle  time.Duration  // how long a connection is kept for the next question; 0: 30 s
	Now   func() time.Time
	Rand  io.Reader // must be safe for concurrent use
}

// Source asks one supplier. It is safe for concurrent use.
type Source struct {
	manifest *Manifest
	carrier  *carrier
	plan     *plan
	reader   *reader
	inquiry  *plan
	found    *reader
	options  Options
	texts    map[string]any // credentials for expressions
	needs    []quartet.ElementSet
	ids      []quartet.IDType
}

// New makes a source of a manifest and the operator's credentials. A credential that is
// missing, superfluous or of the wrong form is ErrInvalid and names the slot, never the
// value. Use Open where the source is handed on as the contract.
func New(m *Manifest, credentials map[string]string, o Options) (*Source, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	base, err := m.accept(credentials)
	if err != nil {
		return nil, err
	}
	d := m.doc
	b := &binding{slots: map[string]slot{}, values: credentials, random: o.Rand}
	s := &Source{manifest: m, options: o, texts: map[string]any{}}
	for _, one := range d.Credentials {
		b.slots[one.Name] = one
		s.texts[one.Name] = credentials[one.Name]
	}
	if s.plan, err = b.plan(&d.Request, base); err != nil {
		return nil, err
	}
	if s.reader, err = b.reader(&d.Answer, s.constant); err != nil {
		return nil, err
	}
	if d.Inquiry != nil {
		if s.inquiry, err = b.plan(&d.Inquiry.Request, base); err != nil {
			return nil, err
		}
		s.found = s.reader
		if d.Inquiry.Answer != nil {
			if s.found, err = b.reader(d.Inquiry.Answer, s.constant); err != nil {
				return nil, err
			}
		}
	}
	s.needs, s.ids = d.scope()
	s.carrier = newCarrier(o)
	return s, nil
}

// Open is New for whoever knows the contract alone: what it gives is a source.Inquirer only
// where the manifest has an inquiry.
func Open(m *Manifest, credentials map[string]string, o Options) (interface {
	source.Source
	source.Scoped
	source.Rehearser
	io.Closer
}, error,
) {
	s, err := New(m, credentials, o)
	if err != nil {
		return nil, err
	}
	if s.inquiry != nil {
		return &Inquiring{s}, nil
	}
	return s, nil
}

// accept holds the credentials to the slots and gives the address.
func (m *Manifest) accept(credentials map[string]string) (base string, err error) {
	for _, s := range m.doc.Credentials {
		if strings.TrimSpace(credentials[s.Name]) == "" {
			return "", unfit(s.Name, "lacks %s", s.Name)
		}
	}
	names := make([]string, 0, len(credentials))
	for name := range credentials {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if name != slotURL && !slices.ContainsFunc(m.doc.Credentials, func(s slot) bool { return s.Name == name }) {
			return "", unfit(name, "has %s, which %s does not use; take it out", name, m.doc.Name)
		}
	}
	base = m.doc.URL
	if own, given := credentials[slotURL]; given {
		if wrong := checkURL(own, m.doc.AllowPlainHTTP); wrong != "" {
			return "", unfit(slotURL, "has a wrong url: it %s", wrong)
		}
		base = own
	}
	return base, nil
}

// Scope implements source.Scoped.
func (s *Source) Scope() source.Scope { return source.Scope{Needs: s.needs, IDTypes: s.ids} }

// Address implements source.Addressed. An inquiry goes where the question went.
func (s *Source) Address() string {
	u, err := url.Parse(s.plan.base)
	if err != nil { // cannot be: it was checked
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Close lets go of the connections that are kept. Questions that are being asked go on.
func (s *Source) Close() error {
	s.carrier.close()
	return nil
}

// Verify implements source.Source.
func (s *Source) Verify(ctx context.Context, q source.Query) (source.Answer, error) {
	if ctx.Err() != nil {
		return source.Answer{}, failed(ctx, nil, false)
	}
	if !s.takes(q) {
		return source.Answer{}, &source.Error{Kind: source.Unsupported, Charged: quartet.ChargedNo, Cause: errors.New("the supplier does not compare these elements")}
	}
	env, err := s.question(q)
	if err != nil {
		return source.Answer{}, unsent(err.Error())
	}
	out, _, err := s.plan.make(env, q.Need, false)
	if err != nil {
		return source.Answer{}, unasked(err)
	}
	in, failure := s.ask(ctx, out)
	if failure != nil {
		return source.Answer{}, failure
	}
	return s.reader.read(in, q.Need, nil).answer(wire.About(q.Elements))
}

// ask sends and waits, no longer than the manifest says.
func (s *Source) ask(ctx context.Context, out *outgoing) (reply, *source.Error) {
	ctx, cancel := context.WithTimeout(ctx, s.manifest.doc.Timeout)
	defer cancel()
	return s.carrier.send(ctx, out)
}

// takes reports whether a question is within the manifest's scope. Elements that are asked
// about are there.
func (s *Source) takes(q source.Query) bool {
	if !slices.Contains(s.needs, q.Need) {
		return false
	}
	return !q.Need.Has(quartet.NeedID) || len(s.ids) == 0 || slices.Contains(s.ids, q.Elements.ID.Type())
}

// answer is a finding as the contract has it.
func (f finding) answer(d wire.Discreet) (source.Answer, error) {
	if f.verdict == quartet.NoVerdict {
		e := &source.Error{
			Kind: f.kind, Sent: true, Retry: f.retry, Charged: f.charged,
			Code: d.Code(f.code), Reference: d.Code(f.reference),
		}
		if f.wrong != "" {
			e.Cause = errors.New(f.wrong)
		}
		return source.Answer{}, e
	}
	return source.Answer{
		Verdict: f.verdict, Reason: f.reason, Differs: f.differs, Charged: f.charged,
		Code: d.Code(f.code), Reference: d.Code(f.reference),
		Card: source.CardInfo{Bank: d.Words(f.bank), Kind: d.Words(f.cardKind)},
	}, nil
}

// constant is what an expression knows apart from any question.
func (s *Source) constant() map[string]any {
	return map[string]any{"credential": s.texts, "time": clockValues(s.options.Now()), "nonce": "", "uuid": ""}
}

func (s *Source) base() (map[string]any, error) {
	nonce, uuid, err := drawn(s.options.Rand)
	if err != nil {
		return nil, errors.New("no random number could be drawn")
	}
	env := s.constant()
	env["nonce"], env["uuid"] = nonce, uuid
	return env, nil
}

// question is what expressions may speak of when a person is asked about. Elements that
// nobody asks about are not there.
func (s *Source) question(q source.Query) (map[string]any, error) {
	env, err := s.base()
	if err != nil {
		return nil, err
	}
	e := q.Elements
	give := func(name quartet.Element, text string) {
		if env[string(name)] = ""; q.Need.Has(name.Set()) {
			env[string(name)] = text
		}
	}
	give(quartet.ElementName, e.Name.Reveal())
	give(quartet.ElementID, e.ID.Reveal())
	give(quartet.ElementCard, e.Card.Reveal())
	give(quartet.ElementMobile, e.Mobile.Reveal())
	need := make([]any, 0, 4)
	for _, one := range q.Need.Elements() {
		need = append(need, string(one))
	}
	env["order"], env["id_type"], env["need"] = q.Order, string(e.ID.Type()), need
	return env, nil
}
