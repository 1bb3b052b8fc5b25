-- +goose Up

-- The number of each invoice and of each red letter: the tax bureau gives all of them out of one
-- row of numbers, so that none is ever both.
CREATE TABLE tax_number (
	number   TEXT PRIMARY KEY CHECK (number <> ''),
	owner_id TEXT NOT NULL
);
CREATE INDEX tax_number_owner ON tax_number (owner_id);

INSERT INTO tax_number (number, owner_id) SELECT number, id FROM invoice WHERE number <> '';
INSERT INTO tax_number (number, owner_id) SELECT number, id FROM red_letter WHERE number <> '' ON CONFLICT (number) DO NOTHING;
