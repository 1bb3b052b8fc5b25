package api

import (
	"context"
	"net/http"
	"time"

	"quartet"
	"quartet/internal/announcement"
)

// Announcements is what the house says to everybody.
type Announcements interface {
	Coming(ctx context.Context, product string) (announcement.Coming, error)
	Preview(ctx context.Context, by string, a quartet.Announcement) (quartet.Announcement, error)
	Publish(ctx context.Context, by string, a quartet.Announcement) (quartet.Announcement, error)
	Withdraw(ctx context.Context, by, id string) (quartet.Announcement, error)
	Find(ctx context.Context, id string) (quartet.Announcement, error)
	List(ctx context.Context, product, before string, limit int) ([]quartet.Announcement, error)
}

// AnnouncedNext is a plan that follows another one.
type AnnouncedNext struct {
	ID       string `json:"id" minLength:"1" maxLength:"32" pattern:"^[a-z0-9][a-z0-9-]*$" patternDescription:"lower-case letters, digits and -, 1 to 32 of them, - not first"`
	Name     string `json:"name" minLength:"1" maxLength:"100"`
	Units    int64  `json:"units" minimum:"1" maximum:"1000000000"`
	PriceFen int64  `json:"price_fen" minimum:"0" maximum:"100000000000" doc:"Of all units together"`
	Months   int    `json:"months" minimum:"1" maximum:"120"`
}

// AnnouncedChange is one thing that an announcement changes.
type AnnouncedChange struct {
	Kind    string         `json:"kind" enum:"charge_table,plan_end,plan_follow"`
	Product string         `json:"product_id,omitempty" maxLength:"32" doc:"Of a charge table"`
	Units   *charge        `json:"units,omitempty" doc:"What verdicts cost from then on: of a charge table"`
	Plan    string         `json:"plan_id,omitempty" maxLength:"32" doc:"That is not sold any more"`
	Next    *AnnouncedNext `json:"next_plan,omitempty" doc:"That takes its place"`
}

func (c *AnnouncedChange) change() quartet.AnnouncedChange {
	out := quartet.AnnouncedChange{Kind: quartet.ChangeKind(c.Kind), Product: c.Product, Plan: c.Plan}
	if c.Units != nil {
		out.Charge = quartet.ChargeTable(*c.Units)
	}
	if n := c.Next; n != nil {
		out.Next = quartet.Plan{ID: n.ID, Name: n.Name, Units: n.Units, Price: quartet.Fen(n.PriceFen), Months: n.Months}
	}
	return out
}

func announcedChangeOf(c *quartet.AnnouncedChange) AnnouncedChange {
	out := AnnouncedChange{Kind: string(c.Kind), Product: c.Product, Plan: c.Plan}
	if c.Kind == quartet.ChangeChargeTable {
		units := charge(c.Charge)
		out.Units = &units
	}
	if n := &c.Next; n.ID != "" {
		out.Next = &AnnouncedNext{n.ID, n.Name, n.Units, int64(n.Price), n.Months}
	}
	return out
}

// AnnouncementWords are what an announcement says.
type AnnouncementWords struct {
	Kind        string            `json:"kind" enum:"price,charge_table,maintenance,other"`
	Title       string            `json:"title" minLength:"1" maxLength:"120"`
	TitleEN     string            `json:"title_en,omitempty" maxLength:"120" doc:"In English"`
	Text        string            `json:"text" minLength:"1" maxLength:"8000"`
	TextEN      string            `json:"text_en,omitempty" maxLength:"8000" doc:"In English"`
	Products    []string          `json:"product_ids,omitempty" maxItems:"50" doc:"Those that it touches; none: all"`
	EffectiveAt time.Time         `json:"effective_at,omitzero" doc:"Left out: now, or as soon as what it changes may be"`
	Changes     []AnnouncedChange `json:"changes,omitempty" maxItems:"20" doc:"Made by the house itself at that instant"`
}

