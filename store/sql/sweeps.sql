-- Since when an address has had money that is not swept: a sweep looks at the oldest. Written with the balance itself,
-- by each act that changes it.
CREATE OR REPLACE FUNCTION note_funded_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.balance_minor = 0 THEN
        NEW.funded_at := NULL;
    ELSIF OLD.balance_minor = 0 THEN
        NEW.funded_at := clock_timestamp();
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER addresses_are_funded BEFORE UPDATE OF balance_minor ON chain_addresses
    FOR EACH ROW EXECUTE FUNCTION note_funded_at();
