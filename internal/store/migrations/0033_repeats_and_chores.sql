-- +goose Up

-- Requests of the management API that came with an idempotency key, and what they were
-- answered. Neither the key nor what was asked for is kept, and the answer is sealed.
CREATE TABLE api_repeat (
	key_hash     BYTEA  PRIMARY KEY,
	id           TEXT   NOT NULL,
	content_hash BYTEA  NOT NULL,
	status       BIGINT NOT NULL CHECK (status >= 0),
	kind         TEXT   NOT NULL,
	sealed       BYTEA  NOT NULL,
	claimed_at   BIGINT NOT NULL
);
CREATE INDEX api_repeat_claimed ON api_repeat (claimed_at);

-- What waits for people is counted at every look at today's picture.
CREATE INDEX refund_requested ON refund (id) WHERE state = 'requested';
CREATE INDEX refund_failed ON refund (id) WHERE state = 'failed';
CREATE INDEX adjustment_proposed ON adjustment (id) WHERE state = 'proposed';
CREATE INDEX job_dead ON job (id) WHERE state = 'dead';
