-- +goose Up

-- Why just this source was asked, in one word; of earlier attempts nobody knows it.
ALTER TABLE attempt ADD COLUMN why TEXT NOT NULL DEFAULT '';
