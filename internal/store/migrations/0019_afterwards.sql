-- +goose Up

-- A page of one account's calls is found among those of all the others. It is paid for by
-- every call: docs/usage.md tells how much.
CREATE INDEX call_account ON call (account_id, second, n);

-- What the calls of all accounts come to in some hours. Counting on changes no column of it.
CREATE INDEX usage_hour_hour ON usage_hour (hour);

-- When a grant ended after an entry that began it or moved its end; 0: not told, as in rows
-- from before. A month that is over is reckoned from it.
ALTER TABLE quota_entry ADD COLUMN until_at BIGINT NOT NULL DEFAULT 0;
UPDATE quota_entry SET until_at = (SELECT g.expires_at FROM quota_grant AS g WHERE g.id = quota_entry.grant_id)
WHERE kind = 'expiry' AND NOT EXISTS (SELECT 1 FROM quota_entry AS e
		WHERE e.grant_id = quota_entry.grant_id AND e.kind = 'expiry' AND (e.at > quota_entry.at OR e.at = quota_entry.at AND e.id > quota_entry.id))
	OR kind = 'granted' AND NOT EXISTS (SELECT 1 FROM quota_entry AS e WHERE e.grant_id = quota_entry.grant_id AND e.kind = 'expiry');

-- The newest day whose calls were kept long enough: they may be gone, and nothing is proved
-- from them any more. It moves before the first of them goes. -1: none.
CREATE TABLE call_pruned (
	id  BIGINT PRIMARY KEY CHECK (id = 1),
	day BIGINT NOT NULL
);
INSERT INTO call_pruned (id, day) VALUES (1, -1);
