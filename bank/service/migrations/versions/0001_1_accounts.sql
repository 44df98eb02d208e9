-- Banks, their clients and accounts, and fees between banks. Balances are only in the ledger.

CREATE TABLE banks (
    -- The first three digits of the numbers of its accounts.
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
    -- Of the messages that bring codes.
    language text NOT NULL DEFAULT 'en' CONSTRAINT clients_language CHECK (language IN ('en', 'ru')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Changes of a client's phone or address: by whom and when; the values themselves are not kept.
CREATE TABLE client_moves (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id bigint NOT NULL REFERENCES clients,
    moved_by text NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE accounts (
    number text PRIMARY KEY CONSTRAINT accounts_mask CHECK (number ~ '^[0-9]{3}[0-9a-f]{10}$'),
    bank_id integer NOT NULL REFERENCES banks,
    client_id bigint REFERENCES clients,
    kind text NOT NULL CONSTRAINT accounts_kind CHECK (kind IN ('client', 'commission', 'guarantee')),
    currency text NOT NULL,
    ledger_id bigint NOT NULL CONSTRAINT accounts_ledger_unique UNIQUE,
    -- The account's debt to the guarantee account; opened with the first debt.
    debt_ledger_id bigint CONSTRAINT accounts_debt_unique UNIQUE,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at timestamptz,
    CONSTRAINT accounts_of_their_bank CHECK (left(number, 3)::integer = bank_id),
    CONSTRAINT accounts_owner CHECK ((kind = 'client') = (client_id IS NOT NULL))
);
CREATE INDEX accounts_by_bank ON accounts (bank_id, number);
CREATE INDEX accounts_by_client ON accounts (client_id);

-- A bank and its operator accounts are created together, each referring to the other.
ALTER TABLE banks
    ADD CONSTRAINT banks_commission_account FOREIGN KEY (commission_account) REFERENCES accounts
        DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT banks_guarantee_account FOREIGN KEY (guarantee_account) REFERENCES accounts
        DEFERRABLE INITIALLY DEFERRED;

-- A bank's own ledger accounts. Every payment touches them, so each is spread over several (`shards`: ledger ids).
CREATE TABLE books (
    code text PRIMARY KEY,
    bank_id integer NOT NULL REFERENCES banks,
    role text NOT NULL
        CONSTRAINT books_role CHECK (role IN ('fees', 'transit', 'settlement', 'outside', 'receivables')),
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
