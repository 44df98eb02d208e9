-- Each is one transaction that we sign. A new number of the same only after the last one is void.
CREATE TABLE outgoing_transactions (
    id            uuid NOT NULL DEFAULT uuidv7(),
    about         text NOT NULL,
    number        integer NOT NULL,
    purpose       text NOT NULL,
    address_index bigint,
    from_address  text,
    to_address    text NOT NULL,
    token_minor   bigint,
    trx_sun       bigint,
    fee_limit_sun bigint NOT NULL DEFAULT 0,
    state         text NOT NULL,
    txid          text,
    raw           text,
    expires_at    timestamptz,
    signature     text,
    answer        text,
    limited_until timestamptz,
    block         bigint,
    fee_sun       bigint,
    result        text,
    flagged_at    timestamptz,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    final_at      timestamptz,
    CONSTRAINT pk_outgoing_transactions PRIMARY KEY (id),
    CONSTRAINT uq_outgoing_transactions_about_number UNIQUE (about, number),
    CONSTRAINT uq_outgoing_transactions_txid UNIQUE (txid),
    CONSTRAINT ck_outgoing_transactions_amount CHECK (
        (token_minor > 0 AND trx_sun IS NULL) OR (trx_sun > 0 AND token_minor IS NULL)),
    CONSTRAINT ck_outgoing_transactions_sender CHECK ((purpose = 'sweep') = (address_index IS NOT NULL)),
    CONSTRAINT ck_outgoing_transactions_built CHECK (num_nonnulls(from_address, txid, raw, expires_at) IN (0, 4)),
    CONSTRAINT ck_outgoing_transactions_prepared CHECK (state = 'ordered' OR txid IS NOT NULL),
    CONSTRAINT ck_outgoing_transactions_signed CHECK (
        state NOT IN ('signed', 'sent', 'done', 'failed') OR signature IS NOT NULL),
    CONSTRAINT ck_outgoing_transactions_in_block CHECK ((state IN ('done', 'failed')) = (block IS NOT NULL)),
    CONSTRAINT ck_outgoing_transactions_fee CHECK ((fee_sun IS NULL) = (block IS NULL) AND fee_sun >= 0),
    CONSTRAINT ck_outgoing_transactions_final_at CHECK (
        (state IN ('done', 'dropped', 'failed', 'refused')) = (final_at IS NOT NULL)),
    CONSTRAINT fk_outgoing_transactions_address_index FOREIGN KEY (address_index) REFERENCES chain_addresses (index)
);
CREATE UNIQUE INDEX uq_outgoing_transactions_live ON outgoing_transactions (about)
    WHERE state NOT IN ('dropped', 'failed', 'refused');
CREATE INDEX ix_outgoing_transactions_open ON outgoing_transactions (id) WHERE final_at IS NULL;

-- The main wallet and the gas account, once the signer has named them.
CREATE TABLE chain_accounts (
    name          text NOT NULL,
    address       text NOT NULL,
    balance_minor bigint NOT NULL DEFAULT 0,
    sun           bigint NOT NULL DEFAULT 0,
    fundings      integer NOT NULL DEFAULT 0,
    seen_sun      bigint,
    low_since     timestamptz,
    missing_since timestamptz,
    CONSTRAINT pk_chain_accounts PRIMARY KEY (name),
    CONSTRAINT uq_chain_accounts_address UNIQUE (address),
    CONSTRAINT ck_chain_accounts_name CHECK (name IN ('main', 'gas'))
);

-- Since when an address has money, and until when it is left alone after failed sweeps.
ALTER TABLE chain_addresses
    ADD COLUMN funded_at timestamptz,
    ADD COLUMN sweep_failures integer NOT NULL DEFAULT 0,
    ADD COLUMN sweep_after timestamptz;
UPDATE chain_addresses SET funded_at = clock_timestamp() WHERE balance_minor > 0;
CREATE INDEX ix_chain_addresses_balance ON chain_addresses (balance_minor) WHERE balance_minor > 0;

CREATE TABLE sweeps (
    id          uuid NOT NULL DEFAULT uuidv7(),
    cause       text NOT NULL,
    lines       integer NOT NULL,
    total_minor bigint NOT NULL,
    swept_minor bigint NOT NULL DEFAULT 0,
    failed      integer NOT NULL DEFAULT 0,
    flagged_at  timestamptz,
    state       text NOT NULL,
    final_at    timestamptz,
    redrives    integer NOT NULL DEFAULT 0,
    redriven_at timestamptz,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_sweeps PRIMARY KEY (id),
    CONSTRAINT ck_sweeps_lines CHECK (lines > 0 AND total_minor > 0),
    CONSTRAINT ck_sweeps_swept CHECK (swept_minor BETWEEN 0 AND total_minor AND failed BETWEEN 0 AND lines),
    CONSTRAINT ck_sweeps_final_at CHECK ((state = 'done') = (final_at IS NOT NULL))
);
CREATE INDEX ix_sweeps_open ON sweeps (id) WHERE final_at IS NULL;

-- One address of a sweep each. An address is in one open sweep at most.
CREATE TABLE sweep_lines (
    sweep_id      uuid NOT NULL,
    position      integer NOT NULL,
    address_index bigint NOT NULL,
    amount_minor  bigint NOT NULL,
    state         text NOT NULL,
    gas_rounds    integer NOT NULL DEFAULT 0,
    failed_reason text,
    final_at      timestamptz,
    CONSTRAINT pk_sweep_lines PRIMARY KEY (sweep_id, position),
    CONSTRAINT ck_sweep_lines_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_sweep_lines_final_at CHECK ((state IN ('done', 'failed')) = (final_at IS NOT NULL)),
    CONSTRAINT ck_sweep_lines_failed CHECK ((state = 'failed') = (failed_reason IS NOT NULL)),
    CONSTRAINT fk_sweep_lines_sweep_id FOREIGN KEY (sweep_id) REFERENCES sweeps (id),
    CONSTRAINT fk_sweep_lines_address_index FOREIGN KEY (address_index) REFERENCES chain_addresses (index)
);
CREATE UNIQUE INDEX uq_sweep_lines_open_address ON sweep_lines (address_index) WHERE final_at IS NULL;
