-- A state changes only by a transition in state_transitions; '' is the beginning. The rows of that table, and a trigger
-- for each table with a state machine, are made of the rules in domain/ (store/migrate.py).
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
