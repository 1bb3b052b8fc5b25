-- +goose Up

-- Files of people on their way into the registry. under_way is 1 for the one that is imported
-- now, since there is one at a time.
CREATE TABLE registry_import (
	id          TEXT   PRIMARY KEY,
	name        TEXT   NOT NULL,
	sent_by     TEXT   NOT NULL,
	state       TEXT   NOT NULL CHECK (state IN ('receiving', 'ready', 'running', 'done', 'failed', 'cancelled', 'expired')),
	under_way   BIGINT NOT NULL CHECK (under_way IN (0, 1)),
	replaces    BIGINT NOT NULL,
	size        BIGINT NOT NULL,
	parts       BIGINT NOT NULL,
	read_bytes  BIGINT NOT NULL,
	row_count   BIGINT NOT NULL,
	loaded      BIGINT NOT NULL,
	damaged     BIGINT NOT NULL,
	report_size BIGINT NOT NULL,
	generation  BIGINT NOT NULL,
	reason      TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	begun_at    BIGINT NOT NULL,
	told_at     BIGINT NOT NULL,
	ended_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX registry_import_under_way ON registry_import (under_way) WHERE under_way = 1;

-- The file itself, under seal, until the import is over.
CREATE TABLE registry_import_part (
	import_id TEXT   NOT NULL REFERENCES registry_import (id),
	place     BIGINT NOT NULL,
	sealed    BYTEA  NOT NULL,
	PRIMARY KEY (import_id, place)
);

-- Which rows are damaged: line, field and code, and nothing of their content.
CREATE TABLE registry_import_report (
	import_id TEXT   NOT NULL REFERENCES registry_import (id),
	at        BIGINT NOT NULL,
	words     TEXT   NOT NULL,
	PRIMARY KEY (import_id, at)
);
