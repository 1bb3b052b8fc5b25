// Package app puts a node together and runs it. It is the only room that knows all the
// others.
//
//	House  a data folder, opened: keyring, store, ledger, registry. Whoever has one may
//	       do everything that commands do. A process has the folder to itself.
//	App    a House that serves: the road on the API address, health and metrics on the
//	       admin address, the commands of other processes on the folder's socket, and
//	       the jobs that keep the book.
//
// Tests start an App in process and talk to it as a stranger would.
package app
