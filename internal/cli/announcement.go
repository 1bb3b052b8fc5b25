package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
)

func newAnnouncement(env *Env) *cobra.Command {
	return group("announcement", "What the house says to everybody, and changes by it",
		newAnnouncementPublish(env), newAnnouncementList(env), newAnnouncementWithdraw(env))
}

func newAnnouncementPublish(env *Env) *cobra.Command {
	var (
		a                             quartet.Announcement
		kind, effective               string
		products, charges, ends, next []string
	)
	cmd := &cobra.Command{
		Use: "publish", Short: "Announce something, and plan what it changes", Args: exactly(0),
		Long: `Announce something to everybody, and plan what it changes: the house makes it so at its
instant. While accounts hold units of a product, dearer calls and worse plans come about in
no other way, and at least announcement.days after they were announced (see config show). The
accounts are told, those who buy for them by mail as well. Without --effective, what changes does
so as soon as it may.`,
		Example: `  quartet announcement publish --kind charge_table --title 计费调整 --text 说明 --charge 1887=2/1/0 --effective 2026-12-10T00:00
  quartet announcement publish --kind price --title 价格调整 --text 说明 --follow 1887-1200=1887-1000,1000,500,24,500元/1000次 --end 1887-40000
  quartet announcement publish --kind other --title 春节安排 --text 照常服务`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			a, err := h.Announcements.Publish(ctx, env.actor(), a)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Out, "announcement %s is published; it takes effect at %s\n", a.ID, stamp(a.Effective))
			return err
		}),
	}
	cmd.Flags().StringVar(&kind, "kind", "", "price, charge_table, maintenance or other")
	cmd.Flags().StringVar(&a.Title, "title", "", "one line")
	cmd.Flags().StringVar(&a.TitleEN, "title-en", "", "the same in English")
	cmd.Flags().StringVar(&a.Text, "text", "", "what buyers read")
	cmd.Flags().StringVar(&a.TextEN, "text-en", "", "the same in English")
	cmd.Flags().StringSliceVar(&products, "product", nil, "a product that it touches, beside those that it changes; without any: all")
	cmd.Flags().StringArrayVar(&charges, "charge", nil, "PRODUCT=1/1/0: the units that the states 1/2/3 cost from then on")
	cmd.Flags().StringArrayVar(&ends, "end", nil, "a plan that is not sold any more from then on")
	cmd.Flags().StringArrayVar(&next, "follow", nil, "PLAN=ID,UNITS,YUAN,MONTHS,NAME: the plan that takes its place then")
	cmd.Flags().StringVar(&effective, "effective", "", "when it takes effect")
	needs(cmd, "kind", "title", "text")
	before(cmd, func([]string) (err error) {
		a.Kind, a.Products = quartet.AnnouncementKind(kind), products
		if a.Effective, err = instantOf("effective", effective); err != nil {
			return err
		}
		a.Changes, err = changesOf(charges, ends, next)
		return err
	})
	return cmd
}

// changesOf reads what is to change, as it was typed.
func changesOf(charges, ends, next []string) (list []quartet.AnnouncedChange, err error) {
	for _, text := range charges {
		product, table, _ := strings.Cut(text, "=")
		c := quartet.AnnouncedChange{Kind: quartet.ChangeChargeTable, Product: product}
		if c.Charge, err = chargeOf(table); err != nil {
			return nil, usagef("--charge must be PRODUCT=1/1/0")
		}
		list = append(list, c)
	}
	for _, plan := range ends {
		list = append(list, quartet.AnnouncedChange{Kind: quartet.ChangePlanEnd, Plan: plan})
	}
	for _, text := range next {
		wrong := usagef("--follow must be PLAN=ID,UNITS,YUAN,MONTHS,NAME, such as 1887-1200=1887-1000,1000,500,24,500元/1000次")
		plan, terms, _ := strings.Cut(text, "=")
		parts := strings.SplitN(terms, ",", 5)
		if len(parts) != 5 {
			return nil, wrong
		}
		p := quartet.Plan{ID: parts[0], Name: parts[4]}
		if p.Units, err = strconv.ParseInt(parts[1], 10, 64); err != nil {
			return nil, wrong
		}
		if p.Price, err = quartet.ParseFen(parts[2]); err != nil {
			return nil, wrong
		}
		if p.Months, err = strconv.Atoi(parts[3]); err != nil {
			return nil, wrong
		}
		list = append(list, quartet.AnnouncedChange{Kind: quartet.ChangePlanFollow, Plan: plan, Next: p})
	}
	return list, nil
}

type announcementLine struct {
	ID          string `json:"id"`
	Kind        string `json:"kind"`
	State       string `json:"state"`
	Title       string `json:"title"`
	Changes     int    `json:"changes"`
	PublishedAt string `json:"published_at"`
	PublishedBy string `json:"published_by"`
	EffectiveAt string `json:"effective_at"`
	AppliedAt   string `json:"applied_at"`
	WithdrawnAt string `json:"withdrawn_at"`
}

func newAnnouncementList(env *Env) *cobra.Command {
	var (
		product string
		limit   int
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List announcements, newest first", Args: exactly(0),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Announcements.List(ctx, product, "", limit)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "ID", "KIND", "STATE", "CHANGES", "PUBLISHED", "EFFECTIVE", "TITLE")
			for i := range list {
				a := &list[i]
				state := "waiting"
				switch {
				case !a.Withdrawn.IsZero():
					state = "withdrawn"
				case !a.Applied.IsZero() || len(a.Changes) == 0 && !env.now().Before(a.Effective):
					state = "in force"
				}
				if err := out.row(announcementLine{
					a.ID, string(a.Kind), state, a.Title, len(a.Changes), stamp(a.Published), a.By, stamp(a.Effective), stamp(a.Applied), stamp(a.Withdrawn),
				}, a.ID, a.Kind, state, len(a.Changes), day(a.Published), stamp(a.Effective), a.Title); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	cmd.Flags().StringVar(&product, "product", "", "what touches this product")
	cmd.Flags().IntVar(&limit, "limit", 100, "the newest so many")
	jsonFlag(cmd, &asJSON)
	before(cmd, func([]string) error {
		if limit < 1 || limit > maxJobs {
			return usagef("--limit must be from 1 to %d", maxJobs)
		}
		return nil
	})
	return cmd
}

func newAnnouncementWithdraw(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "withdraw ID", Short: "Take an announcement back before it takes effect", Args: exactly(1),
		Long: `Take an announcement back before it takes effect: nothing of it comes about, and those who
were told are told so.`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			a, err := h.Announcements.Withdraw(ctx, env.actor(), args[0])
			if err == nil {
				_, err = fmt.Fprintln(env.Out, "announcement", a.ID, "is withdrawn")
			}
			return err
		}),
	}
}
