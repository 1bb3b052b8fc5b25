// Package quartet is the vocabulary of the product: the four elements of a person and
// their rules, verdicts and result codes, products, accounts and credentials, and the
// units that are granted, held and charged.
//
// Nothing here does I/O. Clocks and keys are handed in. Every other room imports this
// one and this one imports nobody.
package quartet
