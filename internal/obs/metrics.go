package obs

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"quartet"
)

// Metrics are the figures of one node. Counters of the hot path are looked up once, at
// the start. Safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry

	calls   [21]prometheus.Counter
	gateway map[string]prometheus.Counter
	other   prometheus.Counter // gateway answers of a code not in the list
	latency prometheus.Histogram
	units   prometheus.Counter
	batch   prometheus.Histogram
	flush   prometheus.Histogram
	audits  *prometheus.CounterVec
	trails  *prometheus.CounterVec
	forged  *prometheus.CounterVec
	sources sources
}

// NewMetrics makes the metrics of a node. gatewayCodes are the codes of gateway answers.
func NewMetrics(version string, gatewayCodes []string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), gateway: map[string]prometheus.Counter{}, sources: newSources()}
	calls := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "quartet_calls_total", Help: "Calls answered, by result code.",
	}, []string{"code"})
	gateway := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "quartet_gateway_answers_total", Help: "Calls refused before they were numbered, by X-Ca-Error-Code.",
	}, []string{"code"})
	m.latency = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "quartet_call_seconds", Help: "Time from request to answer.",
		Buckets: []float64{.0002, .0005, .001, .002, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 5, 10},
	})
	m.units = prometheus.NewCounter(prometheus.CounterOpts{
		Name: "quartet_units_charged_total", Help: "Units charged.",
	})
	m.batch = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "quartet_ledger_batch_acts", Help: "Acts in one transaction of the ledger.",
		Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024},
	})
	m.flush = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "quartet_ledger_flush_seconds", Help: "Time of one transaction of the ledger, flush included.",
		Buckets: []float64{.0001, .0002, .0005, .001, .002, .005, .01, .02, .05, .1, .25, .5, 1, 5},
	})
	m.audits = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "quartet_quota_audits_total", Help: "Audits of the quota book, by result (ok, different, failed).",
	}, []string{"result"})
	m.trails = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "quartet_audit_trail_verifications_total", Help: "Verifications of the chain of audit entries, by result (ok, different, failed).",
	}, []string{"result"})
	m.forged = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "quartet_notices_forged_total", Help: "Notices that were not their payment provider's, of which nothing was kept, by provider.",
	}, []string{"provider"})
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "quartet_build_info", Help: "The version that runs.",
	}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(calls, gateway, m.latency, m.units, m.batch, m.flush, m.audits, m.trails, m.forged, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	for i, row := range quartet.Codes() {
		m.calls[i] = calls.WithLabelValues(row.Code.String())
	}
	for _, code := range gatewayCodes {
		m.gateway[code] = gateway.WithLabelValues(code)
	}
	m.other = gateway.WithLabelValues("other")
	for _, result := range []string{"ok", "different", "failed"} {
		m.audits.WithLabelValues(result)
		m.trails.WithLabelValues(result)
	}
	return m
}

// Call counts an answer with a seqNo.
func (m *Metrics) Call(code quartet.Code, units int64, took time.Duration) {
	if !code.Valid() {
		code = quartet.CodeInternal
	}
	m.calls[code-quartet.CodeOK].Inc()
	m.latency.Observe(took.Seconds())
	if units > 0 {
		m.units.Add(float64(units))
	}
}

// Gateway counts a gateway answer.
func (m *Metrics) Gateway(code string) {
	if c, ok := m.gateway[code]; ok {
		c.Inc()
		return
	}
	m.other.Inc()
}

// Batch counts one transaction of the ledger.
func (m *Metrics) Batch(acts int, took time.Duration) {
	m.batch.Observe(float64(acts))
	m.flush.Observe(took.Seconds())
}

// Audited counts an audit of the quota book: ok, different or failed.
func (m *Metrics) Audited(result string) { m.audits.WithLabelValues(result).Inc() }

// TrailVerified counts a verification of the chain of audit entries: ok, different or failed.
func (m *Metrics) TrailVerified(result string) { m.trails.WithLabelValues(result).Inc() }

// Provider shows the counts of a payment provider before there are any.
func (m *Metrics) Provider(name string) { m.forged.WithLabelValues(name) }

// Forged counts a notice that was not the provider's.
func (m *Metrics) Forged(provider string) { m.forged.WithLabelValues(provider).Inc() }

// Watch adds a figure that is read when somebody asks.
func (m *Metrics) Watch(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

// Handler serves /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
