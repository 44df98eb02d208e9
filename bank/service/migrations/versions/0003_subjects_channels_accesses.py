"""Codes of operations and of account accesses, tokens, limits on wrong codes, channels, scopes of API keys.

Revision ID: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ACCESSES = """
CREATE TABLE account_accesses (
    key text PRIMARY KEY,
    caller text NOT NULL,
    -- As asked for: there need not be such an account, and nobody can tell from the answers.
    number text NOT NULL CONSTRAINT account_accesses_mask CHECK (number ~ '^[0-9]{3}[0-9a-f]{10}$'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT account_accesses_one_end CHECK (confirmed_at IS NULL OR ended_at IS NULL)
);
CREATE UNIQUE INDEX account_accesses_one_open ON account_accesses (caller, number)
    WHERE confirmed_at IS NULL AND ended_at IS NULL;
CREATE TABLE access_tokens (
    access_key text PRIMARY KEY REFERENCES account_accesses,
    nonce bytea NOT NULL CONSTRAINT access_tokens_nonce CHECK (octet_length(nonce) = 32),
    digest bytea NOT NULL CONSTRAINT access_tokens_digest_unique UNIQUE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT access_tokens_digest CHECK (octet_length(digest) = 32),
    CONSTRAINT access_tokens_life CHECK (expires_at > created_at AND expires_at <= created_at + interval '1 day')
);
"""

# The code that was used names the try that used it. Of codes used before, that was the last one counted.
_SUBJECTS = """
ALTER TABLE codes
    ALTER COLUMN operation_key DROP NOT NULL,
    ADD COLUMN access_key text REFERENCES account_accesses,
    ADD COLUMN used_try smallint,
    ADD CONSTRAINT codes_one_subject CHECK (num_nonnulls(operation_key, access_key) = 1),
    ADD COLUMN subject text NOT NULL GENERATED ALWAYS AS (coalesce(operation_key, access_key)) STORED;
UPDATE codes SET used_try = tries WHERE used_at IS NOT NULL;
DROP INDEX codes_one_live, codes_one_used;
ALTER TABLE codes
    DROP CONSTRAINT codes_number_once,
    DROP CONSTRAINT codes_used_in_time,
    ADD CONSTRAINT codes_number_once UNIQUE (subject, number),
    ADD CONSTRAINT codes_used_in_time CHECK (
        (used_at IS NULL) = (judged_at IS NULL) AND (used_at IS NULL) = (used_try IS NULL)
        AND (used_at IS NULL OR (judged_at <= expires_at AND used_try BETWEEN 1 AND tries))
    ),
    ADD CONSTRAINT codes_used_try FOREIGN KEY (id, used_try) REFERENCES code_tries (code_id, number);
CREATE UNIQUE INDEX codes_one_live ON codes (subject) WHERE used_at IS NULL AND killed_at IS NULL;
CREATE UNIQUE INDEX codes_one_used ON codes (subject) WHERE used_at IS NOT NULL;
"""

_LIMITS = """
CREATE TABLE code_limits (
    caller text CONSTRAINT code_limits_pk PRIMARY KEY,
    window_at timestamptz NOT NULL,
    wrong bigint NOT NULL CONSTRAINT code_limits_wrong CHECK (wrong >= 0)
);
ALTER TABLE code_tries ADD COLUMN window_at timestamptz;
"""

# Deferred to the commit: every confirmation touches the row for all callers, which must not be locked for longer.
_FORGIVEN = """
CREATE FUNCTION forgive_right_code() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    counted code_tries;
BEGIN
    SELECT * INTO counted FROM code_tries WHERE code_id = NEW.id AND number = NEW.used_try;
    UPDATE code_limits SET wrong = wrong - 1
    WHERE caller = counted.caller AND window_at = counted.window_at AND wrong > 0;
    UPDATE code_limits SET wrong = wrong - 1
    WHERE caller = '' AND window_at = counted.window_at AND wrong > 0;
    RETURN NULL;
END
$$
"""
_TRIGGER = """
CREATE CONSTRAINT TRIGGER codes_right_is_not_wrong AFTER UPDATE OF used_at ON codes
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.used_at IS NULL AND NEW.used_at IS NOT NULL)
    EXECUTE FUNCTION forgive_right_code()
"""

_MESSAGES = """
ALTER TABLE code_mails RENAME TO code_messages;
ALTER TABLE code_messages RENAME CONSTRAINT code_mails_pkey TO code_messages_pkey;
ALTER TABLE code_messages RENAME CONSTRAINT code_mails_code_id_fkey TO code_messages_code_id_fkey;
ALTER TABLE code_messages RENAME CONSTRAINT code_mails_wiped_at_the_end TO code_messages_wiped_at_the_end;
ALTER INDEX code_mails_due RENAME TO code_messages_due;
ALTER TABLE code_messages
    ADD COLUMN message_id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN channel text CONSTRAINT code_messages_channel CHECK (channel IN ('email', 'phone'));
UPDATE code_messages SET channel = 'email' WHERE delivered_at IS NOT NULL;
ALTER TABLE code_messages
    ADD CONSTRAINT code_messages_taken_by CHECK (delivered_at IS NULL OR channel IS NOT NULL);
"""

_KEYS = """
ALTER TABLE api_keys
    DROP CONSTRAINT api_keys_scopes,
    ADD CONSTRAINT api_keys_scopes CHECK (scopes <@ '{payments,balances,admin}' AND scopes <> '{}');
CREATE INDEX api_keys_by_name ON api_keys (name);
"""


def upgrade() -> None:
    for script in (_ACCESSES, _SUBJECTS, _LIMITS, _MESSAGES, _KEYS):
        for statement in script.split(";\n"):
            if statement.strip():
                op.execute(statement)
    op.execute(_FORGIVEN)
    op.execute(_TRIGGER)


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
