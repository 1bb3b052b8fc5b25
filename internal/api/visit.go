package api

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/alexedwards/scs/v2"

	"quartet"
	"quartet/internal/guard"
	"quartet/internal/obs"
)

// Roll tells how whoever a session is of stands now. ErrNotFound: they are gone, or may not
// come in any more.
type Roll interface {
	Standing(ctx context.Context, s quartet.Session) (quartet.Standing, error)
}

// Caller is who asks for an operation. The zero one is nobody, as whom Anybody may call. Who
// comes by a token has the session that its maker would have, which nothing is kept of.
type Caller struct {
	Session  quartet.Session
	Standing quartet.Standing
	Token    quartet.Token // without an id: none
}

// ByToken reports whether a program asks by a token.
func (c Caller) ByToken() bool { return c.Token.ID != "" }

// Known reports whether somebody is signed in.
func (c Caller) Known() bool { return c.Session.ID != "" }

// By is how the audit names the caller.
func (c Caller) By() string {
	if !c.Known() {
		return frontDoor
	}
	return c.Standing.By
}

// frontDoor is who is written as having tried something without being known.
const frontDoor = "management API"

// visit is one request on its way.
type visit struct {
	ctx      context.Context //nolint:containedctx // of this request alone: it carries the session's data
	w        http.ResponseWriter
	r        *http.Request
	op       *operation
	sessions *scs.SessionManager
	caller   Caller
	replaces string // hash of the session that the next one takes the place of
	entry    quartet.AuditEntry
	done     bool // what was asked for stands; whatever fails from here on undoes nothing
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// lasting is a request of which what was asked for stands, and a context in which its answer is
// made whether or not somebody still waits for it: else who hangs up would be told, when he asks
// again, that nothing was done.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	if v := visitOf(ctx); v != nil {
		v.done = true
	}
	return context.WithTimeout(context.WithoutCancel(ctx), writeWithin)
}

func callerOf(ctx context.Context) Caller {
	if v := visitOf(ctx); v != nil {
		return v.caller
	}
	return Caller{}
}

const (
	// Idle is how long a session lasts that is not used, and absolute how long one lasts
	// that is.
	Idle     = 30 * time.Minute
	absolute = 12 * time.Hour
	seeEvery = time.Minute
)

// strangers is how often an address may do what anybody may.
var strangers = quartet.Rate{QPS: 1, Burst: 30}

// admit finds out who calls, and refuses whom the operation is not for.
func (a *API) admit(ctx context.Context, w http.ResponseWriter, r *http.Request, op *operation) (*visit, error) {
	v := &visit{w: w, r: r, op: op, sessions: a.plain}
	if a.o.Proxies.HTTPS(r) {
		v.sessions = a.sealed
	}
	// What anybody may look at costs no more than any page; what anybody may try is bounded.
	if has(op.Rights, Anybody) && (r.Method != http.MethodGet || op.Counted) {
		if err := a.limit(ctx, w, r, "anybody"); err != nil {
			return nil, err
		}
	}
	recognise := a.recognise
	if _, there := bearer(r); there {
		recognise = a.recogniseToken
	}
	if err := recognise(ctx, v); err != nil {
		return nil, err
	}
	return v, a.permit(v.caller, r, op)
}

// limit bounds what strangers try of one kind from one address.
func (a *API) limit(ctx context.Context, w http.ResponseWriter, r *http.Request, what string) error {
	wait, err := a.o.Limiter.Take(ctx, what+" "+guard.AddressKey(a.o.Proxies.Remote(r)), strangers, a.o.Now())
	if err != nil || wait == 0 {
		return nil //nolint:nilerr // a limiter that cannot tell lets everybody pass
	}
	seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
	w.Header().Set("Retry-After", seconds)
	return quartet.Errorf(quartet.ErrLimited, "too many attempts from this address; try again in %s seconds", seconds)
}

