package client

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"net/url"
	"strconv"
)

// pages asks for a list page by page, for as long as it is read. most is the longest page that
// there is; 0: it comes whole.
func pages[T any](ctx context.Context, c *API, r request, most int, options []CallOption) iter.Seq2[T, error] {
	for _, o := range options {
		o(&r)
	}
	return func(yield func(T, error) bool) {
		var none T
		for at := r; ; {
			at.query = maps.Clone(r.query)
			if at.query == nil {
				at.query = url.Values{}
			}
			if most > 0 {
				limit := most
				if r.limit > 0 {
					limit = min(r.limit, most)
				}
				at.query.Set("limit", strconv.Itoa(limit))
			}
			if at.after != "" {
				at.query.Set("after", at.after)
			}
			page, err := fetch[struct {
				Items []T             `json:"items"`
				Next  json.RawMessage `json:"next"`
			}](ctx, c, at, nil)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			next := cursor(page.Next)
			if next == "" || most == 0 {
				return
			}
			if next == at.after {
				yield(none, errors.New("the list does not end: its next page is the same one"))
				return
			}
			at.after = next
		}
	}
}

// cursor is what a page gives as next: a text, or of messages a number.
func cursor(next json.RawMessage) (text string) {
	if json.Unmarshal(next, &text) != nil {
		return string(next)
	}
	return text
}
