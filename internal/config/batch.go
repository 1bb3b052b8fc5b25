package config

import "time"

// Batch bounds files of people that are asked about row by row.
type Batch struct {
	MaxMiB int           // of a file
	Rows   int           // of a file
	AtOnce int           // rows of an account that are asked about at once
	Keep   time.Duration // what people a batch holds, from the last thing that happened to it on
}

const (
	maxBatchMiB    = 4096
	maxBatchRows   = 10_000_000
	maxBatchAtOnce = 1024
	maxBatchKeep   = 400 * 24 * time.Hour
)

func batchSettings() []Setting {
	return []Setting{
		number("batch.max_mib", "MiB that a file of a batch may have", func(c *Config) *int { return &c.Batch.MaxMiB }),
		number("batch.max_rows", "people that a file of a batch may have", func(c *Config) *int { return &c.Batch.Rows }),
		number("batch.at_once", "people of one account's batches that are asked about at once", func(c *Config) *int { return &c.Batch.AtOnce }),
		duration("batch.keep", "how long after the last thing that happened to a batch its file and results are erased", func(c *Config) *time.Duration { return &c.Batch.Keep }),
	}
}

// checkBatch finds bounds that no batch could keep.
func (l *Loaded) checkBatch(bad func(key, format string, args ...any)) {
	b := l.Batch
	for _, n := range []struct {
		key         string
		value, most int
	}{{"batch.max_mib", b.MaxMiB, maxBatchMiB}, {"batch.max_rows", b.Rows, maxBatchRows}, {"batch.at_once", b.AtOnce, maxBatchAtOnce}} {
		if n.value < 1 || n.value > n.most {
			bad(n.key, "must be from 1 to %d", n.most)
		}
	}
	if b.Keep < time.Hour || b.Keep > maxBatchKeep {
		bad("batch.keep", "must be from 1h to %v", maxBatchKeep)
	}
}
