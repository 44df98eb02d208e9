-- What is limited by account. `about` names the limit: wrong/<caller> for this caller's wrong codes, sent for codes on
-- their way to the owner, whoever asked for them, funds/<caller> for what this caller was told about the funds.
CREATE TABLE account_limits (
    account text NOT NULL,
    about text NOT NULL,
    window_at timestamptz NOT NULL,
    used bigint NOT NULL CONSTRAINT account_limits_used CHECK (used >= 0),
    CONSTRAINT account_limits_pk PRIMARY KEY (account, about)
);

-- The seconds to wait for a turn; null when there is one.
CREATE FUNCTION wait_for_turn(whose text, what text, window_s integer, most bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    RETURN (
        SELECT greatest(1, ceil(extract(epoch FROM l.window_at + make_interval(secs => window_s) - clock_timestamp())))
        FROM account_limits l
        WHERE l.account = whose AND l.about = what AND l.used >= most
          AND l.window_at + make_interval(secs => window_s) > clock_timestamp());
END $$;

-- Takes a turn in the window; the seconds to wait when there is none, and then none is taken. The row lock makes it
-- atomic.
CREATE FUNCTION take_turn(whose text, what text, window_s integer, most bigint) RETURNS integer
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

-- What a turn is about: of a caller's own turns his name is a part.
CREATE FUNCTION about_of(turn jsonb, caller text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (turn ->> 'about') || CASE WHEN (turn ->> 'own')::boolean THEN '/' || caller ELSE '' END
$$;

-- The account whose owner gets the codes of an operation or of an access.
CREATE FUNCTION account_of_codes(subject text) RETURNS text
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
BEGIN
    RETURN coalesce((SELECT o.payer_account FROM operations o WHERE o.key = subject),
                    (SELECT a.number FROM account_accesses a WHERE a.key = subject));
END $$;

-- As before, and first the account: guesses at one account use up no more of the caller's limit than is the account's.
CREATE OR REPLACE FUNCTION count_try(caller text, key text, awaiting text, limits jsonb) RETURNS integer
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    code codes;
    whose CONSTANT text := account_of_codes(awaiting);
    what CONSTANT text := 'wrong/' || count_try.caller;
    wait_s integer;
    mine record;
    everybody record;
    window_s CONSTANT integer := limits ->> 'window_s';
BEGIN
    IF EXISTS (SELECT FROM code_tries t WHERE t.caller = count_try.caller AND t.key = count_try.key) THEN
        RETURN NULL;
    END IF;
    SELECT c.* INTO code FROM codes c
    WHERE c.subject = awaiting AND c.used_at IS NULL AND c.killed_at IS NULL AND c.tries < 5
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    wait_s := take_turn(whose, what, window_s, (limits ->> 'per_account')::bigint);
    IF wait_s IS NOT NULL THEN
        RETURN wait_s;
    END IF;
    SELECT * INTO mine FROM take_place(count_try.caller, window_s, (limits ->> 'per_caller')::bigint);
    wait_s := mine.wait_s;
    IF wait_s IS NULL THEN
        SELECT * INTO everybody FROM take_place('', window_s, (limits ->> 'overall')::bigint);
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

-- As before, in the order in which places are taken: the account's, the caller's, that of all.
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
END
$$;

-- As before, and how long there is no `turn` for the account that it names, or for the operation's payer (`wait_s`).
CREATE OR REPLACE FUNCTION facts(caller text, key text, wanted jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    operation operations;
    numbers text[] := ARRAY(SELECT jsonb_array_elements_text(wanted -> 'accounts'));
    refund jsonb;
BEGIN
    SELECT * INTO operation FROM operations o
    WHERE o.key = wanted ->> 'operation' AND o.caller = facts.caller AND o.kind = 'debit';
    IF wanted ? 'parties' THEN
        numbers := numbers || ARRAY[operation.payer_account, operation.payee_account];
    END IF;
    IF wanted ? 'refund' THEN
        refund := refund_facts(facts.caller, wanted -> 'refund');
        numbers := numbers || ARRAY(SELECT jsonb_array_elements_text(refund -> 'numbers'));
    END IF;
    RETURN jsonb_build_object(
        'now', clock_timestamp(),
        'operation', CASE WHEN operation.key IS NOT NULL THEN to_jsonb(operation) END,
        'tried', (
            SELECT to_jsonb(c) || jsonb_build_object('try', t.number)
            FROM code_tries t JOIN codes c ON c.id = t.code_id
            WHERE t.caller = facts.caller AND t.key = facts.key AND c.subject = operation.key
              AND c.used_at IS NULL AND c.killed_at IS NULL),
        'last_code', CASE WHEN wanted ? 'code' THEN (
            SELECT to_jsonb(c) FROM codes c WHERE c.subject = operation.key ORDER BY c.number DESC LIMIT 1) END,
        'code_id', CASE WHEN wanted ? 'code' THEN nextval(pg_get_serial_sequence('codes', 'id')) END,
        'fee', (
            SELECT to_jsonb(f) FROM fees f WHERE f.payer_bank = (wanted #>> '{pair,0}')::integer
              AND f.payee_bank = (wanted #>> '{pair,1}')::integer AND f.currency = wanted #>> '{pair,2}'),
        'accounts', (SELECT jsonb_agg(account_facts(a)) FROM accounts a WHERE a.number = ANY (numbers)),
        'wait_s', CASE WHEN wanted ? 'turn' THEN wait_for_turn(
            coalesce(wanted #>> '{turn,account}', operation.payer_account),
            about_of(wanted -> 'turn', facts.caller),
            (wanted #>> '{turn,window_s}')::integer, (wanted #>> '{turn,most}')::bigint) END,
        'refund', refund
    );
END $$;

-- As before, and at last the `turn` that is taken: somebody may have had the last one meanwhile.
CREATE OR REPLACE FUNCTION is_unchanged(plan jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    same boolean := true;
BEGIN
    IF plan ? 'operation' THEN
        SELECT to_jsonb(o) = plan -> 'operation' INTO same FROM operations o
        WHERE o.key = plan #>> '{operation,key}' FOR NO KEY UPDATE;
    END IF;
    IF same AND plan ? 'operations' THEN
        SELECT coalesce(bool_and(r = plan -> 'operations' -> (r ->> 'key')), false) INTO same FROM (
            SELECT to_jsonb(o) FROM operations o
            WHERE o.key = ANY (ARRAY(SELECT jsonb_object_keys(plan -> 'operations')))
            ORDER BY o.id FOR NO KEY UPDATE
        ) AS rows (r);
    END IF;
    IF same AND plan ? 'last_code' THEN
        SELECT coalesce(max(c.number), 0) = (plan ->> 'last_code')::integer INTO same FROM codes c
        WHERE c.subject = plan #>> '{operation,key}';
    END IF;
    IF same AND plan ? 'code' THEN
        SELECT c.used_at IS NULL AND c.killed_at IS NULL INTO same FROM codes c
        WHERE c.id = (plan ->> 'code')::bigint FOR NO KEY UPDATE;
    END IF;
    IF same AND plan ? 'available' THEN
        PERFORM FROM accounts a WHERE a.number = ANY (ARRAY(SELECT jsonb_object_keys(plan -> 'accounts')))
        ORDER BY a.number FOR NO KEY UPDATE;
    END IF;
    IF same AND plan ? 'accounts' THEN
        SELECT coalesce(bool_and(r = plan -> 'accounts' -> (r ->> 'number')), false) INTO same FROM (
            SELECT to_jsonb(a) FROM accounts a
            WHERE a.number = ANY (ARRAY(SELECT jsonb_object_keys(plan -> 'accounts')))
            ORDER BY a.number FOR SHARE
        ) AS rows (r);
    END IF;
    IF same AND (plan ? 'debts' OR plan ? 'available') THEN
        -- All accounts of the posting to come, at once: a second, later set of locks could deadlock.
        PERFORM ledger.lock_accounts(plan -> 'legs', NULL);
        SELECT coalesce(bool_and(a.balance_minor = d.value::bigint), true) INTO same
        FROM jsonb_each_text(coalesce(plan -> 'debts', '{}')) AS d JOIN ledger.accounts a ON a.id = d.key::bigint;
    END IF;
    IF same AND plan ? 'available' THEN
        SELECT coalesce(bool_and(a.balance_minor - a.held_minor = d.value::bigint), true) INTO same
        FROM jsonb_each_text(plan -> 'available') AS d JOIN ledger.accounts a ON a.id = d.key::bigint;
    END IF;
    IF same AND plan ? 'turn' THEN
        same := take_turn(plan #>> '{turn,account}', plan #>> '{turn,about}', (plan #>> '{turn,window_s}')::integer,
                          (plan #>> '{turn,most}')::bigint) IS NULL;
    END IF;
    RETURN same;
END $$;
