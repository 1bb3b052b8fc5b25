-- +goose Up

-- Who gives verdicts. sealed is what describes it and its credentials, terms JSON.
CREATE TABLE source (
	name       TEXT   PRIMARY KEY,
	kind       TEXT   NOT NULL,
	sealed     BYTEA  NOT NULL,
	is_on      BIGINT NOT NULL,
	terms      TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL
);

-- How sources are put in order: one row.
CREATE TABLE source_policy (
	id           BIGINT PRIMARY KEY,
	source_order TEXT   NOT NULL,
	pins         TEXT   NOT NULL
);
INSERT INTO source_policy (id, source_order, pins) VALUES (1, 'priority', '{}');

-- The sources that were considered for a call, in their order. Written with the call's row.
-- cost is in thousandths of a fen; charged is 0 unknown, 1 no, 2 yes.
CREATE TABLE attempt (
	second     BIGINT NOT NULL,
	n          BIGINT NOT NULL,
	place      BIGINT NOT NULL,
	source     TEXT   NOT NULL,
	skipped    TEXT   NOT NULL,
	at         BIGINT NOT NULL,
	latency_us BIGINT NOT NULL,
	sent       BIGINT NOT NULL,
	failure    TEXT   NOT NULL,
	verdict    BIGINT NOT NULL,
	reason     TEXT   NOT NULL,
	charged    BIGINT NOT NULL,
	cost       BIGINT NOT NULL CHECK (cost >= 0),
	reference  TEXT   NOT NULL,
	code       TEXT   NOT NULL,
	note       TEXT   NOT NULL,
	why        TEXT   NOT NULL,
	PRIMARY KEY (second, n, place)
);
-- What nobody knows yet is few, and looked for again and again.
CREATE INDEX attempt_open ON attempt (second, n) WHERE charged = 0 AND sent = 1;

-- Whom a held call may be with: "name=cost" with commas.
ALTER TABLE hold ADD COLUMN asked TEXT NOT NULL DEFAULT '';

ALTER TABLE call ADD COLUMN reused BIGINT NOT NULL DEFAULT 0;
ALTER TABLE product ADD COLUMN reuse_minutes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
ALTER TABLE quota_grant ADD COLUMN paid BIGINT NOT NULL DEFAULT 0;
