"""Banks, clients, accounts, fees, operations, codes, answers and the journal of requests.

Revision ID: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BOOKS = """
CREATE TABLE banks (
    id integer PRIMARY KEY CONSTRAINT banks_id_fits_the_mask CHECK (id BETWEEN 1 AND 999),
    name text NOT NULL CONSTRAINT banks_name_unique UNIQUE,
    requisite text NOT NULL CONSTRAINT banks_requisite_unique UNIQUE,
    currency text NOT NULL,
    commission_account text NOT NULL,
    guarantee_account text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE clients (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    email text NOT NULL,
    phone text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE accounts (
    number text PRIMARY KEY CONSTRAINT accounts_mask CHECK (number ~ '^[0-9]{3}[0-9a-f]{10}$'),
    bank_id integer NOT NULL REFERENCES banks,
    client_id bigint REFERENCES clients,
    kind text NOT NULL CONSTRAINT accounts_kind CHECK (kind IN ('client', 'commission', 'guarantee')),
    currency text NOT NULL,
    ledger_id bigint NOT NULL CONSTRAINT accounts_ledger_unique UNIQUE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at timestamptz,
    CONSTRAINT accounts_of_their_bank CHECK (left(number, 3)::integer = bank_id),
    CONSTRAINT accounts_owner CHECK ((kind = 'client') = (client_id IS NOT NULL))
);
CREATE INDEX accounts_by_bank ON accounts (bank_id, number);
CREATE INDEX accounts_by_client ON accounts (client_id);
-- A bank and its operator accounts are made together, each naming the other.
ALTER TABLE banks
    ADD CONSTRAINT banks_commission_account FOREIGN KEY (commission_account) REFERENCES accounts
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT banks_guarantee_account FOREIGN KEY (guarantee_account) REFERENCES accounts
        DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE books (
    code text PRIMARY KEY,
    bank_id integer NOT NULL REFERENCES banks,
    role text NOT NULL CONSTRAINT books_role CHECK (role IN ('fees', 'transit', 'settlement', 'outside')),
    other_bank integer REFERENCES banks,
    currency text NOT NULL,
    shards bigint[] NOT NULL CONSTRAINT books_have_shards CHECK (cardinality(shards) > 0),
    CONSTRAINT books_once UNIQUE NULLS NOT DISTINCT (bank_id, role, other_bank, currency),
    CONSTRAINT books_other_bank CHECK ((role = 'settlement') = (other_bank IS NOT NULL) AND bank_id <> other_bank)
);
CREATE TABLE fees (
    payer_bank integer NOT NULL REFERENCES banks,
    payee_bank integer NOT NULL REFERENCES banks,
    currency text NOT NULL,
    percent_bp integer NOT NULL CONSTRAINT fees_percent CHECK (percent_bp BETWEEN 0 AND 10000),
    minimum_minor bigint NOT NULL CONSTRAINT fees_minimum CHECK (minimum_minor BETWEEN 0 AND 1000000000000000),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (payer_bank, payee_bank, currency),
    CONSTRAINT fees_between_two_banks CHECK (payer_bank <> payee_bank)
);
"""

_OPERATIONS = """
CREATE TABLE operations (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT operations_id_unique UNIQUE,
    key text PRIMARY KEY,
    caller text NOT NULL,
    kind text NOT NULL CONSTRAINT operations_kind CHECK (kind IN ('debit', 'credit')),
    status text NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT operations_amount CHECK (amount_minor BETWEEN 1 AND 1000000000000000),
    fee_minor bigint NOT NULL CONSTRAINT operations_fee CHECK (fee_minor BETWEEN 0 AND 1000000000000000),
    currency text NOT NULL,
    payer_account text NOT NULL REFERENCES accounts,
    payee_account text NOT NULL REFERENCES accounts,
    reference text NOT NULL,
    source text REFERENCES operations,
    credited_minor bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    held_at timestamptz,
    captured_at timestamptz,
    voided_at timestamptz,
    CONSTRAINT operations_source CHECK ((kind = 'credit') = (source IS NOT NULL)),
    CONSTRAINT operations_credited CHECK (
        credited_minor BETWEEN 0 AND amount_minor AND (credited_minor = 0 OR (kind = 'debit' AND status = 'success'))
    ),
    CONSTRAINT operations_status CHECK (
        CASE status
            WHEN 'created' THEN kind = 'debit' AND held_at IS NULL AND captured_at IS NULL AND voided_at IS NULL
            WHEN 'pause' THEN kind = 'debit' AND held_at IS NOT NULL AND captured_at IS NULL AND voided_at IS NULL
            WHEN 'success' THEN (kind = 'credit') = (held_at IS NULL) AND captured_at IS NOT NULL AND voided_at IS NULL
            WHEN 'void' THEN kind = 'debit' AND captured_at IS NULL AND voided_at IS NOT NULL
            ELSE false
        END
    )
);
CREATE INDEX operations_by_reference ON operations (caller, reference, id);
CREATE INDEX operations_by_source ON operations (source) WHERE source IS NOT NULL;
CREATE TABLE codes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation_key text NOT NULL REFERENCES operations,
    number smallint NOT NULL CONSTRAINT codes_at_most_three CHECK (number BETWEEN 1 AND 3),
    digest bytea NOT NULL CONSTRAINT codes_digest CHECK (octet_length(digest) = 32),
    tries smallint NOT NULL DEFAULT 0 CONSTRAINT codes_at_most_five_tries CHECK (tries BETWEEN 0 AND 5),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    killed_at timestamptz,
    used_at timestamptz,
    judged_at timestamptz,
    CONSTRAINT codes_number_once UNIQUE (operation_key, number),
    CONSTRAINT codes_used_in_time CHECK (
        (used_at IS NULL) = (judged_at IS NULL) AND (used_at IS NULL OR (judged_at <= expires_at AND tries > 0))
    ),
    CONSTRAINT codes_one_end CHECK (used_at IS NULL OR killed_at IS NULL)
);
CREATE UNIQUE INDEX codes_one_live ON codes (operation_key) WHERE used_at IS NULL AND killed_at IS NULL;
CREATE UNIQUE INDEX codes_one_used ON codes (operation_key) WHERE used_at IS NOT NULL;
CREATE TABLE code_tries (
    code_id bigint NOT NULL REFERENCES codes,
    number smallint NOT NULL CONSTRAINT code_tries_at_most_five CHECK (number BETWEEN 1 AND 5),
    caller text NOT NULL,
    key text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (code_id, number),
    CONSTRAINT code_tries_idempotency_key UNIQUE (caller, key)
);
CREATE TABLE code_mails (
    code_id bigint PRIMARY KEY REFERENCES codes,
    sealed bytea,
    tries integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    delivered_at timestamptz,
    given_up_at timestamptz,
    failure text,
    CONSTRAINT code_mails_wiped_at_the_end CHECK (
        (sealed IS NULL) = (delivered_at IS NOT NULL OR given_up_at IS NOT NULL)
    )
);
CREATE INDEX code_mails_due ON code_mails (due_at) WHERE sealed IS NOT NULL;
"""

_EDGE = """
CREATE TABLE answers (
    caller text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status smallint NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT answers_idempotency_pk PRIMARY KEY (caller, key)
);
CREATE TABLE api_keys (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    prefix text NOT NULL CONSTRAINT api_keys_prefix_unique UNIQUE,
    digest bytea NOT NULL,
    scopes text[] NOT NULL CONSTRAINT api_keys_scopes CHECK (scopes <@ '{payments,admin}' AND scopes <> '{}'),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz
);
CREATE TABLE behaviours (
    bank_id integer PRIMARY KEY REFERENCES banks,
    slow_ms bigint NOT NULL DEFAULT 0 CONSTRAINT behaviours_slow CHECK (slow_ms >= 0),
    lose_replies bigint NOT NULL DEFAULT 0 CONSTRAINT behaviours_lose CHECK (lose_replies >= 0),
    steps text[] NOT NULL DEFAULT '{}'
);
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
"""


def upgrade() -> None:
    for script in (_BOOKS, _OPERATIONS, _EDGE):
        for statement in script.split(";\n"):
            if statement.strip():
                op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
