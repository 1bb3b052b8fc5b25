-- +goose Up
-- What one of many did, and what was done in a span of time, is found among the entries of all.
CREATE INDEX audit_entry_actor ON audit_entry (actor, place);
CREATE INDEX audit_entry_at ON audit_entry (at, place);
