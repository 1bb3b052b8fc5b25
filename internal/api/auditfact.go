package api

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"quartet"
)

// accountFact is one thing that an entry tells of what was done. The names are a closed set.
type accountFact struct {
	Name   string   `json:"name" enum:"address,role,kind,test,name,qps,burst,daily,networks,products,expires_at,purposes,plan_id,product_id,order_id,orders,amount_fen,monthly,why,host,enabled,overlap_minutes,units,percent,days,minutes,category,stars,doubted,scopes"`
	Values []string `json:"values,omitempty" nullable:"false" doc:"What it became, or is; left out: it is no more"`
	Before []string `json:"before,omitempty" nullable:"false" doc:"Of a change: what it was"`
}

// factNames are the names, in the order in which they are told. What else an entry keeps, such
// as who of the house looks after a ticket, is none of the buyer's.
var factNames = func() []string {
	f, _ := reflect.TypeFor[accountFact]().FieldByName("Name")
	return strings.Split(f.Tag.Get("enum"), ",")
}()

// factsOf reads what an entry keeps of before and after: of a change what differs, else all.
func factsOf(e *quartet.AuditEntry) (facts []accountFact) {
	before, after := kept(e.Before), kept(e.After)
	for _, name := range factNames {
		f := accountFact{Name: name, Values: after[name], Before: before[name]}
		switch {
		case after == nil:
			f.Values, f.Before = f.Before, nil
		case slices.Equal(f.Values, f.Before):
			continue
		}
		if len(f.Values)+len(f.Before) > 0 {
			facts = append(facts, f)
		}
	}
	return facts
}

// kept is an object of words, numbers and lists of words; nil: there is none.
func kept(text string) map[string][]string {
	var object map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber() // amounts stay whole
	if d.Decode(&object) != nil {
		return nil
	}
	values := make(map[string][]string, len(object))
	for name, value := range object {
		list, many := value.([]any)
		if !many {
			list = []any{value}
		}
		for _, one := range list {
			values[name] = append(values[name], fmt.Sprint(one))
		}
	}
	return values
}
