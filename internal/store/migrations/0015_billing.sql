-- +goose Up

-- The refund for which a grant is frozen. It alone changes the grant from then on.
ALTER TABLE quota_grant ADD COLUMN frozen_for TEXT NOT NULL DEFAULT '';

-- What a renewal moved: the end of the grant that it renews, before and after. 0: nothing.
ALTER TABLE shop_order ADD COLUMN renewed_from BIGINT NOT NULL DEFAULT 0;
ALTER TABLE shop_order ADD COLUMN renewed_to BIGINT NOT NULL DEFAULT 0;
CREATE INDEX shop_order_renews ON shop_order (renews) WHERE renews <> '';

-- A trial is given once to a legal identity, however many accounts it opens. identity is a
-- keyed hash.
CREATE TABLE trial_use (
	product_id TEXT   NOT NULL REFERENCES product (id),
	identity   TEXT   NOT NULL CHECK (identity <> ''),
	account_id TEXT   NOT NULL REFERENCES account (id),
	order_id   TEXT   NOT NULL UNIQUE REFERENCES shop_order (id),
	at         BIGINT NOT NULL,
	PRIMARY KEY (product_id, identity)
);

-- What a paid order of a product is worth when it is given back.
CREATE TABLE refund_policy (
	product_id TEXT   PRIMARY KEY REFERENCES product (id),
	full_days  BIGINT NOT NULL CHECK (full_days >= 0),
	days       BIGINT NOT NULL CHECK (days >= 0)
);

-- Units that people give, withdraw or extend: one proposes, another one decides.
CREATE TABLE adjustment (
	id          TEXT   PRIMARY KEY,
	kind        TEXT   NOT NULL CHECK (kind IN ('give', 'withdraw', 'extend')),
	account_id  TEXT   NOT NULL REFERENCES account (id),
	product_id  TEXT   NOT NULL,
	grant_id    TEXT   NOT NULL,
	units       BIGINT NOT NULL CHECK (units >= 0),
	until_at    BIGINT NOT NULL,
	reason      TEXT   NOT NULL CHECK (reason <> ''),
	state       TEXT   NOT NULL CHECK (state IN ('proposed', 'confirmed', 'rejected')),
	proposed_by TEXT   NOT NULL CHECK (proposed_by <> ''),
	proposed_at BIGINT NOT NULL,
	decided_by  TEXT   NOT NULL,
	decided_at  BIGINT NOT NULL,
	answer      TEXT   NOT NULL,
	CHECK ((decided_by = '') = (state = 'proposed')),
	CHECK (state <> 'confirmed' OR decided_by <> proposed_by)
);
CREATE INDEX adjustment_account ON adjustment (account_id, proposed_at);
