// Package sourcetest is the law that every source passes. Give it a source and people
// to ask about, and it checks:
//
//   - verdicts, reasons, differing elements, kinds of failure and Sent are those expected, each time;
//   - a reason belongs to its verdict; which elements differ is told of a mismatch alone,
//     and of elements that were asked about;
//   - a failure is always a *source.Error and never comes with a verdict;
//   - nothing of a person is in an answer or an error, however it is printed;
//   - nor is it in the program's log, on standard output or standard error;
//   - what was not sent is not charged, and what may be asked elsewhere is not charged for sure;
//   - a source whose other side cannot be reached is Unreachable, and nothing was sent;
//   - a caller whose time is over before it asks gets a Timeout that was not sent;
//   - a source that hangs is left at the deadline, or at the cancellation, with Timeout;
//   - it may be asked from many goroutines at once, and leaves none behind, at the latest
//     when it is closed, if it can be.
package sourcetest
