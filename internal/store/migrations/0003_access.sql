-- +goose Up

-- What a credential may do. A list is written with commas; empty means all.
ALTER TABLE credential ADD COLUMN app_key TEXT NOT NULL DEFAULT '';
ALTER TABLE credential ADD COLUMN is_test BIGINT NOT NULL DEFAULT 0;
ALTER TABLE credential ADD COLUMN qps BIGINT NOT NULL DEFAULT 0;
ALTER TABLE credential ADD COLUMN burst BIGINT NOT NULL DEFAULT 0;
ALTER TABLE credential ADD COLUMN daily BIGINT NOT NULL DEFAULT 0;
ALTER TABLE credential ADD COLUMN networks TEXT NOT NULL DEFAULT '';
ALTER TABLE credential ADD COLUMN products TEXT NOT NULL DEFAULT '';
ALTER TABLE credential ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE credential ADD COLUMN last_used_at BIGINT NOT NULL DEFAULT 0;

ALTER TABLE account ADD COLUMN qps BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN burst BIGINT NOT NULL DEFAULT 0;

-- The nonce of a signed call, as a keyed hash, lies on its row: what is charged and that
-- it can never be replayed become durable together.
ALTER TABLE call ADD COLUMN nonce BIGINT NOT NULL DEFAULT 0;
ALTER TABLE hold ADD COLUMN nonce BIGINT NOT NULL DEFAULT 0;

-- Which elements differ, as bits: product, call and repeat show the same.
ALTER TABLE call ADD COLUMN differs BIGINT NOT NULL DEFAULT 0;
ALTER TABLE claim ADD COLUMN differs BIGINT NOT NULL DEFAULT 0;

-- People who run the house. A password is kept as argon2id alone.
CREATE TABLE operator (
	id         TEXT   PRIMARY KEY,
	name       TEXT   NOT NULL UNIQUE,
	password   TEXT   NOT NULL,
	created_at BIGINT NOT NULL
);

-- Who changed or saw what. Written with the change, in one transaction.
CREATE TABLE audit_entry (
	id      TEXT   PRIMARY KEY,
	at      BIGINT NOT NULL,
	actor   TEXT   NOT NULL,
	action  TEXT   NOT NULL,
	subject TEXT   NOT NULL,
	detail  TEXT   NOT NULL
);
CREATE INDEX audit_entry_at ON audit_entry (at, id);
