package app

import (
	"context"
	"errors"
	"io"

	"quartet"
	"quartet/internal/source"
	"quartet/internal/source/httpjson"
	"quartet/internal/source/registry"
	"quartet/internal/sourcebook"
)

// Trial prepares one question to a source by hand: about the person whom the supplier itself
// offers for tests, if offered. done gives its connections back.
func (h *House) Trial(ctx context.Context, name string) (t sourcebook.Trial, offered bool, done func(), err error) {
	s, err := h.Sources.Find(ctx, name)
	if err != nil {
		return t, false, nil, err
	}
	credentials, err := h.Sources.Credentials(s)
	if err != nil {
		return t, false, nil, err
	}
	asker, err := h.Build(s, credentials)
	if err != nil {
		return t, false, nil, err
	}
	done = func() {
		if c, ok := asker.(io.Closer); ok && !s.Kind.Local() {
			_ = c.Close() // idle connections; nothing is written on them
		}
	}
	t = sourcebook.Trial{Source: s, Asker: asker, Within: h.Config.Deadline, Whom: "its test person"}
	if r, ok := asker.(source.Rehearser); ok {
		t.Raw, offered = r.TestPerson()
	}
	return t, offered, done, nil
}

// TrySource asks a source once about its own test person. ErrUnsupported: it offers none, and
// nothing was sent.
func (h *House) TrySource(ctx context.Context, by, name string, need quartet.ElementSet) (sourcebook.Trial, sourcebook.Result, error) {
	t, offered, done, err := h.Trial(ctx, name)
	if err != nil {
		return t, sourcebook.Result{}, err
	}
	defer done()
	if !offered {
		return t, sourcebook.Result{}, quartet.Errorf(quartet.ErrUnsupported, "source %s offers no test person, so nothing was sent; look at what it would be sent, or ask about a person on the command line", name)
	}
	t.Need = need
	r, err := h.Sources.Test(ctx, by, t)
	return t, r, err
}

// RehearseSource is what a source would be sent, with secrets and elements masked: about its
// test person, or an invented one where it offers none. Nothing is sent.
func (h *House) RehearseSource(ctx context.Context, name string, need quartet.ElementSet) (text, whom string, err error) {
	t, offered, done, err := h.Trial(ctx, name)
	if err != nil {
		return "", "", err
	}
	defer done()
	t.Need = need
	if !offered {
		t.Raw, t.Whom = registry.Person(1, 0), "an invented person"
	}
	text, err = h.Sources.Rehearse(t)
	return text, t.Whom, err
}

// Manifests lists the manifests that come with the program.
func (h *House) Manifests() ([]sourcebook.Manifest, error) {
	var list []sourcebook.Manifest
	for _, name := range httpjson.Shipped() {
		text, err := httpjson.ShippedManifest(name)
		if err != nil {
			return nil, err
		}
		m, _ := h.ReadManifest(string(text))
		m.Name = name
		list = append(list, m)
	}
	return list, nil
}

// Manifest is the text of a manifest that comes with the program, or ErrNotFound.
func (h *House) Manifest(name string) (string, error) {
	text, err := httpjson.ShippedManifest(name)
	return string(text), err
}

// ReadManifest tells what a manifest asks for, or what is wrong with it.
func (h *House) ReadManifest(text string) (sourcebook.Manifest, []sourcebook.Fault) {
	m, err := httpjson.Parse([]byte(text))
	if found, ok := errors.AsType[httpjson.Faults](err); ok {
		faults := make([]sourcebook.Fault, len(found))
		for i, f := range found {
			faults[i] = sourcebook.Fault(f)
		}
		return sourcebook.Manifest{}, faults
	}
	if err != nil {
		return sourcebook.Manifest{}, []sourcebook.Fault{{Message: err.Error()}}
	}
	out := sourcebook.Manifest{Name: m.Name(), Title: m.Title(), Host: m.Host(), Placeholder: m.Placeholder(), QPS: m.QPS(), Inquires: m.Inquires(), Unconfirmed: httpjson.Unconfirmed([]byte(text))}
	for _, s := range m.Slots() {
		out.Slots = append(out.Slots, sourcebook.Slot(s))
	}
	return out, nil
}
