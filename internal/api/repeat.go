package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/google/uuid"

	"quartet"
	"quartet/internal/obs"
)

// Repeats keeps requests that came with an idempotency key, and what they were answered.
type Repeats interface {
	ClaimRepeat(ctx context.Context, r quartet.Repeat, stale time.Time) (quartet.Repeat, error)
	AnswerRepeat(ctx context.Context, r quartet.Repeat) error
	FreeRepeat(ctx context.Context, r quartet.Repeat) error
}

// Hasher makes keyed fingerprints.
type Hasher interface {
	Sum(parts ...string) quartet.Fingerprint
}

// Sealer keeps answers from whoever reads the database.
type Sealer interface {
	Seal(plain []byte, ad string) []byte
	Unseal(sealed []byte, ad string) ([]byte, error)
}

const (
	// RepeatLife is how long an idempotency key is kept.
	RepeatLife = 24 * time.Hour
	// RepeatLabel names the subkey of the keyring under which keys and requests are hashed.
	RepeatLabel = "api.repeat"

	keyHeader = "Idempotency-Key"
	maxKey    = 255
	// mostKept is the longest answer that is kept.
	mostKept = 256 << 10
	// writeWithin is how long what became of a request is written, whoever asked being gone.
	writeWithin = 10 * time.Second
	// mostDrained is how much of a body is read after it was refused.
	mostDrained = 4 << 20
)

// keyParameter says that an operation takes the header: every POST does.
func keyParameter(op *operation) []*huma.Param {
	if op.Method != http.MethodPost {
		return nil
	}
	return []*huma.Param{{Ref: "#/components/parameters/" + keyHeader}}
}

// describeKey describes the header, once for all.
func describeKey() map[string]*huma.Param {
	least, most := 1, maxKey
	return map[string]*huma.Param{keyHeader: {
		Name: keyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MinLength: &least, MaxLength: &most},
		Description: "A text of your own: sent again under it within 24 hours, the same request is not done twice",
	}}
}

// repeating does what a POST asks for once for its idempotency key, and gives what it answered
// to whoever sends it again.
//
// The key is claimed durably before anything is done. A refusal frees it, since nothing was
// done; so does what surely was not done for want of the store. Every other answer is written
// before it is sent. A request that died on its way leaves its key claimed, and so does one of
// which something failed after it was done, or whose caller had gone when the store did not
// answer: nobody knows what became of it, and a second one might do it twice.
func (a *API) repeating(hc huma.Context, v *visit, next func(huma.Context)) (status int) {
	refuse := func(err error) int {
		p := a.problem(hc.Context(), v.op.ID, err)
		for i := range p.Errors {
			p.Errors[i].Pointer, p.Errors[i].Parameter = "", keyHeader
		}
		p.Write(v.w)
		return p.Status
	}
	key, err := keyOf(v.r)
	if err != nil {
		return refuse(err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return refuse(err)
	}
	now := a.o.Now()
	mine := quartet.Repeat{Key: a.o.Hasher.Sum("key", callerKey(hc.Context(), &v.caller), key), ID: id.String(), Claimed: now}
	holder, err := a.o.Repeats.ClaimRepeat(hc.Context(), mine, now.Add(-RepeatLife))
	body := &hashed{body: v.r.Body, sum: sha256.New()}
	v.r.Body = body
	switch {
	case err != nil:
		return refuse(err)
	case holder.ID == mine.ID:
		return a.first(hc, v, &mine, body, next)
	case holder.Status == 0 && now.Before(holder.Claimed.Add(v.op.Within+writeWithin)):
		return refuse(keyFault(quartet.ErrConflict, "a request with this key is on its way; wait for its answer, then send it again"))
	case holder.Status == 0:
		return refuse(keyFault(quartet.ErrConflict, "nobody knows what became of an earlier request with this key; look whether it was done, and if it was not, send it under another key"))
	}
	_ = huma.SetReadDeadline(v.w, time.Now().Add(v.op.Within)) // what serves tests of this room may know no deadlines
	if !body.whole() || a.contentOf(v.r, body) != holder.Content {
		return refuse(keyFault(quartet.ErrInvalid, "another request was sent under this key; give each request a key of its own"))
	}
	if len(holder.Sealed) == 0 {
		return refuse(keyFault(quartet.ErrConflict, "this was done, and its answer was given once and is not kept; look at what stands, or send it under another key to do it again"))
	}
	text, err := a.o.Sealer.Unseal(holder.Sealed, recordOf(&holder))
	if err != nil {
		return refuse(err)
	}
	if holder.Kind != "" {
		v.w.Header().Set("Content-Type", holder.Kind)
	}
	v.w.Header().Set("Idempotent-Replayed", "true")
	v.w.WriteHeader(holder.Status)
	_, _ = v.w.Write(text)
	return holder.Status
}

// first does it, for the key that it holds.
func (a *API) first(hc huma.Context, v *visit, mine *quartet.Repeat, body *hashed, next func(huma.Context)) int {
	out := &held{ResponseWriter: v.w}
	w := v.w
	v.w = out
	next(huma.WithContext(humago.NewContext(hc.Operation(), v.r, out), hc.Context()))
	v.w = w

	_ = huma.SetReadDeadline(w, time.Now().Add(v.op.Within))
	// Before the answer, with which a server stops reading. Of a body that was refused no more
	// is read than lets a client come to its end and hear why.
	failed := out.status >= http.StatusBadRequest
	whole := failed && body.drained(mostDrained) || !failed && body.whole()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(hc.Context()), writeWithin)
	defer cancel()
	var err error
	gone := out.status == http.StatusServiceUnavailable && hc.Context().Err() != nil
	switch {
	case failed && (v.done || gone): // it stays claimed
	case refused(out.status), failed && body.broken():
		err = a.o.Repeats.FreeRepeat(ctx, *mine)
	case failed && !whole: // it stays claimed: what was asked for was not read to its end
	default:
		mine.Content, mine.Status, mine.Kind = a.contentOf(v.r, body), out.status, w.Header().Get("Content-Type")
		if !v.op.Once && len(w.Header()["Set-Cookie"]) == 0 && out.body.Len() <= mostKept {
			mine.Sealed = a.o.Sealer.Seal(out.body.Bytes(), recordOf(mine))
		}
		err = a.o.Repeats.AnswerRepeat(ctx, *mine)
	}
	if err != nil { // it was done, and is answered; a repeat is told that nobody knows
		a.o.Log.WarnContext(ctx, "what became of an idempotency key was not written", "operation", v.op.ID, obs.Err(err))
	}
	w.WriteHeader(out.status)
	_, _ = w.Write(out.body.Bytes())
	return out.status
}

