// Package sandbox answers the calls of test credentials: the card number alone decides,
// by a table, so that a buyer can meet every answer before he spends a unit.
//
// The trip of such a call: the road authenticates, limits and reads it like any other, and
// answers what is really wrong with it as always. Where quota, guard and sources would come
// next it asks Find, waits for the Delay of what it is given, and answers that. No unit is
// taken, no source is asked, no card is counted.
//
// The law: the same card gets the same outcome, always. Nothing here looks at another
// element, a clock or a store.
package sandbox
