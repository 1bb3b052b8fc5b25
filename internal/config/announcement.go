package config

import (
	"time"

	"quartet"
)

// maxLeadDays is the longest time before which a change can be asked to be announced.
const maxLeadDays = 90

func announcementSettings() []Setting {
	return []Setting{
		number("announcement.days", "days before which a dearer charge table, or a worse plan, is announced to those who hold units; 0: nothing has to be announced", func(c *Config) *int { return &c.LeadDays }),
	}
}

// Lead is how long before a change for the worse is announced.
func (c *Config) Lead() quartet.Lead {
	return quartet.Lead(time.Duration(c.LeadDays) * 24 * time.Hour)
}

func (l *Loaded) checkAnnouncement(bad func(key, format string, args ...any)) {
	if l.LeadDays < 0 || l.LeadDays > maxLeadDays {
		bad("announcement.days", "must be from 0 to %d", maxLeadDays)
	}
}
