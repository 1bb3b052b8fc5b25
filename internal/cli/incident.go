package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"quartet"
	"quartet/internal/app"
	"quartet/internal/incident"
)

func newIncident(env *Env) *cobra.Command {
	return group("incident", "Outages and maintenance as buyers are told of them",
		newIncidentOpen(env), newIncidentUpdate(env), newIncidentList(env), newIncidentShow(env))
}

// instantOf reads an instant that was typed: with an offset, or the time in Asia/Shanghai.
func instantOf(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", text, quartet.Shanghai)
	if err != nil {
		return at, usagef("--%s must be a time such as 2026-03-02T09:00 (Asia/Shanghai) or 2026-03-02T09:00:00+08:00", flag)
	}
	return at, nil
}

type incidentLine struct {
	ID        string   `json:"id"`
	Kind      string   `json:"kind"`
	State     string   `json:"state"`
	Severity  string   `json:"severity"`
	Products  []string `json:"product_ids"`
	Title     string   `json:"title"`
	Automatic bool     `json:"automatic"`
	StartsAt  string   `json:"starts_at"`
	EndsAt    string   `json:"ends_at"`
	EndedAt   string   `json:"ended_at"`
	Updates   int64    `json:"updates"`
}

func incidentLineOf(i *quartet.Incident) incidentLine {
	return incidentLine{i.ID, string(i.Kind), string(i.State), string(i.Severity), i.Products, i.Title, i.Automatic, stamp(i.Starts), stamp(i.Ends), stamp(i.Ended), i.Last}
}

func newIncidentOpen(env *Env) *cobra.Command {
	var (
		i            quartet.Incident
		w            incident.Words
		starts, ends string
		severity     string
	)
	cmd := &cobra.Command{
		Use: "open KIND", Short: "Tell of an outage, or of maintenance that is planned", Args: exactly(1),
		Long: `Tell of an outage, or of maintenance that is planned. Everybody sees it at /api/v1/status;
accounts that hold units of its products find a note. Words that name a supplier are refused.`,
		Example: `  quartet incident open outage --product 1887 --severity degraded --title 部分调用失败 --text 正在排查
  quartet incident open maintenance --product 1887 --severity unavailable --title 系统升级 --text 升级期间不可用 --starts 2026-12-01T01:00 --ends 2026-12-01T03:00`,
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			i := i
			i.Kind, i.Severity = quartet.IncidentKind(args[0]), quartet.Severity(severity)
			i, err := h.Incidents.Open(ctx, env.actor(), i, w)
			return env.incidentChanged(i, err)
		}),
	}
	cmd.Flags().StringSliceVar(&i.Products, "product", nil, "a product that it touches; may be given more than once")
	cmd.Flags().StringVar(&severity, "severity", "", "degraded (a part of calls gets no verdict) or unavailable (none gets one)")
	cmd.Flags().StringVar(&i.Title, "title", "", "one line")
	cmd.Flags().StringVar(&i.TitleEN, "title-en", "", "the same in English")
	wordFlags(cmd, &w)
	cmd.Flags().StringVar(&starts, "starts", "", "when maintenance is planned to begin, or since when there is an outage")
	cmd.Flags().StringVar(&ends, "ends", "", "when maintenance is planned to end")
	needs(cmd, "product", "severity", "title", "text")
	before(cmd, func([]string) (err error) {
		if i.Starts, err = instantOf("starts", starts); err != nil {
			return err
		}
		i.Ends, err = instantOf("ends", ends)
		return err
	})
	return cmd
}

func wordFlags(cmd *cobra.Command, w *incident.Words) {
	cmd.Flags().StringVar(&w.Text, "text", "", "what buyers read")
	cmd.Flags().StringVar(&w.TextEN, "text-en", "", "the same in English")
}

func (e *Env) incidentChanged(i quartet.Incident, err error) error {
	if err == nil {
		_, err = fmt.Fprintf(e.Out, "incident %s is %s, update %d\n", i.ID, i.State, i.Last)
	}
	return err
}

