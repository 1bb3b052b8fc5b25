-- +goose Up

-- Every operator has one role; those from before there were roles ran everything. epoch ends
-- the sessions from before it grew. Who is removed keeps the name, so that it means one
-- person for ever. sign_on_hash finds who comes from a sign-in service.
ALTER TABLE operator ADD COLUMN role         TEXT   NOT NULL DEFAULT 'administrator';
ALTER TABLE operator ADD COLUMN epoch        BIGINT NOT NULL DEFAULT 0;
ALTER TABLE operator ADD COLUMN removed_at   BIGINT NOT NULL DEFAULT 0;
ALTER TABLE operator ADD COLUMN sign_on_hash BYTEA;
CREATE UNIQUE INDEX operator_sign_on ON operator (sign_on_hash) WHERE sign_on_hash IS NOT NULL;

-- The second factor of an operator: a sealed secret, and the last step that was used.
CREATE TABLE operator_factor (
	operator_id TEXT   PRIMARY KEY REFERENCES operator (id),
	sealed      BYTEA  NOT NULL,
	since       BIGINT NOT NULL,
	step        BIGINT NOT NULL
);

-- Each code that stands in for it is a row until it is used.
CREATE TABLE operator_recovery (
	operator_id TEXT  NOT NULL REFERENCES operator (id),
	hash        BYTEA NOT NULL,
	PRIMARY KEY (operator_id, hash)
);
