-- +goose Up

-- The card registry, where it is kept in the database. Keys and values are keyed hashes.
-- A generation that is gone answers nothing; its row stays until its records are removed.
CREATE TABLE registry_generation (
	id        BIGINT PRIMARY KEY,
	key_id    TEXT   NOT NULL,
	marker    BYTEA  NOT NULL,
	is_active BIGINT NOT NULL,
	is_gone   BIGINT NOT NULL
);

CREATE TABLE registry_record (
	generation BIGINT NOT NULL,
	card       BYTEA  NOT NULL,
	value      BYTEA  NOT NULL,
	PRIMARY KEY (generation, card)
);
