package client

import (
	"net/url"
	"strconv"
	"time"
)

// asked is a query as it is put together. What is zero is left out.
type asked struct{ url.Values }

func (a asked) text(name, v string) {
	if v != "" {
		a.Set(name, v)
	}
}

func (a asked) number(name string, v int64) {
	if v != 0 {
		a.Set(name, strconv.FormatInt(v, 10))
	}
}

func (a asked) flag(name string, v bool) {
	if v {
		a.Set(name, "true")
	}
}

func (a asked) choice(name string, v *bool) {
	if v != nil {
		a.Set(name, strconv.FormatBool(*v))
	}
}

func (a asked) instant(name string, v time.Time) {
	if !v.IsZero() {
		a.Set(name, v.Format(time.RFC3339Nano))
	}
}

func (a asked) list(name string, v []string) {
	for _, one := range v {
		a.Add(name, one)
	}
}
