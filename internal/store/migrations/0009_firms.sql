-- +goose Up

-- Applications to have an account known as a firm. What is decided stays as it is.
CREATE TABLE firm_application (
	id           TEXT   PRIMARY KEY,
	account_id   TEXT   NOT NULL REFERENCES account (id),
	name         TEXT   NOT NULL,
	code         TEXT   NOT NULL,
	scene        TEXT   NOT NULL,
	purposes     TEXT   NOT NULL,
	contact      BYTEA  NOT NULL,
	licence      TEXT   NOT NULL,
	size         BIGINT NOT NULL,
	state        TEXT   NOT NULL,
	identity     BYTEA  NOT NULL,
	created_at   BIGINT NOT NULL,
	submitted_at BIGINT NOT NULL,
	decided_at   BIGINT NOT NULL,
	decided_by   TEXT   NOT NULL,
	why          TEXT   NOT NULL,
	override     BIGINT NOT NULL
);
CREATE INDEX firm_application_account ON firm_application (account_id, created_at);
CREATE INDEX firm_application_state ON firm_application (state, created_at);
-- An account has one application under way, and is one firm.
CREATE UNIQUE INDEX firm_application_open ON firm_application (account_id) WHERE state IN ('draft', 'submitted');
CREATE UNIQUE INDEX firm_application_approved ON firm_application (account_id) WHERE state = 'approved';

-- Scans of licences, sealed; apart, so that lists do not read them.
CREATE TABLE firm_licence (
	application_id TEXT  PRIMARY KEY REFERENCES firm_application (id),
	sealed         BYTEA NOT NULL
);
