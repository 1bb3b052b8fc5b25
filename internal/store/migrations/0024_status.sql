-- +goose Up

-- What buyers are told of an outage or of maintenance. No source is named in it.
CREATE TABLE incident (
	id         TEXT   PRIMARY KEY,
	kind       TEXT   NOT NULL CHECK (kind IN ('outage', 'maintenance')),
	title      TEXT   NOT NULL,
	title_en   TEXT   NOT NULL,
	severity   TEXT   NOT NULL CHECK (severity IN ('degraded', 'unavailable')),
	state      TEXT   NOT NULL CHECK (state IN ('investigating', 'identified', 'monitoring', 'resolved', 'scheduled', 'under_way', 'done', 'cancelled')),
	watched    TEXT   NOT NULL, -- the product of which the house found it by itself; empty: a person opened it
	automatic  BIGINT NOT NULL, -- nobody but the house has written to it
	starts_at  BIGINT NOT NULL,
	ends_at    BIGINT NOT NULL,
	last       BIGINT NOT NULL CHECK (last > 0),
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	ended_at   BIGINT NOT NULL,
	CHECK ((ended_at > 0) = (state IN ('resolved', 'done', 'cancelled')))
);
CREATE INDEX incident_open ON incident (id) WHERE ended_at = 0;
-- However many nodes find an outage, one incident tells of it.
CREATE UNIQUE INDEX incident_watched ON incident (watched) WHERE watched <> '' AND ended_at = 0;

CREATE TABLE incident_product (
	product_id  TEXT NOT NULL REFERENCES product (id),
	incident_id TEXT NOT NULL REFERENCES incident (id),
	PRIMARY KEY (product_id, incident_id)
);
CREATE INDEX incident_product_of ON incident_product (incident_id);

CREATE TABLE incident_update (
	incident_id TEXT   NOT NULL REFERENCES incident (id),
	place       BIGINT NOT NULL CHECK (place > 0),
	state       TEXT   NOT NULL,
	severity    TEXT   NOT NULL,
	words       TEXT   NOT NULL,
	words_en    TEXT   NOT NULL,
	written_by  TEXT   NOT NULL,
	at          BIGINT NOT NULL,
	PRIMARY KEY (incident_id, place)
);

-- What all accounts that hold units of some products hear. They are told in the order of their
-- ids; reached moves on in the transaction that tells them, so none is told twice.
CREATE TABLE circular (
	id         TEXT   PRIMARY KEY,
	kind       TEXT   NOT NULL,
	about      TEXT   NOT NULL,
	products   TEXT   NOT NULL, -- JSON
	subject    TEXT   NOT NULL,
	words      TEXT   NOT NULL,
	inbox      BIGINT NOT NULL,
	mail_right TEXT   NOT NULL,
	data       TEXT   NOT NULL, -- JSON
	created_at BIGINT NOT NULL,
	reached    TEXT   NOT NULL,
	ended_at   BIGINT NOT NULL
);

-- What the house says to everybody, and what it changes by it.
CREATE TABLE announcement (
	id           TEXT   PRIMARY KEY,
	kind         TEXT   NOT NULL CHECK (kind IN ('price', 'charge_table', 'maintenance', 'other')),
	title        TEXT   NOT NULL,
	title_en     TEXT   NOT NULL,
	words        TEXT   NOT NULL,
	words_en     TEXT   NOT NULL,
	published_at BIGINT NOT NULL,
	published_by TEXT   NOT NULL,
	effective_at BIGINT NOT NULL CHECK (effective_at >= published_at),
	applied_at   BIGINT NOT NULL,
	withdrawn_at BIGINT NOT NULL,
	withdrawn_by TEXT   NOT NULL,
	CHECK (applied_at = 0 OR withdrawn_at = 0)
);

CREATE TABLE announcement_product (
	product_id      TEXT NOT NULL REFERENCES product (id),
	announcement_id TEXT NOT NULL REFERENCES announcement (id),
	PRIMARY KEY (product_id, announcement_id)
);
CREATE INDEX announcement_product_of ON announcement_product (announcement_id);

-- What an announcement changes at its date. A charge table waits and is written by a job; plans
-- bear their dates from the day of the announcement.
CREATE TABLE announced_change (
	announcement_id     TEXT   NOT NULL REFERENCES announcement (id),
	place               BIGINT NOT NULL CHECK (place > 0),
	kind                TEXT   NOT NULL CHECK (kind IN ('charge_table', 'plan_end', 'plan_follow')),
	state               TEXT   NOT NULL CHECK (state IN ('waiting', 'applied', 'withdrawn')),
	product_id          TEXT   NOT NULL REFERENCES product (id),
	charge_match        BIGINT NOT NULL CHECK (charge_match >= 0),
	charge_mismatch     BIGINT NOT NULL CHECK (charge_mismatch >= 0),
	charge_undetermined BIGINT NOT NULL CHECK (charge_undetermined >= 0),
	plan_id             TEXT   NOT NULL,
	next_plan_id        TEXT   NOT NULL,
	next_name           TEXT   NOT NULL,
	next_units          BIGINT NOT NULL,
	next_price          BIGINT NOT NULL,
	next_months         BIGINT NOT NULL,
	until_before        BIGINT NOT NULL, -- when the plan would have ended without it
	PRIMARY KEY (announcement_id, place)
);
-- One change of a thing waits at a time, so that none overtakes another.
CREATE UNIQUE INDEX announced_charge_table ON announced_change (product_id) WHERE kind = 'charge_table' AND state = 'waiting';
CREATE UNIQUE INDEX announced_plan ON announced_change (plan_id) WHERE plan_id <> '' AND state = 'waiting';
