-- +goose Up

-- Cloud markets that sell our plans. sealed holds the secret that they sign with.
CREATE TABLE market (
	name       TEXT   PRIMARY KEY,
	sealed     BYTEA  NOT NULL,
	created_at BIGINT NOT NULL,
	rotated_at BIGINT NOT NULL,
	off_at     BIGINT NOT NULL
);

-- What a market sold: one for each of its orders. sale and buyer are the market's own ids.
CREATE TABLE instance (
	id            TEXT   PRIMARY KEY,
	market        TEXT   NOT NULL REFERENCES market (name),
	sale          TEXT   NOT NULL CHECK (sale <> ''),
	buyer         TEXT   NOT NULL CHECK (buyer <> ''),
	plan_id       TEXT   NOT NULL,
	trial         BIGINT NOT NULL,
	account_id    TEXT   NOT NULL,
	credential_id TEXT   NOT NULL,
	order_id      TEXT   NOT NULL,
	grant_id      TEXT   NOT NULL,
	state         TEXT   NOT NULL CHECK (state IN ('provisioning', 'active', 'frozen', 'released')),
	refund        BIGINT NOT NULL,
	told_at       BIGINT NOT NULL,
	steps         BIGINT NOT NULL,
	created_at    BIGINT NOT NULL,
	UNIQUE (market, sale),
	CHECK ((order_id <> '') = (grant_id <> '')),
	CHECK (CASE state WHEN 'provisioning' THEN order_id = '' WHEN 'released' THEN 1 = 1 ELSE order_id <> '' END)
);
CREATE UNIQUE INDEX instance_order ON instance (order_id) WHERE order_id <> '';

-- What markets send: kept before it is done, each event once.
CREATE TABLE market_event (
	id          TEXT   PRIMARY KEY,
	market      TEXT   NOT NULL REFERENCES market (name),
	event       TEXT   NOT NULL,
	hash        TEXT   NOT NULL,
	sealed      BYTEA  NOT NULL,
	action      TEXT   NOT NULL,
	state       TEXT   NOT NULL CHECK (state IN ('received', 'handled', 'refused')),
	instance_id TEXT   NOT NULL,
	outcome     TEXT   NOT NULL,
	answer      TEXT   NOT NULL,
	received_at BIGINT NOT NULL,
	ended_at    BIGINT NOT NULL,
	UNIQUE (market, event)
);
