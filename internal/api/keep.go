package api

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/google/uuid"

	"quartet"
)

// Sessions keeps who is signed in.
type Sessions interface {
	BeginSession(ctx context.Context, n quartet.Session, replaces string, e quartet.AuditEntry) error
	Session(ctx context.Context, hash string) (quartet.Session, error)
	SeeSession(ctx context.Context, hash string, at time.Time) error
	EndSession(ctx context.Context, one quartet.Session, e quartet.AuditEntry) error
	Sessions(ctx context.Context, who string, operator bool) ([]quartet.Session, error)
}

// sessionValue is the one value that scs keeps for us: the whole session.
const sessionValue = "session"

// newSessions makes what gives tokens and cookies. The idle end is ours: scs would write
// the session at every request.
func (a *API) newSessions(cookie string, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store, m.Codec, m.Lifetime, m.HashTokenInStore = keeper{sessions: a.o.Sessions}, codec{}, absolute, true
	m.Cookie.Name, m.Cookie.Secure, m.Cookie.Persist = cookie, secure, false
	return m
}

// begin signs somebody in: n says who, and what is known of them. Whoever was signed in at
// this browser is so no more, and the token is a new one.
func (a *API) begin(ctx context.Context, n quartet.Session, e quartet.AuditEntry) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	now := a.o.Now()
	n.ID, n.CreatedAt, n.ProvedAt, n.SeenAt, n.EndsAt = id.String(), now, now, now, now.Add(absolute)
	n.Origin, n.Agent = quartet.Origin(ctx), cut(visitOf(ctx).r.UserAgent(), maxAgent)
	return a.put(ctx, n, e)
}

// renew changes what a session may do: an account is chosen, the password or the second
// factor was proved. The token is a new one, and the old one opens nothing from now on.
func (a *API) renew(ctx context.Context, change func(*quartet.Session), e quartet.AuditEntry) error {
	n := callerOf(ctx).Session
	change(&n)
	n.SeenAt = a.o.Now()
	return a.put(ctx, n, e)
}

func (a *API) put(ctx context.Context, n quartet.Session, e quartet.AuditEntry) error {
	v := visitOf(ctx)
	v.replaces, v.entry = v.caller.Session.Hash, e
	if err := v.sessions.RenewToken(ctx); err != nil {
		return err
	}
	v.sessions.SetDeadline(ctx, n.EndsAt)
	v.sessions.Put(ctx, sessionValue, n)
	token, ends, err := v.sessions.Commit(ctx)
	if err != nil {
		return err
	}
	v.sessions.WriteSessionCookie(ctx, v.w, token, ends)
	return nil
}

// end signs out.
func (a *API) end(ctx context.Context, e quartet.AuditEntry) error {
	v := visitOf(ctx)
	if err := a.o.Sessions.EndSession(ctx, v.caller.Session, e); err != nil {
		return err
	}
	v.sessions.WriteSessionCookie(ctx, v.w, "", time.Time{})
	return nil
}

const maxAgent = 200

// cut is the text without what is beyond so many bytes, or is no text.
func cut(text string, most int) string {
	clean := make([]rune, 0, len(text))
	for _, r := range text {
		if r >= ' ' && r != 0x7f && r != 0xfffd {
			clean = append(clean, r)
		}
	}
	text = string(clean)
	for len(text) > most {
		clean = clean[:len(clean)-1]
		text = string(clean)
	}
	return text
}

// keeper is scs's store on ours. Tokens come to it as hashes.
type keeper struct{ sessions Sessions }

// FindCtx implements scs.CtxStore.
func (k keeper) FindCtx(ctx context.Context, hash string) ([]byte, bool, error) {
	s, err := k.sessions.Session(ctx, hash)
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	b, err := json.Marshal(s)
	return b, err == nil, err
}

// CommitCtx implements scs.CtxStore: it is called for a new token alone.
func (k keeper) CommitCtx(ctx context.Context, hash string, b []byte, _ time.Time) error {
	var s quartet.Session
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	s.Hash = hash
	v := visitOf(ctx)
	return k.sessions.BeginSession(ctx, s, v.replaces, v.entry)
}

// DeleteCtx implements scs.CtxStore. scs deletes before it commits what takes the place;
// CommitCtx does both at once.
func (k keeper) DeleteCtx(context.Context, string) error { return nil }

var errNoContext = errors.New("a session is asked for without a request")

// Find implements scs.Store; scs calls FindCtx instead.
func (k keeper) Find(string) ([]byte, bool, error) { return nil, false, errNoContext }

// Commit implements scs.Store likewise.
func (k keeper) Commit(string, []byte, time.Time) error { return errNoContext }

// Delete implements scs.Store likewise.
func (k keeper) Delete(string) error { return errNoContext }

// codec hands the session through scs as the value that it is.
type codec struct{}

// Encode implements scs.Codec.
func (codec) Encode(_ time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(values[sessionValue])
}

// Decode implements scs.Codec.
func (codec) Decode(b []byte) (time.Time, map[string]any, error) {
	var s quartet.Session
	err := json.Unmarshal(b, &s)
	return s.EndsAt, map[string]any{sessionValue: s}, err
}
