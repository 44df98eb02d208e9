-- Who calls the bank, what was asked and answered, and what callers are notified of.

-- Keys of one name see the same operations. Only a keyed hash of the secret is stored.
CREATE TABLE api_keys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    prefix text NOT NULL CONSTRAINT api_keys_prefix_unique UNIQUE,
    digest bytea NOT NULL,
    scopes text[] NOT NULL
        CONSTRAINT api_keys_scopes CHECK (scopes <@ '{payments,payouts,balances,admin}' AND scopes <> '{}'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_keys_by_name ON api_keys (name);

-- The journal of write requests, repeats included. `answered_at` stays null when the answer was lost.
CREATE TABLE requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    caller text NOT NULL,
    key text NOT NULL,
    step text NOT NULL,
    bank_id integer,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    answered_at timestamptz,
    status smallint
);
CREATE INDEX requests_by_key ON requests (key, id);

-- The first answer to an Idempotency-Key, stored with the effect; every repeat gets it.
CREATE TABLE answers (
    caller text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT answers_idempotency_pk PRIMARY KEY (caller, key)
);

-- The reported checkpoints of each marketplace's books. `nonce` distinguishes two equal numbers.
CREATE TABLE checkpoints (
    caller text NOT NULL,
    books uuid NOT NULL,
    number bigint NOT NULL CONSTRAINT checkpoints_number CHECK (number > 0),
    nonce uuid NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (caller, books)
);

-- Where a caller takes webhooks; `sealed` is its signing secret, encrypted. Gone: it answered 410.
CREATE TABLE webhook_endpoints (
    caller text PRIMARY KEY,
    url text NOT NULL,
    sealed bytea NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    gone_at timestamptz
);

-- The outbox of webhooks. All but `funded` (money came to a guarantee account) are about a stored answer.
CREATE TABLE webhooks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bank_id integer NOT NULL REFERENCES banks,
    caller text NOT NULL,
    key text NOT NULL,
    operation text,
    status text NOT NULL
        CONSTRAINT webhooks_status CHECK (status IN ('done', 'refused', 'returned', 'funded')),
    answered text GENERATED ALWAYS AS (CASE WHEN status <> 'funded' THEN key END) STORED,
    -- Waits until the bank's next webhook is delivered, at the latest until `due_at`: they change places on purpose.
    swapped boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    tries integer NOT NULL DEFAULT 0,
    delivered_at timestamptz,
    given_up_at timestamptz,
    failure text,
    CONSTRAINT webhooks_of_an_answer FOREIGN KEY (caller, answered) REFERENCES answers (caller, key),
    CONSTRAINT webhooks_one_end CHECK (delivered_at IS NULL OR given_up_at IS NULL)
);
CREATE INDEX webhooks_due ON webhooks (due_at) WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE INDEX webhooks_swapped ON webhooks (bank_id, id)
    WHERE swapped AND delivered_at IS NULL AND given_up_at IS NULL;
