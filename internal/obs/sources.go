package obs

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// SourceState is how a source stands, as the metrics tell it.
type SourceState struct {
	Name     string
	Up       bool // it would be asked now
	Breaker  int  // 0 closed, 1 half open, 2 open
	InFlight int64
}

// sources are the figures of the sources. Their labels are the sources that there are and a
// closed set of outcomes.
type sources struct {
	attempts *prometheus.CounterVec
	seconds  *prometheus.HistogramVec

	states                func() []SourceState
	breaker, up, inFlight *prometheus.Desc
}

func newSources() sources {
	gauge := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, []string{"source"}, nil)
	}
	return sources{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "quartet_source_attempts_total", Help: "Questions put to sources, by verdict or failure.",
		}, []string{"source", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "quartet_source_seconds", Help: "Time of a question put to a source.",
			Buckets: []float64{.0005, .002, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"source"}),
		breaker:  gauge("quartet_source_breaker", "Breaker of a source: 0 closed, 1 half open, 2 open."),
		up:       gauge("quartet_source_up", "1 if a source would be asked now, 0 if it is off, broken, not authorised, under maintenance, used up or left alone."),
		inFlight: gauge("quartet_source_in_flight", "Questions that are with a source now."),
	}
}

// Source counts a question that was put to a source. outcome is its verdict, or its failure
// in one word of a closed set.
func (m *Metrics) Source(source, outcome string, took time.Duration) {
	m.sources.attempts.WithLabelValues(source, outcome).Inc()
	m.sources.seconds.WithLabelValues(source).Observe(took.Seconds())
}

// WatchSources adds the figures of the sources; states is asked when somebody asks for them.
func (m *Metrics) WatchSources(states func() []SourceState) {
	m.sources.states = states
	m.registry.MustRegister(&m.sources)
}

// Describe implements prometheus.Collector.
func (s *sources) Describe(ch chan<- *prometheus.Desc) {
	s.attempts.Describe(ch)
	s.seconds.Describe(ch)
	ch <- s.breaker
	ch <- s.up
	ch <- s.inFlight
}

// Collect implements prometheus.Collector. A source has its figures from the first reading
// on, also if nobody asked it yet.
func (s *sources) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, source string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, source)
	}
	for _, state := range s.states() {
		s.attempts.WithLabelValues(state.Name, "match")
		s.seconds.WithLabelValues(state.Name)
		up := 0.0
		if state.Up {
			up = 1
		}
		gauge(s.up, up, state.Name)
		gauge(s.breaker, float64(state.Breaker), state.Name)
		gauge(s.inFlight, float64(state.InFlight), state.Name)
	}
	s.attempts.Collect(ch)
	s.seconds.Collect(ch)
}