// refused reports whether nothing was done: the request was turned away, or the store could
// surely not write.
func refused(status int) bool {
	return status >= http.StatusBadRequest && status < http.StatusInternalServerError || status == http.StatusServiceUnavailable
}

// recordOf binds the sealed answer to its request.
func recordOf(r *quartet.Repeat) string { return "api_repeat " + r.ID }

// callerKey is whose the key is. Keys of strangers are those of their address.
func callerKey(ctx context.Context, c *Caller) string {
	switch {
	case !c.Known():
		return "stranger " + quartet.Origin(ctx)
	case c.ByToken():
		return "token " + c.Token.ID
	case c.Session.Operator:
		return "operator " + c.Session.Who
	}
	return "person " + c.Session.Who
}

// keyOf reads the header, which is a text in quotation marks by the draft of the IETF, and
// comes without them from many.
func keyOf(r *http.Request) (string, error) {
	key := r.Header.Get(keyHeader)
	if len(key) > 1 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	odd := strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' })
	if key == "" || len(key) > maxKey || odd || len(r.Header.Values(keyHeader)) != 1 {
		return "", keyFault(quartet.ErrInvalid, "write one text of 1 to 255 letters, digits and signs without blanks, such as a UUID")
	}
	return key, nil
}

func keyFault(code quartet.ErrorCode, words string) error {
	return &quartet.Error{Code: code, Field: keyHeader, Message: keyHeader + ": " + words}
}

// contentOf is what was asked for.
func (a *API) contentOf(r *http.Request, body *hashed) quartet.Fingerprint {
	return a.o.Hasher.Sum("content", r.Method, r.URL.Path, r.URL.RawQuery, hex.EncodeToString(body.sum.Sum(nil)))
}

// hashed is a body that is summed as it is read, however long it is.
type hashed struct {
	body io.ReadCloser
	sum  hash.Hash
	err  error
}

func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.body.Read(p)
	h.sum.Write(p[:n])
	h.err = err
	return n, err
}

func (h *hashed) Close() error { return h.body.Close() }

// whole reads what nobody has read, and reports whether the body came to its end.
func (h *hashed) whole() bool {
	if h.err == nil {
		_, _ = io.Copy(io.Discard, h)
	}
	return h.ended()
}

// drained is whole, of a body with at most so many bytes that nobody has read.
func (h *hashed) drained(most int64) bool {
	if h.err == nil {
		_, _ = io.CopyN(io.Discard, h, most)
	}
	return h.ended()
}

func (h *hashed) ended() bool { return h.err == io.EOF } //nolint:errorlint // readers give the very value

// broken reports whether the body broke off.
func (h *hashed) broken() bool { return h.err != nil && !h.ended() }

// held is an answer that waits until it is known what becomes of its key.
type held struct {
	http.ResponseWriter

	status int
	body   bytes.Buffer
}

func (h *held) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *held) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(p)
}

// Unwrap lets deadlines reach the connection.
func (h *held) Unwrap() http.ResponseWriter { return h.ResponseWriter }
