-- +goose Up

-- Calls counted by hour, written in the transaction that writes their rows, so that the sums
-- are those of the rows at every instant. An hour is counted from 1970-01-01 00:00 UTC; those
-- of Asia/Shanghai begin at the same instants.
CREATE TABLE usage_hour (
	account_id    TEXT   NOT NULL,
	hour          BIGINT NOT NULL,
	product_id    TEXT   NOT NULL,
	credential_id TEXT   NOT NULL,
	code          BIGINT NOT NULL,
	verdict       BIGINT NOT NULL,
	calls         BIGINT NOT NULL CHECK (calls > 0),
	units         BIGINT NOT NULL CHECK (units >= 0),
	PRIMARY KEY (account_id, hour, product_id, credential_id, code, verdict)
);

INSERT INTO usage_hour (account_id, hour, product_id, credential_id, code, verdict, calls, units)
SELECT account_id, second / 3600, product_id, credential_id, code, verdict, count(*), sum(charged)
FROM call GROUP BY account_id, second / 3600, product_id, credential_id, code, verdict;
