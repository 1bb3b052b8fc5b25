-- +goose Up

-- People who sign in for buyers. Addresses are sealed, and found by a keyed hash; a
-- password is kept as argon2id alone. Whoever has an address has it alone.
CREATE TABLE person (
	id            TEXT   PRIMARY KEY,
	name          TEXT   NOT NULL,
	email_hash    BYTEA  UNIQUE,
	email_sealed  BYTEA  NOT NULL,
	mobile_hash   BYTEA  UNIQUE,
	mobile_sealed BYTEA  NOT NULL,
	password      TEXT   NOT NULL,
	epoch         BIGINT NOT NULL,
	version       BIGINT NOT NULL,
	totp_sealed   BYTEA  NOT NULL,
	totp_since    BIGINT NOT NULL,
	totp_step     BIGINT NOT NULL,
	created_at    BIGINT NOT NULL,
	disabled_at   BIGINT NOT NULL,
	CHECK (email_hash IS NOT NULL OR mobile_hash IS NOT NULL)
);

CREATE TABLE member (
	account_id TEXT   NOT NULL REFERENCES account (id),
	person_id  TEXT   NOT NULL REFERENCES person (id),
	role       TEXT   NOT NULL,
	since      BIGINT NOT NULL,
	PRIMARY KEY (account_id, person_id)
);
CREATE INDEX member_person ON member (person_id);

CREATE TABLE invitation (
	id             TEXT   PRIMARY KEY,
	account_id     TEXT   NOT NULL REFERENCES account (id),
	channel        TEXT   NOT NULL,
	address_hash   BYTEA  NOT NULL,
	address_sealed BYTEA  NOT NULL,
	role           TEXT   NOT NULL,
	by_person      TEXT   NOT NULL,
	created_at     BIGINT NOT NULL,
	expires_at     BIGINT NOT NULL,
	ended_at       BIGINT NOT NULL,
	person_id      TEXT   NOT NULL
);
CREATE INDEX invitation_account ON invitation (account_id, created_at);
CREATE INDEX invitation_address ON invitation (address_hash) WHERE ended_at = 0;

-- Codes that were sent: their digits as a keyed hash alone.
CREATE TABLE sent_code (
	id             TEXT   PRIMARY KEY,
	purpose        TEXT   NOT NULL,
	channel        TEXT   NOT NULL,
	address_hash   BYTEA  NOT NULL,
	address_sealed BYTEA  NOT NULL,
	person_id      TEXT   NOT NULL,
	hash           BYTEA  NOT NULL,
	tries          BIGINT NOT NULL,
	created_at     BIGINT NOT NULL,
	expires_at     BIGINT NOT NULL,
	used_at        BIGINT NOT NULL
);
CREATE INDEX sent_code_expires ON sent_code (expires_at);

-- Each code that stands in for a second factor is a row until it is used.
CREATE TABLE recovery_code (
	person_id TEXT  NOT NULL REFERENCES person (id),
	hash      BYTEA NOT NULL,
	PRIMARY KEY (person_id, hash)
);

CREATE TABLE passkey (
	id         TEXT   PRIMARY KEY,
	person_id  TEXT   NOT NULL REFERENCES person (id),
	name       TEXT   NOT NULL,
	hash       BYTEA  NOT NULL UNIQUE,
	sealed     BYTEA  NOT NULL,
	count      BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	used_at    BIGINT NOT NULL
);
CREATE INDEX passkey_person ON passkey (person_id, created_at);

-- Proofs that take several steps.
CREATE TABLE ceremony (
	id         BYTEA  PRIMARY KEY,
	kind       TEXT   NOT NULL,
	person_id  TEXT   NOT NULL,
	sealed     BYTEA  NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX ceremony_expires ON ceremony (expires_at);

-- How often something was tried lately: failures to sign in, codes asked for.
CREATE TABLE throttle (
	id       BYTEA  PRIMARY KEY,
	times    BIGINT NOT NULL,
	until_at BIGINT NOT NULL
);
CREATE INDEX throttle_until ON throttle (until_at);

-- What is to be sent. To whom and what is sealed until it has gone, then erased.
CREATE TABLE message (
	id         TEXT   PRIMARY KEY,
	channel    TEXT   NOT NULL,
	kind       TEXT   NOT NULL,
	sealed     BYTEA  NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	sent_at    BIGINT NOT NULL
);
CREATE INDEX message_waiting ON message (created_at) WHERE sent_at = 0;
