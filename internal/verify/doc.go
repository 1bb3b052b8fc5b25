// Package verify is the road: one request from bytes to answer.
//
//	admit        path, method, stage           → gateway answer
//	read         the body, once                → gateway answer
//	authenticate signature, AppCode or key     → gateway answer, or 10005
//	allowed?     account, address, product     → gateway answer, or 10010
//	any left?    from memory; not for a repeat → gateway answer
//	too fast?    a second, a day               → gateway answer
//	parse faults 10009, 10006, 10001
//	Verify:
//	  normalise  10008, 10001
//	  product    10014
//	  sandbox    answers a test credential by the card alone
//	  repeat     the same answer again, or 10012
//	  reuse      a supplier's verdict of minutes ago once more: charge (durable) → answer
//	  guard      10020
//	  local source: look up → charge (durable) → answer
//	  supplier:     reserve (durable) → ask → settle or release (durable) → answer
//
// Only a verdict is ever charged, and no verdict is answered before its charge is durable.
// Nothing of a body's content is reported to a caller who is not yet known.
package verify
