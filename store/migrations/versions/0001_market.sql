-- The market's tables. Ids are UUIDv7 and times are the statement's, both made by the database (PostgreSQL 18).

CREATE TABLE banks (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    requisite TEXT NOT NULL,
    commission_account TEXT NOT NULL,
    guarantee_account TEXT NOT NULL,
    refreshed_at timestamptz NOT NULL,
    CONSTRAINT pk_banks PRIMARY KEY (id)
);

CREATE TABLE idempotency_answers (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    status SMALLINT NOT NULL,
    body JSONB NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT idempotency_answers_idempotency_pk PRIMARY KEY (caller, key)
);

CREATE TABLE marketplaces (
    id UUID DEFAULT uuidv7() NOT NULL,
    name TEXT NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_marketplaces PRIMARY KEY (id)
);

CREATE TABLE operators (
    id UUID DEFAULT uuidv7() NOT NULL,
    name TEXT NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_operators PRIMARY KEY (id)
);

CREATE TABLE api_keys (
    id UUID DEFAULT uuidv7() NOT NULL,
    marketplace_id UUID,
    operator_id UUID,
    prefix TEXT NOT NULL,
    digest BYTEA NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT pk_api_keys PRIMARY KEY (id),
    CONSTRAINT ck_api_keys_one_owner CHECK (num_nonnulls(marketplace_id, operator_id) = 1),
    CONSTRAINT fk_api_keys_marketplace_id FOREIGN KEY(marketplace_id) REFERENCES marketplaces (id),
    CONSTRAINT fk_api_keys_operator_id FOREIGN KEY(operator_id) REFERENCES operators (id),
    CONSTRAINT uq_api_keys_prefix UNIQUE (prefix)
);

CREATE TABLE fees (
    payer_bank INTEGER NOT NULL,
    payee_bank INTEGER NOT NULL,
    currency TEXT NOT NULL,
    percent_bp INTEGER NOT NULL,
    minimum_minor BIGINT NOT NULL,
    refreshed_at timestamptz NOT NULL,
    CONSTRAINT pk_fees PRIMARY KEY (payer_bank, payee_bank, currency),
    CONSTRAINT ck_fees_not_negative CHECK (percent_bp >= 0 AND minimum_minor >= 0),
    CONSTRAINT fk_fees_payer_bank FOREIGN KEY(payer_bank) REFERENCES banks (id),
    CONSTRAINT fk_fees_payee_bank FOREIGN KEY(payee_bank) REFERENCES banks (id)
);

CREATE TABLE users (
    id UUID DEFAULT uuidv7() NOT NULL,
    marketplace_id UUID NOT NULL,
    reference TEXT,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_marketplace_id_reference UNIQUE (marketplace_id, reference),
    CONSTRAINT fk_users_marketplace_id FOREIGN KEY(marketplace_id) REFERENCES marketplaces (id)
);

CREATE TABLE accounts (
    id UUID DEFAULT uuidv7() NOT NULL,
    user_id UUID NOT NULL,
    bank_id INTEGER NOT NULL,
    number TEXT NOT NULL,
    currency TEXT NOT NULL,
    payout BOOLEAN NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_accounts PRIMARY KEY (id),
    CONSTRAINT uq_accounts_user_id_number UNIQUE (user_id, number),
    CONSTRAINT fk_accounts_user_id FOREIGN KEY(user_id) REFERENCES users (id),
    CONSTRAINT fk_accounts_bank_id FOREIGN KEY(bank_id) REFERENCES banks (id)
);

CREATE TABLE offers (
    id UUID DEFAULT uuidv7() NOT NULL,
    marketplace_id UUID NOT NULL,
    seller_id UUID NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    pay_within_s INTEGER NOT NULL,
    commission_bp INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    state TEXT NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_offers PRIMARY KEY (id),
    CONSTRAINT ck_offers_state CHECK (state IN ('pending', 'approved', 'rejected')),
    CONSTRAINT ck_offers_price CHECK (price_minor > 0 AND price_minor <= 1000000000000000),
    CONSTRAINT ck_offers_quantity CHECK (quantity >= 0),
    CONSTRAINT ck_offers_pay_within CHECK (pay_within_s > 0),
    CONSTRAINT ck_offers_commission CHECK (commission_bp BETWEEN 0 AND 5000),
    CONSTRAINT fk_offers_marketplace_id FOREIGN KEY(marketplace_id) REFERENCES marketplaces (id),
    CONSTRAINT fk_offers_seller_id FOREIGN KEY(seller_id) REFERENCES users (id)
);

