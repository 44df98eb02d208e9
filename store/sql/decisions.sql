-- A decision about a payment and a verdict about a deal are made once.
CREATE OR REPLACE FUNCTION refuse_second_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % was decided before', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_decided_once';
END
$$;

CREATE OR REPLACE TRIGGER payments_decided_once BEFORE UPDATE OF decision ON payments
    FOR EACH ROW WHEN (OLD.decision IS NOT NULL AND NEW.decision IS DISTINCT FROM OLD.decision)
    EXECUTE FUNCTION refuse_second_decision();
CREATE OR REPLACE TRIGGER deals_decided_once BEFORE UPDATE OF verdict ON deals
    FOR EACH ROW WHEN (OLD.verdict IS NOT NULL AND NEW.verdict IS DISTINCT FROM OLD.verdict)
    EXECUTE FUNCTION refuse_second_decision();

-- What both parties agreed to at the start does not change. Only the deadline moves, and never backwards: that of a
-- proposed deal is the latest possible one, until its seller confirms.
CREATE OR REPLACE FUNCTION refuse_other_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the terms of deal % are frozen', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'deals_terms_frozen';
END
$$;

CREATE OR REPLACE TRIGGER deals_terms_frozen BEFORE UPDATE ON deals
    FOR EACH ROW WHEN (
        (OLD.price_minor, OLD.currency, OLD.commission_bp, OLD.payee_account, OLD.settlement, OLD.release,
         OLD.inspection_s, OLD.fee_policy, OLD.answer_by, OLD.pay_within_s)
        IS DISTINCT FROM
        (NEW.price_minor, NEW.currency, NEW.commission_bp, NEW.payee_account, NEW.settlement, NEW.release,
         NEW.inspection_s, NEW.fee_policy, NEW.answer_by, NEW.pay_within_s)
        OR NEW.pay_by < OLD.pay_by AND OLD.state <> 'proposed')
    EXECUTE FUNCTION refuse_other_terms();
CREATE OR REPLACE TRIGGER deals_words_frozen BEFORE UPDATE ON deals
    FOR EACH ROW WHEN (
        (OLD.title, OLD.description, OLD.contract_id, OLD.milestone)
        IS DISTINCT FROM (NEW.title, NEW.description, NEW.contract_id, NEW.milestone))
    EXECUTE FUNCTION refuse_other_terms();
