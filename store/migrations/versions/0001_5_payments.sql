-- Payments of deals, their codes, their steps at banks and wallets, and refunds.

-- From one source: a bank account, or a wallet, which is at bank 0. `taken`: the money was held. `before_minor`: how
-- much of the deal was released before this payment. `delay_reason`: why its bank is not asked until then.
CREATE TABLE payments (
    id                  uuid NOT NULL DEFAULT uuidv7(),
    deal_id             uuid NOT NULL,
    payer_id            uuid NOT NULL,
    account_id          uuid,
    wallet_id           uuid,
    payer_account       text NOT NULL,
    payer_bank          integer NOT NULL,
    payee_account       text NOT NULL,
    amount_minor        bigint NOT NULL,
    fee_minor           bigint NOT NULL,
    currency            text NOT NULL,
    state               text NOT NULL,
    operation           text,
    taken               boolean NOT NULL DEFAULT false,
    decision            text,
    decided_at          timestamptz,
    before_minor        bigint,
    end_reason          text,
    refused_code        text,
    refund_to           text,
    refund_by           text,
    delay_reason        text,
    delayed_until       timestamptz,
    cancel_requested_at timestamptz,
    flagged_at          timestamptz,
    final_at            timestamptz,
    events              integer NOT NULL DEFAULT 0,
    redrives              integer NOT NULL DEFAULT 0,
    redriven_at           timestamptz,
    created_at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_payments PRIMARY KEY (id),
    CONSTRAINT ck_payments_amounts CHECK (amount_minor > 0 AND fee_minor >= 0),
    CONSTRAINT ck_payments_decided CHECK ((decision IS NULL) = (decided_at IS NULL)),
    CONSTRAINT ck_payments_delayed CHECK ((delay_reason IS NULL) = (delayed_until IS NULL)),
    CONSTRAINT ck_payments_final_at CHECK (
        (state IN ('cancelled', 'completed', 'expired', 'failed', 'refunded')) = (final_at IS NOT NULL)
    ),
    CONSTRAINT ck_payments_house_takes_no_fee CHECK (wallet_id IS NULL OR fee_minor = 0),
    CONSTRAINT ck_payments_one_source CHECK (num_nonnulls(account_id, wallet_id) = 1),
    CONSTRAINT ck_payments_refund_to CHECK ((refund_to IS NULL) = (refund_by IS NULL)),
    CONSTRAINT ck_payments_released_in_order CHECK (
        (decision IS NOT DISTINCT FROM 'release') = (before_minor IS NOT NULL)),
    CONSTRAINT ck_payments_wallets_are_of_the_platform CHECK ((wallet_id IS NULL) = (payer_bank > 0)),
    CONSTRAINT fk_payments_account_id FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT fk_payments_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id),
    CONSTRAINT fk_payments_payer_id FOREIGN KEY (payer_id) REFERENCES users (id),
    CONSTRAINT fk_payments_wallet_id FOREIGN KEY (wallet_id) REFERENCES wallets (id)
);
CREATE INDEX ix_payments_deal_id ON payments (deal_id);
CREATE INDEX ix_payments_open ON payments (id) WHERE final_at IS NULL;
CREATE INDEX ix_payments_payable ON payments (deal_id) WHERE state = 'payable';
CREATE INDEX ix_payments_unconfirmed ON payments (payer_id) WHERE state IN ('opening', 'awaiting_code', 'processing');

CREATE TABLE codes (
    id           uuid NOT NULL DEFAULT uuidv7(),
    payment_id   uuid NOT NULL,
    number       integer NOT NULL,
    state        text NOT NULL,
    expires_at   timestamptz,
    refused_code text,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_codes PRIMARY KEY (id),
    CONSTRAINT uq_codes_payment_id_number UNIQUE (payment_id, number),
    CONSTRAINT ck_codes_at_most_three CHECK (number BETWEEN 1 AND 3),
    CONSTRAINT fk_codes_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id)
);

-- Stored with its time before it is sent on; the code is sealed, and wiped with the bank's final answer.
CREATE TABLE code_attempts (
    id           uuid NOT NULL DEFAULT uuidv7(),
    payment_id   uuid NOT NULL,
    number       integer NOT NULL,
    code_number  integer NOT NULL,
    submitted_at timestamptz NOT NULL,
    state        text NOT NULL,
    sealed_code  bytea,
    refused_code text,
    resolved_at  timestamptz,
    CONSTRAINT pk_code_attempts PRIMARY KEY (id),
    CONSTRAINT uq_code_attempts_payment_id_number UNIQUE (payment_id, number),
    CONSTRAINT ck_code_attempts_resolved CHECK ((state = 'unresolved') = (resolved_at IS NULL)),
    CONSTRAINT ck_code_attempts_wiped CHECK (state = 'unresolved' OR sealed_code IS NULL),
    CONSTRAINT fk_code_attempts_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id)
);
CREATE UNIQUE INDEX uq_code_attempts_unresolved ON code_attempts (payment_id) WHERE state = 'unresolved';