CREATE TABLE deals (
    id UUID DEFAULT uuidv7() NOT NULL,
    marketplace_id UUID NOT NULL,
    offer_id UUID NOT NULL,
    buyer_id UUID NOT NULL,
    seller_id UUID NOT NULL,
    state TEXT NOT NULL,
    price_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    commission_bp INTEGER NOT NULL,
    payee_account TEXT NOT NULL,
    payee_bank INTEGER NOT NULL,
    pay_by timestamptz NOT NULL,
    closed_reason TEXT,
    closed_at timestamptz,
    verdict TEXT,
    verdict_at timestamptz,
    flagged_at timestamptz,
    final_at timestamptz,
    events INTEGER DEFAULT 0 NOT NULL,
    nudges INTEGER DEFAULT 0 NOT NULL,
    nudged_at timestamptz,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_deals PRIMARY KEY (id),
    CONSTRAINT ck_deals_price CHECK (price_minor > 0),
    CONSTRAINT ck_deals_two_parties CHECK (buyer_id <> seller_id),
    CONSTRAINT ck_deals_final_at CHECK ((state IN ('cancelled', 'completed', 'expired')) = (final_at IS NOT NULL)),
    CONSTRAINT fk_deals_marketplace_id FOREIGN KEY(marketplace_id) REFERENCES marketplaces (id),
    CONSTRAINT fk_deals_offer_id FOREIGN KEY(offer_id) REFERENCES offers (id),
    CONSTRAINT fk_deals_buyer_id FOREIGN KEY(buyer_id) REFERENCES users (id),
    CONSTRAINT fk_deals_seller_id FOREIGN KEY(seller_id) REFERENCES users (id),
    CONSTRAINT fk_deals_payee_bank FOREIGN KEY(payee_bank) REFERENCES banks (id)
);

CREATE INDEX ix_deals_open ON deals (id) WHERE final_at IS NULL;

CREATE TABLE payments (
    id UUID DEFAULT uuidv7() NOT NULL,
    deal_id UUID NOT NULL,
    account_id UUID NOT NULL,
    payer_account TEXT NOT NULL,
    payer_bank INTEGER NOT NULL,
    amount_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    operation TEXT,
    taken BOOLEAN DEFAULT false NOT NULL,
    decision TEXT,
    decided_at timestamptz,
    end_reason TEXT,
    refused_code TEXT,
    cancel_requested_at timestamptz,
    flagged_at timestamptz,
    final_at timestamptz,
    events INTEGER DEFAULT 0 NOT NULL,
    nudges INTEGER DEFAULT 0 NOT NULL,
    nudged_at timestamptz,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY (id),
    CONSTRAINT ck_payments_amounts CHECK (amount_minor > 0 AND fee_minor >= 0),
    CONSTRAINT ck_payments_final_at CHECK (
        (state IN ('cancelled', 'completed', 'expired', 'failed', 'refunded')) = (final_at IS NOT NULL)
    ),
    CONSTRAINT ck_payments_decided CHECK ((decision IS NULL) = (decided_at IS NULL)),
    CONSTRAINT fk_payments_deal_id FOREIGN KEY(deal_id) REFERENCES deals (id),
    CONSTRAINT fk_payments_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT fk_payments_payer_bank FOREIGN KEY(payer_bank) REFERENCES banks (id)
);

CREATE INDEX ix_payments_deal_id ON payments (deal_id);

CREATE INDEX ix_payments_open ON payments (id) WHERE final_at IS NULL;

CREATE TABLE code_attempts (
    id UUID DEFAULT uuidv7() NOT NULL,
    payment_id UUID NOT NULL,
    number INTEGER NOT NULL,
    code_number INTEGER NOT NULL,
    submitted_at timestamptz NOT NULL,
    state TEXT NOT NULL,
    sealed_code BYTEA,
    refused_code TEXT,
    resolved_at timestamptz,
    CONSTRAINT pk_code_attempts PRIMARY KEY (id),
    CONSTRAINT uq_code_attempts_payment_id_number UNIQUE (payment_id, number),
    CONSTRAINT ck_code_attempts_resolved CHECK ((state = 'unresolved') = (resolved_at IS NULL)),
    CONSTRAINT ck_code_attempts_wiped CHECK (state = 'unresolved' OR sealed_code IS NULL),
    CONSTRAINT fk_code_attempts_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id)
);

CREATE UNIQUE INDEX uq_code_attempts_unresolved ON code_attempts (payment_id) WHERE state = 'unresolved';

CREATE TABLE codes (
    id UUID DEFAULT uuidv7() NOT NULL,
    payment_id UUID NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    expires_at timestamptz,
    refused_code TEXT,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_codes PRIMARY KEY (id),
    CONSTRAINT uq_codes_payment_id_number UNIQUE (payment_id, number),
    CONSTRAINT ck_codes_at_most_three CHECK (number BETWEEN 1 AND 3),
    CONSTRAINT fk_codes_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id)
);

