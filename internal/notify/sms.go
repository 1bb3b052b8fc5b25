package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/tidwall/gjson"

	"quartet"
)

// HTTP asks a provider that a manifest describes to send text messages.
type HTTP struct {
	doc     document
	secrets map[string]string
	client  *http.Client
}

// NewHTTP makes it of a manifest and the secrets that the manifest names. ErrInvalid: one
// is missing.
func NewHTTP(m *Manifest, secrets map[string]string) (*HTTP, error) {
	for _, name := range m.doc.Secrets {
		if secrets[name] == "" || strings.ContainsAny(secrets[name], "\r\n\x00") {
			return nil, invalid(name, "the provider %s needs the secret %s, one line of text", m.doc.Name, name)
		}
	}
	return &HTTP{doc: m.doc, secrets: secrets, client: &http.Client{
		Timeout:       m.doc.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // another host gets no code
	}}, nil
}

const maxAnswer = 64 << 10

// plainWord is what of an answer may be repeated: a code, nobody's number.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,10}$`)

// Text asks once. Only the answer that the manifest calls a success is one.
func (h *HTTP) Text(ctx context.Context, t Text) error {
	req, err := h.request(ctx, t)
	if err != nil {
		return err
	}
	resp, err := h.client.Do(req)
	if err != nil {
		// The library's error repeats the address, in which the number and the code may stand.
		if e, ok := errors.AsType[*url.Error](err); ok && e.Timeout() {
			return quartet.Errorf(quartet.ErrTimeout, "the SMS provider %s did not answer in time", h.doc.Name)
		}
		return quartet.Errorf(quartet.ErrUnavailable, "the SMS provider %s cannot be reached", h.doc.Name)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return quartet.Errorf(quartet.ErrUnavailable, "the answer of the SMS provider %s was cut off", h.doc.Name)
	}
	said := gjson.GetBytes(body, h.doc.Success.Path).String()
	if resp.StatusCode/100 == 2 && gjson.ValidBytes(body) && said == h.doc.Success.Is {
		return nil
	}
	if !plainWord.MatchString(said) || said == t.Code {
		said = "nothing that may be repeated"
	}
	return quartet.Errorf(quartet.ErrUnavailable, "the SMS provider %s did not take the message: status %d, %s is %s", h.doc.Name, resp.StatusCode, h.doc.Success.Path, said)
}

func (h *HTTP) request(ctx context.Context, t Text) (*http.Request, error) {
	pairs := []string{"{mobile}", t.To.Reveal(), "{text}", t.Text, "{code}", t.Code}
	for name, value := range h.secrets {
		pairs = append(pairs, "{secret."+name+"}", value)
	}
	fill := strings.NewReplacer(pairs...) // in one pass: what is put in is not filled again
	form := url.Values{}
	for name, value := range h.doc.Form {
		form.Set(name, fill.Replace(value))
	}
	address, body, kind := h.doc.URL, []byte(nil), ""
	switch {
	case h.doc.Method == http.MethodGet:
		u, err := url.Parse(address)
		if err != nil { // cannot happen: the manifest was checked
			return nil, err
		}
		query := u.Query()
		for name := range form {
			query.Set(name, form.Get(name))
		}
		u.RawQuery = query.Encode()
		address = u.String()
	case len(h.doc.JSON) > 0:
		var err error
		if body, err = json.Marshal(filled(h.doc.JSON, fill)); err != nil {
			return nil, fmt.Errorf("body of the SMS provider %s: %w", h.doc.Name, err)
		}
		kind = "application/json"
	default:
		body, kind = []byte(form.Encode()), "application/x-www-form-urlencoded; charset=UTF-8"
	}
	req, err := http.NewRequestWithContext(ctx, h.doc.Method, address, bytes.NewReader(body))
	if err != nil {
		return nil, quartet.Errorf(quartet.ErrInvalid, "the SMS provider %s cannot be asked", h.doc.Name)
	}
	for name, value := range h.doc.Headers {
		req.Header.Set(name, fill.Replace(value))
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	return req, nil
}

// filled is a copy of a value with its placeholders filled.
func filled(v any, fill *strings.Replacer) any {
	switch v := v.(type) {
	case string:
		return fill.Replace(v)
	case map[string]any:
		made := make(map[string]any, len(v))
		for name, item := range v {
			made[name] = filled(item, fill)
		}
		return made
	case []any:
		made := make([]any, len(v))
		for i, item := range v {
			made[i] = filled(item, fill)
		}
		return made
	default:
		return v
	}
}
