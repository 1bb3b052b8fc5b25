package app

import (
	"context"
	"errors"
	"io"
	"time"

	"quartet"
	"quartet/internal/audit"
	"quartet/internal/reconcile"
)

// Reconciling says how a supplier's statement of a month (2026-10) is compared, and, with settle,
// who writes down what it says of open questions. ErrInvalid: there is no such month.
func (h *House) Reconciling(by, source, month string, settle bool) (o reconcile.Options, err error) {
	at, err := time.ParseInLocation("2006-01", month, quartet.Shanghai)
	if err != nil {
		return o, &quartet.Error{Code: quartet.ErrInvalid, Field: "month", Message: "month must be one such as 2026-10"}
	}
	return reconcile.Options{
		Source: source, From: at.Unix(), To: at.AddDate(0, 1, 0).Unix(), Settle: settle, Note: "settled by the statement of " + month,
		Entry: func(no quartet.SeqNo, charged quartet.Charged) quartet.AuditEntry {
			return audit.Entry(h.Now(), by, "attempt.settle", h.Numbers.Text(no), source+", statement of "+month+": charged "+charged.String())
		},
	}, nil
}

// Reconcile compares a supplier's statement of a month with what was asked.
func (h *House) Reconcile(ctx context.Context, by, source, month string, file io.Reader, c reconcile.Columns, settle bool, put func(reconcile.Difference) error) (sum reconcile.Sum, err error) {
	if _, err := h.Sources.Find(ctx, source); err != nil {
		return sum, err
	}
	o, err := h.Reconciling(by, source, month, settle)
	if err != nil {
		return sum, err
	}
	statement, err := reconcile.Open("-", file, c)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, statement.Close()) }()
	return reconcile.Run(ctx, h.Store, h.Numbers, statement, o, put)
}

// SeqNo is the number of a call as everybody sees it.
func (h *House) SeqNo(no quartet.SeqNo) string { return h.Numbers.Text(no) }
