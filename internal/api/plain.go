package api

import (
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"quartet/internal/web"
)

// faultIn is what huma found wrong with an input, at its place and in the words of people.
func faultIn(e *huma.ErrorDetail) web.Fault {
	if i := strings.LastIndexByte(e.Message, '\n'); e.Location == "body" && i >= 0 {
		return web.Fault{Detail: e.Message[i+1:], Pointer: "#" + e.Message[:i]}
	}
	if m := missing.FindStringSubmatch(e.Message); m != nil {
		return web.FaultAt(e.Location+"."+m[1], needed)
	}
	return web.FaultAt(e.Location, plain(e.Message))
}

// missing is what huma says, at its owner, of an input that did not come.
var missing = regexp.MustCompile(`^expected required property (.+) to be present$`)

const (
	needed  = "this is needed"
	anyTime = "write a time as 2026-03-02T09:00:00+08:00"
	number  = "write a whole number"
)

// said is each thing that huma says of an input, and what to write. The first that fits counts.
var said = []struct {
	theirs *regexp.Regexp
	ours   string
}{
	{regexp.MustCompile("^" + noCursor + "$"), noCursor},
	{regexp.MustCompile(`^reason (must .+)$`), "it $1"}, // Reason
	{regexp.MustCompile(`^required \w+ parameter is missing$`), needed},
	{regexp.MustCompile(`^unexpected property$`), "nothing has this name here; look at its spelling"},
	{regexp.MustCompile(`^unknown query parameter$`), "there is no such parameter; look at its spelling"},
	{regexp.MustCompile(`^expected string to be RFC 3339 date-time$|^invalid date/time.*`), anyTime},
	{regexp.MustCompile(`^expected string to be RFC 3339 date$`), "write a day as 2026-03-02"},
	{regexp.MustCompile(`^expected string to be base64 encoded$`), "write it in base64"},
	{regexp.MustCompile(`^expected string to be (.+)$`), "write it as $1"}, // patternDescription
	{regexp.MustCompile(`^expected value to be one of "(.*)"$`), "write one of $1"},
	{regexp.MustCompile(`^expected string$`), "write a text, in quotes"},
	{regexp.MustCompile(`^expected boolean$|^invalid boolean$`), "write true or false"},
	{regexp.MustCompile(`^expected (integer|number)$|^invalid integer$`), number},
	{regexp.MustCompile(`^invalid float$`), "write a number"},
	{regexp.MustCompile(`^expected array$`), "write a list, in [ ]"},
	{regexp.MustCompile(`^expected object$`), "write an object, in { }"},
	{regexp.MustCompile(`^expected array items to be unique$`), "write each once"},
	{regexp.MustCompile(`^expected number >= (.+)$`), "write a number of at least $1"},
	{regexp.MustCompile(`^expected number > (.+)$`), "write a number above $1"},
	{regexp.MustCompile(`^expected number <= (.+)$`), "write a number of at most $1"},
	{regexp.MustCompile(`^expected number < (.+)$`), "write a number below $1"},
	{regexp.MustCompile(`^expected length >= 1$`), "write something"},
	{regexp.MustCompile(`^expected length >= (.+)$`), "write at least $1 characters"},
	{regexp.MustCompile(`^expected length <= (.+)$`), "write at most $1 characters"},
	{regexp.MustCompile(`^expected array length >= (.+)$`), "write at least $1 of them"},
	{regexp.MustCompile(`^expected array length <= (.+)$`), "write at most $1 of them"},
}

// plain is what to write instead of what huma found wrong. Whatever it says that is not in the
// list says at least where to look.
func plain(message string) string {
	for _, s := range said {
		if s.theirs.MatchString(message) {
			return s.theirs.ReplaceAllString(message, s.ours)
		}
	}
	return "this does not keep its rule; the description of the API says how it is written"
}

// named puts the name of the input before what is wrong with it, so that whoever reads the words
// alone knows what to write anew.
func named(f web.Fault) string {
	name := strings.TrimPrefix(strings.TrimPrefix(f.Pointer, "#"), "/") + f.Parameter
	if name == "" {
		return f.Detail
	}
	return name + ": " + f.Detail
}
