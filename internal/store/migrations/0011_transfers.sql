-- +goose Up

-- Bank accounts of the house. A number is never changed: buyers may have it.
CREATE TABLE house_account (
	id         TEXT   PRIMARY KEY,
	bank       TEXT   NOT NULL,
	holder     TEXT   NOT NULL,
	number     TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	closed_at  BIGINT NOT NULL,
	UNIQUE (bank, number)
);

-- Money that came by bank transfer, a row for each line of a statement, however often it is
-- imported. sealed is who paid and what for.
CREATE TABLE transfer (
	id          TEXT   PRIMARY KEY,
	house_id    TEXT   NOT NULL REFERENCES house_account (id),
	serial      TEXT   NOT NULL CHECK (serial <> ''),
	at          BIGINT NOT NULL,
	amount      BIGINT NOT NULL CHECK (amount > 0),
	sealed      BYTEA  NOT NULL,
	state       TEXT   NOT NULL CHECK (state IN ('waiting', 'claimed', 'settling', 'settled', 'returning', 'returned')),
	why         TEXT   NOT NULL,
	order_id    TEXT   NOT NULL,
	payment_id  TEXT   NOT NULL,
	imported_at BIGINT NOT NULL,
	decided_at  BIGINT NOT NULL,
	UNIQUE (house_id, serial),
	-- What pays has an order, and nothing else has one; what paid has its payment.
	CHECK ((order_id <> '') = (state IN ('settling', 'settled'))),
	CHECK (state <> 'settled' OR payment_id <> '')
);
CREATE INDEX transfer_state ON transfer (state, at);
-- One line pays an order, and one payment is one line.
CREATE UNIQUE INDEX transfer_order ON transfer (order_id) WHERE order_id <> '';
CREATE UNIQUE INDEX transfer_payment ON transfer (payment_id) WHERE payment_id <> '';

-- Who said what a line is for, and who else confirmed it.
CREATE TABLE transfer_claim (
	id          TEXT   PRIMARY KEY,
	transfer_id TEXT   NOT NULL REFERENCES transfer (id),
	act         TEXT   NOT NULL CHECK (act IN ('settle', 'return')),
	order_id    TEXT   NOT NULL,
	note        TEXT   NOT NULL,
	state       TEXT   NOT NULL CHECK (state IN ('proposed', 'confirmed', 'rejected')),
	proposed_by TEXT   NOT NULL CHECK (proposed_by <> ''),
	decided_by  TEXT   NOT NULL,
	proposed_at BIGINT NOT NULL,
	decided_at  BIGINT NOT NULL,
	answer      TEXT   NOT NULL,
	CHECK ((act = 'settle') = (order_id <> '')),
	CHECK ((decided_by <> '') = (state <> 'proposed')),
	CHECK (state <> 'confirmed' OR decided_by <> proposed_by)
);
CREATE INDEX transfer_claim_transfer ON transfer_claim (transfer_id);
CREATE UNIQUE INDEX transfer_claim_open ON transfer_claim (transfer_id) WHERE state = 'proposed';

-- Money that people paid back at the bank. One payment of the bank is one row, and two
-- people saw it.
CREATE TABLE payout (
	id         TEXT   PRIMARY KEY,
	is_refund  BIGINT NOT NULL,
	amount     BIGINT NOT NULL CHECK (amount > 0),
	serial     TEXT   NOT NULL UNIQUE CHECK (serial <> ''),
	entered_by TEXT   NOT NULL CHECK (entered_by <> ''),
	seen_by    TEXT   NOT NULL CHECK (seen_by <> entered_by),
	entered_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL
);

-- What came of the comparison of a provider's bill of a day. Differences are JSON.
CREATE TABLE settlement (
	provider        TEXT   NOT NULL,
	day             TEXT   NOT NULL,
	compared_at     BIGINT NOT NULL,
	paid            BIGINT NOT NULL,
	refunded        BIGINT NOT NULL,
	fee             BIGINT NOT NULL,
	paid_here       BIGINT NOT NULL,
	refunded_here   BIGINT NOT NULL,
	lines           BIGINT NOT NULL,
	differences     TEXT   NOT NULL,
	acknowledged_at BIGINT NOT NULL,
	acknowledged_by TEXT   NOT NULL,
	note            TEXT   NOT NULL,
	PRIMARY KEY (provider, day),
	CHECK ((acknowledged_at <> 0) = (acknowledged_by <> ''))
);

-- The lines of the bills that were compared, as the provider sent them last.
CREATE TABLE settlement_line (
	provider  TEXT   NOT NULL,
	day       TEXT   NOT NULL,
	place     BIGINT NOT NULL,
	kind      TEXT   NOT NULL,
	number    TEXT   NOT NULL,
	reference TEXT   NOT NULL,
	amount    BIGINT NOT NULL,
	fee       BIGINT NOT NULL,
	at        BIGINT NOT NULL,
	PRIMARY KEY (provider, day, place)
);
CREATE INDEX settlement_line_number ON settlement_line (number);
