-- +goose Up

-- Tokens of programs that use the management API. One without an account is of the house. hash is
-- that of a secret which is kept nowhere.
CREATE TABLE api_token (
	id           TEXT   PRIMARY KEY,
	account_id   TEXT   NOT NULL,
	who          TEXT   NOT NULL,
	name         TEXT   NOT NULL,
	scopes       TEXT   NOT NULL,
	hash         BYTEA  NOT NULL,
	networks     TEXT   NOT NULL,
	created_at   BIGINT NOT NULL,
	expires_at   BIGINT NOT NULL,
	revoked_at   BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL
);
CREATE INDEX api_token_account ON api_token (account_id, created_at);
CREATE INDEX api_token_who ON api_token (who) WHERE revoked_at = 0;
