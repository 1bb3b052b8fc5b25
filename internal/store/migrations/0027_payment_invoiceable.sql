-- +goose Up

-- The part of what came that no invoice may be made out for, by its provider.
ALTER TABLE payment ADD COLUMN excluded BIGINT NOT NULL DEFAULT 0 CHECK (excluded >= 0 AND excluded <= received);
