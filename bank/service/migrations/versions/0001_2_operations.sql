-- Money movements. Amounts are minor units of their currency.

CREATE TABLE operations (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT operations_id_unique UNIQUE,
    key text PRIMARY KEY,
    caller text NOT NULL,
    kind text NOT NULL CONSTRAINT operations_kind CHECK (kind IN ('debit', 'credit', 'refund')),
    status text NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT operations_amount CHECK (amount_minor BETWEEN 1 AND 1000000000000000),
    fee_minor bigint NOT NULL CONSTRAINT operations_fee CHECK (fee_minor BETWEEN 0 AND 1000000000000000),
    currency text NOT NULL,
    payer_account text NOT NULL REFERENCES accounts,
    payee_account text NOT NULL REFERENCES accounts,
    reference text NOT NULL,
    -- The debit that a credit pays out or a refund returns.
    source text REFERENCES operations,
    -- Of a captured debit: paid out by credits; refunded to the payer, with a part of the fee; and how much of the
    -- refund had not been paid out. Of a credit: clawed back (`refunded_minor`).
    credited_minor bigint NOT NULL DEFAULT 0,
    refunded_minor bigint NOT NULL DEFAULT 0,
    fee_refunded_minor bigint NOT NULL DEFAULT 0,
    uncredited_refunded_minor bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    confirmed_at timestamptz,
    held_at timestamptz,
    captured_at timestamptz,
    voided_at timestamptz,
    CONSTRAINT operations_source CHECK ((kind <> 'debit') = (source IS NOT NULL)),
    CONSTRAINT operations_credited CHECK (
        credited_minor >= 0 AND uncredited_refunded_minor >= 0
        AND credited_minor + uncredited_refunded_minor <= amount_minor
        AND (credited_minor + uncredited_refunded_minor = 0 OR (kind = 'debit' AND status = 'success'))
    ),
    CONSTRAINT operations_refunded CHECK (
        refunded_minor BETWEEN uncredited_refunded_minor AND amount_minor
        AND (refunded_minor = 0 OR (kind IN ('debit', 'credit') AND status = 'success'))
    ),
    CONSTRAINT operations_fee_refunded CHECK (
        fee_refunded_minor BETWEEN 0 AND fee_minor AND (fee_refunded_minor = 0 OR refunded_minor > 0)
    ),
    CONSTRAINT operations_status CHECK (
        CASE status
            WHEN 'created' THEN kind = 'debit' AND confirmed_at IS NULL AND held_at IS NULL
                AND captured_at IS NULL AND voided_at IS NULL
            WHEN 'confirmed' THEN kind = 'debit' AND confirmed_at IS NOT NULL AND held_at IS NULL
                AND captured_at IS NULL AND voided_at IS NULL
            WHEN 'pause' THEN kind = 'debit' AND held_at IS NOT NULL AND captured_at IS NULL AND voided_at IS NULL
            WHEN 'success' THEN (kind <> 'debit') = (held_at IS NULL) AND captured_at IS NOT NULL
                AND voided_at IS NULL
            WHEN 'void' THEN kind = 'debit' AND captured_at IS NULL AND voided_at IS NOT NULL
            ELSE false
        END
    )
);
CREATE INDEX operations_by_reference ON operations (caller, reference, id);
CREATE INDEX operations_by_source ON operations (source) WHERE source IS NOT NULL;

-- Source of a refund: money not paid out yet, the payee of a credit, or the guarantee account.
CREATE TABLE refund_parts (
    refund_key text NOT NULL REFERENCES operations,
    number smallint NOT NULL CONSTRAINT refund_parts_number CHECK (number >= 1),
    origin text NOT NULL CONSTRAINT refund_parts_origin CHECK (origin IN ('uncredited', 'payee', 'guarantee')),
    credit_key text REFERENCES operations,
    amount_minor bigint NOT NULL CONSTRAINT refund_parts_amount CHECK (amount_minor BETWEEN 1 AND 1000000000000000),
    PRIMARY KEY (refund_key, number),
    CONSTRAINT refund_parts_credit CHECK ((origin = 'uncredited') = (credit_key IS NULL))
);
CREATE INDEX refund_parts_by_credit ON refund_parts (credit_key) WHERE credit_key IS NOT NULL;

-- A marketplace's own money, paid from its guarantee account; `returned_at`: the payee's bank returned it.
CREATE TABLE payouts (
    key text PRIMARY KEY,
    caller text NOT NULL,
    request_key text NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT payouts_amount CHECK (amount_minor BETWEEN 1 AND 1000000000000000),
    fee_minor bigint NOT NULL CONSTRAINT payouts_fee CHECK (fee_minor BETWEEN 0 AND 1000000000000000),
    currency text NOT NULL,
    payer_account text NOT NULL REFERENCES accounts,
    payee_account text NOT NULL REFERENCES accounts,
    reference text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    returned_at timestamptz,
    CONSTRAINT payouts_request_once UNIQUE (caller, request_key),
    CONSTRAINT payouts_two_accounts CHECK (payer_account <> payee_account)
);
CREATE INDEX payouts_by_payee ON payouts (payee_account);
