package api

import "quartet"

// page is a part of a list.
type page[T any] struct {
	Body struct {
		Items []T    `json:"items" nullable:"false"`
		Next  string `json:"next,omitempty" doc:"What to give as after for the following page; without it this was the last"`
	}
}

// Turn is where in a list a page begins, and how long it is. Inputs embed it; what is
// embedded must be exported, or huma does not see it.
type Turn struct {
	After string `query:"after" maxLength:"64" doc:"next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"The longest page that is wanted"`
}

// pageOf is the page of a whole list that is wanted. id names an item for the cursor.
// ErrInvalid: the cursor names none.
func pageOf[S, T any](all []S, at Turn, id func(*S) string, show func(*S) T) (*page[T], error) {
	from := 0
	if at.After != "" {
		from = -1
		for i := range all {
			if id(&all[i]) == at.After {
				from = i + 1
				break
			}
		}
		if from < 0 {
			return nil, &quartet.Error{Code: quartet.ErrInvalid, Message: "after is not next of an earlier page; begin at the first one"}
		}
	}
	to := min(from+at.Limit, len(all))
	out := &page[T]{}
	out.Body.Items = make([]T, 0, to-from)
	for i := from; i < to; i++ {
		out.Body.Items = append(out.Body.Items, show(&all[i]))
	}
	if to < len(all) {
		out.Body.Next = id(&all[to-1])
	}
	return out, nil
}