func (b *AnnouncementWords) announcement() quartet.Announcement {
	wanted := quartet.Announcement{
		Kind: quartet.AnnouncementKind(b.Kind), Title: b.Title, TitleEN: b.TitleEN, Text: b.Text, TextEN: b.TextEN, Products: b.Products, Effective: b.EffectiveAt,
	}
	for i := range b.Changes {
		wanted.Changes = append(wanted.Changes, b.Changes[i].change())
	}
	return wanted
}

type announcementView struct {
	AnnouncementWords

	ID          string    `json:"id"`
	PublishedAt time.Time `json:"published_at"`
	AppliedAt   time.Time `json:"applied_at,omitzero" doc:"When what it changes was changed"`
	WithdrawnAt time.Time `json:"withdrawn_at,omitzero" doc:"Since when it counts for nothing"`
}

func announcementOf(a *quartet.Announcement) announcementView {
	v := announcementView{
		AnnouncementWords{string(a.Kind), a.Title, a.TitleEN, a.Text, a.TextEN, a.Products, a.Effective, nil},
		a.ID, a.Published, a.Applied, a.Withdrawn,
	}
	for i := range a.Changes {
		v.Changes = append(v.Changes, announcedChangeOf(&a.Changes[i]))
	}
	return v
}

type announcementAnswer struct{ Body announcementView }

func announcementAnswerOf(a quartet.Announcement, err error) (*announcementAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &announcementAnswer{announcementOf(&a)}, nil
}

// AnnouncementIn names an announcement.
type AnnouncementIn struct {
	Announcement string `path:"announcement" maxLength:"64"`
}

func (a *API) registerAnnouncements() {
	const tag = "announcements"
	everybody, writers := []quartet.Right{Anybody}, []quartet.Right{quartet.MayRunHouse}
	register(a, operation{
		ID: "listAnnouncements", Method: http.MethodGet, Path: "/announcements", Tag: tag, Summary: "What the house says and changes, newest first", Rights: everybody,
	}, func(ctx context.Context, _ Caller, in *struct {
		Turn

		Product string `query:"product_id" maxLength:"32" doc:"What touches this product"`
	},
	) (*page[announcementView], error) {
		list, err := a.o.Announcements.List(ctx, in.Product, in.After, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return pageOf(list, Turn{Limit: in.Limit}, func(a *quartet.Announcement) string { return a.ID }, announcementOf)
	})
	register(a, operation{
		ID: "showAnnouncement", Method: http.MethodGet, Path: "/announcements/{announcement}", Tag: tag, Summary: "An announcement", Rights: everybody,
	}, func(ctx context.Context, _ Caller, in *AnnouncementIn) (*announcementAnswer, error) {
		return announcementAnswerOf(a.o.Announcements.Find(ctx, in.Announcement))
	})
	register(a, operation{
		ID: "publishAnnouncement", Method: http.MethodPost, Path: "/announcements", Tag: tag, Status: http.StatusCreated, Rights: writers, Fresh: true,
		Summary: "Say something to everybody, and plan what it changes",
		Doc:     "What it changes is changed by the house itself when it takes effect, and is announced as long before as the house has set. Accounts that hold units of its products are told.",
	}, func(ctx context.Context, c Caller, in *struct{ Body AnnouncementWords }) (*announcementAnswer, error) {
		return announcementAnswerOf(a.o.Announcements.Publish(ctx, c.By(), in.Body.announcement()))
	})
	a.registerAnnouncementPreview(writers)
	register(a, operation{
		ID: "withdrawAnnouncement", Method: http.MethodPut, Path: "/announcements/{announcement}/withdrawal", Tag: tag, Rights: writers, Fresh: true,
		Summary: "Take an announcement back before it takes effect", Doc: "Nothing of it comes about, and those who were told are told so.",
	}, func(ctx context.Context, c Caller, in *AnnouncementIn) (*announcementAnswer, error) {
		return announcementAnswerOf(a.o.Announcements.Withdraw(ctx, c.By(), in.Announcement))
	})
}
