// Package cli is the command tree.
//
// Most commands work on a data folder, which one process owns. Such a command is parsed
// where it was typed, which finds mistakes, and then run by the owner: by a server over
// the folder's socket if one is running, else by this very process, which takes the
// folder for as long as it needs. Either way the same code prints the same text.
//
// A command sees the world through its Env alone: a server runs it for somebody else.
package cli
