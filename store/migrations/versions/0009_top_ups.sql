-- A user's order to bring an amount into a wallet by a gateway. States and amounts follow from what has arrived.
CREATE TABLE top_ups (
    id             uuid NOT NULL DEFAULT uuidv7(),
    wallet_id      uuid NOT NULL,
    gateway        text NOT NULL,
    amount_minor   bigint NOT NULL,
    currency       text NOT NULL,
    pay_by         timestamptz NOT NULL,
    deal_id        uuid,
    received_minor bigint NOT NULL DEFAULT 0,
    late_minor     bigint NOT NULL DEFAULT 0,
    seen_minor     bigint NOT NULL DEFAULT 0,
    reference      text,
    failed_reason  text,
    failed_by      uuid,
    flagged_at     timestamptz,
    state          text NOT NULL,
    final_at       timestamptz,
    redrives       integer NOT NULL DEFAULT 0,
    redriven_at    timestamptz,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_top_ups PRIMARY KEY (id),
    CONSTRAINT uq_top_ups_reference UNIQUE (reference),
    CONSTRAINT ck_top_ups_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_top_ups_arrived CHECK (received_minor >= 0 AND late_minor >= 0 AND seen_minor >= 0),
    CONSTRAINT ck_top_ups_failed CHECK ((state = 'failed') = (failed_reason IS NOT NULL)),
    CONSTRAINT ck_top_ups_failed_by CHECK ((failed_reason IS NULL) = (failed_by IS NULL)),
    CONSTRAINT ck_top_ups_final_at CHECK (
        (state IN ('credited', 'expired', 'failed', 'late', 'overpaid', 'underpaid')) = (final_at IS NOT NULL)),
    CONSTRAINT fk_top_ups_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id),
    CONSTRAINT fk_top_ups_failed_by FOREIGN KEY (failed_by) REFERENCES operators (id),
    CONSTRAINT fk_top_ups_wallet_id FOREIGN KEY (wallet_id) REFERENCES wallets (id)
);
CREATE INDEX ix_top_ups_wallet_id ON top_ups (wallet_id, id);
CREATE INDEX ix_top_ups_wallet_open ON top_ups (wallet_id) WHERE final_at IS NULL;
CREATE INDEX ix_top_ups_deal_id ON top_ups (deal_id) WHERE deal_id IS NOT NULL AND final_at IS NULL;
CREATE INDEX ix_top_ups_ending ON top_ups (gateway, pay_by) WHERE final_at IS NULL;
CREATE INDEX ix_top_ups_seen ON top_ups (gateway) WHERE seen_minor > 0;
CREATE INDEX ix_top_ups_open ON top_ups (id) WHERE final_at IS NULL OR final_at >= coalesce(redriven_at, created_at);

-- Addresses derived by the signer, each for one top-up. One without a top-up is free.
CREATE TABLE chain_addresses (
    index         bigint NOT NULL,
    address       text NOT NULL,
    top_up_id     uuid,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    balance_minor bigint NOT NULL DEFAULT 0,
    CONSTRAINT pk_chain_addresses PRIMARY KEY (index),
    CONSTRAINT uq_chain_addresses_address UNIQUE (address),
    CONSTRAINT uq_chain_addresses_top_up_id UNIQUE (top_up_id),
    CONSTRAINT ck_chain_addresses_balance CHECK (balance_minor >= 0),
    CONSTRAINT ck_chain_addresses_index CHECK (index >= 0),
    CONSTRAINT fk_chain_addresses_top_up_id FOREIGN KEY (top_up_id) REFERENCES top_ups (id)
);
CREATE INDEX ix_chain_addresses_free ON chain_addresses (index) WHERE top_up_id IS NULL;
CREATE INDEX ix_chain_addresses_funded ON chain_addresses (index) WHERE balance_minor > 0;

-- How far each source has been read and booked: a chain by its solidified blocks, a bank by the positions of its statement.
CREATE TABLE chain_cursors (
    network    text NOT NULL,
    gateway    text NOT NULL,
    block      bigint NOT NULL,
    block_id   text NOT NULL,
    block_time timestamptz NOT NULL,
    moved_at   timestamptz NOT NULL,
    CONSTRAINT pk_chain_cursors PRIMARY KEY (network)
);
CREATE INDEX ix_chain_cursors_gateway ON chain_cursors (gateway);

-- Money that arrived from outside: exactly one row for each transfer.
CREATE TABLE incoming_transfers (
    id            uuid NOT NULL DEFAULT uuidv7(),
    gateway       text NOT NULL,
    external_id   text NOT NULL,
    amount_minor  bigint NOT NULL,
    currency      text NOT NULL,
    valued_at     timestamptz NOT NULL,
    seen_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    source        text NOT NULL,
    sender        text NOT NULL,
    details       text NOT NULL,
    block         bigint,
    address_index bigint,
    top_up_id     uuid,
    wallet_id     uuid,
    state         text NOT NULL,
    CONSTRAINT pk_incoming_transfers PRIMARY KEY (id),
    CONSTRAINT uq_incoming_transfers_gateway_external_id UNIQUE (gateway, external_id),
    CONSTRAINT ck_incoming_transfers_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_incoming_transfers_credited CHECK (
        state NOT IN ('credited', 'assigned') OR wallet_id IS NOT NULL),
    CONSTRAINT fk_incoming_transfers_address_index FOREIGN KEY (address_index) REFERENCES chain_addresses (index),
    CONSTRAINT fk_incoming_transfers_top_up_id FOREIGN KEY (top_up_id) REFERENCES top_ups (id),
    CONSTRAINT fk_incoming_transfers_wallet_id FOREIGN KEY (wallet_id) REFERENCES wallets (id)
);
CREATE INDEX ix_incoming_transfers_top_up_id ON incoming_transfers (top_up_id, id) WHERE top_up_id IS NOT NULL;
CREATE INDEX ix_incoming_transfers_wallet_id ON incoming_transfers (wallet_id, id) WHERE wallet_id IS NOT NULL;
CREATE INDEX ix_incoming_transfers_unmatched ON incoming_transfers (id) WHERE state = 'unmatched';
CREATE INDEX ix_incoming_transfers_held_back ON incoming_transfers (id) WHERE state = 'held_back';

-- The leave that a buyer gives with a top-up for a deal is the same for a purchase as for a service deal.
ALTER TABLE deals
    DROP CONSTRAINT ck_deals_from_wallet,
    ADD CONSTRAINT ck_deals_from_wallet CHECK (waits_on IS NULL OR from_wallet);

-- How much became available, and when it was paid: money that came too late for a deal does not count for it.
ALTER TABLE wallet_news ADD COLUMN amount_minor bigint NOT NULL DEFAULT 0;
CREATE INDEX ix_wallet_news_since ON wallet_news (account_id, since);
