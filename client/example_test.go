package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"quartet/client"
)

// house stands in for one of yours.
func house() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/api/v1/accounts/acme/orders":
			_, _ = fmt.Fprint(w, `{"items":[{"id":"o-1","state":"paid","amount_fen":50000},{"id":"o-2","state":"open","amount_fen":200000}]}`)
		default:
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = fmt.Fprint(w, `{"status":404,"code":"not_found","detail":"there is no such account"}`)
		}
	}))
}

func ExampleAPI_ListOrders() {
	srv := house()
	defer srv.Close()
	api, err := client.New(srv.URL, client.Token("qtk_yours"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for order, err := range api.ListOrders(context.Background(), "acme", client.ListOrdersQuery{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s is %s: ¥%d\n", order.ID, order.State, order.AmountFen/100)
	}
	// Output:
	// o-1 is paid: ¥500
	// o-2 is open: ¥2000
}

func ExampleProblem() {
	srv := house()
	defer srv.Close()
	api, err := client.New(srv.URL, client.Token("qtk_yours"))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = api.ShowBalance(context.Background(), "nobody")
	if errors.Is(err, client.ErrNotFound) {
		fmt.Println(err)
	}
	if problem, ok := errors.AsType[*client.Problem](err); ok {
		fmt.Println(problem.Status, problem.Code)
	}
	// Output:
	// there is no such account
	// 404 not_found
}
