-- +goose Up

-- Work that must be done though whoever asked for it has gone: written with the change
-- that asks. There is one job of a kind and key, ever.
CREATE TABLE job (
	id         TEXT   PRIMARY KEY,
	kind       TEXT   NOT NULL,
	job_key    TEXT   NOT NULL,
	state      TEXT   NOT NULL,
	tries      BIGINT NOT NULL,
	next_at    BIGINT NOT NULL,
	lease      BIGINT NOT NULL,
	error      TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	ended_at   BIGINT NOT NULL,
	UNIQUE (kind, job_key)
);
CREATE INDEX job_due ON job (next_at) WHERE state IN ('waiting', 'running');

-- What is sold. Only until_at changes.
CREATE TABLE plan (
	id         TEXT   PRIMARY KEY,
	product_id TEXT   NOT NULL REFERENCES product (id),
	name       TEXT   NOT NULL,
	units      BIGINT NOT NULL CHECK (units > 0),
	price      BIGINT NOT NULL CHECK (price >= 0),
	months     BIGINT NOT NULL CHECK (months > 0),
	trial      BIGINT NOT NULL,
	from_at    BIGINT NOT NULL,
	until_at   BIGINT NOT NULL
);

-- Units bought for a product are used for it alone; empty: for all.
ALTER TABLE quota_grant ADD COLUMN product_id TEXT NOT NULL DEFAULT '';

CREATE TABLE shop_order (
	id         TEXT   PRIMARY KEY,
	account_id TEXT   NOT NULL REFERENCES account (id),
	person_id  TEXT   NOT NULL,
	plan_id    TEXT   NOT NULL,
	plan_name  TEXT   NOT NULL,
	product_id TEXT   NOT NULL,
	units      BIGINT NOT NULL CHECK (units > 0),
	amount     BIGINT NOT NULL CHECK (amount >= 0),
	months     BIGINT NOT NULL,
	trial      BIGINT NOT NULL,
	renews     TEXT   NOT NULL,
	code       TEXT   NOT NULL UNIQUE,
	state      TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	pay_by     BIGINT NOT NULL,
	paid_at    BIGINT NOT NULL,
	closed_at  BIGINT NOT NULL,
	why        TEXT   NOT NULL,
	grant_id   TEXT   NOT NULL,
	refunded   BIGINT NOT NULL CHECK (refunded >= 0 AND refunded <= amount),
	-- What is paid has its grant, and nothing else has one.
	CHECK ((grant_id <> '') = (state IN ('paid', 'refunding', 'refunded')))
);
CREATE INDEX shop_order_account ON shop_order (account_id, created_at);
CREATE UNIQUE INDEX shop_order_grant ON shop_order (grant_id) WHERE grant_id <> '';

CREATE TABLE payment (
	id          TEXT   PRIMARY KEY,
	order_id    TEXT   NOT NULL REFERENCES shop_order (id),
	provider    TEXT   NOT NULL,
	method      TEXT   NOT NULL,
	amount      BIGINT NOT NULL CHECK (amount > 0),
	received    BIGINT NOT NULL CHECK (received >= 0),
	state       TEXT   NOT NULL,
	show_text   TEXT   NOT NULL,
	reference   TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	settled_at  BIGINT NOT NULL,
	surplus_why TEXT   NOT NULL
);
CREATE INDEX payment_order ON payment (order_id);
-- However often money comes, one payment pays an order.
CREATE UNIQUE INDEX payment_paid ON payment (order_id) WHERE state = 'paid';

CREATE TABLE refund (
	id         TEXT   PRIMARY KEY,
	order_id   TEXT   NOT NULL REFERENCES shop_order (id),
	payment_id TEXT   NOT NULL REFERENCES payment (id),
	surplus    BIGINT NOT NULL,
	amount     BIGINT NOT NULL CHECK (amount >= 0),
	used       BIGINT NOT NULL,
	state      TEXT   NOT NULL,
	reason     TEXT   NOT NULL,
	asked_by   TEXT   NOT NULL,
	decided_by TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	decided_at BIGINT NOT NULL,
	ended_at   BIGINT NOT NULL,
	answer     TEXT   NOT NULL,
	reference  TEXT   NOT NULL
);
CREATE INDEX refund_order ON refund (order_id);
-- A payment goes back once; what was rejected or given up may be asked for again.
CREATE UNIQUE INDEX refund_payment ON refund (payment_id) WHERE state NOT IN ('rejected', 'given_up');
