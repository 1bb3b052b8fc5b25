-- +goose Up

-- How much of an order is in invoices: asked for and not issued, and issued less what was
-- reversed. Whatever happens in whatever order, both together never exceed what was paid and
-- not given back.
ALTER TABLE shop_order ADD COLUMN claimed BIGINT NOT NULL DEFAULT 0 CHECK (claimed >= 0);
ALTER TABLE shop_order ADD COLUMN invoiced BIGINT NOT NULL DEFAULT 0 CHECK (invoiced >= 0 AND claimed + invoiced <= amount - refunded);

-- How the house is taxed from an instant on. Nothing of it is ever changed.
CREATE TABLE tax_setting (
	id            TEXT   PRIMARY KEY,
	from_at       BIGINT NOT NULL UNIQUE,
	item          TEXT   NOT NULL CHECK (item <> ''),
	tax_code      TEXT   NOT NULL CHECK (tax_code <> ''),
	rate          BIGINT NOT NULL CHECK (rate >= 0),
	seller        TEXT   NOT NULL CHECK (seller <> ''),
	seller_tax_id TEXT   NOT NULL CHECK (seller_tax_id <> ''),
	set_by        TEXT   NOT NULL CHECK (set_by <> ''),
	set_at        BIGINT NOT NULL
);

-- To whom accounts let invoices be made out. A title may be a person's name.
CREATE TABLE invoice_title (
	id         TEXT   PRIMARY KEY,
	account_id TEXT   NOT NULL REFERENCES account (id),
	kind       TEXT   NOT NULL CHECK (kind IN ('personal', 'firm')),
	sealed     BYTEA  NOT NULL,
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL
);
CREATE INDEX invoice_title_account ON invoice_title (account_id, created_at);

CREATE TABLE invoice (
	id           TEXT   PRIMARY KEY,
	account_id   TEXT   NOT NULL REFERENCES account (id),
	person_id    TEXT   NOT NULL,
	kind         TEXT   NOT NULL CHECK (kind IN ('ordinary', 'special')),
	sealed       BYTEA  NOT NULL,
	state        TEXT   NOT NULL CHECK (state IN ('submitted', 'issuing', 'needs_login', 'failed_retryable', 'failed_final', 'unknown', 'entered', 'issued',
		'red_applying', 'red_waiting_buyer', 'red_issuing', 'part_reversed', 'reversed', 'rejected', 'cancelled')),
	gross        BIGINT NOT NULL CHECK (gross > 0),
	net          BIGINT NOT NULL CHECK (net >= 0),
	tax          BIGINT NOT NULL CHECK (tax >= 0 AND net + tax = gross),
	channel      TEXT   NOT NULL,
	tries        BIGINT NOT NULL,
	asked_at     BIGINT NOT NULL,
	answer       TEXT   NOT NULL,
	number       TEXT   NOT NULL,
	issued_on    BIGINT NOT NULL,
	source       TEXT   NOT NULL CHECK (source IN ('', 'xml', 'entered', 'channel')),
	entered_by   TEXT   NOT NULL,
	seen_by      TEXT   NOT NULL,
	created_at   BIGINT NOT NULL,
	decided_at   BIGINT NOT NULL,
	decided_by   TEXT   NOT NULL,
	delivered_at BIGINT NOT NULL,
	changed_at   BIGINT NOT NULL,
	-- What is issued has its number, and what surely is not has none.
	CHECK (number <> '' OR state NOT IN ('issued', 'red_applying', 'red_waiting_buyer', 'red_issuing', 'part_reversed', 'reversed', 'entered')),
	CHECK (number = '' OR state NOT IN ('submitted', 'rejected', 'cancelled')),
	-- What was entered two people saw, before it counts.
	CHECK (source <> 'entered' OR entered_by <> ''),
	CHECK (source <> 'entered' OR state = 'entered' OR seen_by <> '' AND seen_by <> entered_by)
);
CREATE INDEX invoice_account ON invoice (account_id, created_at);
CREATE INDEX invoice_state ON invoice (state, created_at);
CREATE UNIQUE INDEX invoice_number ON invoice (number) WHERE number <> '';

