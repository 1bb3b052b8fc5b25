-- +goose Up

-- Entries stand in a chain: place is 1, 2, 3 without a gap, and mac covers all of the entry
-- and the mac before it. 0: not chained yet.
ALTER TABLE audit_entry ADD COLUMN place       BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_entry ADD COLUMN origin      TEXT   NOT NULL DEFAULT '';
ALTER TABLE audit_entry ADD COLUMN before_json TEXT   NOT NULL DEFAULT '';
ALTER TABLE audit_entry ADD COLUMN after_json  TEXT   NOT NULL DEFAULT '';
ALTER TABLE audit_entry ADD COLUMN key_id      TEXT   NOT NULL DEFAULT '';
ALTER TABLE audit_entry ADD COLUMN mac         TEXT   NOT NULL DEFAULT '';
DROP INDEX audit_entry_at;
CREATE UNIQUE INDEX audit_entry_place ON audit_entry (place) WHERE place > 0;
CREATE INDEX audit_entry_stray ON audit_entry (id) WHERE place <= 0;

-- The end of the chain, locked by whoever adds an entry. place -1: entries that are older
-- than the chain are still to be chained, which the next start does.
CREATE TABLE audit_head (
	id     BIGINT PRIMARY KEY CHECK (id = 1),
	place  BIGINT NOT NULL,
	mac    TEXT   NOT NULL,
	key_id TEXT   NOT NULL,
	seal   TEXT   NOT NULL
);
INSERT INTO audit_head (id, place, mac, key_id, seal) VALUES (1, -1, '', '', '');
