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

// dialect and manifest are those of the invented supplier, whose contract has all that a
// good one has: an order number, an inquiry, and a word on what it charges.
const (
	dialect  = "acme"
	manifest = "template"
)

// player is one simulated supplier in the place of a source.
type player struct {
	source      quartet.Source
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
	for _, s := range list {
		p, err := hireOne(ctx, s)
		if err != nil {
			c.dismiss()
			return nil, err
		}
		c.players = append(c.players, p)
	}
	return c, nil
}

func hireOne(ctx context.Context, s quartet.Source) (*player, error) {
	credentials, err := simulator.Invent(dialect)
	if err != nil {
		return nil, err
	}
	server, err := simulator.New(dialect, simulator.Script{}, credentials)
	if err != nil {
		return nil, err
	}
	server.Price = s.Terms.PriceAt(time.Now(), quartet.NeedAll)
	p := &player{source: s, server: server, credentials: credentials, address: "127.0.0.1:0"}
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
	if _, err := h.Sources.Switch(ctx, actor, string(quartet.SourceRegistry), false); err != nil {
		return err
	}
	spec, err := httpjson.ShippedManifest(manifest)
	if err != nil {
		return err
	}
	for _, p := range c.players {
		s := quartet.Source{Name: p.source.Name, Kind: quartet.SourceHTTPJSON, Spec: string(spec), On: true, Terms: p.source.Terms}
		s.Terms.AuthorisedFrom, s.Terms.AuthorisedUntil, s.Terms.Maintenance = time.Time{}, time.Time{}, nil
		s.Terms.Purposes, s.Terms.IDTypes, s.Terms.CardKinds, s.Terms.DailyCap = nil, nil, nil, 0
		s.Terms.Open = recovery / 2
		if _, err := h.Sources.Add(ctx, actor, s, p.credentials); err != nil {
			return err
		}
	}
	if policy.Order != "" {
		return h.Sources.Order(ctx, actor, policy.Order)
	}
	return nil
}

// play lets the first player be dead, the second slow and the third a liar. Where there are
// fewer, the last plays what is left.
func (c *cast) play(ctx context.Context, p Phase, deadline time.Duration) error {
	acts := make([]simulator.Act, len(c.players))
	place := func(i int) int { return min(i, len(acts)-1) }
	if p.lying {
		acts[place(2)].Fault = simulator.FaultMalformed
	}
	if p.slow {
		acts[place(1)] = simulator.Act{Delay: 2 * deadline}
	}
	for i, player := range c.players {
		player.server.SetDefault(acts[i])
		if p.dead && i == 0 {
			player.die()
		} else if err := player.live(ctx); err != nil {
			return err
		}
	}
	return nil
}

func settingsIn(dir string, o Options) config.Loaded {
	c := config.Default()
	c.Listen, c.AdminListen, c.Data = "127.0.0.1:0", "127.0.0.1:0", filepath.Join(dir, "data")
	c.Deadline = o.Deadline
	return config.Loaded{Config: c}
}