-- How much of which order an invoice is for.
CREATE TABLE invoice_line (
	invoice_id     TEXT   NOT NULL REFERENCES invoice (id),
	order_id       TEXT   NOT NULL REFERENCES shop_order (id),
	place          BIGINT NOT NULL,
	item           TEXT   NOT NULL,
	tax_code       TEXT   NOT NULL,
	rate           BIGINT NOT NULL CHECK (rate >= 0),
	gross          BIGINT NOT NULL CHECK (gross > 0),
	net            BIGINT NOT NULL CHECK (net >= 0),
	tax            BIGINT NOT NULL CHECK (tax >= 0 AND net + tax = gross),
	reversed_gross BIGINT NOT NULL CHECK (reversed_gross >= 0 AND reversed_gross <= gross),
	reversed_net   BIGINT NOT NULL CHECK (reversed_net >= 0 AND reversed_net <= net),
	reversed_tax   BIGINT NOT NULL CHECK (reversed_tax >= 0 AND reversed_net + reversed_tax = reversed_gross),
	PRIMARY KEY (invoice_id, order_id)
);
CREATE INDEX invoice_line_order ON invoice_line (order_id);

CREATE TABLE red_letter (
	id         TEXT   PRIMARY KEY,
	invoice_id TEXT   NOT NULL REFERENCES invoice (id),
	account_id TEXT   NOT NULL REFERENCES account (id),
	state      TEXT   NOT NULL CHECK (state IN ('applying', 'waiting_buyer', 'issuing', 'needs_login', 'failed', 'unknown', 'entered', 'done', 'refused')),
	reason     TEXT   NOT NULL CHECK (reason IN ('mistake', 'returned', 'ended', 'allowance')),
	refund_id  TEXT   NOT NULL,
	asked_by   TEXT   NOT NULL,
	gross      BIGINT NOT NULL CHECK (gross > 0),
	net        BIGINT NOT NULL CHECK (net >= 0),
	tax        BIGINT NOT NULL CHECK (tax >= 0 AND net + tax = gross),
	channel    TEXT   NOT NULL,
	tries      BIGINT NOT NULL,
	asked_at   BIGINT NOT NULL,
	answer     TEXT   NOT NULL,
	number     TEXT   NOT NULL,
	issued_on  BIGINT NOT NULL,
	source     TEXT   NOT NULL CHECK (source IN ('', 'xml', 'entered', 'channel')),
	entered_by TEXT   NOT NULL,
	seen_by    TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	waits_at   BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	CHECK (number <> '' OR state NOT IN ('done', 'entered')),
	CHECK (source <> 'entered' OR entered_by <> ''),
	CHECK (source <> 'entered' OR state = 'entered' OR seen_by <> '' AND seen_by <> entered_by)
);
CREATE INDEX red_letter_invoice ON red_letter (invoice_id);
CREATE INDEX red_letter_state ON red_letter (state, created_at);
CREATE UNIQUE INDEX red_letter_number ON red_letter (number) WHERE number <> '';
-- One at a time.
CREATE UNIQUE INDEX red_letter_open ON red_letter (invoice_id) WHERE state NOT IN ('done', 'refused');

CREATE TABLE red_line (
	red_id   TEXT   NOT NULL REFERENCES red_letter (id),
	order_id TEXT   NOT NULL REFERENCES shop_order (id),
	place    BIGINT NOT NULL,
	gross    BIGINT NOT NULL CHECK (gross > 0),
	net      BIGINT NOT NULL CHECK (net >= 0),
	tax      BIGINT NOT NULL CHECK (tax >= 0 AND net + tax = gross),
	PRIMARY KEY (red_id, order_id)
);
CREATE INDEX red_line_order ON red_line (order_id);

-- Files of the issuer, of invoices and red letters, byte for byte under seal.
CREATE TABLE invoice_file (
	owner_id TEXT   NOT NULL,
	kind     TEXT   NOT NULL CHECK (kind IN ('xml', 'ofd', 'pdf')),
	digest   TEXT   NOT NULL CHECK (digest <> ''),
	size     BIGINT NOT NULL CHECK (size > 0),
	sealed   BYTEA  NOT NULL,
	put_by   TEXT   NOT NULL,
	put_at   BIGINT NOT NULL,
	PRIMARY KEY (owner_id, kind)
);

-- What channels told of themselves, each event once.
CREATE TABLE invoice_notice (
	id          TEXT   PRIMARY KEY,
	channel     TEXT   NOT NULL,
	event       TEXT   NOT NULL CHECK (event <> ''),
	serial      TEXT   NOT NULL,
	hash        TEXT   NOT NULL,
	sealed      BYTEA  NOT NULL,
	received_at BIGINT NOT NULL,
	UNIQUE (channel, event)
);
