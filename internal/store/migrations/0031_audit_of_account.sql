-- +goose Up
-- What concerns one account is found by what it is about, among the entries of all.
CREATE INDEX audit_entry_subject ON audit_entry (subject, place);
CREATE INDEX audit_entry_action ON audit_entry (action, place);
