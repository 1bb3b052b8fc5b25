-- +goose Up

-- 1: somebody else gave the password, who knows it therefore; it is to be changed before
-- anything else. Those from before were told so, and nobody can tell who did it.
ALTER TABLE operator ADD COLUMN password_given BIGINT NOT NULL DEFAULT 0;