CREATE TABLE events (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    deal_id UUID NOT NULL,
    payment_id UUID,
    subject_id UUID NOT NULL,
    number INTEGER NOT NULL,
    type TEXT NOT NULL,
    data JSONB NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_events PRIMARY KEY (id),
    CONSTRAINT uq_events_subject_id_number UNIQUE (subject_id, number),
    CONSTRAINT fk_events_deal_id FOREIGN KEY(deal_id) REFERENCES deals (id),
    CONSTRAINT fk_events_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id)
);

CREATE INDEX ix_events_deal_id ON events (deal_id);

CREATE TABLE steps (
    id UUID DEFAULT uuidv7() NOT NULL,
    payment_id UUID NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    key TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    account TEXT,
    state TEXT NOT NULL,
    operation TEXT,
    refused_code TEXT,
    resolved_at timestamptz,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_steps PRIMARY KEY (id),
    CONSTRAINT uq_steps_payment_id_name_number UNIQUE (payment_id, name, number),
    CONSTRAINT ck_steps_amount CHECK (amount_minor >= 0),
    CONSTRAINT ck_steps_resolved CHECK ((state = 'planned') = (resolved_at IS NULL)),
    CONSTRAINT fk_steps_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id),
    CONSTRAINT uq_steps_key UNIQUE (key)
);

-- The clock of deadlines. A test database replaces it with one that adds the deal's offset.
CREATE FUNCTION market_now(deal uuid) RETURNS timestamptz
    LANGUAGE sql VOLATILE AS $$ SELECT clock_timestamp() $$;

-- Every move that the rules have; '' is the beginning. Any other change of state is refused.
CREATE TABLE state_transitions (
    noun text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    CONSTRAINT pk_state_transitions PRIMARY KEY (noun, from_state, to_state)
);

INSERT INTO state_transitions (noun, from_state, to_state) VALUES
    ('deals', '', 'awaiting_payment'),
    ('payments', '', 'opening'),
    ('deals', 'awaiting_payment', 'funded'),
    ('deals', 'awaiting_payment', 'partially_paid'),
    ('deals', 'awaiting_payment', 'settling'),
    ('deals', 'funded', 'completed'),
    ('deals', 'partially_paid', 'awaiting_payment'),
    ('deals', 'partially_paid', 'funded'),
    ('deals', 'partially_paid', 'settling'),
    ('deals', 'settling', 'cancelled'),
    ('deals', 'settling', 'expired'),
    ('deals', 'settling', 'funded'),
    ('payments', 'awaiting_code', 'processing'),
    ('payments', 'awaiting_code', 'returning'),
    ('payments', 'held', 'releasing'),
    ('payments', 'held', 'returning'),
    ('payments', 'opening', 'awaiting_code'),
    ('payments', 'opening', 'failed'),
    ('payments', 'opening', 'processing'),
    ('payments', 'opening', 'returning'),
    ('payments', 'owed', 'releasing'),
    ('payments', 'processing', 'awaiting_code'),
    ('payments', 'processing', 'held'),
    ('payments', 'processing', 'returning'),
    ('payments', 'releasing', 'completed'),
    ('payments', 'releasing', 'owed'),
    ('payments', 'returning', 'cancelled'),
    ('payments', 'returning', 'expired'),
    ('payments', 'returning', 'failed'),
    ('payments', 'returning', 'refunded');

CREATE FUNCTION refuse_unknown_transition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := CASE TG_OP WHEN 'INSERT' THEN '' ELSE OLD.state END;
BEGIN
    IF before IS DISTINCT FROM NEW.state AND NOT EXISTS (
        SELECT FROM state_transitions WHERE noun = TG_TABLE_NAME AND from_state = before AND to_state = NEW.state
    ) THEN
        RAISE EXCEPTION '% cannot move from "%" to "%"', TG_TABLE_NAME, before, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_transition';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER deals_transition BEFORE INSERT OR UPDATE OF state ON deals
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();
CREATE TRIGGER payments_transition BEFORE INSERT OR UPDATE OF state ON payments
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();

-- A decision about a payment and a verdict about a deal are made once.
CREATE FUNCTION refuse_second_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % was decided before', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_decided_once';
END
$$;

CREATE TRIGGER payments_decided_once BEFORE UPDATE OF decision ON payments
    FOR EACH ROW WHEN (OLD.decision IS NOT NULL AND NEW.decision IS DISTINCT FROM OLD.decision)
    EXECUTE FUNCTION refuse_second_decision();
CREATE TRIGGER deals_decided_once BEFORE UPDATE OF verdict ON deals
    FOR EACH ROW WHEN (OLD.verdict IS NOT NULL AND NEW.verdict IS DISTINCT FROM OLD.verdict)
    EXECUTE FUNCTION refuse_second_decision();
