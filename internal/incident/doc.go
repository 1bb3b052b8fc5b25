// Package incident tells buyers of outages and maintenance.
//
// The trip of an outage: a person of the house opens it, or Look finds that calls of a product
// get no answer from any source → updates say where it stands → it is monitored, then resolved.
// Every step is written once, with the circular that carries it to the accounts that hold units
// of its products, and stays in the history that everybody may read.
//
// Look derives how supply stands from the rows of calls of the last minutes, which are written
// anyway: no call does anything for it, and its cost is bounded. Every node looks every minute;
// the store lets one of them write. What the house opened by itself it takes on by itself, until
// a person writes to it: from then on it is that person's.
//
// The law:
//   - No source is named: not by the house's own words, which know products alone, and not by
//     people, whose words are looked through for the names of suppliers.
//   - One outage is one incident. While one is open of a product, none is opened by itself; one
//     that comes back within the hour is opened again.
//   - Silence is no proof: without calls an outage stays open longer than with good ones.
package incident