// recognise reads the session that the cookie names. One that is over, for whatever reason,
// is none.
func (a *API) recognise(ctx context.Context, v *visit) (err error) {
	token := ""
	if cookie, err := v.r.Cookie(v.sessions.Cookie.Name); err == nil {
		token = cookie.Value
	}
	if v.ctx, err = v.sessions.Load(ctx, token); err != nil {
		return err
	}
	s, ok := v.sessions.Get(v.ctx, sessionValue).(quartet.Session)
	now := a.o.Now()
	if !ok || !now.Before(s.EndsAt) || !now.Before(s.SeenAt.Add(Idle+seeEvery)) {
		return nil
	}
	roll := a.o.People
	if s.Operator {
		roll = a.o.House
	}
	if roll == nil {
		return nil
	}
	standing, err := roll.Standing(ctx, s)
	switch {
	case quartet.CodeOf(err) == quartet.ErrNotFound:
		return nil
	case err != nil:
		return err
	case standing.Epoch != s.Epoch:
		return nil
	}
	v.caller = Caller{Session: s, Standing: standing}
	if now.Sub(s.SeenAt) >= seeEvery {
		if err := a.o.Sessions.SeeSession(ctx, s.Hash, now); err != nil {
			a.o.Log.Log(ctx, slog.LevelWarn, "the use of a session was not written", obs.Err(err))
		}
	}
	return nil
}

// permit is nil when the caller may do it.
func (a *API) permit(c Caller, r *http.Request, op *operation) error {
	switch {
	case c.ByToken():
		return permitToken(c, r, op)
	case has(op.Rights, Anybody):
		return nil
	case !c.Known():
		return quartet.Errorf(quartet.ErrUnauthenticated, "sign in first: there is no session, or it has ended")
	case c.Standing.PasswordDue && !op.Given:
		return quartet.Errorf(quartet.ErrForbidden, "somebody else gave you your password and knows it; change it first, with PUT %s%s", prefix, ownPassword)
	case has(op.Rights, SignedIn):
	case a.factorMissing(c):
		return quartet.Errorf(quartet.ErrProofNeeded, "prove your second factor first; whoever has none enrols one")
	case has(op.Rights, Proved):
	case has(op.Rights, AsPerson) && !c.Session.Operator:
	default:
		if err := allowed(c, r, op); err != nil {
			return err
		}
	}
	if op.Fresh && !a.fresh(c) {
		return quartet.Errorf(quartet.ErrProofNeeded, "prove your password again first; a proof counts for ten minutes")
	}
	return nil
}

func allowed(c Caller, r *http.Request, op *operation) error {
	if !c.Session.Operator && c.Session.Account == "" {
		return quartet.Errorf(quartet.ErrForbidden, "choose the account that you act for first, with PUT /api/v1/session/account; GET /api/v1/me lists yours")
	}
	may := false
	for _, right := range op.Rights {
		may = may || c.Standing.Role.May(right)
	}
	if !may {
		return quartet.Errorf(quartet.ErrForbidden, "your role does not allow this")
	}
	if at := r.PathValue("account"); at != "" && !c.Session.Operator && at != c.Session.Account {
		return quartet.Errorf(quartet.ErrNotFound, "this is not the account that you act for")
	}
	return nil
}

// factorMissing reports whether the session may do nothing yet but prove a second factor,
// or enrol one.
func (a *API) factorMissing(c Caller) bool {
	return !c.Session.Factor && (c.Standing.Factors || c.Session.Operator && !a.o.Demo)
}

func (a *API) fresh(c Caller) bool { return a.o.Now().Sub(c.Session.ProvedAt) < freshFor }

func has(rights []quartet.Right, right quartet.Right) bool {
	return slices.Contains(rights, right)
}

// levelOf is how loud the line of a request is: what changes something is always told.
func levelOf(method string) slog.Level {
	if method == http.MethodGet || method == http.MethodHead {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}
