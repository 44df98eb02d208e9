-- Confirmation codes, their messages to owners of accounts, and the limits on tries and messages.

-- A caller asks the owner of an account to let the caller see it (`view`) or to say that it is theirs (`ownership`).
CREATE TABLE account_accesses (
    key text PRIMARY KEY,
    caller text NOT NULL,
    -- As requested: such an account need not exist, and the answers do not reveal it.
    number text NOT NULL CONSTRAINT account_accesses_mask CHECK (number ~ '^[0-9]{3}[0-9a-f]{10}$'),
    purpose text NOT NULL DEFAULT 'view'
        CONSTRAINT account_accesses_purpose CHECK (purpose IN ('view', 'ownership')),
    -- The caller's own record of the claim that the owner confirms.
    reference text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_at timestamptz,
    ended_at timestamptz,
    CONSTRAINT account_accesses_reference CHECK ((purpose = 'ownership') = (reference <> '')),
    CONSTRAINT account_accesses_one_end CHECK (confirmed_at IS NULL OR ended_at IS NULL)
);
CREATE UNIQUE INDEX account_accesses_one_open ON account_accesses (caller, number, purpose, reference)
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

-- A code as a keyed hash, for an operation or for an access. Per subject at most one is live, and one is used.
-- How many codes and tries there are: domain/codes.py.
CREATE TABLE codes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation_key text REFERENCES operations,
    access_key text REFERENCES account_accesses,
    subject text NOT NULL GENERATED ALWAYS AS (coalesce(operation_key, access_key)) STORED,
    number smallint NOT NULL CONSTRAINT codes_at_most_three CHECK (number BETWEEN 1 AND 3),
    digest bytea NOT NULL CONSTRAINT codes_digest CHECK (octet_length(digest) = 32),
    tries smallint NOT NULL DEFAULT 0 CONSTRAINT codes_at_most_five_tries CHECK (tries BETWEEN 0 AND 5),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    killed_at timestamptz,
    used_at timestamptz,
    -- When the code was submitted: its expiry is judged by that time, not by the time it was used.
    judged_at timestamptz,
    used_try smallint,
    CONSTRAINT codes_one_subject CHECK (num_nonnulls(operation_key, access_key) = 1),
    CONSTRAINT codes_number_once UNIQUE (subject, number),
    CONSTRAINT codes_one_end CHECK (used_at IS NULL OR killed_at IS NULL),
    CONSTRAINT codes_used_in_time CHECK (
        (used_at IS NULL) = (judged_at IS NULL) AND (used_at IS NULL) = (used_try IS NULL)
        AND (used_at IS NULL OR (judged_at <= expires_at AND used_try BETWEEN 1 AND tries))
    )
);
CREATE UNIQUE INDEX codes_one_live ON codes (subject) WHERE used_at IS NULL AND killed_at IS NULL;
CREATE UNIQUE INDEX codes_one_used ON codes (subject) WHERE used_at IS NOT NULL;

-- A try is counted and committed before the code is compared; the key of a request counts once.
CREATE TABLE code_tries (
    code_id bigint NOT NULL REFERENCES codes,
    number smallint NOT NULL CONSTRAINT code_tries_at_most_five CHECK (number BETWEEN 1 AND 5),
    caller text NOT NULL,
    key text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The window of `code_limits` in which it was counted.
    window_at timestamptz,
    PRIMARY KEY (code_id, number),
    CONSTRAINT code_tries_idempotency_key UNIQUE (caller, key)
);
-- The used code names the try that used it.
ALTER TABLE codes
    ADD CONSTRAINT codes_used_try FOREIGN KEY (id, used_try) REFERENCES code_tries (code_id, number);

-- The message with a code. `sealed` is the encrypted code, wiped when the message was delivered or given up.
CREATE TABLE code_messages (
    code_id bigint PRIMARY KEY REFERENCES codes,
    -- The same for every repeat of the message, so that a receiver can drop repeats.
    message_id uuid NOT NULL DEFAULT gen_random_uuid(),
    -- The channel to try next (null: the first that reaches the owner); in the end the one that accepted it.
    channel text CONSTRAINT code_messages_channel CHECK (channel IN ('email', 'phone')),
    sealed bytea,
    tries integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    delivered_at timestamptz,
    given_up_at timestamptz,
    failure text,
    CONSTRAINT code_messages_taken_by CHECK (delivered_at IS NULL OR channel IS NOT NULL),
    CONSTRAINT code_messages_wiped_at_the_end CHECK (
        (sealed IS NULL) = (delivered_at IS NOT NULL OR given_up_at IS NOT NULL)
    )
);
CREATE INDEX code_messages_due ON code_messages (due_at) WHERE sealed IS NOT NULL;

-- Wrong codes of a caller in a window; the caller '' is all callers together.
CREATE TABLE code_limits (
    caller text CONSTRAINT code_limits_pk PRIMARY KEY,
    window_at timestamptz NOT NULL,
    wrong bigint NOT NULL CONSTRAINT code_limits_wrong CHECK (wrong >= 0)
);

-- Limits per account. `about` names the limit: wrong/<caller> for this caller's wrong codes, sent and asked for codes
-- on their way to the owner from all callers, funds/<caller> for this caller's checks of funds.
CREATE TABLE account_limits (
    account text NOT NULL,
    about text NOT NULL,
    window_at timestamptz NOT NULL,
    used bigint NOT NULL CONSTRAINT account_limits_used CHECK (used >= 0),
    CONSTRAINT account_limits_pk PRIMARY KEY (account, about)
);
