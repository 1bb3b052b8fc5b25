-- +goose Up

-- Rehearsals of bad days. under_way is 1 for the one that goes on now, since there is one at a
-- time; it is heard of every few seconds, and one that is not was cut off.
CREATE TABLE drill (
	id          TEXT   PRIMARY KEY,
	begun_by    TEXT   NOT NULL,
	state       TEXT   NOT NULL CHECK (state IN ('running', 'done', 'failed', 'cancelled', 'cut_off')),
	under_way   BIGINT NOT NULL CHECK (under_way IN (0, 1)),
	invented    BIGINT NOT NULL,
	calls       BIGINT NOT NULL,
	callers     BIGINT NOT NULL,
	deadline_us BIGINT NOT NULL,
	made        BIGINT NOT NULL,
	total       BIGINT NOT NULL,
	passed      BIGINT NOT NULL,
	report      TEXT   NOT NULL,
	reason      TEXT   NOT NULL,
	begun_at    BIGINT NOT NULL,
	seen_at     BIGINT NOT NULL,
	ended_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX drill_under_way ON drill (under_way) WHERE under_way = 1;
