-- A state changes only by a transition in state_transitions; '' is the beginning.
CREATE OR REPLACE FUNCTION refuse_unknown_transition() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE TRIGGER deals_transition BEFORE INSERT OR UPDATE OF state ON deals
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();
CREATE OR REPLACE TRIGGER agreements_transition BEFORE INSERT OR UPDATE OF state ON agreements
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();
CREATE OR REPLACE TRIGGER payments_transition BEFORE INSERT OR UPDATE OF state ON payments
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();
CREATE OR REPLACE TRIGGER refunds_transition BEFORE INSERT OR UPDATE OF state ON refunds
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();
CREATE OR REPLACE TRIGGER overrides_transition BEFORE INSERT OR UPDATE OF state ON overrides
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();
CREATE OR REPLACE TRIGGER payment_requests_transition BEFORE INSERT OR UPDATE OF state ON payment_requests
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();
CREATE OR REPLACE TRIGGER withdrawals_transition BEFORE INSERT OR UPDATE OF state ON withdrawals
    FOR EACH ROW EXECUTE FUNCTION refuse_unknown_transition();
