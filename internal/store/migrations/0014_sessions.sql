-- +goose Up

-- Who is signed in. The token itself is known to its browser alone.
CREATE TABLE session (
	hash       TEXT   PRIMARY KEY,
	id         TEXT   NOT NULL UNIQUE,
	who        TEXT   NOT NULL,
	operator   BIGINT NOT NULL,
	account_id TEXT   NOT NULL,
	epoch      BIGINT NOT NULL,
	factor     BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	proved_at  BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	ends_at    BIGINT NOT NULL,
	origin     TEXT   NOT NULL,
	agent      TEXT   NOT NULL
);
CREATE INDEX session_who ON session (who, operator);
CREATE INDEX session_ends ON session (ends_at);

-- Tries that failed since the job last got anywhere. A job that waits for something is tried
-- many times without any failure.
ALTER TABLE job ADD COLUMN failed BIGINT NOT NULL DEFAULT 0;
