-- +goose Up

-- When in its hour such calls were: a bit for each minute of the hour, and one for each second
-- of a minute. So the calls of one account are found among those of all the others, and call
-- keeps no further index, which every call would pay for. What was counted before names all.
ALTER TABLE usage_hour ADD COLUMN minutes BIGINT NOT NULL DEFAULT 1152921504606846975 CHECK (minutes > 0);
ALTER TABLE usage_hour ADD COLUMN seconds BIGINT NOT NULL DEFAULT 1152921504606846975 CHECK (seconds > 0);

DROP INDEX call_account;
