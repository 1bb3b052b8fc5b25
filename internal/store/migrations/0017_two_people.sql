-- +goose Up

-- A role that one administrator asked for and nobody has confirmed yet; '' where there is none.
ALTER TABLE operator ADD COLUMN asked_role TEXT   NOT NULL DEFAULT '';
ALTER TABLE operator ADD COLUMN asked_by   TEXT   NOT NULL DEFAULT '';
ALTER TABLE operator ADD COLUMN asked_at   BIGINT NOT NULL DEFAULT 0;

-- A bank account of the house is shown to buyers from opened_at on; 0: one administrator asked
-- for it, and nobody has confirmed it yet. Those from before were opened by one person.
ALTER TABLE house_account ADD COLUMN asked_by  TEXT   NOT NULL DEFAULT '';
ALTER TABLE house_account ADD COLUMN opened_by TEXT   NOT NULL DEFAULT '' CHECK (asked_by = '' OR opened_by <> asked_by);
ALTER TABLE house_account ADD COLUMN opened_at BIGINT NOT NULL DEFAULT 0;
UPDATE house_account SET opened_at = created_at;
