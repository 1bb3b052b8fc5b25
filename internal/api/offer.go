package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
)

// offer is what buyers see of a product at an instant.
type offer struct {
	Product   string       `json:"product_id"`
	At        time.Time    `json:"at"`
	Units     charge       `json:"units" doc:"What verdicts cost then"`
	Charges   []string     `json:"charges" nullable:"false" doc:"The same in words, as the page has it"`
	Announced bool         `json:"announced" doc:"Something that is announced is in force by then"`
	Plans     []plan       `json:"plans" nullable:"false" doc:"What can be bought then, by price"`
	Page      *productPage `json:"page,omitempty" doc:"Left out while the product has no page"`
}

// offerAt is what buyers see of a product at an instant, if it is announced that a change is
// made; the draft of its page in the place of what is published.
func (a *API) offerAt(ctx context.Context, id string, at time.Time, draft bool, changes []quartet.AnnouncedChange) (offer, error) {
	p, err := a.o.Products.Find(ctx, id)
	if err != nil {
		return offer{}, err
	}
	next, err := a.o.Announcements.Coming(ctx, id)
	if err != nil {
		return offer{}, err
	}
	all, err := a.o.Plans.All(ctx)
	if err != nil {
		return offer{}, err
	}
	out := offer{Product: id, At: at, Plans: []plan{}}
	if next.Announcement != "" && !next.Effective.After(at) {
		p.Charge, out.Announced = next.Charge, true
	}
	for i := range changes {
		switch c := &changes[i]; {
		case c.Product != id:
		case c.Kind == quartet.ChangeChargeTable:
			p.Charge = c.Charge
		default:
			for i := range all {
				if all[i].ID == c.Plan && (all[i].Until.IsZero() || all[i].Until.After(at)) {
					all[i].Until = at
				}
			}
			if c.Kind == quartet.ChangePlanFollow {
				all = append(all, c.Next)
			}
		}
	}
	out.Units, out.Charges = charge(p.Charge), p.Charge.ChargeLines()
	for i := range all {
		if all[i].Product == id && all[i].OnSale(at) {
			out.Plans = append(out.Plans, planOf(&all[i]))
		}
	}
	read := a.o.Pages.Published
	if draft {
		read = a.o.Pages.Preview
	}
	words, err := read(ctx, id)
	if quartet.CodeOf(err) == quartet.ErrNotFound {
		return out, nil
	}
	words.Of, words.Charges = p, out.Charges
	shown, err := a.showPage(ctx, words, err)
	if err != nil {
		return offer{}, err
	}
	out.Page = &shown.Body
	return out, nil
}

func (a *API) registerOffers() {
	register(a, operation{
		ID: "previewOffer", Method: http.MethodGet, Path: "/products/{product}/offer", Tag: "products", Summary: "What buyers see of a product at an instant: its page, what verdicts cost, its plans",
		Rights: []quartet.Right{quartet.MayRunHouse, quartet.MayWatchHouse},
	}, func(ctx context.Context, _ Caller, in *struct {
		ProductIn

		At    time.Time `query:"at" doc:"Left out: now"`
		Draft bool      `query:"draft" doc:"The page as it would be if its draft were published"`
	},
	) (*struct{ Body offer }, error) {
		if in.At.IsZero() {
			in.At = a.o.Now()
		}
		o, err := a.offerAt(ctx, in.Product, in.At, in.Draft, nil)
		if err != nil {
			return nil, err
		}
		return &struct{ Body offer }{o}, nil
	})
}

func (a *API) registerAnnouncementPreview(writers []quartet.Right) {
	type preview struct {
		Announcement AnnouncementWords `json:"announcement" doc:"With the instant at which it would take effect"`
		Offers       []offer           `json:"offers" nullable:"false" doc:"Of the products that it changes, at that instant"`
	}
	register(a, operation{
		ID: "previewAnnouncement", Method: http.MethodPost, Path: "/announcements/preview", Tag: "announcements", Status: http.StatusOK, Rights: writers,
		Summary: "What buyers would see if this were announced", Doc: "It keeps the rules of one that is published, and nothing is published or changed.",
	}, func(ctx context.Context, c Caller, in *struct{ Body AnnouncementWords }) (*struct{ Body preview }, error) {
		planned, err := a.o.Announcements.Preview(ctx, c.By(), in.Body.announcement())
		if err != nil {
			return nil, err
		}
		out := preview{Announcement: announcementOf(&planned).AnnouncementWords, Offers: []offer{}}
		seen := map[string]bool{}
		for i := range planned.Changes {
			id := planned.Changes[i].Product
			if seen[id] {
				continue
			}
			seen[id] = true
			o, err := a.offerAt(ctx, id, planned.Effective, false, planned.Changes)
			if err != nil {
				return nil, err
			}
			out.Offers = append(out.Offers, o)
		}
		return &struct{ Body preview }{out}, nil
	})
}
