// Package paysim simulates payment providers: Alipay's gateway and WeChat Pay's API, from
// the provider's side, with keys made for the occasion. They are for tests, sign and verify
// as the real ones are documented to, and take part in nothing that moves money. Nothing in
// the program starts one by itself.
//
// A Book holds the trades; Alipay and WeChat speak their protocols over it. What a buyer or
// the provider's staff does (Pay, FailRefund, …) are methods of the book. Break makes the
// next answers to a kind of question go wrong; a Twist makes a notice that is not what it
// should be.
package paysim
