// Package sim is a simulator of a source: it answers by a script and knows no one. It
// exists for tests, demonstrations and load tools. No configuration names it unless
// somebody writes it there, and its script is never loaded by default.
//
// A script is YAML or JSON:
//
//	default: {verdict: match}
//	cards:
//	  "6200000000000000018": {verdict: mismatch, reason: mobile_mismatch, delay: 80ms}
//	  "6200000000000000059": {verdict: mismatch, differs: [name, mobile]}
//	  "6200000000000000026": {fault: busy}
//	  "6200000000000000034": {fault: failed, sent: false}
//	  "6200000000000000042": {fault: timeout}
//	  "6200000000000000067": {fault: busy, retry: true}
//
// verdict is match, mismatch or undetermined; reason is one that fits it. differs is what
// of name, id and mobile never agrees on a card: a question about none of these is a match,
// and a reason need not be written, since it follows. A mobile_mismatch says by itself what
// differs. fault is unreachable, timeout, failed,
// not_understood, busy, rejected, no_record, unsupported, frequency or panic; a timeout
// without a delay waits for the caller's deadline. sent says whether the question counts
// as having reached the source; without it, an unreachable or unsupported one did not
// and all others did. retry says whether it surely was not processed, so that another source
// may be asked; without it, that is so of what was not sent. Cards are compared in normalised form.
package sim
