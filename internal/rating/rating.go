// Package rating keeps what buyers say about what they bought.
//
// The account of a paid order says it once, within 180 days of the payment: one to five
// stars, and words. Nobody changes them afterwards. The house may answer, and may hide the
// words for a reason that the audit keeps; the stars of what is hidden count on, so that a
// mean cannot be improved by hiding.
//
// How a product stands is reckoned from orders and ratings at each look, and never typed in.
// Deals of the last 180 days are orders that were paid within them, trials left out, and not
// given back. The mean is over all ratings, to the hundredth of a star, half a hundredth up.
package rating

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"quartet"
	"quartet/internal/audit"
)

// Store keeps ratings.
type Store interface {
	AddRating(ctx context.Context, r quartet.Rating, may func(quartet.Order) error, e quartet.AuditEntry) error
	AnswerRating(ctx context.Context, r quartet.Rating, e quartet.AuditEntry) error
	HideRating(ctx context.Context, r quartet.Rating, e quartet.AuditEntry) error
	Read
}

// Read reads ratings and what they come to.
type Read interface {
	Rating(ctx context.Context, id string) (quartet.Rating, error)
	RatingOf(ctx context.Context, account, order string) (quartet.Rating, error)
	Ratings(ctx context.Context, product, before string, limit int) ([]quartet.Rating, error)
	Reputation(ctx context.Context, product string, since time.Time) (quartet.Reputation, error)
}

// Desk is where ratings are looked after. Safe for concurrent use.
type Desk struct {
	store Store
	now   func() time.Time
}

// New makes a desk.
func New(store Store, now func() time.Time) *Desk { return &Desk{store: store, now: now} }

// Rate says what an account thinks of one of its orders. ErrInvalid, ErrNotFound.
// ErrConflict: the order cannot be rated, or was.
func (d *Desk) Rate(ctx context.Context, by, account, order string, stars int, text string) (quartet.Rating, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return quartet.Rating{}, err
	}
	r := quartet.Rating{ID: id.String(), Order: order, Account: account, Stars: stars, Text: strings.TrimSpace(text), By: by, At: d.now()}
	if stars < 1 || stars > 5 {
		return r, &quartet.Error{Code: quartet.ErrInvalid, Field: "stars", Message: "give one to five stars"}
	}
	if err := words("text", r.Text, 0, 1000); err != nil {
		return r, err
	}
	may := func(o quartet.Order) error {
		r.Product = o.Product
		return o.Ratable(r.At)
	}
	e := audit.Entry(r.At, by, "rating.add", r.ID, "order "+order)
	e.After = audit.JSON(map[string]any{"order_id": order, "stars": stars})
	return r, d.store.AddRating(ctx, r, may, e)
}

// Answer says what the house has to say to a rating, over what it said before. ErrInvalid,
// ErrNotFound.
func (d *Desk) Answer(ctx context.Context, by, id, text string) (quartet.Rating, error) {
	text = strings.TrimSpace(text)
	if err := words("answer", text, 1, 1000); err != nil {
		return quartet.Rating{}, err
	}
	r, err := d.store.Rating(ctx, id)
	if err != nil {
		return r, err
	}
	e := audit.Entry(d.now(), by, "rating.answer", id, "")
	e.Before, e.After = audit.JSON(state{Answer: r.Answer}), audit.JSON(state{Answer: text})
	r.Answer, r.AnsweredBy, r.Answered = text, by, e.At
	return r, d.store.AnswerRating(ctx, r, e)
}

// Hide hides the words of a rating, for a reason. ErrInvalid, ErrNotFound. ErrConflict: they
// are hidden.
func (d *Desk) Hide(ctx context.Context, by, id, why string) (quartet.Rating, error) {
	why = strings.TrimSpace(why)
	if err := words("reason", why, 1, 500); err != nil {
		return quartet.Rating{}, err
	}
	return d.hide(ctx, by, id, why, "rating.hide")
}

// Restore shows the words of a hidden rating again. ErrNotFound. ErrConflict: they are shown.
func (d *Desk) Restore(ctx context.Context, by, id string) (quartet.Rating, error) {
	return d.hide(ctx, by, id, "", "rating.restore")
}

func (d *Desk) hide(ctx context.Context, by, id, why, action string) (quartet.Rating, error) {
	r, err := d.store.Rating(ctx, id)
	if err != nil {
		return r, err
	}
	now := d.now()
	e := audit.Entry(now, by, action, id, why)
	e.Before, e.After = audit.JSON(state{Hidden: why == ""}), audit.JSON(state{Hidden: why != ""})
	r.HiddenBy, r.HiddenWhy, r.Hidden = "", "", time.Time{}
	if why != "" {
		r.HiddenBy, r.HiddenWhy, r.Hidden = by, why, now
	}
	return r, d.store.HideRating(ctx, r, e)
}

// state is what the audit keeps of a rating before and after the house did something. What
// buyers wrote is not among it.
type state struct {
	Answer string `json:"answer,omitempty"`
	Hidden bool   `json:"hidden"`
}

// List lists the ratings of a product as its house sees them, newest first, at most limit:
// behind the one of the id before.
func (d *Desk) List(ctx context.Context, product, before string, limit int) ([]quartet.Rating, error) {
	return d.store.Ratings(ctx, product, before, limit)
}

// Shown lists them as everybody sees them: nothing tells whose they are, and of hidden ones
// the stars alone are left.
func (d *Desk) Shown(ctx context.Context, product, before string, limit int) ([]quartet.Rating, error) {
	list, err := d.store.Ratings(ctx, product, before, limit)
	for i := range list {
		r := &list[i]
		shown := quartet.Rating{ID: r.ID, Product: r.Product, Stars: r.Stars, At: r.At, Hidden: r.Hidden}
		if r.Hidden.IsZero() {
			shown.Text, shown.Answer, shown.Answered = r.Text, r.Answer, r.Answered
		}
		*r = shown
	}
	return list, err
}

// Find finds what an account said about one of its orders. ErrNotFound.
func (d *Desk) Find(ctx context.Context, account, order string) (quartet.Rating, error) {
	return d.store.RatingOf(ctx, account, order)
}

// Reputation tells how a product stands now.
func (d *Desk) Reputation(ctx context.Context, product string) (quartet.Reputation, error) {
	return d.store.Reputation(ctx, product, d.now().AddDate(0, 0, -quartet.RatingDays))
}

// words checks what a person wrote: lines are kept, other control characters are not taken.
func words(field, text string, least, most int) error {
	n := utf8.RuneCountInString(text)
	if n < least || n > most || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		return &quartet.Error{Code: quartet.ErrInvalid, Field: field, Message: quartet.Errorf(quartet.ErrInvalid, "this text has %d to %d characters and no control characters", least, most).Message}
	}
	return nil
}
