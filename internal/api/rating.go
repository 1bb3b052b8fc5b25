package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// Ratings is what buyers say about what they bought.
type Ratings interface {
	Rate(ctx context.Context, by, account, order string, stars int, text string) (quartet.Rating, error)
	Find(ctx context.Context, account, order string) (quartet.Rating, error)
	Shown(ctx context.Context, product, before string, limit int) ([]quartet.Rating, error)
	Reputation(ctx context.Context, product string) (quartet.Reputation, error)
	RatingDesk
}

// RatingDesk is what the house answers to ratings, and which of them it hides.
type RatingDesk interface {
	List(ctx context.Context, product, before string, limit int) ([]quartet.Rating, error)
	Answer(ctx context.Context, by, id, text string) (quartet.Rating, error)
	Hide(ctx context.Context, by, id, why string) (quartet.Rating, error)
	Restore(ctx context.Context, by, id string) (quartet.Rating, error)
}

type rating struct {
	ID         string    `json:"id"`
	Account    string    `json:"account_id,omitempty"`
	Order      string    `json:"order_id,omitempty"`
	Product    string    `json:"product_id"`
	Stars      int       `json:"stars"`
	Text       string    `json:"text"`
	WrittenBy  string    `json:"written_by,omitempty"`
	WrittenAt  time.Time `json:"written_at"`
	Answer     string    `json:"answer,omitempty"`
	AnsweredBy string    `json:"answered_by,omitempty"`
	AnsweredAt time.Time `json:"answered_at,omitzero"`
	Hidden     bool      `json:"hidden" doc:"Its words are hidden; its stars count on"`
	HiddenBy   string    `json:"hidden_by,omitempty"`
	HiddenWhy  string    `json:"hidden_reason,omitempty"`
}

func ratingOf(r *quartet.Rating) rating {
	return rating{r.ID, r.Account, r.Order, r.Product, r.Stars, r.Text, r.By, r.At, r.Answer, r.AnsweredBy, r.Answered, !r.Hidden.IsZero(), r.HiddenBy, r.HiddenWhy}
}

// buyersRating is a rating as its buyer sees it: what the house says among itself is left out.
func buyersRating(r *quartet.Rating) rating {
	out := ratingOf(r)
	out.AnsweredBy, out.HiddenBy = "", ""
	return out
}

type ratingAnswer struct{ Body rating }

func ratingAnswerOf(r quartet.Rating, err error, show func(*quartet.Rating) rating) (*ratingAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &ratingAnswer{show(&r)}, nil
}

// RatingIn names a rating.
type RatingIn struct {
	Rating string `path:"rating" maxLength:"64"`
}

func (a *API) registerRatings() {
	const tag = "ratings"
	servers := []quartet.Right{quartet.MayServeBuyers}
	ratingsOf := func(all func(ctx context.Context, product, before string, limit int) ([]quartet.Rating, error)) func(context.Context, Caller, *struct {
		Turn
		ProductIn
	}) (*page[rating], error) {
		return func(ctx context.Context, _ Caller, in *struct {
			Turn
			ProductIn
		},
		) (*page[rating], error) {
			list, err := all(ctx, in.Product, in.After, in.Limit+1)
			if err != nil {
				return nil, err
			}
			return pageOf(list, Turn{Limit: in.Limit}, func(r *quartet.Rating) string { return r.ID }, ratingOf)
		}
	}
	register(a, operation{
		ID: "listRatings", Method: http.MethodGet, Path: "/products/{product}/ratings", Tag: tag, Summary: "What buyers say about a product, newest first", Doc: "Nothing tells whose they are.", Rights: []quartet.Right{Anybody},
	}, ratingsOf(func(ctx context.Context, product, before string, limit int) ([]quartet.Rating, error) {
		return a.o.Ratings.Shown(ctx, product, before, limit)
	}))
	register(a, operation{
		ID: "listAllRatings", Method: http.MethodGet, Path: "/products/{product}/ratings/all", Tag: tag, Summary: "The same with whose they are, and what is hidden", Rights: []quartet.Right{quartet.MayServeBuyers, quartet.MayWatchHouse},
	}, ratingsOf(func(ctx context.Context, product, before string, limit int) ([]quartet.Rating, error) {
		return a.o.Ratings.List(ctx, product, before, limit)
	}))
	register(a, operation{
		ID: "rateOrder", Method: http.MethodPost, Path: "/accounts/{account}/orders/{order}/rating", Tag: tag, Status: http.StatusCreated,
		Summary: "Rate a paid order, once", Doc: "Within 180 days of its payment; nobody changes it afterwards.", Rights: []quartet.Right{quartet.MayBuy},
	}, func(ctx context.Context, c Caller, in *struct {
		OrderIn

		Body struct {
			Stars int    `json:"stars" minimum:"1" maximum:"5"`
			Text  string `json:"text,omitempty" maxLength:"1000"`
		}
	},
	) (*ratingAnswer, error) {
		r, err := a.o.Ratings.Rate(ctx, c.By(), in.Account, in.Order, in.Body.Stars, in.Body.Text)
		return ratingAnswerOf(r, err, buyersRating)
	})
	register(a, operation{
		ID: "showRating", Method: http.MethodGet, Path: "/accounts/{account}/orders/{order}/rating", Tag: tag, Summary: "What an account said about an order", Rights: []quartet.Right{quartet.MayRead},
	}, func(ctx context.Context, _ Caller, in *OrderIn) (*ratingAnswer, error) {
		r, err := a.o.Ratings.Find(ctx, in.Account, in.Order)
		return ratingAnswerOf(r, err, buyersRating)
	})
	register(a, operation{
		ID: "answerRating", Method: http.MethodPut, Path: "/ratings/{rating}/answer", Tag: tag, Summary: "Answer a rating, over an earlier answer", Rights: servers,
	}, func(ctx context.Context, c Caller, in *struct {
		RatingIn

		Body struct {
			Text string `json:"text" minLength:"1" maxLength:"1000"`
		}
	},
	) (*ratingAnswer, error) {
		r, err := a.o.Ratings.Answer(ctx, c.By(), in.Rating, in.Body.Text)
		return ratingAnswerOf(r, err, ratingOf)
	})
	register(a, operation{
		ID: "hideRating", Method: http.MethodPut, Path: "/ratings/{rating}/hiding", Tag: tag, Summary: "Hide the words of a rating, for a reason", Doc: "Its stars count on.", Rights: servers,
	}, func(ctx context.Context, c Caller, in *struct {
		RatingIn

		Body struct {
			Why string `json:"reason" minLength:"1" maxLength:"500"`
		}
	},
	) (*ratingAnswer, error) {
		r, err := a.o.Ratings.Hide(ctx, c.By(), in.Rating, in.Body.Why)
		return ratingAnswerOf(r, err, ratingOf)
	})
	register(a, operation{
		ID: "restoreRating", Method: http.MethodDelete, Path: "/ratings/{rating}/hiding", Tag: tag, Summary: "Show the words of a rating again", Rights: servers, Status: http.StatusOK,
	}, func(ctx context.Context, c Caller, in *RatingIn) (*ratingAnswer, error) {
		r, err := a.o.Ratings.Restore(ctx, c.By(), in.Rating)
		return ratingAnswerOf(r, err, ratingOf)
	})
}