-- The platform's own codes, for payments from wallets and for withdrawals. Only keyed hashes are stored, bound to what they confirm: subject is 'payment/…' or 'withdrawal/…'. The
-- numbers are those of domain/codes.py.
CREATE TABLE confirmation_codes (
    subject    text NOT NULL,
    number     integer NOT NULL,
    digest     bytea NOT NULL,
    tries      integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    killed_at  timestamptz,
    used_at    timestamptz,
    used_by    text,
    CONSTRAINT pk_confirmation_codes PRIMARY KEY (subject, number),
    CONSTRAINT ck_confirmation_codes_at_most_five_tries CHECK (tries BETWEEN 0 AND 5),
    CONSTRAINT ck_confirmation_codes_at_most_three CHECK (number BETWEEN 1 AND 3),
    CONSTRAINT ck_confirmation_codes_used_by_a_try CHECK (
        (used_at IS NULL) = (used_by IS NULL) AND (used_at IS NULL OR tries > 0)),
    CONSTRAINT ck_confirmation_codes_used_in_time CHECK (used_at <= expires_at)
);
CREATE UNIQUE INDEX uq_confirmation_codes_live ON confirmation_codes (subject) WHERE killed_at IS NULL AND used_at IS NULL;
CREATE UNIQUE INDEX uq_confirmation_codes_used ON confirmation_codes (subject) WHERE used_at IS NOT NULL;

-- Each try was counted and committed before its code was compared; a try that comes again has the same name.
CREATE TABLE code_tries (
    subject     text NOT NULL,
    name        text NOT NULL,
    code_number integer NOT NULL,
    number      integer NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT code_tries_idempotency_pk PRIMARY KEY (subject, name),
    CONSTRAINT uq_code_tries_subject_code_number_number UNIQUE (subject, code_number, number),
    CONSTRAINT ck_code_tries_at_most_five CHECK (number BETWEEN 1 AND 5),
    CONSTRAINT fk_code_tries_subject_code_number FOREIGN KEY (subject, code_number) REFERENCES confirmation_codes (subject, number)
);

-- Wrong codes of every kind, counted by person, account and marketplace.
CREATE TABLE wrong_codes (
    subject        text NOT NULL,
    marketplace_id uuid NOT NULL,
    user_id        uuid NOT NULL,
    account        text NOT NULL,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    forgiven_at    timestamptz,
    CONSTRAINT pk_wrong_codes PRIMARY KEY (subject),
    CONSTRAINT fk_wrong_codes_marketplace_id FOREIGN KEY (marketplace_id) REFERENCES marketplaces (id),
    CONSTRAINT fk_wrong_codes_user_id FOREIGN KEY (user_id) REFERENCES users (id)
);
CREATE INDEX ix_wrong_codes_account ON wrong_codes (account, at) WHERE forgiven_at IS NULL;
CREATE INDEX ix_wrong_codes_marketplace_id ON wrong_codes (marketplace_id, at) WHERE forgiven_at IS NULL;
CREATE INDEX ix_wrong_codes_user_id ON wrong_codes (user_id, at) WHERE forgiven_at IS NULL;

-- Open until the closing statement of an ended deal was compared again.
CREATE TABLE refunds (
    id           uuid NOT NULL DEFAULT uuidv7(),
    deal_id      uuid NOT NULL,
    number       integer NOT NULL,
    amount_minor bigint NOT NULL,
    cause        text NOT NULL,
    fee          text NOT NULL,
    reason       text NOT NULL,
    requested_by text NOT NULL,
    state        text NOT NULL,
    flagged_at   timestamptz,
    final_at     timestamptz,
    compared_at  timestamptz,
    redrives       integer NOT NULL DEFAULT 0,
    redriven_at    timestamptz,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_refunds PRIMARY KEY (id),
    CONSTRAINT uq_refunds_deal_id_number UNIQUE (deal_id, number),
    CONSTRAINT ck_refunds_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_refunds_cause CHECK (cause IN ('deadline', 'buyer', 'seller', 'dispute')),
    CONSTRAINT ck_refunds_compared_at CHECK (compared_at IS NULL OR final_at IS NOT NULL),
    CONSTRAINT ck_refunds_fee CHECK (fee IN ('returned', 'payer')),
    CONSTRAINT ck_refunds_final_at CHECK ((state = 'refunded') = (final_at IS NOT NULL)),
    CONSTRAINT fk_refunds_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id)
);
CREATE INDEX ix_refunds_flagged ON refunds (id) WHERE flagged_at IS NOT NULL AND final_at IS NULL;
CREATE INDEX ix_refunds_open ON refunds (id) WHERE compared_at IS NULL;

