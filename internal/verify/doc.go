// Package verify is the road: one request from bytes to answer.
//
//	admit        path, method, size           → gateway answer
//	read         the body, once               → gateway answer
//	authenticate AppCode, or the key within   → gateway answer, or 10005
//	any left?    from memory; not for a repeat → gateway answer
//	parse faults 10009, 10006
//	Verify:
//	  normalise  10001, 10008
//	  product    10014
//	  repeat     the same answer again, or 10012
//	  guard      10020
//	  local source: look up → charge (durable) → answer
//	  supplier:     reserve (durable) → ask → settle or release (durable) → answer
//
// Only a verdict is ever charged, and no verdict is answered before its charge is durable.
// Nothing of a body's content is reported to a caller who is not yet known.
package verify
