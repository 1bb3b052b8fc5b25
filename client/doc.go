// Package client calls a Quartet. It needs the standard library alone.
//
// # Verification
//
// [Client] asks about people, at the price of units, with an AppCode:
//
//	c := client.Client{BaseURL: "https://verify.example.com", AppCode: code}
//	answer, err := c.Verify(ctx, client.Person{Name: …, IDCard: …, AccNo: …, Mobile: …})
//	var refused *client.GatewayError
//	switch {
//	case errors.As(err, &refused): // not let in, or no units left: nothing was asked or charged
//	case err != nil: // no answer: it is not known whether the call was charged
//	case answer.State == client.Match: // all four agree
//	case answer.State == "": // answered without a verdict: see answer.Code
//	}
//
// # Management
//
// [API] does everything else, with a token; its methods have the names of the operations in
// docs/openapi.yaml, and are generated from it:
//
//	api, err := client.New("https://verify.example.com", client.Token(os.Getenv("QUARTET_TOKEN")))
//	for order, err := range api.ListOrders(ctx, account, client.ListOrdersQuery{}) {
//		…
//	}
//
// A list is asked for page by page as it is read. An answer that is a file is a [File], read as it
// comes; a file is sent as it is read.
//
// What was refused is a [*Problem], and matches one of the codes:
//
//	if errors.Is(err, client.ErrNotFound) { … }
//
// # Repeating
//
// Every POST has an idempotency key, so whatever got no answer, or 429, 502, 503 or 504, is sent
// again by itself without being done twice: at most three times, after growing waits, never past
// the end of its context. A program that may itself be restarted meanwhile gives keys of its own:
// [Key]. A file is sent again only if it can be read again ([io.Seeker]). What was done, but whose
// answer got lost, may say [ErrNotFound] or [ErrConflict] at the repeat of a DELETE, or of what
// shows a secret.
package client

//go:generate go run quartet/internal/clientgen
