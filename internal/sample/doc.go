// Package sample writes sample code: one call of the verification API, in every language that
// buyers ask for, ready to run once the credential is put in.
//
// The trip: a Request says what is called (method, address, headers, form, and how the caller
// proves who it is) → Render checks that every text of it can stand in a program → the
// template of the language writes the program, with each text quoted as that language quotes.
// The console shows what comes, and the folder examples of the repository holds the same files
// with placeholders; a golden test keeps them so.
//
// The law of a sample: the language's own library alone, comments in Chinese, a time limit
// longer than the server's, code, state and seqNo on the screen, the gateway's words when it
// refuses, and never an element: the message of a wrong signature repeats the string that was
// signed, so samples cut it off.
package sample
