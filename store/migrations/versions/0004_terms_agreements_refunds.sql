-- Terms of offers and deals, agreements of both parties, and refunds of what was released.

ALTER TABLE offers
    ADD COLUMN settlement TEXT DEFAULT 'hold' NOT NULL,
    ADD COLUMN release TEXT DEFAULT 'on_funding' NOT NULL,
    ADD COLUMN inspection_s INTEGER,
    ADD COLUMN fee_policy JSONB DEFAULT '{"deadline": "returned", "buyer": "payer", "seller": "returned", "dispute": "returned"}' NOT NULL,
    ADD CONSTRAINT ck_offers_settlement CHECK (settlement IN ('hold', 'immediate')),
    ADD CONSTRAINT ck_offers_release CHECK (release IN ('on_funding', 'on_acceptance')),
    ADD CONSTRAINT ck_offers_inspection CHECK (
        CASE release WHEN 'on_acceptance' THEN inspection_s > 0 AND settlement = 'hold' ELSE inspection_s IS NULL END),
    ADD CONSTRAINT ck_offers_fee_policy CHECK (fee_policy ?& ARRAY['deadline', 'buyer', 'seller', 'dispute']);

ALTER TABLE deals
    ADD COLUMN settlement TEXT DEFAULT 'hold' NOT NULL,
    ADD COLUMN release TEXT DEFAULT 'on_funding' NOT NULL,
    ADD COLUMN inspection_s INTEGER,
    ADD COLUMN fee_policy JSONB DEFAULT '{"deadline": "returned", "buyer": "payer", "seller": "returned", "dispute": "returned"}' NOT NULL,
    ADD CONSTRAINT ck_deals_settlement CHECK (settlement IN ('hold', 'immediate')),
    ADD CONSTRAINT ck_deals_release CHECK (release IN ('on_funding', 'on_acceptance')),
    ADD CONSTRAINT ck_deals_inspection CHECK (
        CASE release WHEN 'on_acceptance' THEN inspection_s > 0 AND settlement = 'hold' ELSE inspection_s IS NULL END),
    ADD CONSTRAINT ck_deals_fee_policy CHECK (fee_policy ?& ARRAY['deadline', 'buyer', 'seller', 'dispute']);

ALTER TABLE deals
    ADD COLUMN inspect_by timestamptz,
    ADD COLUMN accepted_at timestamptz,
    ADD COLUMN released_at timestamptz;
UPDATE deals SET released_at = verdict_at WHERE verdict = 'funded';

-- What both parties agreed to when they began stays so. Only the deadline moves, and never backwards.
CREATE FUNCTION refuse_other_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the terms of deal % are frozen', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'deals_terms_frozen';
END
$$;
CREATE TRIGGER deals_terms_frozen BEFORE UPDATE ON deals
    FOR EACH ROW WHEN (
        (OLD.price_minor, OLD.currency, OLD.commission_bp, OLD.payee_account, OLD.settlement, OLD.release,
         OLD.inspection_s, OLD.fee_policy)
        IS DISTINCT FROM
        (NEW.price_minor, NEW.currency, NEW.commission_bp, NEW.payee_account, NEW.settlement, NEW.release,
         NEW.inspection_s, NEW.fee_policy)
        OR NEW.pay_by < OLD.pay_by)
    EXECUTE FUNCTION refuse_other_terms();

