-- +goose Up

-- What was counted of a month when its statement was first given as final. Rows of refusals that
-- were written later are in the counts of their hours, and not in it.
CREATE TABLE statement_final (
	account_id TEXT   NOT NULL REFERENCES account (id),
	first_day  BIGINT NOT NULL,
	end_day    BIGINT NOT NULL,
	counts     TEXT   NOT NULL, -- JSON
	at         BIGINT NOT NULL,
	PRIMARY KEY (account_id, first_day, end_day)
);
