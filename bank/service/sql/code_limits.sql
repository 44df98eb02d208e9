-- Tries of codes, and the limits that are counted by window: wrong codes by account, by caller and in all, codes sent,
-- and checks of funds.

-- Takes a place among the wrong codes of the window; the seconds to wait when it is full. The row lock makes it atomic.
CREATE OR REPLACE FUNCTION take_place(whose text, window_s integer, most bigint, OUT began timestamptz, OUT wait_s integer)
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO code_limits AS c (caller, window_at, wrong)
    VALUES (whose, date_bin(make_interval(secs => window_s), clock_timestamp(), timestamptz 'epoch'), 1)
    ON CONFLICT (caller) DO UPDATE SET
        wrong = CASE WHEN c.window_at >= excluded.window_at THEN c.wrong + 1 ELSE 1 END,
        window_at = greatest(c.window_at, excluded.window_at)
    WHERE c.window_at < excluded.window_at OR c.wrong < most
    RETURNING window_at INTO began;
    IF began IS NULL THEN
        SELECT greatest(1, ceil(extract(epoch FROM window_at + make_interval(secs => window_s) - clock_timestamp())))
        INTO wait_s FROM code_limits WHERE caller = whose;
    END IF;
END $$;

-- The seconds to wait for a place; null when there is one.
CREATE OR REPLACE FUNCTION wait_for_turn(whose text, what text, window_s integer, most bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    RETURN (
        SELECT greatest(1, ceil(extract(epoch FROM l.window_at + make_interval(secs => window_s) - clock_timestamp())))
        FROM account_limits l
        WHERE l.account = whose AND l.about = what AND l.used >= most
          AND l.window_at + make_interval(secs => window_s) > clock_timestamp());
END $$;

-- Takes a place in the window; the seconds to wait when there is none. The row lock makes it atomic.
CREATE OR REPLACE FUNCTION take_turn(whose text, what text, window_s integer, most bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
DECLARE
    taken bigint;
BEGIN
    INSERT INTO account_limits AS l (account, about, window_at, used)
    VALUES (whose, what, date_bin(make_interval(secs => window_s), clock_timestamp(), timestamptz 'epoch'), 1)
    ON CONFLICT (account, about) DO UPDATE SET
        used = CASE WHEN l.window_at >= excluded.window_at THEN l.used + 1 ELSE 1 END,
        window_at = greatest(l.window_at, excluded.window_at)
    WHERE l.window_at < excluded.window_at OR l.used < most
    RETURNING used INTO taken;
    RETURN CASE WHEN taken IS NULL THEN coalesce(wait_for_turn(whose, what, window_s, most), 1) END;
END $$;

-- The subject of a limit. A caller's own limit includes the caller's name.
CREATE OR REPLACE FUNCTION about_of(turn jsonb, caller text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (turn ->> 'about') || CASE WHEN (turn ->> 'own')::boolean THEN '/' || caller ELSE '' END
$$;

-- The account whose owner gets the codes of an operation or of an access.
CREATE OR REPLACE FUNCTION account_of_codes(subject text) RETURNS text
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    RETURN coalesce((SELECT o.payer_account FROM operations o WHERE o.key = subject),
                    (SELECT a.number FROM account_accesses a WHERE a.key = subject));
END $$;

-- Counts a try against the live code of the subject that awaits one (null: none does), which has `most_tries` at most. A
-- key counts once, and one that was answered does not. Each counts as wrong against the limits until it has proved right.
-- The seconds to wait when a limit is reached: then nothing was counted. The account comes first: guesses at one account
-- use up no more of the caller's limit than is the account's.
CREATE OR REPLACE FUNCTION count_try(
    caller text, key text, awaiting text, most_tries integer, window_s integer, per_account bigint, per_caller bigint,
    overall bigint
) RETURNS integer LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    code codes;
    whose CONSTANT text := account_of_codes(awaiting);
    what CONSTANT text := 'wrong/' || count_try.caller;
    wait_s integer;
    mine record;
    everybody record;
BEGIN
    SELECT c.* INTO code FROM codes c
    WHERE c.subject = awaiting AND c.used_at IS NULL AND c.killed_at IS NULL AND c.tries < most_tries
    FOR NO KEY UPDATE;
    IF NOT FOUND
       OR EXISTS (SELECT FROM code_tries t WHERE t.caller = count_try.caller AND t.key = count_try.key)
       OR EXISTS (SELECT FROM answers a WHERE a.caller = count_try.caller AND a.key = count_try.key) THEN
        RETURN NULL;
    END IF;
    wait_s := take_turn(whose, what, window_s, per_account);
    IF wait_s IS NOT NULL THEN
        RETURN wait_s;
    END IF;
    SELECT * INTO mine FROM take_place(count_try.caller, window_s, per_caller);
    wait_s := mine.wait_s;
    IF wait_s IS NULL THEN
        SELECT * INTO everybody FROM take_place('', window_s, overall);
        wait_s := everybody.wait_s;
        IF wait_s IS NOT NULL THEN
            UPDATE code_limits l SET wrong = l.wrong - 1 WHERE l.caller = count_try.caller;
        END IF;
    END IF;
    IF wait_s IS NOT NULL THEN
        UPDATE account_limits l SET used = l.used - 1 WHERE l.account = whose AND l.about = what;
        RETURN wait_s;
    END IF;
    UPDATE codes c SET tries = c.tries + 1 WHERE c.id = code.id;
    INSERT INTO code_tries (code_id, number, caller, key, window_at)
    VALUES (code.id, code.tries + 1, count_try.caller, count_try.key, mine.began);
    RETURN NULL;
END $$;

-- A right code counts against no limit. In the order in which places are taken: account, caller, all callers.
CREATE OR REPLACE FUNCTION forgive_right_code() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
    counted code_tries;
BEGIN
    SELECT * INTO counted FROM code_tries WHERE code_id = NEW.id AND number = NEW.used_try;
    UPDATE account_limits SET used = used - 1
    WHERE account = account_of_codes(NEW.subject) AND about = 'wrong/' || counted.caller
      AND window_at = counted.window_at AND used > 0;
    UPDATE code_limits SET wrong = wrong - 1
    WHERE caller = counted.caller AND window_at = counted.window_at AND wrong > 0;
    UPDATE code_limits SET wrong = wrong - 1
    WHERE caller = '' AND window_at = counted.window_at AND wrong > 0;
    RETURN NULL;
END $$;

-- Deferred to the commit: every confirmation touches the row for all callers, which must not stay locked longer.
-- PostgreSQL cannot replace a constraint trigger.
DROP TRIGGER IF EXISTS codes_right_is_not_wrong ON codes;
CREATE CONSTRAINT TRIGGER codes_right_is_not_wrong AFTER UPDATE OF used_at ON codes
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.used_at IS NULL AND NEW.used_at IS NOT NULL)
    EXECUTE FUNCTION forgive_right_code();
