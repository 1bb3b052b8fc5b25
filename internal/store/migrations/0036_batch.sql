-- +goose Up

-- Files of people that are asked about, row by row. driver is the try of a job that may send
-- rows, until lease.
CREATE TABLE batch (
	id            TEXT   PRIMARY KEY,
	account_id    TEXT   NOT NULL REFERENCES account (id),
	product_id    TEXT   NOT NULL,
	credential_id TEXT   NOT NULL,
	name          TEXT   NOT NULL,
	created_by    TEXT   NOT NULL,
	state         TEXT   NOT NULL,
	why           TEXT   NOT NULL,
	columns_json  TEXT   NOT NULL,
	headless      BIGINT NOT NULL,
	bytes         BIGINT NOT NULL,
	parts         BIGINT NOT NULL,
	run           BIGINT NOT NULL,
	ceiling       BIGINT NOT NULL CHECK (ceiling >= 0),
	row_count     BIGINT NOT NULL,
	broken        BIGINT NOT NULL,
	duplicates    BIGINT NOT NULL,
	sent          BIGINT NOT NULL CHECK (sent >= 0),
	matched       BIGINT NOT NULL,
	mismatched    BIGINT NOT NULL,
	undetermined  BIGINT NOT NULL,
	refused       BIGINT NOT NULL,
	unknown_count BIGINT NOT NULL,
	charged       BIGINT NOT NULL,
	reserved      BIGINT NOT NULL CHECK (reserved >= 0),
	created_at    BIGINT NOT NULL,
	changed_at    BIGINT NOT NULL,
	started_at    BIGINT NOT NULL,
	ended_at      BIGINT NOT NULL,
	erased_at     BIGINT NOT NULL,
	base          BIGINT NOT NULL,
	driver        TEXT   NOT NULL,
	lease         BIGINT NOT NULL,
	CHECK (charged + reserved <= ceiling)
);
CREATE INDEX batch_account ON batch (account_id, id);
CREATE INDEX batch_kept ON batch (changed_at) WHERE erased_at = 0;

-- The file and its people, sealed in parts. No element stands anywhere else.
CREATE TABLE batch_part (
	batch_id TEXT   NOT NULL REFERENCES batch (id),
	kind     TEXT   NOT NULL,
	part     BIGINT NOT NULL,
	sealed   BYTEA  NOT NULL,
	PRIMARY KEY (batch_id, kind, part)
);

-- What became of each row. params is keyed, and on the row that is asked alone.
CREATE TABLE batch_row (
	batch_id TEXT   NOT NULL REFERENCES batch (id),
	row_no   BIGINT NOT NULL,
	line     BIGINT NOT NULL,
	state    TEXT   NOT NULL,
	code     BIGINT NOT NULL,
	fault    TEXT   NOT NULL,
	fields   BIGINT NOT NULL,
	twin     BIGINT NOT NULL,
	params   BYTEA,
	tail     BIGINT NOT NULL,
	second   BIGINT NOT NULL,
	n        BIGINT NOT NULL,
	sent_at  BIGINT NOT NULL,
	most     BIGINT NOT NULL,
	verdict  BIGINT NOT NULL,
	reason   TEXT   NOT NULL,
	differs  BIGINT NOT NULL,
	charged  BIGINT NOT NULL CHECK (charged >= 0),
	PRIMARY KEY (batch_id, row_no)
);
CREATE UNIQUE INDEX batch_row_params ON batch_row (batch_id, params) WHERE params IS NOT NULL;
CREATE INDEX batch_row_ready ON batch_row (batch_id, row_no) WHERE state = 'ready';
CREATE INDEX batch_row_sent ON batch_row (batch_id, row_no) WHERE state = 'sent';