func newIncidentUpdate(env *Env) *cobra.Command {
	var (
		c                             incident.Change
		state, severity, starts, ends string
	)
	cmd := &cobra.Command{
		Use: "update ID", Short: "Say where an incident stands", Args: exactly(1),
		Long: `Say where an incident stands; what is left out stays as it is. An outage is investigating,
identified, monitoring or resolved; maintenance is scheduled, under_way, done or cancelled.
--seen is the number of the last update that you saw, so that nobody writes over another one.`,
		Example: "  quartet incident update ID --seen 1 --state identified --text 已定位原因，正在处理",
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			c := c
			c.State, c.Severity = quartet.IncidentState(state), quartet.Severity(severity)
			i, err := h.Incidents.Update(ctx, env.actor(), args[0], c)
			return env.incidentChanged(i, err)
		}),
	}
	cmd.Flags().Int64Var(&c.Seen, "seen", 0, "number of the last update that you saw")
	cmd.Flags().StringVar(&state, "state", "", "where it stands now")
	cmd.Flags().StringVar(&severity, "severity", "", "degraded or unavailable")
	wordFlags(cmd, &c.Words)
	cmd.Flags().StringVar(&starts, "starts", "", "another begin of maintenance")
	cmd.Flags().StringVar(&ends, "ends", "", "another end of maintenance")
	needs(cmd, "seen", "text")
	before(cmd, func([]string) (err error) {
		if c.Starts, err = instantOf("starts", starts); err != nil {
			return err
		}
		c.Ends, err = instantOf("ends", ends)
		return err
	})
	return cmd
}

func newIncidentList(env *Env) *cobra.Command {
	var (
		f      quartet.IncidentFilter
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "list", Short: "List incidents, newest first", Args: exactly(0),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, _ []string) error {
			list, err := h.Incidents.List(ctx, f)
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "ID", "KIND", "STATE", "SEVERITY", "UPDATES", "PRODUCTS", "SINCE", "TITLE")
			for k := range list {
				i := &list[k]
				if err := out.row(incidentLineOf(i), i.ID, i.Kind, i.State, i.Severity, i.Last, strings.Join(i.Products, ","), stamp(i.Starts), i.Title); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	cmd.Flags().BoolVar(&f.Open, "open", false, "those alone that are not over")
	cmd.Flags().StringVar(&f.Product, "product", "", "of this product only")
	cmd.Flags().IntVar(&f.Limit, "limit", 100, "the newest so many")
	jsonFlag(cmd, &asJSON)
	before(cmd, func([]string) error {
		if f.Limit < 1 || f.Limit > maxJobs {
			return usagef("--limit must be from 1 to %d", maxJobs)
		}
		return nil
	})
	return cmd
}

type incidentUpdateLine struct {
	Number   int64  `json:"number"`
	State    string `json:"state"`
	Severity string `json:"severity"`
	Text     string `json:"text"`
	TextEN   string `json:"text_en,omitempty"`
	By       string `json:"by"`
	At       string `json:"at"`
}

func newIncidentShow(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Show what was said of an incident, and by whom", Args: exactly(1),
		RunE: env.inFolder(func(ctx context.Context, h *app.House, args []string) error {
			_, history, err := h.Incidents.Find(ctx, args[0])
			if err != nil {
				return err
			}
			out := newLines(env.Out, asJSON, "UPDATE", "AT", "STATE", "SEVERITY", "BY", "TEXT")
			for k := range history {
				u := &history[k]
				if err := out.row(incidentUpdateLine{u.Place, string(u.State), string(u.Severity), u.Text, u.TextEN, u.By, stamp(u.At)},
					u.Place, stamp(u.At), u.State, u.Severity, u.By, strings.ReplaceAll(u.Text, "\n", " ")); err != nil {
					return err
				}
			}
			return out.flush()
		}),
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}
