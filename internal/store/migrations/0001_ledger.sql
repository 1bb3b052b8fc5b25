-- +goose Up

-- The node that serves: who owns the number, and the last batch it committed. A commit
-- of unknown outcome is settled by reading last_batch back.
CREATE TABLE node (
	number     BIGINT PRIMARY KEY,
	owner      TEXT   NOT NULL,
	session    TEXT   NOT NULL,
	seen_at    BIGINT NOT NULL,
	last_batch BIGINT NOT NULL
);

-- One row whose version grows with every change of account, credential or product.
CREATE TABLE directory (
	id      BIGINT PRIMARY KEY,
	version BIGINT NOT NULL
);
INSERT INTO directory (id, version) VALUES (1, 1);

CREATE TABLE account (
	id           TEXT   PRIMARY KEY,
	name         TEXT   NOT NULL UNIQUE,
	created_at   BIGINT NOT NULL,
	suspended_at BIGINT NOT NULL
);

CREATE TABLE credential (
	id         TEXT   PRIMARY KEY,
	account_id TEXT   NOT NULL REFERENCES account (id),
	kind       TEXT   NOT NULL,
	name       TEXT   NOT NULL,
	hash       BYTEA  NOT NULL UNIQUE,
	sealed     BYTEA  NOT NULL,
	created_at BIGINT NOT NULL,
	revoked_at BIGINT NOT NULL
);

CREATE TABLE product (
	id                  TEXT   PRIMARY KEY,
	path                TEXT   NOT NULL UNIQUE,
	name                TEXT   NOT NULL,
	need                BIGINT NOT NULL,
	detail              TEXT   NOT NULL,
	charge_match        BIGINT NOT NULL CHECK (charge_match >= 0),
	charge_mismatch     BIGINT NOT NULL CHECK (charge_mismatch >= 0),
	charge_undetermined BIGINT NOT NULL CHECK (charge_undetermined >= 0),
	is_on               BIGINT NOT NULL
);

CREATE TABLE quota_grant (
	id         TEXT   PRIMARY KEY,
	account_id TEXT   NOT NULL REFERENCES account (id),
	units      BIGINT NOT NULL CHECK (units > 0),
	used       BIGINT NOT NULL CHECK (used >= 0),
	held       BIGINT NOT NULL CHECK (held >= 0),
	withdrawn  BIGINT NOT NULL CHECK (withdrawn >= 0),
	trial      BIGINT NOT NULL,
	priority   BIGINT NOT NULL,
	origin     TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	frozen_at  BIGINT NOT NULL,
	CHECK (used + held + withdrawn <= units)
);
CREATE INDEX quota_grant_account ON quota_grant (account_id);

CREATE TABLE quota_entry (
	id       TEXT   PRIMARY KEY,
	grant_id TEXT   NOT NULL REFERENCES quota_grant (id),
	kind     TEXT   NOT NULL,
	units    BIGINT NOT NULL,
	note     TEXT   NOT NULL,
	at       BIGINT NOT NULL
);
CREATE INDEX quota_entry_grant ON quota_entry (grant_id);

CREATE TABLE hold (
	second        BIGINT NOT NULL,
	n             BIGINT NOT NULL,
	grant_id      TEXT   NOT NULL REFERENCES quota_grant (id),
	account_id    TEXT   NOT NULL,
	credential_id TEXT   NOT NULL,
	product_id    TEXT   NOT NULL,
	units         BIGINT NOT NULL CHECK (units > 0),
	created_at    BIGINT NOT NULL,
	deadline      BIGINT NOT NULL,
	params        BYTEA  NOT NULL,
	card          BYTEA  NOT NULL,
	claim_key     BYTEA,
	claim_request BYTEA,
	claim_until   BIGINT NOT NULL,
	PRIMARY KEY (second, n)
);
CREATE UNIQUE INDEX hold_claim ON hold (claim_key) WHERE claim_key IS NOT NULL;

-- A charged call is the ledger entry of the units it used. The table keeps only its
-- primary key: every further index would be paid for by every call.
CREATE TABLE call (
	second        BIGINT NOT NULL,
	n             BIGINT NOT NULL,
	at            BIGINT NOT NULL,
	account_id    TEXT   NOT NULL,
	credential_id TEXT   NOT NULL,
	product_id    TEXT   NOT NULL,
	code          BIGINT NOT NULL,
	verdict       BIGINT NOT NULL,
	reason        TEXT   NOT NULL,
	charged       BIGINT NOT NULL CHECK (charged >= 0),
	grant_id      TEXT   NOT NULL,
	source        TEXT   NOT NULL,
	latency_us    BIGINT NOT NULL,
	params        BYTEA  NOT NULL,
	card          BYTEA  NOT NULL,
	sent          BIGINT NOT NULL,
	PRIMARY KEY (second, n)
);

CREATE TABLE claim (
	claim_key  BYTEA  PRIMARY KEY,
	request    BYTEA  NOT NULL,
	second     BIGINT NOT NULL,
	n          BIGINT NOT NULL,
	code       BIGINT NOT NULL,
	verdict    BIGINT NOT NULL,
	reason     TEXT   NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX claim_expires ON claim (expires_at);

-- Days (counted from 1970-01-01 in Asia/Shanghai) whose calls are summed up for good.
CREATE TABLE closed_day (
	day       BIGINT PRIMARY KEY,
	closed_at BIGINT NOT NULL
);
CREATE TABLE grant_day (
	grant_id TEXT   NOT NULL REFERENCES quota_grant (id),
	day      BIGINT NOT NULL,
	units    BIGINT NOT NULL CHECK (units >= 0),
	PRIMARY KEY (grant_id, day)
);
