-- +goose Up

-- What an account wants to be told. A rule that has fired is not armed, and fires no more
-- until it is armed again: whoever disarms it in a transaction is the one who fires.
CREATE TABLE alert_rule (
	id          TEXT   PRIMARY KEY,
	account_id  TEXT   NOT NULL REFERENCES account (id),
	product_id  TEXT   NOT NULL, -- empty: all products
	kind        TEXT   NOT NULL,
	units       BIGINT NOT NULL CHECK (units >= 0),
	percent     BIGINT NOT NULL CHECK (percent >= 0),
	days        BIGINT NOT NULL CHECK (days >= 0),
	minutes     BIGINT NOT NULL CHECK (minutes >= 0),
	floor_calls BIGINT NOT NULL CHECK (floor_calls >= 0),
	inbox       BIGINT NOT NULL,
	webhook     BIGINT NOT NULL,
	mail_right  TEXT   NOT NULL, -- members who have it get a mail; empty: none do
	cooldown    BIGINT NOT NULL CHECK (cooldown >= 0),
	armed       BIGINT NOT NULL,
	fired_at    BIGINT NOT NULL,
	created_at  BIGINT NOT NULL,
	created_by  TEXT   NOT NULL
);
CREATE INDEX alert_rule_account ON alert_rule (account_id, kind);

-- Products of which an account had its first rules, which it may have removed since.
CREATE TABLE alert_begun (
	account_id TEXT   NOT NULL REFERENCES account (id),
	product_id TEXT   NOT NULL,
	at         BIGINT NOT NULL,
	PRIMARY KEY (account_id, product_id)
);

-- What fired. It stays when its rule goes.
CREATE TABLE alert (
	id         TEXT   PRIMARY KEY,
	rule_id    TEXT   NOT NULL,
	account_id TEXT   NOT NULL REFERENCES account (id),
	product_id TEXT   NOT NULL,
	kind       TEXT   NOT NULL,
	line       BIGINT NOT NULL,
	value      BIGINT NOT NULL,
	base       BIGINT NOT NULL,
	grant_id   TEXT   NOT NULL, -- of one that is about a grant
	until_at   BIGINT NOT NULL,
	at         BIGINT NOT NULL,
	told_at    BIGINT NOT NULL,
	seen_by    TEXT   NOT NULL,
	seen_at    BIGINT NOT NULL
);
CREATE INDEX alert_account ON alert (account_id, id);
-- A grant is told of once for each end that it had.
CREATE UNIQUE INDEX alert_grant ON alert (rule_id, grant_id, until_at) WHERE grant_id <> '';

-- What the people of an account find when they come.
CREATE TABLE inbox_note (
	id         TEXT   PRIMARY KEY,
	account_id TEXT   NOT NULL REFERENCES account (id),
	kind       TEXT   NOT NULL,
	about      TEXT   NOT NULL, -- the id of what it is about
	subject    TEXT   NOT NULL,
	words      TEXT   NOT NULL,
	created_at BIGINT NOT NULL
);
CREATE INDEX inbox_note_account ON inbox_note (account_id, id);

CREATE TABLE inbox_read (
	note_id   TEXT   NOT NULL REFERENCES inbox_note (id),
	person_id TEXT   NOT NULL,
	at        BIGINT NOT NULL,
	PRIMARY KEY (note_id, person_id)
);

-- Programs of accounts that are told.
CREATE TABLE webhook (
	id            TEXT   PRIMARY KEY,
	account_id    TEXT   NOT NULL REFERENCES account (id),
	url           TEXT   NOT NULL,
	secret        BYTEA  NOT NULL, -- sealed
	secret_at     BIGINT NOT NULL,
	old_secret    BYTEA  NOT NULL, -- sealed; signs too until
	old_until     BIGINT NOT NULL,
	failing_since BIGINT NOT NULL,
	disabled_at   BIGINT NOT NULL,
	disabled_why  TEXT   NOT NULL,
	created_at    BIGINT NOT NULL,
	created_by    TEXT   NOT NULL
);
CREATE INDEX webhook_account ON webhook (account_id);

CREATE TABLE webhook_delivery (
	id         TEXT   PRIMARY KEY,
	webhook_id TEXT   NOT NULL,
	account_id TEXT   NOT NULL REFERENCES account (id),
	event_id   TEXT   NOT NULL,
	kind       TEXT   NOT NULL,
	body       TEXT   NOT NULL,
	replays    TEXT   NOT NULL, -- the delivery that it repeats; empty: none
	state      TEXT   NOT NULL,
	tries      BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	ended_at   BIGINT NOT NULL
);
CREATE INDEX webhook_delivery_webhook ON webhook_delivery (webhook_id, id);

CREATE TABLE webhook_try (
	delivery_id TEXT   NOT NULL REFERENCES webhook_delivery (id),
	place       BIGINT NOT NULL,
	at          BIGINT NOT NULL,
	latency_us  BIGINT NOT NULL,
	status      BIGINT NOT NULL, -- 0: no answer came
	fault       TEXT   NOT NULL,
	answer      TEXT   NOT NULL,
	PRIMARY KEY (delivery_id, place)
);

-- What is ordered by itself when few units of a product are left.
CREATE TABLE repurchase (
	account_id TEXT   NOT NULL REFERENCES account (id),
	product_id TEXT   NOT NULL,
	plan_id    TEXT   NOT NULL,
	monthly    BIGINT NOT NULL CHECK (monthly > 0),
	created_at BIGINT NOT NULL,
	created_by TEXT   NOT NULL,
	PRIMARY KEY (account_id, product_id)
);

-- What came of it, once for each alert and product.
CREATE TABLE repurchase_try (
	id         TEXT   PRIMARY KEY,
	account_id TEXT   NOT NULL REFERENCES account (id),
	product_id TEXT   NOT NULL,
	alert_id   TEXT   NOT NULL,
	order_id   TEXT   NOT NULL,
	state      TEXT   NOT NULL,
	why        TEXT   NOT NULL,
	at         BIGINT NOT NULL
);
CREATE UNIQUE INDEX repurchase_try_alert ON repurchase_try (alert_id, product_id);
CREATE INDEX repurchase_try_product ON repurchase_try (account_id, product_id, at);
