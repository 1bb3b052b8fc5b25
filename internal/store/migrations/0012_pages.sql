-- +goose Up

-- What is being written of a product's page; content is JSON.
CREATE TABLE page_draft (
	product_id TEXT   PRIMARY KEY REFERENCES product (id),
	content    TEXT   NOT NULL,
	revision   BIGINT NOT NULL CHECK (revision > 0),
	changed_by TEXT   NOT NULL,
	changed_at BIGINT NOT NULL
);

-- What was published; the newest version is shown and none is changed.
CREATE TABLE page_version (
	product_id   TEXT   NOT NULL REFERENCES product (id),
	version      BIGINT NOT NULL CHECK (version > 0),
	content      TEXT   NOT NULL,
	published_by TEXT   NOT NULL,
	published_at BIGINT NOT NULL,
	PRIMARY KEY (product_id, version)
);

-- What buyers say, once of an order. Stars, words and who wrote them are never changed.
CREATE TABLE rating (
	id          TEXT   PRIMARY KEY,
	order_id    TEXT   NOT NULL UNIQUE REFERENCES shop_order (id),
	account_id  TEXT   NOT NULL REFERENCES account (id),
	product_id  TEXT   NOT NULL REFERENCES product (id),
	stars       BIGINT NOT NULL CHECK (stars BETWEEN 1 AND 5),
	words       TEXT   NOT NULL,
	written_by  TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	answer      TEXT   NOT NULL,
	answered_by TEXT   NOT NULL,
	answered_at BIGINT NOT NULL,
	hidden_by   TEXT   NOT NULL,
	hidden_why  TEXT   NOT NULL,
	hidden_at   BIGINT NOT NULL,
	CHECK ((hidden_at <> 0) = (hidden_why <> ''))
);
CREATE INDEX rating_product ON rating (product_id, created_at);
CREATE INDEX shop_order_deal ON shop_order (product_id, paid_at) WHERE state IN ('paid', 'refunding');