ALTER TABLE payments ADD COLUMN before_minor BIGINT;
UPDATE payments p SET before_minor = earlier.minor FROM (
    SELECT id, coalesce(sum(amount_minor) OVER (
        PARTITION BY deal_id ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS minor
    FROM payments WHERE decision = 'release'
) earlier WHERE earlier.id = p.id;
ALTER TABLE payments
    ADD CONSTRAINT ck_payments_released_in_order CHECK ((decision IS NOT DISTINCT FROM 'release')
                                                        = (before_minor IS NOT NULL));

CREATE TABLE agreements (
    id UUID DEFAULT uuidv7() NOT NULL,
    deal_id UUID NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    reason TEXT,
    pay_by timestamptz,
    proposed_at timestamptz NOT NULL,
    resolved_at timestamptz,
    CONSTRAINT pk_agreements PRIMARY KEY (id),
    CONSTRAINT ck_agreements_subject CHECK (subject IN ('cancellation', 'extension')),
    CONSTRAINT ck_agreements_party CHECK (proposed_by IN ('buyer', 'seller')),
    CONSTRAINT ck_agreements_pay_by CHECK ((subject = 'extension') = (pay_by IS NOT NULL)),
    CONSTRAINT ck_agreements_resolved CHECK ((state = 'proposed') = (resolved_at IS NULL)),
    CONSTRAINT fk_agreements_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id)
);
CREATE INDEX ix_agreements_deal_id ON agreements (deal_id);
CREATE UNIQUE INDEX uq_agreements_proposed ON agreements (deal_id, subject) WHERE state = 'proposed';
CREATE TRIGGER agreements_transition BEFORE INSERT OR UPDATE OF state ON agreements
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();

CREATE TABLE refunds (
    id UUID DEFAULT uuidv7() NOT NULL,
    deal_id UUID NOT NULL,
    number INTEGER NOT NULL,
    amount_minor BIGINT NOT NULL,
    cause TEXT NOT NULL,
    fee TEXT NOT NULL,
    reason TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    state TEXT NOT NULL,
    flagged_at timestamptz,
    final_at timestamptz,
    nudges INTEGER DEFAULT 0 NOT NULL,
    nudged_at timestamptz,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_refunds PRIMARY KEY (id),
    CONSTRAINT uq_refunds_deal_id_number UNIQUE (deal_id, number),
    CONSTRAINT ck_refunds_amount CHECK (amount_minor > 0),
    CONSTRAINT ck_refunds_cause CHECK (cause IN ('deadline', 'buyer', 'seller', 'dispute')),
    CONSTRAINT ck_refunds_fee CHECK (fee IN ('returned', 'payer')),
    CONSTRAINT ck_refunds_final_at CHECK ((state = 'refunded') = (final_at IS NOT NULL)),
    CONSTRAINT fk_refunds_deal_id FOREIGN KEY (deal_id) REFERENCES deals (id)
);
CREATE INDEX ix_refunds_open ON refunds (id) WHERE final_at IS NULL;
CREATE TRIGGER refunds_transition BEFORE INSERT OR UPDATE OF state ON refunds
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();

ALTER TABLE steps
    ADD COLUMN refund_id UUID,
    ADD COLUMN fee_minor BIGINT,
    ADD COLUMN from_owed_minor BIGINT,
    ADD COLUMN from_payee_minor BIGINT,
    ADD COLUMN from_guarantee_minor BIGINT,
    ADD CONSTRAINT fk_steps_refund_id FOREIGN KEY (refund_id) REFERENCES refunds (id),
    ADD CONSTRAINT ck_steps_taking_back CHECK ((refund_id IS NOT NULL) = (name IN ('refund', 'commission_refund'))),
    ADD CONSTRAINT ck_steps_taken_back CHECK (
        num_nonnulls(fee_minor, from_owed_minor, from_payee_minor, from_guarantee_minor)
            = CASE WHEN refund_id IS NOT NULL AND state = 'done' THEN 4 ELSE 0 END
        AND (from_owed_minor IS NULL
             OR fee_minor >= 0 AND least(from_owed_minor, from_payee_minor, from_guarantee_minor) >= 0
                AND from_owed_minor + from_payee_minor + from_guarantee_minor = amount_minor));
CREATE INDEX ix_steps_refund_id ON steps (refund_id);

INSERT INTO state_transitions (noun, from_state, to_state) VALUES
    ('deals', 'funded', 'settling'),
    ('payments', 'owed', 'refunded'),
    ('agreements', '', 'agreed'),
    ('agreements', '', 'proposed'),
    ('agreements', 'proposed', 'agreed'),
    ('agreements', 'proposed', 'replaced'),
    ('agreements', 'proposed', 'withdrawn'),
    ('refunds', '', 'returning'),
    ('refunds', 'returning', 'refunded');
