package tencent

import (
	"log"
	"net/http"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"

	"quartet/internal/source/wire"
)

// asker is a client of the SDK that asks one question at a time: its requests take no
// context, so its transport is what knows of which trip a request is.
type asker struct {
	client *common.Client
	trip   *wire.Trip
}

// RoundTrip implements http.RoundTripper.
func (a *asker) RoundTrip(req *http.Request) (*http.Response, error) { return a.trip.RoundTrip(req) }

func (s *Source) ask(trip *wire.Trip, r *request) (*response, error) {
	a := s.take()
	a.trip = trip
	said := &response{BaseResponse: &tchttp.BaseResponse{}}
	err := a.client.Send(r, said)
	a.trip = nil
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, a)
	return said, err
}

// take gives an asker that asks nothing, or makes one. There are never more than there
// were questions at once.
func (s *Source) take() *asker {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.free) - 1; last >= 0 {
		a := s.free[last]
		s.free = s.free[:last]
		return a
	}
	p := profile.NewClientProfile()
	p.HttpProfile.Scheme, p.HttpProfile.Endpoint = s.endpoint.Scheme, s.endpoint.Host
	p.HttpProfile.ReqTimeout = 0 // the trip's context bounds it
	a := &asker{client: &common.Client{}}
	flags := log.Flags() // Init sets those of the whole program
	a.client.Init(s.region)
	log.SetFlags(flags)
	a.client.WithSecretId(s.secretID, s.secretKey).WithProfile(p).WithHttpTransport(a)
	return a
}
