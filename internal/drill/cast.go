package drill

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/config"
	"quartet/internal/simulator"
	"quartet/internal/source/httpjson"
)

// actor says that the drill made a change, in the audit of its own house.
const actor = "quartet source drill"

// part is the contract by which a player speaks.
type part struct{ dialect, manifest string }

// partOf lets the first two speak the contract of the invented supplier, which has all that a
// good one has: an order number, an inquiry, and a word on what it charges. The third cannot be
// asked afterwards, so what its broken answers cost stays open until its statement comes.
func partOf(last bool) part {
	if last {
		return part{"market", "market"}
	}
	return part{"acme", "template"}
}

// Places of those who play something; where there are fewer, the last plays what is left.
const (
	first = iota
	second
	third
)

// player is one simulated supplier in the place of a source.
type player struct {
	source      quartet.Source
	part        part
	server      *simulator.Server
	address     string
	http        *http.Server // nil: dead
	credentials map[string]string
}

// cast is all of them, in the order of their priority.
type cast struct{ players []*player }

// hire starts a simulator for each source.
func hire(ctx context.Context, o Options) (*cast, error) {
	list := o.Sources
	if len(list) == 0 {
		for i := range 3 {
			list = append(list, quartet.Source{
				Name: fmt.Sprintf("supplier-%c", 'a'+i), On: true,
				Terms: quartet.Terms{Weight: 1, Prices: []quartet.Price{{Cost: quartet.Millifen(20_000 + 5_000*i)}}},
			})
		}
	}
	c := &cast{}
	for i, s := range list {
		p, err := hireOne(ctx, s, partOf(i == min(third, len(list)-1)))
		if err != nil {
			c.dismiss()
			return nil, err
		}
		c.players = append(c.players, p)
	}
	return c, nil
}

func hireOne(ctx context.Context, s quartet.Source, part part) (*player, error) {
	credentials, err := simulator.Invent(part.dialect)
	if err != nil {
		return nil, err
	}
	server, err := simulator.New(part.dialect, simulator.Script{}, credentials)
	if err != nil {
		return nil, err
	}
	server.Price = s.Terms.PriceAt(time.Now(), quartet.NeedAll)
	p := &player{source: s, part: part, server: server, credentials: credentials, address: "127.0.0.1:0"}
	err = p.live(ctx)
	credentials["url"] = "http://" + p.address
	return p, err
}

// live begins to listen, at the address of before.
func (p *player) live(ctx context.Context) error {
	if p.http != nil {
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", p.address)
	if err != nil {
		return quartet.Errorf(quartet.ErrUnavailable, "cannot listen for a simulator: %w", err)
	}
	p.address = listener.Addr().String()
	server := &http.Server{Handler: p.server, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	p.http = server
	go func() { _ = server.Serve(listener) }() // ends with die
	p.server.Down(false)
	return nil
}

// die cuts every connection and refuses new ones.
func (p *player) die() {
	if p.http == nil {
		return
	}
	p.server.Down(true) // nobody waits for an answer any more
	_ = p.http.Close()
	p.http = nil
}

// dismiss ends all simulators.
func (c *cast) dismiss() {
	for _, p := range c.players {
		p.die()
	}
}

// enlist puts the simulators into the house of the drill, on the terms of those they play.
// What only a real calendar can decide is left out, and a breaker that opened closes again
// within the drill.
func (c *cast) enlist(ctx context.Context, h *app.House, policy quartet.Policy) error {
	if _, err := h.Sources.Switch(ctx, actor, string(quartet.SourceRegistry), false, ""); err != nil {
		return err
	}
	for _, p := range c.players {
		spec, err := httpjson.ShippedManifest(p.part.manifest)
		if err != nil {
			return err
		}
		s := quartet.Source{Name: p.source.Name, Kind: quartet.SourceHTTPJSON, Spec: string(spec), On: true, Terms: p.source.Terms}
		s.Terms.AuthorisedFrom, s.Terms.AuthorisedUntil, s.Terms.Maintenance = time.Time{}, time.Time{}, nil
		s.Terms.Purposes, s.Terms.IDTypes, s.Terms.CardKinds, s.Terms.DailyCap = nil, nil, nil, 0
		s.Terms.Open = open
		if _, err := h.Sources.Add(ctx, actor, s, p.credentials); err != nil {
			return err
		}
	}
	if policy.Order != "" {
		return h.Sources.Order(ctx, actor, policy.Order)
	}
	return nil
}

// play gives each player its act in a phase. Who dies in it first holds a question back, so
// that it dies over that one.
func (c *cast) play(ctx context.Context, p Phase, deadline time.Duration) error {
	slow := simulator.Act{Delay: 2 * deadline}
	acts := make([]simulator.Act, len(c.players))
	place := func(i int) *simulator.Act { return &acts[min(i, len(acts)-1)] }
	place(third).Fault = p.spoilt
	if p.slow > 1 {
		*place(third) = slow
	}
	if p.slow > 0 {
		*place(second) = slow
	}
	if p.dies {
		*place(first) = slow
	}
	for i, player := range c.players {
		player.server.SetDefault(acts[i])
		if p.dead && i == first {
			player.die()
		} else if err := player.live(ctx); err != nil {
			return err
		}
	}
	return nil
}

// dieOver lets the first player die as soon as it works on a question; or when the phase ends.
func (c *cast) dieOver(ctx context.Context) {
	p := c.players[first]
	for before := p.server.Asked(); p.server.Asked() == before && ctx.Err() == nil; {
		pause(ctx, time.Millisecond)
	}
	p.die()
}

func settingsIn(dir string, o Options) config.Loaded {
	c := config.Default()
	c.Listen, c.AdminListen, c.Data = "127.0.0.1:0", "127.0.0.1:0", filepath.Join(dir, "data")
	c.Deadline = o.Deadline
	return config.Loaded{Config: c}
}
