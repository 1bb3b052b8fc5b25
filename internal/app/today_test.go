package app_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"quartet/internal/app"
	"quartet/internal/config"
)

func TestToday_TellsOfTheCallsThatWereJustMade(t *testing.T) {
	n, err := launchWith(t, app.Options{Config: config.Loaded{Config: settings(t)}, KeyringInside: true})
	if err != nil {
		t.Fatal(err)
	}
	operator := n.signIn(t)
	for range 3 {
		n.result(t, person(1))
	}
	var got struct {
		Peak    int64                   `json:"peak_calls"`
		Latency struct{ Calls int64 }   `json:"latency"`
		Sources []struct{ Name string } `json:"sources"`
		Hours   []struct{}              `json:"hours"`
		Money   *struct{}               `json:"money"`
	}
	for got.Money == nil { // it is reckoned beside
		resp, err := operator.Get(n.URL() + "/api/v1/today")
		if err != nil {
			t.Fatal(err)
		}
		err = json.NewDecoder(resp.Body).Decode(&got)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%d, %v", resp.StatusCode, err)
		}
	}
	if got.Peak < 1 || got.Latency.Calls != 3 || len(got.Sources) == 0 || len(got.Hours) != 24 {
		t.Errorf("the picture: %+v", got)
	}
}
