// Package owner gives a data folder exactly one owning process, and lets every other
// process run its commands inside the owner.
//
// The owner locks the folder (flock, gone with the process however it ends) and listens
// on quartet.sock in it. A command dials the socket first. If somebody answers, it sends
// its arguments and its folder, and then only carries bytes: output is streamed to it,
// input is read from it when the command asks for some, questions about secrets are put on
// its terminal, and the exit code comes last. A client that goes away cancels its command.
// If nobody answers, the command takes the lock and works by itself.
//
// The folder has mode 0700 and the socket 0600: whoever may dial it may do everything.
package owner
