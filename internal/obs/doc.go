// Package obs is what an operator sees of a running node: log lines and metrics.
//
// Everything that is logged passes one redactor, as the last net below types that print
// themselves masked. The line of a call is written by hand into Lines, which gathers
// and flushes in the background, so that a call waits for the log only when the log is
// slower than the calls; no line is dropped.
package obs
