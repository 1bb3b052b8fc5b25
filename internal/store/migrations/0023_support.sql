-- +goose Up

-- What is said in words is sealed; no element is looked for here.
CREATE TABLE ticket (
	id           TEXT   PRIMARY KEY,
	number       TEXT   NOT NULL UNIQUE,
	account_id   TEXT   NOT NULL REFERENCES account (id),
	person_id    TEXT   NOT NULL,
	subject      BYTEA  NOT NULL,
	category     TEXT   NOT NULL,
	priority     TEXT   NOT NULL,
	state        TEXT   NOT NULL CHECK (state IN ('open', 'waiting_for_buyer', 'waiting_for_support', 'solved', 'closed')),
	live         BIGINT NOT NULL,
	call_second  BIGINT NOT NULL,
	call_n       BIGINT NOT NULL,
	assignee     TEXT   NOT NULL,
	opening      BYTEA  NOT NULL UNIQUE,
	created_at   BIGINT NOT NULL,
	answered_at  BIGINT NOT NULL,
	solved_at    BIGINT NOT NULL,
	closed_at    BIGINT NOT NULL,
	last         BIGINT NOT NULL CHECK (last >= 0),
	files        BIGINT NOT NULL CHECK (files BETWEEN 0 AND 10),
	buyer_seen   BIGINT NOT NULL,
	buyer_told   BIGINT NOT NULL,
	buyer_sent   BIGINT NOT NULL,
	support_seen BIGINT NOT NULL,
	support_told BIGINT NOT NULL,
	support_sent BIGINT NOT NULL,
	stars        BIGINT NOT NULL CHECK (stars BETWEEN 0 AND 5),
	word         BYTEA  NOT NULL,
	rated_at     BIGINT NOT NULL
);

CREATE INDEX ticket_of_account ON ticket (account_id, id);
CREATE INDEX ticket_in_state ON ticket (state, id);
CREATE INDEX ticket_of_assignee ON ticket (assignee, id);
CREATE INDEX ticket_of_call ON ticket (call_second, call_n);
CREATE INDEX ticket_opened ON ticket (created_at);

CREATE TABLE ticket_message (
	ticket_id   TEXT   NOT NULL REFERENCES ticket (id),
	place       BIGINT NOT NULL CHECK (place > 0),
	id          TEXT   NOT NULL UNIQUE,
	side        TEXT   NOT NULL CHECK (side IN ('buyer', 'support', 'system')),
	internal    BIGINT NOT NULL,
	written_by  TEXT   NOT NULL,
	said_key    BYTEA  NOT NULL,
	sealed      BYTEA  NOT NULL,
	scrubbed    BIGINT NOT NULL,
	file_id     TEXT   NOT NULL,
	file_kind   TEXT   NOT NULL,
	file_size   BIGINT NOT NULL,
	file_width  BIGINT NOT NULL,
	file_height BIGINT NOT NULL,
	created_at  BIGINT NOT NULL,
	PRIMARY KEY (ticket_id, place),
	CHECK (internal = 0 OR side = 'support')
);

CREATE UNIQUE INDEX ticket_message_once ON ticket_message (ticket_id, said_key);

CREATE TABLE ticket_file (
	id        TEXT  PRIMARY KEY,
	ticket_id TEXT  NOT NULL REFERENCES ticket (id),
	sealed    BYTEA NOT NULL
);

-- Until when somebody of support is there for chats.
CREATE TABLE support_presence (
	operator_id TEXT   PRIMARY KEY,
	until       BIGINT NOT NULL
);

CREATE TABLE canned_answer (
	code       TEXT   PRIMARY KEY,
	words      TEXT   NOT NULL,
	changed_by TEXT   NOT NULL,
	changed_at BIGINT NOT NULL
);
