-- The sealed seed, the addresses that were given out, and each answer about a signature.

CREATE TABLE seeds (
    id smallint PRIMARY KEY CONSTRAINT seeds_only_one CHECK (id = 1),
    salt bytea NOT NULL,
    cost bigint NOT NULL,
    sealed bytea NOT NULL,
    main_address text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE limits (
    purpose text PRIMARY KEY,
    touched_at timestamptz
);
INSERT INTO limits (purpose) VALUES ('sweep'), ('gas'), ('withdrawal');

CREATE TABLE addresses (
    index bigint PRIMARY KEY CONSTRAINT addresses_index CHECK (index BETWEEN 0 AND 2147483647),
    address text NOT NULL CONSTRAINT addresses_address_unique UNIQUE,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE signatures (
    -- By this name a request that loses the race for its key is repeated, and finds the answer.
    key text CONSTRAINT signatures_idempotency_key PRIMARY KEY,
    fingerprint bytea NOT NULL,
    purpose text NOT NULL REFERENCES limits,
    source text NOT NULL,
    raw bytea NOT NULL,
    refusal text,
    detail text,
    txid text,
    signature bytea,
    recipient text,
    amount_minor bigint CONSTRAINT signatures_amount CHECK (amount_minor > 0),
    most_minor bigint,
    day_minor bigint,
    decided_at timestamptz NOT NULL,
    CONSTRAINT signatures_decided CHECK (
        (refusal IS NULL) = (txid IS NOT NULL AND signature IS NOT NULL AND recipient IS NOT NULL AND amount_minor IS NOT NULL)
        AND (refusal IS NULL OR (txid IS NULL AND signature IS NULL))
    ),
    CONSTRAINT signatures_within_limit CHECK (amount_minor <= most_minor)
);
-- What was signed for a purpose in the last 24 hours.
CREATE INDEX signatures_by_day ON signatures (purpose, decided_at) INCLUDE (amount_minor) WHERE refusal IS NULL;
