-- +goose Up

-- SQLite keeps a table by a number of its own, and finds each row that its key leads to in a
-- second tree. Kept by the key itself, the counts of an account and some hours lie together, in
-- the order in which they are asked for: adding them up takes a third of the time.
CREATE TABLE usage_by_key (
	account_id    TEXT   NOT NULL,
	hour          BIGINT NOT NULL,
	product_id    TEXT   NOT NULL,
	credential_id TEXT   NOT NULL,
	code          BIGINT NOT NULL,
	verdict       BIGINT NOT NULL,
	calls         BIGINT NOT NULL CHECK (calls > 0),
	units         BIGINT NOT NULL CHECK (units >= 0),
	minutes       BIGINT NOT NULL DEFAULT 1152921504606846975 CHECK (minutes > 0),
	seconds       BIGINT NOT NULL DEFAULT 1152921504606846975 CHECK (seconds > 0),
	PRIMARY KEY (account_id, hour, product_id, credential_id, code, verdict)
) WITHOUT ROWID;
INSERT INTO usage_by_key (account_id, hour, product_id, credential_id, code, verdict, calls, units, minutes, seconds)
SELECT account_id, hour, product_id, credential_id, code, verdict, calls, units, minutes, seconds FROM usage_hour
ORDER BY account_id, hour, product_id, credential_id, code, verdict;
DROP TABLE usage_hour;
ALTER TABLE usage_by_key RENAME TO usage_hour;
CREATE INDEX usage_hour_hour ON usage_hour (hour);
