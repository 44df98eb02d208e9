-- Wallets: holds, payment requests, withdrawals with their codes. Their money is in the ledger (`account_id`).

CREATE TABLE wallets (
    id         uuid NOT NULL DEFAULT uuidv7(),
    user_id    uuid NOT NULL,
    currency   text NOT NULL,
    account_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_wallets PRIMARY KEY (id),
    CONSTRAINT uq_wallets_account_id UNIQUE (account_id),
    CONSTRAINT uq_wallets_user_id_currency UNIQUE (user_id, currency),
    CONSTRAINT fk_wallets_user_id FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE holds (
    id             uuid NOT NULL DEFAULT uuidv7(),
    from_wallet_id uuid NOT NULL,
    to_wallet_id   uuid NOT NULL,
    amount_minor   bigint NOT NULL,
    captured_minor bigint,
    currency       text NOT NULL,
    details        text NOT NULL,
    state          text NOT NULL,
    expires_at     timestamptz NOT NULL,
    ended_at       timestamptz,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_holds PRIMARY KEY (id),
    CONSTRAINT ck_holds_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT ck_holds_captured_has_amount CHECK ((state = 'captured') = (captured_minor IS NOT NULL)),
    CONSTRAINT ck_holds_captured_within_amount CHECK (captured_minor BETWEEN 1 AND amount_minor),
    CONSTRAINT ck_holds_ended_has_time CHECK ((state = 'open') = (ended_at IS NULL)),
    CONSTRAINT ck_holds_state_known CHECK (state IN ('open', 'captured', 'voided', 'expired')),
    CONSTRAINT fk_holds_from_wallet_id FOREIGN KEY (from_wallet_id) REFERENCES wallets (id),
    CONSTRAINT fk_holds_to_wallet_id FOREIGN KEY (to_wallet_id) REFERENCES wallets (id)
);
CREATE INDEX ix_holds_due ON holds (expires_at) WHERE state = 'open';
CREATE INDEX ix_holds_from_wallet_id ON holds (from_wallet_id, id);
CREATE INDEX ix_holds_to_wallet_id ON holds (to_wallet_id, id);

CREATE TABLE payment_requests (
    id              uuid NOT NULL DEFAULT uuidv7(),
    payee_wallet_id uuid NOT NULL,
    payer_wallet_id uuid NOT NULL,
    amount_minor    bigint NOT NULL,
    currency        text NOT NULL,
    details         text NOT NULL,
    state           text NOT NULL,
    operation_id    bigint,
    expires_at      timestamptz NOT NULL,
    final_at        timestamptz,
    redrives          integer NOT NULL DEFAULT 0,
    redriven_at       timestamptz,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_payment_requests PRIMARY KEY (id),
    CONSTRAINT uq_payment_requests_operation_id UNIQUE (operation_id),
    CONSTRAINT ck_payment_requests_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_payment_requests_final_at CHECK ((state = 'asked') = (final_at IS NULL)),
    CONSTRAINT ck_payment_requests_transferred CHECK ((state = 'confirmed') = (operation_id IS NOT NULL)),
    CONSTRAINT ck_payment_requests_two_wallets CHECK (payee_wallet_id <> payer_wallet_id),
    CONSTRAINT fk_payment_requests_payee_wallet_id FOREIGN KEY (payee_wallet_id) REFERENCES wallets (id),
    CONSTRAINT fk_payment_requests_payer_wallet_id FOREIGN KEY (payer_wallet_id) REFERENCES wallets (id)
);
CREATE INDEX ix_payment_requests_open ON payment_requests (id)
    WHERE final_at IS NULL OR final_at >= coalesce(redriven_at, created_at);
CREATE INDEX ix_payment_requests_payee_wallet_id ON payment_requests (payee_wallet_id, id);
CREATE INDEX ix_payment_requests_payer_wallet_id ON payment_requests (payer_wallet_id, id);

CREATE TABLE withdrawals (
    id           uuid NOT NULL DEFAULT uuidv7(),
    wallet_id    uuid NOT NULL,
    bank_id      integer NOT NULL,
    account      text NOT NULL,
    amount_minor bigint NOT NULL,
    fee_minor    bigint NOT NULL,
    currency     text NOT NULL,
    state        text NOT NULL,
    payout       integer NOT NULL DEFAULT 1,
    operation    text,
    refused_code text,
    expires_at   timestamptz NOT NULL,
    confirmed_at timestamptz,
    short_since  timestamptz,
    paid_at      timestamptz,
    flagged_at   timestamptz,
    final_at     timestamptz,
    redrives       integer NOT NULL DEFAULT 0,
    redriven_at    timestamptz,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_withdrawals PRIMARY KEY (id),
    CONSTRAINT ck_withdrawals_amount CHECK (amount_minor > 0 AND fee_minor >= 0),
    CONSTRAINT ck_withdrawals_confirmed CHECK (
        state = 'cancelled' OR (state IN ('awaiting_code', 'expired')) = (confirmed_at IS NULL)),
    CONSTRAINT ck_withdrawals_final_at CHECK (
        (state IN ('done', 'returned', 'refused', 'cancelled', 'expired')) = (final_at IS NOT NULL)),
    CONSTRAINT ck_withdrawals_paid CHECK (
        (state IN ('paid', 'done', 'returned')) = (num_nonnulls(paid_at, operation) = 2)
        AND num_nonnulls(paid_at, operation) <> 1),
    CONSTRAINT ck_withdrawals_refused CHECK ((state = 'refused') = (refused_code IS NOT NULL)),
    CONSTRAINT ck_withdrawals_short CHECK ((state = 'awaiting_funds') = (short_since IS NOT NULL)),
    CONSTRAINT fk_withdrawals_bank_id FOREIGN KEY (bank_id) REFERENCES banks (id),
    CONSTRAINT fk_withdrawals_wallet_id FOREIGN KEY (wallet_id) REFERENCES wallets (id)
);
CREATE INDEX ix_withdrawals_open ON withdrawals (id)
    WHERE final_at IS NULL OR final_at >= coalesce(redriven_at, created_at);
CREATE INDEX ix_withdrawals_short ON withdrawals (bank_id) WHERE state = 'awaiting_funds';
CREATE INDEX ix_withdrawals_unconfirmed ON withdrawals (wallet_id) WHERE state = 'awaiting_code';
CREATE INDEX ix_withdrawals_wallet_id ON withdrawals (wallet_id, id);

-- How far the ledger's transfers were read for notices. Ids up to upto_id were drawn before upto_xid began.
CREATE TABLE movement_cursor (
    id       boolean NOT NULL DEFAULT true,
    read_id  bigint NOT NULL DEFAULT 0,
    upto_id  bigint NOT NULL DEFAULT 0,
    upto_xid bigint NOT NULL DEFAULT 0,
    CONSTRAINT pk_movement_cursor PRIMARY KEY (id),
    CONSTRAINT ck_movement_cursor_forward CHECK (read_id <= upto_id),
    CONSTRAINT ck_movement_cursor_one_row CHECK (id)
);
INSERT INTO movement_cursor DEFAULT VALUES;
