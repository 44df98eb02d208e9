-- Requests for payment, withdrawals with their codes, and what owners of wallets are to be told by mail.

CREATE TABLE payment_requests (
    id UUID DEFAULT uuidv7() NOT NULL,
    payee_wallet_id UUID NOT NULL,
    payer_wallet_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    details TEXT NOT NULL,
    state TEXT NOT NULL,
    operation_id BIGINT,
    expires_at timestamptz NOT NULL,
    final_at timestamptz,
    nudges INTEGER DEFAULT 0 NOT NULL,
    nudged_at timestamptz,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_payment_requests PRIMARY KEY (id),
    CONSTRAINT ck_payment_requests_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_payment_requests_two_wallets CHECK (payee_wallet_id <> payer_wallet_id),
    CONSTRAINT ck_payment_requests_final_at CHECK ((state = 'asked') = (final_at IS NULL)),
    CONSTRAINT ck_payment_requests_transferred CHECK ((state = 'confirmed') = (operation_id IS NOT NULL)),
    CONSTRAINT uq_payment_requests_operation_id UNIQUE (operation_id),
    CONSTRAINT fk_payment_requests_payee_wallet_id FOREIGN KEY (payee_wallet_id) REFERENCES wallets (id),
    CONSTRAINT fk_payment_requests_payer_wallet_id FOREIGN KEY (payer_wallet_id) REFERENCES wallets (id)
);
CREATE INDEX ix_payment_requests_payee_wallet_id ON payment_requests (payee_wallet_id, id);
CREATE INDEX ix_payment_requests_payer_wallet_id ON payment_requests (payer_wallet_id, id);
CREATE INDEX ix_payment_requests_open ON payment_requests (id) WHERE final_at IS NULL OR final_at >= coalesce(nudged_at, created_at);
CREATE TRIGGER payment_requests_transition BEFORE INSERT OR UPDATE OF state ON payment_requests
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();

CREATE TABLE withdrawals (
    id UUID DEFAULT uuidv7() NOT NULL,
    wallet_id UUID NOT NULL,
    bank_id INTEGER NOT NULL,
    account TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    operation TEXT,
    refused_code TEXT,
    expires_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    paid_at timestamptz,
    flagged_at timestamptz,
    final_at timestamptz,
    nudges INTEGER DEFAULT 0 NOT NULL,
    nudged_at timestamptz,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_withdrawals PRIMARY KEY (id),
    CONSTRAINT ck_withdrawals_amount CHECK (amount_minor > 0 AND fee_minor >= 0),
    CONSTRAINT ck_withdrawals_final_at CHECK (
        (state IN ('done', 'returned', 'refused', 'cancelled', 'expired')) = (final_at IS NOT NULL)),
    CONSTRAINT ck_withdrawals_confirmed CHECK (
        (state IN ('awaiting_code', 'cancelled', 'expired')) = (confirmed_at IS NULL)),
    CONSTRAINT ck_withdrawals_paid CHECK (
        (state IN ('paid', 'done', 'returned')) = (num_nonnulls(paid_at, operation) = 2)
        AND num_nonnulls(paid_at, operation) <> 1),
    CONSTRAINT ck_withdrawals_refused CHECK ((state = 'refused') = (refused_code IS NOT NULL)),
    CONSTRAINT fk_withdrawals_wallet_id FOREIGN KEY (wallet_id) REFERENCES wallets (id),
    CONSTRAINT fk_withdrawals_bank_id FOREIGN KEY (bank_id) REFERENCES banks (id)
);
CREATE INDEX ix_withdrawals_wallet_id ON withdrawals (wallet_id, id);
CREATE INDEX ix_withdrawals_open ON withdrawals (id) WHERE final_at IS NULL OR final_at >= coalesce(nudged_at, created_at);
CREATE TRIGGER withdrawals_transition BEFORE INSERT OR UPDATE OF state ON withdrawals
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();

