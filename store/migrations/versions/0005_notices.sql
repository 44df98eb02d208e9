-- A code is encrypted until it is in a mail that waits. A notice that no mail could be made of is tried again, each time later.
ALTER TABLE notices
    ADD COLUMN sealed      bytea,
    ADD COLUMN tries       integer NOT NULL DEFAULT 0,
    ADD COLUMN next_try_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD CONSTRAINT ck_notices_wiped CHECK (told_at IS NULL OR sealed IS NULL);
INSERT INTO notices (user_id, kind, key, data, sealed, told_at, created_at)
SELECT user_id, kind, 'wallet/' || id, data || jsonb_build_object('wallet_id', wallet_id), sealed, done_at, created_at
FROM wallet_notices ORDER BY id;
DROP TABLE wallet_notices;

DROP INDEX ix_notices_waiting;
CREATE INDEX ix_notices_waiting ON notices (id) WHERE told_at IS NULL AND sealed IS NULL;
CREATE INDEX ix_notices_codes ON notices (id) WHERE told_at IS NULL AND sealed IS NOT NULL;
