package api

import (
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"quartet"
)

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
	After string `query:"after" maxLength:"80" doc:"next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"The longest page that is wanted"`
}

const noCursor = "this is not next of an earlier page; begin at the first one"

// cursorOf is what a page gives as next: the id of its last item and a sum of it. Without the
// sum nonsense would be a place in most lists, and the page behind it an empty one.
func cursorOf(id string) string { return fmt.Sprintf("%s.%08x", id, crc32.ChecksumIEEE([]byte(id))) }

// Resolve makes a cursor the id again. huma calls it for every input with a Turn.
func (t *Turn) Resolve(huma.Context) []error {
	if t.After == "" {
		return nil
	}
	given, end := t.After, strings.LastIndexByte(t.After, '.')
	if t.After = given[:max(end, 0)]; end < 1 || cursorOf(t.After) != given {
		return []error{&huma.ErrorDetail{Location: "query.after", Message: noCursor}}
	}
	return nil
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
			return nil, &quartet.Error{Code: quartet.ErrInvalid, Field: "after", Message: noCursor}
		}
	}
	to := min(from+at.Limit, len(all))
	out := &page[T]{}
	out.Body.Items = make([]T, 0, to-from)
	for i := from; i < to; i++ {
		out.Body.Items = append(out.Body.Items, show(&all[i]))
	}
	if to < len(all) {
		out.Body.Next = cursorOf(id(&all[to-1]))
	}
	return out, nil
}