-- A step is stored before the call that it names. That of a refund reverses the seller's and the platform's part
-- together; `given_to` is another account of the payer, when the original one is closed.
CREATE TABLE steps (
    id                    uuid NOT NULL DEFAULT uuidv7(),
    payment_id            uuid NOT NULL,
    refund_id             uuid,
    position              integer NOT NULL,
    name                  text NOT NULL,
    number                integer NOT NULL,
    key                   text NOT NULL,
    amount_minor          bigint NOT NULL,
    commission_minor      bigint,
    account               text,
    state                 text NOT NULL,
    operation             text,
    refused_code          text,
    fee_minor             bigint,
    from_owed_minor       bigint,
    from_payee_minor      bigint,
    from_guarantee_minor  bigint,
    from_commission_minor bigint,
    given_to              text,
    given_by              text,
    resolved_at           timestamptz,
    created_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_steps PRIMARY KEY (id),
    CONSTRAINT uq_steps_key UNIQUE (key),
    CONSTRAINT uq_steps_payment_id_name_number UNIQUE (payment_id, name, number),
    CONSTRAINT ck_steps_amount CHECK (amount_minor >= 0),
    CONSTRAINT ck_steps_commission CHECK (
        (commission_minor IS NULL) = (refund_id IS NULL) AND commission_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT ck_steps_given CHECK (
        (given_to IS NULL) = (given_by IS NULL) AND (given_to IS NULL OR refund_id IS NOT NULL)),
    CONSTRAINT ck_steps_resolved CHECK ((state = 'planned') = (resolved_at IS NULL)),
    CONSTRAINT ck_steps_clawed_back CHECK (
        num_nonnulls(fee_minor, from_owed_minor, from_payee_minor, from_guarantee_minor, from_commission_minor)
            = CASE WHEN refund_id IS NOT NULL AND state = 'done' THEN 5 ELSE 0 END
        AND (from_owed_minor IS NULL
             OR fee_minor >= 0
                AND least(from_owed_minor, from_payee_minor, from_guarantee_minor, from_commission_minor) >= 0
                AND from_owed_minor + from_payee_minor + from_guarantee_minor + from_commission_minor = amount_minor)),
    CONSTRAINT ck_steps_clawback CHECK ((refund_id IS NOT NULL) = (name = 'refund')),
    CONSTRAINT fk_steps_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id),
    CONSTRAINT fk_steps_refund_id FOREIGN KEY (refund_id) REFERENCES refunds (id)
);
CREATE INDEX ix_steps_planned ON steps (payment_id) WHERE state = 'planned';
CREATE INDEX ix_steps_refund_id ON steps (refund_id);
CREATE INDEX ix_steps_waiting ON steps (refund_id) WHERE refused_code IN ('guarantee_exhausted', 'account_closed');

CREATE TABLE bank_webhooks (
    key         text NOT NULL,
    payment_id  uuid NOT NULL,
    operation   text,
    status      text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deliveries  integer NOT NULL DEFAULT 1,
    CONSTRAINT pk_bank_webhooks PRIMARY KEY (key),
    CONSTRAINT ck_bank_webhooks_deliveries CHECK (deliveries > 0),
    CONSTRAINT fk_bank_webhooks_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id)
);

CREATE TABLE events (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    deal_id    uuid NOT NULL,
    payment_id uuid,
    subject_id uuid NOT NULL,
    number     integer NOT NULL,
    type       text NOT NULL,
    data       jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT pk_events PRIMARY KEY (id),
    CONSTRAINT uq_events_subject_id_number UNIQUE (subject_id, number),
    CONSTRAINT fk_events_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id),
    CONSTRAINT fk_events_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id)
);
CREATE INDEX ix_events_deal_id ON events (deal_id);
CREATE INDEX ix_events_payment_id ON events (payment_id, created_at);
