-- +goose Up

-- What payment providers sent unasked: kept whole before anybody looks at it.
CREATE TABLE notice (
	id          TEXT   PRIMARY KEY,
	provider    TEXT   NOT NULL,
	sealed      BYTEA  NOT NULL,
	hash        TEXT   NOT NULL,
	state       TEXT   NOT NULL,
	event       TEXT   NOT NULL,
	kind        TEXT   NOT NULL,
	about       TEXT   NOT NULL,
	answer      TEXT   NOT NULL,
	received_at BIGINT NOT NULL,
	ended_at    BIGINT NOT NULL
);
-- What happened is acted upon once. Only what proved genuine has an event, so nothing that
-- is forged takes the place of what is not.
CREATE UNIQUE INDEX notice_event ON notice (provider, event) WHERE event <> '';
CREATE INDEX notice_received ON notice (received_at);