INSERT INTO state_transitions (noun, from_state, to_state) VALUES
    ('payment_requests', '', 'asked'),
    ('payment_requests', 'asked', 'confirmed'),
    ('payment_requests', 'asked', 'declined'),
    ('payment_requests', 'asked', 'expired'),
    ('payment_requests', 'asked', 'withdrawn'),
    ('withdrawals', '', 'awaiting_code'),
    ('withdrawals', 'awaiting_code', 'cancelled'),
    ('withdrawals', 'awaiting_code', 'expired'),
    ('withdrawals', 'awaiting_code', 'paying'),
    ('withdrawals', 'paid', 'done'),
    ('withdrawals', 'paid', 'returned'),
    ('withdrawals', 'paying', 'paid'),
    ('withdrawals', 'paying', 'refused');

-- Only a keyed hash of a code is here, bound to account and amount.
CREATE TABLE withdrawal_codes (
    id UUID DEFAULT uuidv7() NOT NULL,
    withdrawal_id UUID NOT NULL,
    number INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    tries INTEGER DEFAULT 0 NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT pk_withdrawal_codes PRIMARY KEY (id),
    CONSTRAINT uq_withdrawal_codes_withdrawal_id_number UNIQUE (withdrawal_id, number),
    CONSTRAINT ck_withdrawal_codes_at_most_three CHECK (number BETWEEN 1 AND 3),
    CONSTRAINT ck_withdrawal_codes_at_most_five_tries CHECK (tries BETWEEN 0 AND 5),
    CONSTRAINT ck_withdrawal_codes_used_in_time CHECK (used_at <= expires_at AND tries > 0 OR used_at IS NULL),
    CONSTRAINT fk_withdrawal_codes_withdrawal_id FOREIGN KEY (withdrawal_id) REFERENCES withdrawals (id)
);
CREATE UNIQUE INDEX uq_withdrawal_codes_used ON withdrawal_codes (withdrawal_id) WHERE used_at IS NOT NULL;

-- Each try was counted and committed before its code was compared; a repeat of its key is the same try.
CREATE TABLE withdrawal_tries (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    code_id UUID NOT NULL,
    number INTEGER NOT NULL,
    CONSTRAINT withdrawal_tries_idempotency_pk PRIMARY KEY (caller, key),
    CONSTRAINT uq_withdrawal_tries_code_id_number UNIQUE (code_id, number),
    CONSTRAINT ck_withdrawal_tries_at_most_five CHECK (number BETWEEN 1 AND 5),
    CONSTRAINT fk_withdrawal_tries_code_id FOREIGN KEY (code_id) REFERENCES withdrawal_codes (id)
);

CREATE TABLE wallet_notices (
    id BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    user_id UUID NOT NULL,
    wallet_id UUID NOT NULL,
    kind TEXT NOT NULL,
    data JSONB NOT NULL,
    sealed BYTEA,
    done_at timestamptz,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_wallet_notices PRIMARY KEY (id),
    CONSTRAINT ck_wallet_notices_wiped CHECK (done_at IS NULL OR sealed IS NULL),
    CONSTRAINT fk_wallet_notices_user_id FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT fk_wallet_notices_wallet_id FOREIGN KEY (wallet_id) REFERENCES wallets (id)
);
CREATE INDEX ix_wallet_notices_waiting ON wallet_notices (id) WHERE done_at IS NULL;

-- How far the ledger's transfers were read for notices. What lies up to upto_id was begun before upto_xid.
CREATE TABLE movement_cursor (
    id BOOLEAN DEFAULT true NOT NULL,
    read_id BIGINT DEFAULT 0 NOT NULL,
    upto_id BIGINT DEFAULT 0 NOT NULL,
    upto_xid BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_movement_cursor PRIMARY KEY (id),
    CONSTRAINT ck_movement_cursor_one_row CHECK (id),
    CONSTRAINT ck_movement_cursor_forward CHECK (read_id <= upto_id)
);
INSERT INTO movement_cursor DEFAULT VALUES;
